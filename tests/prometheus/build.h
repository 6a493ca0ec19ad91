/* SPDX-License-Identifier: Apache-2.0 */
/* Builds requests with metrics, a field at a time. */
#ifndef HAETAE_TESTS_PROMETHEUS_BUILD_H
#define HAETAE_TESTS_PROMETHEUS_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "page.h"

struct build {
    struct hae_buffer bytes;
    size_t open[16]; /* where the open messages begin */
    size_t depth;
};

/* Opens a message, and closes the one opened last. */
void build_open(struct build *build, unsigned field);
void build_close(struct build *build);

void build_text(struct build *build, unsigned field, const char *text);
void build_bytes(struct build *build, unsigned field, const void *data, size_t size_bytes);
void build_uint(struct build *build, unsigned field, uint64_t value);
void build_sint(struct build *build, unsigned field, int64_t value);
void build_fixed(struct build *build, unsigned field, uint64_t value);
void build_double(struct build *build, unsigned field, double value);

/* A KeyValue with a text. */
void build_attribute(struct build *build, unsigned field, const char *key, const char *value);

/* A request with one resource, which has `service` as service.name; NULL: no attributes. */
void build_request(struct build *build, const char *service);

/* A scope; a NULL is left out. Closes what is open of the scope before. */
void build_scope(struct build *build, const char *name, const char *version);

/* A metric of the open scope, with its points' list open: `kind` is a field of Metric. Sums are
 * monotonic, all is cumulative. Closes the metric before. */
void build_metric(struct build *build, unsigned kind, const char *name, const char *unit,
                  const char *help);
void build_metric_of(struct build *build, unsigned kind, const char *name, uint64_t temporality,
                     bool is_monotonic);

/* A list of keys and values. */
#define ATTRIBUTES(...)                                                                            \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

/* A data point with attributes: pairs that end with NULL. The first is whole; those that are opened
 * are closed by build_close(). */
void build_int_point(struct build *build, int64_t value, const char *const *attributes);
void build_double_point(struct build *build, double value, const char *const *attributes);
void build_open_point(struct build *build, const char *const *attributes, unsigned field);

/* Counts and bounds of a histogram's point. */
void build_histogram(struct build *build, uint64_t count, double sum, const uint64_t *counts,
                     const double *bounds, size_t bound_count);

/* An exemplar: `field` of the open point. */
void build_exemplar(struct build *build, unsigned field, double value, uint64_t time_ns,
                    const char *key, const char *attribute);

/* A request with a histogram of durations. */
void build_duration(struct build *build);

/* Closes all. Returns the request; the memory is the builder's. */
struct hae_prom_request build_end(struct build *build);
void build_done(struct build *build);

#endif
