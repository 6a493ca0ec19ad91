/* SPDX-License-Identifier: Apache-2.0 */
/* What all tracers of an SDK have in common, and the sampler. */
#ifndef HAE_TRACE_TRACER_H
#define HAE_TRACE_TRACER_H

#include <pthread.h>

#include "base/atfork.h"
#include "context/current.h"
#include "haetae/trace.h"
#include "recorder/call.h"
#include "trace/span_slot.h"
#include "wire/value.h"

/* Specification: "Built-in samplers". */
enum hae_sampling_rule { HAE_SAMPLE_ON, HAE_SAMPLE_OFF, HAE_SAMPLE_RATIO };

struct hae_sampling {
    enum hae_sampling_rule rule;
    bool parent_based;  /* a parent's decision is followed; the rule is for roots */
    uint64_t threshold; /* of 2^56: the random part of a trace id below it is left out */
};

/* Specification: "Span limits". */
struct hae_span_limits {
    struct hae_limits attributes;
    struct hae_limits event_attributes;
    struct hae_limits link_attributes;
    uint32_t event_count;
    uint32_t link_count;
};

struct hae_tracer_provider {
    struct hae_recorder *recorder;
    bool enabled;
    struct hae_sampling sampler;
    struct hae_span_limits limits;
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

/* The caller fills enabled, sampler and limits afterwards.
 * Errors: HAETAE_ENOMEM. */
haetae_status hae_tracer_provider_init(struct hae_tracer_provider *provider,
                                       struct hae_recorder *recorder);
void hae_tracer_provider_done(struct hae_tracer_provider *provider);

haetae_status hae_tracer_get(struct hae_tracer_provider *provider,
                             const haetae_scope_options *scope, haetae_tracer **ret_tracer);

/* The provider of the recorder a span handle leads to. */
extern struct hae_tracer_provider *hae_tracer_providers[HAE_RECORDERS_MAX];

bool hae_sampler_set(struct hae_sampling *sampler, const char *name, double ratio);

/* Whether a span is to be recorded. `parent` NULL: it is a root. */
static inline bool hae_sampled(const struct hae_sampling *sampler, const struct hae_current *parent,
                               uint64_t trace_id_low)
{
    if (sampler->parent_based && parent != NULL) {
        return (parent->trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0;
    }
    if (HAE_LIKELY(sampler->rule == HAE_SAMPLE_ON)) {
        return true;
    }
    /* The last seven bytes of the trace id are its random part. */
    return sampler->rule == HAE_SAMPLE_RATIO && (__builtin_bswap64(hae_le64(trace_id_low)) &
                                                 ((UINT64_C(1) << 56) - 1)) >= sampler->threshold;
}

#endif
