/* SPDX-License-Identifier: Apache-2.0 */
/* What was measured, kept the simple way: a table of all series, filled by the thread that
 * measures, and compared with what readers report.
 *
 * The numbers are multiples of 1/4 below 2^20, so that their sums are exact in any order. */
#ifndef HAETAE_TESTS_EXACT_REFERENCE_H
#define HAETAE_TESTS_EXACT_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "haetae/metrics.h"
#include "otlp.pb-c.h"

enum {
    EXACT_KEYS = 3,   /* "a", "b", "c" */
    EXACT_VALUES = 4, /* of each; the last stands for: not there */
    EXACT_SETS = 64,
    EXACT_INSTRUMENTS = 10,
    EXACT_BOUNDS = 5
};

/* Kinds of what is compared: they differ in what the values mean. */
enum exact_kind { EXACT_SUM, EXACT_UP_DOWN, EXACT_LEVEL, EXACT_HISTOGRAM };

struct exact_instrument {
    const char *name;
    enum exact_kind kind;
    haetae_number_type type;
};
extern const struct exact_instrument exact_instruments[EXACT_INSTRUMENTS];
extern const double exact_bounds[EXACT_BOUNDS];

struct exact_series {
    uint64_t count; /* of measurements */
    double sum;     /* a level: the last value */
    double minimum;
    double maximum;
    uint64_t buckets[EXACT_BOUNDS + 1];
};

struct exact_table {
    struct exact_series series[EXACT_INSTRUMENTS][EXACT_SETS];
};

/* A random number. */
uint64_t exact_random(uint64_t *state);

/* Notes a measurement. */
void exact_note(struct exact_table *table, unsigned instrument, unsigned set, double value);

/* Adds what another thread has measured. Levels of a set are those of one thread. */
void exact_add(struct exact_table *table, const struct exact_table *other);

/* Writes the attributes of a set in a random order; returns how many. */
size_t exact_attributes(unsigned set, uint64_t *random, haetae_attribute attributes[EXACT_KEYS]);

/* ---- What a reader reports ---- */

/* Times of the last point of each series, and what they have come to. */
struct exact_report {
    bool delta;
    struct exact_table table;
    uint64_t start_ns[EXACT_INSTRUMENTS][EXACT_SETS];
    uint64_t time_ns[EXACT_INSTRUMENTS][EXACT_SETS];
    uint64_t points;
};

/* Adds the points of a request, and fails the test when they do not follow from those before:
 * cumulative ones that shrink or start elsewhere, deltas that do not begin where the last one
 * ended. */
void exact_take(struct exact_report *report, const uint8_t *request, size_t size_bytes);

/* Whether the report of a series came to what was measured. */
bool exact_same(const struct exact_report *report, const struct exact_table *measured,
                unsigned instrument, unsigned set);

/* In how many series they differ, each of which is printed. */
unsigned exact_differences(const struct exact_report *report, const struct exact_table *measured);

#endif
