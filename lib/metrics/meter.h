/* SPDX-License-Identifier: Apache-2.0 */
/* Meters, instruments and the provider that owns them. */
#ifndef HAE_METRICS_METER_H
#define HAE_METRICS_METER_H

#include <pthread.h>

#include "base/atfork.h"
#include "haetae/metrics.h"
#include "metrics/layout.h"
#include "recorder/recorder.h"

/* The specification's default. */
enum { HAE_CARDINALITY_LIMIT = 2000 };

/* An encoded Metric message, and what collecting one needs, stay below this. */
enum { HAE_METRIC_SIZE_MAX = 256 * 1024 };

struct hae_meter_provider {
    struct hae_recorder *recorder;
    /* False: hae_meter_get() gives NULL, so that nothing is recorded. */
    bool enabled;
    uint32_t cardinality_limit; /* of the instruments made from now on */
    pthread_mutex_t lock;       /* of the lists while they grow        */
    struct hae_atfork atfork;   /* of the lock */
    _Atomic(struct haetae_meter *) meters;
    _Atomic uint64_t *instruments_last; /* where the region's list goes on */
    struct hae_collector *collector;
};

/* Lists only grow, at their end; the collector walks them without the lock. */
struct haetae_meter {
    struct hae_meter_provider *provider;
    _Atomic(struct haetae_meter *) next;
    _Atomic(struct hae_handle *) instruments;
    uint16_t scope;
};

/* What an instrument's handle of the API points to, whatever its kind. */
struct hae_handle {
    struct hae_recorder *recorder;
    struct hae_region *region;
    struct hae_instrument *instrument;
    /* An integer below this, taken as unsigned, may be added to a counter: 0 where
     * none may, for it measures doubles. */
    uint64_t increments_below;
    const double *boundaries; /* in the region, like the instrument */
    uint32_t boundary_count;
    uint32_t reference;         /* of the instrument */
    uint32_t attachment_offset; /* see cell.h */
    uint8_t kind;
    uint8_t number_type;
    struct haetae_meter *meter;
    struct hae_bound *bounds; /* under the provider's lock */
    _Atomic(struct hae_handle *) next;
};

/* The same with a series. */
struct hae_bound {
    struct hae_recorder *recorder;
    struct hae_series *series;
    uint64_t increments_below;
    const double *boundaries;
    uint32_t boundary_count;
    uint32_t attachment_offset; /* see cell.h */
    uint8_t kind;
    uint8_t number_type;
    struct hae_handle *handle;
    struct hae_bound *next;
};

/* The lanes' cells of a bound instrument, as far as they are known: at 1 and up, each
 * written by the lane's owner. At 0, the place of threads without a lane, there is none.
 * They follow the struct in its allocation: as a flexible array member they could not
 * stand inside haetae_bound_counter and its kind. */
typedef _Atomic(void *) hae_cell_entry;

static inline hae_cell_entry *hae_bound_cells(const struct hae_bound *bound)
{
    return (hae_cell_entry *)(uintptr_t)(bound + 1);
}

struct haetae_counter {
    struct hae_handle handle;
};
struct haetae_up_down_counter {
    struct hae_handle handle;
};
struct haetae_gauge {
    struct hae_handle handle;
};
struct haetae_histogram {
    struct hae_handle handle;
};
struct haetae_bound_counter {
    struct hae_bound bound;
};
struct haetae_bound_up_down_counter {
    struct hae_bound bound;
};
struct haetae_bound_gauge {
    struct hae_bound bound;
};
struct haetae_bound_histogram {
    struct hae_bound bound;
};

/* One provider for a recorder. The caller may change `enabled` and
 * `cardinality_limit` afterwards, before meters are asked for.
 * Errors: HAETAE_ENOMEM, HAETAE_ELIMIT (the region's heap); then there is nothing to
 * undo. */
haetae_status hae_meter_provider_init(struct hae_meter_provider *provider,
                                      struct hae_recorder *recorder);
/* In a forked child: every series is as if nothing had been recorded into it. Handles and
 * bound instruments stay good. Async-signal-safe; no other thread uses the provider. */
void hae_meter_provider_reinit(struct hae_meter_provider *provider);

/* Frees every handle. What was recorded stays in the region. */
void hae_meter_provider_done(struct hae_meter_provider *provider);

haetae_status hae_meter_get(struct hae_meter_provider *provider, const haetae_scope_options *scope,
                            haetae_meter **ret_meter);

/* Takes one Metric message, without tag and length; false: no memory for it.
 * `metric` is valid during the call. */
typedef bool (*hae_metric_callback)(void *user, uint16_t scope, const uint8_t *metric,
                                    size_t size_bytes, uint32_t point_count);

/* Offers the state of all series with measurements, as cumulative data points that
 * were taken at `now_unix_ns`. A Metric with many points comes in several pieces.
 * One thread at a time; others may record and make instruments meanwhile.
 * Errors: HAETAE_ENOMEM when `take` refused. Nothing is lost then: points are
 * cumulative. */
haetae_status hae_meter_collect(struct hae_meter_provider *provider, uint64_t now_unix_ns,
                                hae_metric_callback take, void *user);

#endif
