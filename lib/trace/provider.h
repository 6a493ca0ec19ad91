/* SPDX-License-Identifier: Apache-2.0 */
/* What all tracers of an SDK have in common: limits, sampler, processors. */
#ifndef HAETAE_TRACE_PROVIDER_H
#define HAETAE_TRACE_PROVIDER_H

#include <pthread.h>

#include "base/atfork.h"
#include "haetae/trace.h"
#include "recorder/call.h"
#include "recorder/scope_rules.h"
#include "trace/limits.h"
#include "trace/processor.h"
#include "trace/sampler.h"

/* Which way spans take. */
enum hae_tracing {
    HAE_TRACING_OFF,
    HAE_TRACING_PLAIN, /* a built-in rule decides, and there is no processor */
    HAE_TRACING_HOOKED /* a sampler or processors have to be called */
};

/* Who counts spans. Called by each thread that starts or ends one, several at a time, also from
 * signal handlers. `decision` is a haetae_sampling_decision. */
struct hae_span_counter {
    /* A span has started, also one that is dropped. `parent` NULL: it is a root. */
    void (*started)(void *user, const struct hae_current *parent, int32_t decision);
    /* One that is recorded has ended. */
    void (*ended)(void *user, int32_t decision);
    void *user;
};

struct hae_tracer_provider {
    struct hae_recorder *recorder;
    enum hae_tracing tracing;      /* follows from `enabled`, `sampler` and `processors` */
    struct hae_scope_rules scopes; /* which tracers are off; guarded by `lock` */
    bool enabled;
    bool without_exporter;            /* spans are recorded, and counted as dropped */
    bool exports_open;                /* at the shutdown, spans that have not ended */
    _Atomic uint64_t left_open_count; /* spans that were ended so; relaxed, for the statistics */
    struct hae_sampling sampling;     /* the built-in rule, when no sampler is asked */
    struct hae_span_limits limits;
    struct hae_sampler sampler; /* decide NULL: none */
    /* Not NULL: of the API, which is where sampler or sampling have come from. */
    haetae_sampler *owned_sampler;
    haetae_id_generator ids; /* its functions NULL: random ids */
    struct hae_span_processors processors;
    struct hae_span_counter counter; /* its functions NULL: nobody counts */
    const uint8_t *resource;         /* the Resource message, for processors; the caller's */
    size_t resource_size_bytes;
    pthread_mutex_t lock;     /* of the list */
    struct hae_atfork atfork; /* of the lock */
    struct haetae_tracer *tracers;
};

struct haetae_tracer {
    struct hae_tracer_provider *provider;
    struct hae_recorder *recorder;
    struct haetae_tracer *next;
    /* A hae_tracing: the provider's, or off. Written under the provider's lock, relaxed: a change
     * takes effect soon. */
    _Atomic uint32_t tracing;
    uint16_t scope;
};

/* Whether starts and ends are shown to anybody. */
static inline bool hae_tracer_provider_shows(const struct hae_tracer_provider *provider)
{
    return provider->processors.count != 0 || provider->counter.started != NULL;
}

static inline uint32_t hae_tracer_way(const haetae_tracer *tracer)
{
    return atomic_load_explicit(&tracer->tracing, memory_order_relaxed);
}

/* The provider of the recorder a span handle leads to. Written while no span of the recorder
 * exists: at the SDK's start and end. */
extern struct hae_tracer_provider *hae_tracer_providers[HAE_RECORDERS_MAX];

/* Has a tracer follow its provider and the rules for its scope. The caller holds the lock. */
void hae_tracer_configure(haetae_tracer *tracer);

/* The same for all tracers. */
void hae_tracer_provider_configure(struct hae_tracer_provider *provider);

/* What follows is for the time before the first span. */

void hae_tracer_provider_enable(struct hae_tracer_provider *provider, bool enabled);

/* Has a sampler decide instead of the built-in rule, which remains for spans that samplers and
 * processors start themselves.
 * Ownership: the struct is copied, and its user data is the provider's, which calls done. */
void hae_tracer_provider_set_sampler(struct hae_tracer_provider *provider,
                                     const struct hae_sampler *sampler);

/* The same with one of the API, which has an owner. A sampler that is a rule becomes the built-in
 * rule.
 * Ownership: it becomes the provider's; hae_tracer_provider_return() gives it back. */
void hae_tracer_provider_use_sampler(struct hae_tracer_provider *provider, haetae_sampler *sampler);

/* Has `ids` make the ids. It becomes the provider's as well. */
void hae_tracer_provider_use_ids(struct hae_tracer_provider *provider,
                                 const haetae_id_generator *ids);

/* Forgets the sampler and the generator of the API: they are the caller's again. */
void hae_tracer_provider_return(struct hae_tracer_provider *provider);

/* Has spans counted. */
void hae_tracer_provider_count(struct hae_tracer_provider *provider,
                               const struct hae_span_counter *counter);

/* Adds a processor behind those that are there.
 * Ownership: as above; on failure the caller's. Errors: HAETAE_ELIMIT. */
haetae_status hae_tracer_provider_add_processor(struct hae_tracer_provider *provider,
                                                const haetae_span_processor *processor);

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
