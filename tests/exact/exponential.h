/* SPDX-License-Identifier: Apache-2.0 */
/* Base-2 exponential histograms, kept in the simplest way: all values, and the best scale at which
 * they fit. Compares them with the buckets that a reader reports. */
#ifndef HAETAE_TESTS_EXACT_EXPONENTIAL_H
#define HAETAE_TESTS_EXACT_EXPONENTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "otlp.pb-c.h"

enum { EXACT_SCALE_MAX = 20, EXACT_SIZE_MAX = 160 };

/* The most buckets that a sign may have, and the scale that a histogram begins with. */
struct exact_room {
    uint32_t max_size;
    int32_t max_scale;
};

/* What was measured: the index of each value at the scale EXACT_SCALE_MAX, by sign. */
struct exact_values {
    struct exact_indices {
        int32_t *index;
        size_t count;
        size_t capacity;
    } sign[2];
    uint64_t zero_count;
};

void exact_values_note(struct exact_values *values, double value);
void exact_values_add(struct exact_values *values, const struct exact_values *other);
void exact_values_done(struct exact_values *values);

/* What was reported. */
struct exact_buckets {
    int32_t scale;
    uint64_t zero_count;
    struct exact_span {
        int32_t first;
        uint32_t count; /* 0: no buckets */
        uint64_t counts[EXACT_SIZE_MAX];
    } sign[2];
};

/* Reads a point, and fails the test if it has more buckets than there is room for, a scale above
 * the one it begins with, or another count than its buckets. */
void exact_buckets_read(struct exact_buckets *buckets, struct exact_room room,
                        const HaeOtlp__ExponentialHistogramDataPoint *point);

/* Merges buckets down to a lower scale, and fails the test if that is a higher one. */
void exact_buckets_lower(struct exact_buckets *buckets, int32_t scale);

/* Adds buckets of the same scale or a higher one. */
void exact_buckets_add(struct exact_buckets *buckets, const struct exact_buckets *other);

/* Whether each bucket has at least what those of an earlier report come to at its scale. */
bool exact_buckets_follow(const struct exact_buckets *buckets, const struct exact_buckets *earlier);

/* The highest scale at which all values fit: the one that has to be reported, in whatever order
 * they came and whoever measured them. */
int32_t exact_values_scale(const struct exact_values *values, struct exact_room room);

/* Whether the buckets hold these values, each in its own bucket at the scale of the report. */
bool exact_buckets_hold(const struct exact_buckets *buckets, const struct exact_values *values);

#endif
