/* SPDX-License-Identifier: Apache-2.0 */
/* An SDK with readers, and what was collected. */
#ifndef HAETAE_TESTS_SDK_READER_FIXTURE_H
#define HAETAE_TESTS_SDK_READER_FIXTURE_H

#include "haetae/reader.h"
#include "otlp.pb-c.h"
#include "support/sdk_fixture.h"

enum {
    DELTA = HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_DELTA,
    CUMULATIVE = HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_CUMULATIVE
};

/* Of the metric "c", over all pieces or deliveries; of all others only their number. */
struct seen {
    int64_t sum;
    uint64_t points;
    uint64_t overflows;
    int temporality;
    unsigned pieces;
    uint64_t points_of_piece_max;
    unsigned others;
    unsigned attributes;
    unsigned pieces_max; /* 0: all */
};

/* Callbacks that add to a `struct seen`: of a pulled reader, and of an exporter that accepts. */
bool keep(void *user, const uint8_t *request, size_t size_bytes);
void accept_and_keep(struct fake_exporter *fake, haetae_delivery *delivery);

/* Collects. */
struct seen pull(haetae_metric_reader *reader);

/* Makes a reader; and one that is pulled. */
haetae_metric_reader *reader_of(const haetae_metric_reader_options *options);
haetae_metric_reader *pulled(haetae_temporality_preference preference);

struct fixture {
    struct fake_exporter fake;
    struct seen seen; /* by its exporter */
    haetae_config *config;
    haetae_sdk *sdk;
    haetae_counter *counter; /* "c" */
};

/* A configuration with an exporter; an SDK with the counter "c". */
void begin_fixture(struct fixture *f, const char *worker);
void start_fixture(struct fixture *f);

/* With one pulled reader. */
haetae_metric_reader *start_pulled(struct fixture *f, haetae_temporality_preference wanted);

/* Adds 1 to so many series. */
void add_series(struct fixture *f, int64_t count);
void flush(struct fixture *f);
void end_fixture(struct fixture *f, haetae_metric_reader *reader);

#endif
