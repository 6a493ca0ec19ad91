/* SPDX-License-Identifier: Apache-2.0 */
/* Samplers: whether a span is recorded, and whether it is exported. One decides before the
 * span takes a slot or reads a clock.
 * The built-in rules are data, decided inline. Any other sampler is a struct hae_sampler.
 * Specification: "Sampling", "Sampler", "Built-in samplers". */
#ifndef HAETAE_TRACE_SAMPLER_H
#define HAETAE_TRACE_SAMPLER_H

#include "context/current.h"
#include "haetae/trace.h"

enum hae_sampling_decision {
    HAE_SAMPLING_DROP,        /* the span only carries its context on */
    HAE_SAMPLING_RECORD_ONLY, /* processors see the span, exporters do not */
    HAE_SAMPLING_RECORD_AND_SAMPLE
};

/* What a sampler may go by: all that is known of a span that is about to start. */
struct hae_sampling_input {
    const struct hae_current *parent; /* NULL: the span is a root */
    uint64_t trace_id[2];             /* bytes in memory order */
    haetae_string name;               /* empty when it is no valid string */
    int32_t kind;                     /* a haetae_span_kind, never unspecified */
    const haetae_attribute *attributes;
    size_t attribute_count;
    const haetae_link *links;
    size_t link_count;
};

struct hae_sampling_result {
    enum hae_sampling_decision decision; /* HAE_SAMPLING_DROP before */
    /* Added to the attributes of the span; none before. */
    const haetae_attribute *attributes;
    size_t attribute_count;
    /* The span's: the parent's before, empty for a root. */
    haetae_string trace_state;
};

struct hae_sampler {
    const char *description; /* e.g. "RateLimiting{100}" */
    /* Decides about one span, by changing *result. What *result points to stays valid until this
     * thread's next call.
     * Threads: any, several at a time, also signal handlers. The span's start waits for it: it
     * takes no lock, allocates nothing and does not wait.
     * It may record: the built-in rule decides about spans that it starts.
     * It must return, so no longjmp() and no end of the thread. It must not fork(), since the
     * child's first record empties the recorder below the start that is under way; and it must not
     * shut the SDK down, flush or free it. */
    void (*decide)(void *user, const struct hae_sampling_input *input,
                   struct hae_sampling_result *result);
    void (*done)(void *user); /* when the tracer provider is done; NULL: nothing to do */
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
#define HAE_THRESHOLD_OFF (UINT64_C(1) << 56)

struct hae_sampling {
    uint64_t threshold;
    bool parent_based; /* the parent's decision counts, and the threshold only for roots */
};

/* Sets the sampler that OTEL_TRACES_SAMPLER names; `ratio` is its argument. False: there is
 * no such name, and nothing has changed. */
bool hae_sampling_set(struct hae_sampling *sampling, const char *name, double ratio);

/* Whether a span is recorded and sampled. `parent` NULL: it is a root. */
static inline bool hae_sampled(const struct hae_sampling *sampling,
                               const struct hae_current *parent, uint64_t trace_id_low)
{
    if (sampling->parent_based && parent != NULL) {
        return (parent->trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0;
    }
    return (__builtin_bswap64(hae_le64(trace_id_low)) & (HAE_THRESHOLD_OFF - 1)) >=
           sampling->threshold;
}

#endif
