/* SPDX-License-Identifier: Apache-2.0 */
/* What all tracers of an SDK have in common: limits, sampler, processors. */
#ifndef HAETAE_TRACE_PROVIDER_H
#define HAETAE_TRACE_PROVIDER_H

#include <pthread.h>

#include "base/atfork.h"
#include "haetae/trace.h"
#include "recorder/call.h"
#include "trace/limits.h"
#include "trace/processor.h"
#include "trace/sampler.h"

/* Which way spans take. */
enum hae_tracing {
    HAE_TRACING_OFF,
    HAE_TRACING_PLAIN, /* a built-in rule decides, and there is no processor */
    HAE_TRACING_HOOKED /* a sampler or processors have to be called */
};

struct hae_tracer_provider {
    struct hae_recorder *recorder;
    enum hae_tracing tracing; /* follows from `enabled`, `sampler` and `processors` */
    bool enabled;
    bool without_exporter;            /* spans are recorded, and counted as dropped */
    bool exports_open;                /* at the shutdown, spans that have not ended */
    _Atomic uint64_t left_open_count; /* spans that were ended so; relaxed, for the statistics */
    struct hae_sampling sampling;     /* the built-in rule, when there is no sampler */
    struct hae_span_limits limits;
    struct hae_sampler sampler; /* decide NULL: none */
    struct hae_span_processors processors;
    const uint8_t *resource; /* the Resource message, for processors; the caller's */
    size_t resource_size_bytes;
    pthread_mutex_t lock;     /* of the list */
    struct hae_atfork atfork; /* of the lock */
    struct haetae_tracer *tracers;
};

struct haetae_tracer {
    struct hae_tracer_provider *provider;
    struct hae_recorder *recorder;
    struct haetae_tracer *next;
    uint16_t scope;
};

/* The provider of the recorder a span handle leads to. Written while no span of the recorder
 * exists: at the SDK's start and end. */
extern struct hae_tracer_provider *hae_tracer_providers[HAE_RECORDERS_MAX];

/* What follows is for the time before the first span. */

void hae_tracer_provider_enable(struct hae_tracer_provider *provider, bool enabled);

/* Has a sampler decide instead of the built-in rule; where `sampling` is parent-based, the
 * sampler decides for roots only.
 * Ownership: the struct is copied, and its user data is the provider's, which calls done. */
void hae_tracer_provider_set_sampler(struct hae_tracer_provider *provider,
                                     const struct hae_sampler *sampler);

/* Adds a processor behind those that are there.
 * Ownership: as above; on failure the caller's. Errors: HAETAE_ELIMIT. */
haetae_status hae_tracer_provider_add_processor(struct hae_tracer_provider *provider,
                                                const struct hae_span_processor *processor);

/* Whether a tracer starts spans now; a start after shutdown is counted. */
static inline bool hae_tracer_admits(const haetae_tracer *tracer)
{
    if (HAE_UNLIKELY(!hae_admits(tracer->recorder))) {
        hae_count_rejected(tracer->recorder, HAETAE_SIGNAL_TRACES);
        return false;
    }
    return true;
}

#endif
