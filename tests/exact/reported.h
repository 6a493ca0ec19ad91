/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader reports, point by point, and whether it comes to what was measured. */
#ifndef HAETAE_TESTS_EXACT_REPORTED_H
#define HAETAE_TESTS_EXACT_REPORTED_H

#include "exact/reference.h"
#include "support/fake_exporter.h"

/* What the points of a series have come to, and the times of the last one. */
struct exact_reported {
    struct exact_series series;
    struct exact_buckets base2;
    uint64_t start_ns;
    uint64_t time_ns;
    unsigned exemplar_buckets; /* explicit buckets that have an exemplar: bits */
};

struct exact_log;

struct exact_report {
    bool delta;
    uint64_t points;
    uint64_t exemplars;
    const struct exact_log *log; /* see exemplars.h; NULL: there may be no exemplars */
    uint32_t *seen;              /* by measurement: bits of the streams that had it  */
    struct exact_reported of[EXACT_STREAMS][EXACT_SETS];
};

/* The set of attributes. */
unsigned exact_set_of(HaeOtlp__KeyValue *const *attributes, size_t count);

/* Forgets what was reported. */
void exact_report_init(struct exact_report *report, bool delta);

/* Adds the points of a request, and fails the test when they do not follow from those before:
 * cumulative ones that shrink or start elsewhere, deltas that do not begin where the last one
 * ended, scales that rise. */
void exact_take(struct exact_report *report, const uint8_t *request, size_t size_bytes);

/* How a fake exporter takes them: its `user` is a struct exact_report. */
void exact_accept(struct fake_exporter *fake, haetae_delivery *delivery);

/* In how many series the report differs from what was measured; each of them is printed. Of
 * exponential histograms it has to have the scale that the values of the series have together,
 * whatever the scales at which threads counted them. */
unsigned exact_differences(const struct exact_report *report, const struct exact_table *measured);

/* Whether a stream has sums that can be compared: not of a histogram that may fall. */
bool exact_has_sum(const struct exact_stream *stream);

#endif
