/* SPDX-License-Identifier: Apache-2.0 */
/* A recorder with a meter, and what a collection of it gives, decoded by generated
 * protobuf-c code. */
#ifndef HAETAE_TESTS_METRICS_FIXTURE_H
#define HAETAE_TESTS_METRICS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "metrics/instrument.h"
#include "metrics/reader.h"
#include "otlp.pb-c.h"
#include "recorder/call.h"

struct fixture {
    struct hae_recorder *recorder;
    struct hae_meter_provider provider;
    struct hae_metric_reader reader; /* cumulative */
    haetae_meter *meter;
};

/* 4 MiB of memory; `lane_count` 0 lets the recorder choose. */
void fixture_init(struct fixture *fixture, uint32_t lane_count);
void fixture_init_sized(struct fixture *fixture, uint64_t size_bytes, uint32_t lane_count);
/* Also checks that nothing that was allocated since init is left. */
void fixture_done(struct fixture *fixture);

haetae_counter *make_counter(struct fixture *fixture, const char *name, int32_t number_type);
haetae_up_down_counter *make_up_down_counter(struct fixture *fixture, const char *name,
                                             int32_t number_type);
haetae_gauge *make_gauge(struct fixture *fixture, const char *name, int32_t number_type);
haetae_histogram *make_histogram(struct fixture *fixture, const char *name, int32_t number_type);

uint64_t misuse_count(const struct fixture *fixture, haetae_misuse cause);

/* Leaves at most `left_bytes` of the region's heap. */
void fill_heap(struct fixture *fixture, uint64_t left_bytes);

/* ---- Collections ----------------------------------------------------------------------- */

enum { METRICS_MAX = 512 };

struct collection {
    size_t count;
    HaeOtlp__Metric *metrics[METRICS_MAX];
    uint16_t scopes[METRICS_MAX];
    size_t sizes[METRICS_MAX];
    uint32_t point_counts[METRICS_MAX];
    size_t refuse_at; /* metrics taken before `take` refuses */
};

/* For a test that sets the clock back: histograms may lack their minimum and maximum then. */
extern bool clock_was_set_back;

/* For a test with histograms of what may be negative. */
extern bool histograms_may_lack_sums;

/* The time that collect() gives to the points: always the same, in the far future. */
#define COLLECTED_NS UINT64_C(9000000000000000000)

/* Collects, decodes and checks what is true for every message. */
void collect(struct fixture *fixture, struct collection *ret_collection);

/* The same with any reader, at any time. The collection refuses the message after the first
 * `taken_max`; returns the status. */
haetae_status collect_with(struct hae_metric_reader *reader, uint64_t now_unix_ns, size_t taken_max,
                           struct collection *ret_collection);
void collection_free(struct collection *collection);
/* Frees the collection, then the fixture it comes from. */
void collection_done(struct collection *collection, struct fixture *fixture);

/* The metric of this name, or NULL. */
const HaeOtlp__Metric *find_metric(const struct collection *collection, const char *name);

/* A name's number points, from all its metrics: how many; the sum of the values; the
 * one with these attributes as `key=value` pairs, separated by commas, sorted. */
size_t point_count(const struct collection *collection, const char *name);
int64_t int_total(const struct collection *collection, const char *name);
const HaeOtlp__NumberDataPoint *find_point(const struct collection *collection, const char *name,
                                           const char *attributes);
const HaeOtlp__HistogramDataPoint *find_histogram(const struct collection *collection,
                                                  const char *name, const char *attributes);
/* The sum of all counts of a histogram, from all its metrics. */
uint64_t histogram_total(const struct collection *collection, const char *name);

/* The attributes as find_point() wants them; static memory. */
const char *attributes_text(size_t count, HaeOtlp__KeyValue *const *attributes);

/* Collect once and return one number. */
int64_t collected_int(struct fixture *fixture, const char *name, const char *attributes);
double collected_double(struct fixture *fixture, const char *name, const char *attributes);
size_t collected_point_count(struct fixture *fixture, const char *name);

#endif
