/* SPDX-License-Identifier: Apache-2.0 */
/* Metric producers. Each is called in the rounds of callbacks of the reader that it belongs to. */
#ifndef HAETAE_METRICS_PRODUCER_H
#define HAETAE_METRICS_PRODUCER_H

#include "haetae/producer.h"
#include "metrics/meter.h"
#include "metrics/produced.h"

struct hae_callbacks;
struct hae_metric_reader;

/* It may run on when the SDK is gone, and uses nothing but what is its own. */
struct hae_producer {
    struct hae_producer *next;  /* in the list of a reader, until an SDK starts with it */
    haetae_metric_producer ops; /* its texts lie behind the struct */
    /* Set when an SDK starts with the reader. */
    const struct hae_metric_reader *reader;
    const struct haetae_meter *meter;
    struct hae_metric_filter *filter; /* NULL: none */
    uint8_t temporality_of[HAE_INSTRUMENT_KIND_COUNT];
    haetae_item_origin origin; /* in memory of its own, at `scope` */
    uint8_t *scope;
    uint16_t scope_number;
    /* Guarded by the callbacks' lock. */
    haetae_status status;   /* of its last call                              */
    haetae_status reported; /* of the call that was reported last             */
    uint64_t failed_count;  /* calls that failed since it last added all      */
};

/* Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
haetae_status hae_producer_new(const haetae_metric_producer *ops,
                               struct hae_producer **ret_producer);
void hae_producer_free(struct hae_producer *producer);

/* The reader that a producer is for. */
struct hae_producer_place {
    struct hae_meter_provider *provider;
    struct hae_callbacks *callbacks; /* the provider's; NULL: there was no memory for them */
    const struct hae_metric_reader *reader;
    struct hae_metric_filter *filter; /* NULL: none */
    const uint8_t *temporality_of;    /* by hae_instrument_kind */
};

/* Has the producer called for a reader. Ownership: on HAETAE_OK the reader's provider owns it; on
 * failure the caller still does. Errors: those of hae_meter_get(). */
haetae_status hae_producer_register(struct hae_producer *producer,
                                    const struct hae_producer_place *place);

/* Calls it for a collection. */
haetae_status hae_producer_call(const struct hae_producer *producer, haetae_metric_batch *batch,
                                uint64_t now_unix_ns);

#endif
