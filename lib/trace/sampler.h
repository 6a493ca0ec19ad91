/* SPDX-License-Identifier: Apache-2.0 */
/* Samplers: whether a span is recorded, and whether it is exported. One decides before the
 * span takes a slot or reads a clock.
 * The built-in rules are data, decided inline. Any other sampler is a struct hae_sampler.
 * Specification: "Sampling", "Sampler", "Built-in samplers". */
#ifndef HAETAE_TRACE_SAMPLER_H
#define HAETAE_TRACE_SAMPLER_H

#include "base/diagnostics.h"
#include "context/current.h"
#include "haetae/exporter.h"
#include "haetae/sampler.h"
#include "trace/ot_state.h"

/* What a decision brings with it besides. */
struct haetae_sampling {
    haetae_trace_state trace_state;
    size_t attribute_count;
    haetae_attribute attributes[HAETAE_SAMPLING_ATTRIBUTES_MAX];
};

/* A callback may have written over the length. */
static inline void hae_sampling_bound(haetae_sampling *sampling)
{
    if (HAE_UNLIKELY(sampling->trace_state.length > HAETAE_TRACE_STATE_MAX)) {
        sampling->trace_state.length = 0;
    }
}

struct hae_sampler {
    /* As haetae_sampler_ops.decide. */
    int32_t (*decide)(void *user, const haetae_sampling_input *input, haetae_sampling *sampling);
    void (*done)(void *user); /* when no call will follow; NULL: nothing to do */
    void *user;
};

static inline void hae_sampler_done(struct hae_sampler *sampler)
{
    if (sampler->done != NULL) {
        sampler->done(sampler->user);
    }
}

/* ---- Built-in rules -------------------------------------------------------------------- */

/* The random part of a trace id are its last seven bytes. A root is sampled when it is not below
 * the threshold: 0 samples all, HAE_THRESHOLD_OFF none. */
#define HAE_THRESHOLD_OFF HAETAE_SAMPLING_NEVER

struct hae_sampling {
    uint64_t threshold;
    bool parent_based; /* the parent's decision counts, and the threshold only for roots */
    bool is_ratio;     /* traceidratio: meant for roots */
};

/* What samplers have noticed that an operator should know. */
enum { HAE_REMARK_RATIO_OF_CHILD = 1, HAE_REMARK_PRESUMED_RANDOM = 2 };

/* Those of this process since the latest start of an SDK. Added to by all threads that start spans,
 * relaxed: a worker reports each at some later time. */
extern _Atomic uint32_t hae_sampling_remarks;

static inline void hae_sampling_remark(uint32_t remark)
{
    if (HAE_UNLIKELY((atomic_load_explicit(&hae_sampling_remarks, memory_order_relaxed) & remark) ==
                     0)) {
        atomic_fetch_or_explicit(&hae_sampling_remarks, remark, memory_order_relaxed);
    }
}

/* The threshold of a traceidratio sampler. */
uint64_t hae_ratio_threshold(double ratio);

/* Sets the sampler that OTEL_TRACES_SAMPLER names; `ratio` is its argument. False: there is
 * no such name, and nothing has changed. */
bool hae_sampling_set(struct hae_sampling *sampling, const char *name, double ratio);

/* Whether a span is recorded and sampled. `parent` NULL: it is a root. */
static inline bool hae_sampled(const struct hae_sampling *sampling,
                               const struct hae_current *parent, uint64_t trace_id_low)
{
    if (parent != NULL) {
        if (HAE_LIKELY(sampling->parent_based)) {
            return (parent->trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0;
        }
        if (HAE_UNLIKELY(sampling->is_ratio)) {
            hae_sampling_remark(HAE_REMARK_RATIO_OF_CHILD);
        }
    }
    return hae_randomness(trace_id_low) >= sampling->threshold;
}

/* The tracestate after a decision of the rule: the threshold of another decision goes. A parent
 * that is followed keeps its threshold if that agrees with what it decided. `parent_sampled` counts
 * where there is a parent. */
void hae_sampling_fit_threshold(const struct hae_sampling *sampling, bool has_parent,
                                bool parent_sampled, const uint8_t trace_id[16],
                                haetae_trace_state *trace_state);

/* ---- Samplers of the API ----------------------------------------------------------------- */

enum { HAE_DESCRIPTION_BYTES = 256 };

struct haetae_sampler {
    struct hae_sampler sampler; /* decide NULL: `rule` alone decides */
    struct hae_sampling rule;
    bool owned; /* by another sampler, a configuration or an SDK */
    /* What a worker does for it; struct_size 0: nothing. */
    haetae_exporter_ops work;
    struct hae_diagnostics *diagnostics; /* of the SDK whose worker does it; NULL: none */
    /* Those with work, of this sampler and what it has taken, linked by next_working. */
    struct haetae_sampler *working;
    struct haetae_sampler *next_working;
    char description[HAE_DESCRIPTION_BYTES];
};

/* Makes one with `state_bytes` of zeroed memory for its own state, which is sampler.user, and is
 * freed with it. NULL: no memory. */
struct haetae_sampler *hae_sampler_make(size_t state_bytes);

/* Takes the sampler from the caller. False, and nothing has changed: NULL, or it has an owner. */
bool hae_sampler_own(haetae_sampler *sampler);

/* Notes the work of a sampler that was taken. NULL `taken`: does nothing. */
void hae_sampler_add_working(haetae_sampler *sampler, const haetae_sampler *taken);

/* Frees one that is owned. NULL: does nothing. */
void hae_sampler_drop(haetae_sampler *sampler);

/* Asks it, whether or not it is a rule. */
int32_t hae_sampler_ask(const haetae_sampler *sampler, const haetae_sampling_input *input,
                        haetae_sampling *sampling);

#endif
