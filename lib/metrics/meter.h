/* SPDX-License-Identifier: Apache-2.0 */
/* Meters, and the provider that owns them. */
#ifndef HAETAE_METRICS_METER_H
#define HAETAE_METRICS_METER_H

#include <pthread.h>

#include "base/atfork.h"
#include "base/diagnostics.h"
#include "base/try_lock.h"
#include "haetae/metrics.h"
#include "metrics/reader_defaults.h"
#include "metrics/unused.h"
#include "metrics/view.h"
#include "recorder/recorder.h"
#include "recorder/scope_rules.h"

struct hae_callbacks;
struct hae_instrument;

/* The specification's default. */
enum { HAE_CARDINALITY_LIMIT = 2000 };

enum { HAE_CALLBACK_TIMEOUT_MS = 1000 };

/* Decides which streams a new instrument has. streams[0] is the one it has by default; there is
 * room for HAE_STREAMS_PER_INSTRUMENT_MAX. Returns how many are to be made, or
 * HAE_VIEWS_NO_MEMORY. */
typedef uint32_t (*hae_view_callback)(void *user, const struct hae_instrument_request *request,
                                      struct hae_stream_options *streams);

struct hae_meter_provider {
    struct hae_recorder *recorder;
    /* False: hae_meter_get() gives NULL, so that nothing is recorded. */
    bool enabled;
    struct hae_readers_defaults defaults; /* of the streams made from now on */
    struct hae_diagnostics *diagnostics;  /* NULL: silent */
    _Atomic bool memory_reported;         /* that it does not hold all series that there may be */
    hae_view_callback view;               /* NULL: each instrument has its default stream */
    void *view_user;
    struct hae_views views;   /* what `view` goes by, after hae_meter_provider_use_views() */
    pthread_mutex_t lock;     /* of the lists while they grow */
    struct hae_atfork atfork; /* of the lock */
    _Atomic(struct haetae_meter *) meters;
    struct hae_scope_rules scopes; /* which meters are off; guarded by `lock` */
    struct hae_stream_list streams;
    struct hae_unused unused; /* its `intervals` may be set before instruments are made */
    /* Callbacks of observables; NULL: there are none yet. */
    _Atomic(struct hae_callbacks *) callbacks;
    bool callback_threads; /* callbacks run in threads of their own, and are waited for as long */
    uint32_t callback_timeout_ms;
    /* When the shutdown ends their time, by the monotonic clock; 0: it has not begun. */
    _Atomic uint64_t callbacks_end_ns;
    /* When a reader collected last; 0: none has. */
    _Atomic uint64_t collected_unix_ns;
    struct hae_try_lock collecting; /* one collection at a time, of whichever reader */
    /* How often the provider was reinitialized in a forked child; readers see by it that what they
     * remember is void. */
    _Atomic uint32_t generation;
};

/* Lists only grow, at their end; readers walk them without the lock. */
struct haetae_meter {
    struct hae_meter_provider *provider;
    _Atomic(struct haetae_meter *) next;
    _Atomic(struct hae_instrument *) instruments;
    _Atomic bool disabled; /* not collected; written under the provider's lock, relaxed */
    /* The round (unused.h) in which a collection left it out; under the lock of collections. */
    uint32_t skipped_round;
    uint16_t scope;
    uint32_t series_limit; /* of each instrument made from now on; 0: what each reader wants */
};

/* One provider for a recorder. The caller may change `enabled`, `defaults`, the diagnostics, the
 * intervals of `unused` and the view afterwards, before meters are asked for. Errors:
 * HAETAE_ENOMEM, HAETAE_ELIMIT (the region's heap); then there is nothing to undo. */
haetae_status hae_meter_provider_init(struct hae_meter_provider *provider,
                                      struct hae_recorder *recorder);

/* In a forked child: every series is as if nothing had been recorded into it. Instruments and
 * bound instruments stay valid. Async-signal-safe; no other thread uses the provider. */
void hae_meter_provider_reinit(struct hae_meter_provider *provider);

/* Frees meters and instruments. What was recorded stays in the region. */
void hae_meter_provider_done(struct hae_meter_provider *provider);

/* Has all meters follow the rules for their scopes. */
void hae_meter_provider_configure(struct hae_meter_provider *provider);

/* Has the instruments that are made from now on follow views, which are the provider's then. */
void hae_meter_provider_use_views(struct hae_meter_provider *provider,
                                  const struct hae_views *views, bool composable);

/* Gives exemplars to the instruments that are made from now on, with `size_bytes` of memory for
 * all. Without this call there are none. Errors: HAETAE_ENOMEM. */
haetae_status hae_meter_provider_use_exemplars(struct hae_meter_provider *provider,
                                               enum hae_exemplar_filter filter,
                                               uint64_t size_bytes);

/* Finds or makes the meter of a scope. Errors: HAETAE_ESHUTDOWN, HAETAE_ENOMEM, and those of
 * hae_scope_intern(). */
haetae_status hae_meter_get(struct hae_meter_provider *provider, const haetae_scope_options *scope,
                            haetae_meter **ret_meter);

#endif
