/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the exemplars of a point are measurements that were made. Each measurement is made within
 * a span of its own, whose ids say which it is. */
#ifndef HAETAE_TESTS_EXACT_EXEMPLARS_H
#define HAETAE_TESTS_EXACT_EXEMPLARS_H

#include "exact/reported.h"
#include "haetae/context.h"

/* A measurement, as it is noted before it is made. */
struct exact_measured {
    unsigned instrument;
    unsigned set;
    double value;
    bool bound;   /* its exemplars have no attributes */
    bool sampled; /* its span is; else it becomes no exemplar */
};

/* All measurements of all measurers. */
struct exact_log {
    unsigned measurers;
    unsigned length; /* of each one's list */
    struct exact_measured *list;
};

void exact_log_init(struct exact_log *log, unsigned measurers, unsigned length);
void exact_log_done(struct exact_log *log);
struct exact_measured *exact_log_at(const struct exact_log *log, unsigned measurer, unsigned index);

/* The ids of a measurement's span. */
haetae_span_context exact_span_of(unsigned measurer, unsigned index, bool sampled);

/* Has a report check exemplars, beside a log that stays. Without it a report may have none. */
void exact_report_expect(struct exact_report *report, const struct exact_log *log);
void exact_report_done(struct exact_report *report);

/* Fails the test when an exemplar of a point is no measurement of this series, or not of the
 * point's time, when there are more than the reservoir keeps, or when deltas have one twice. */
void exact_check_exemplars(struct exact_report *report, unsigned stream, unsigned set,
                           struct exact_reported *point, HaeOtlp__Exemplar *const *exemplars,
                           size_t count);

/* In how many explicit buckets of series measurements were made in sampled spans, and the last
 * cumulative point has no exemplar; all threads have ended. */
unsigned exact_missing_exemplars(const struct exact_report *report);

#endif
