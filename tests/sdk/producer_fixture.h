/* SPDX-License-Identifier: Apache-2.0 */
/* An SDK with a reader that has metric producers and a metric filter. */
#ifndef HAETAE_TESTS_SDK_PRODUCER_FIXTURE_H
#define HAETAE_TESTS_SDK_PRODUCER_FIXTURE_H

#include <stdatomic.h>

#include "haetae/producer.h"
#include "otlp.pb-c.h"
#include "support/sdk_fixture.h"

enum { DELTA = HAETAE_TEMPORALITY_DELTA, CUMULATIVE = HAETAE_TEMPORALITY_CUMULATIVE };

enum { METRICS_MAX = 16 };

/* The last collection: its requests, and their metrics. */
struct seen {
    HaeOtlp__ExportMetricsServiceRequest *requests[METRICS_MAX];
    size_t request_count;
    const HaeOtlp__Metric *metrics[METRICS_MAX];
    const HaeOtlp__ScopeMetrics *scopes[METRICS_MAX]; /* of these */
    size_t count;
};

void forget(struct seen *seen);

/* NULL: there is none of this name. */
const HaeOtlp__Metric *find(const struct seen *seen, const char *name);

struct fixture {
    struct fake_exporter fake;
    struct seen seen;
    haetae_config *config;
    haetae_metric_reader *reader;
    haetae_sdk *sdk;
    char diagnostics[4096];
    size_t length;
};

/* With a reader that is pulled, or the exporter's. */
void begin_fixture(struct fixture *f, const char *worker, int32_t pull, int32_t preference);

/* Starts the SDK; collects; and ends all. */
void start_fixture(struct fixture *f, int32_t pull);
void pull(struct fixture *f);
void end_fixture(struct fixture *f);
haetae_metric_description describe(const char *name, int32_t kind, int32_t temporality);

/* One that produces a sum of two points and counts its calls. */
struct bridge {
    _Atomic unsigned calls;
    _Atomic unsigned freed;
    _Atomic bool hangs;
    haetae_status returns;
    haetae_temporality temporality; /* that the reader asked for */
    bool wanted;                    /* its metric */
    const char *name;
};

void free_bridge(void *self);
haetae_status produce(void *self, haetae_metric_batch *batch);

/* Adds a producer of the scope "bridge" to the reader. */
void add_producer(struct fixture *f, struct bridge *bridge, const char *name);

/* That what a bridge produces has arrived. */
void check_bridged(const struct seen *seen, const char *name, int temporality);

/* Drops "drop", and of "part" and "bridged" all points but those with n = 1. */
struct sieve {
    _Atomic unsigned freed;
    unsigned asked; /* about attributes */
    haetae_metric_description last;
    char last_name[32];
    char last_scope[32];
};

int32_t test_metric(void *self, const haetae_item_origin *origin,
                    const haetae_metric_description *metric);
int32_t test_attributes(void *self, const haetae_item_origin *origin,
                        const haetae_metric_description *metric, const haetae_attribute *attributes,
                        size_t count);
void free_sieve(void *self);

/* Adds the filter to the reader. */
void add_filter(struct fixture *f, struct sieve *sieve);

/* Adds to a counter with three series: n is 0, 1 and 2. */
void count_up(struct fixture *f, const char *name);

#endif
