/* SPDX-License-Identifier: Apache-2.0 */
/* The common part of the tests of the samplers that a program makes by the calls of sampler.h. */
#ifndef HAETAE_TESTS_TRACE_SAMPLER_CASES_H
#define HAETAE_TESTS_TRACE_SAMPLER_CASES_H

#include "haetae/sampler.h"
#include "trace/trace_test.h"

/* A remote or local parent, whose trace id ends with these bytes. */
static inline haetae_span_context sampler_parent(uint64_t randomness, int flags, int is_remote)
{
    haetae_span_context parent = {.trace_flags = (uint8_t)flags, .is_remote = (uint8_t)is_remote};

    memset(parent.trace_id, 0x42, 16);
    for (int i = 0; i < 7; i++) {
        parent.trace_id[15 - i] = (uint8_t)(randomness >> 8 * i);
    }
    memset(parent.span_id, 0x43, 8);
    return parent;
}

/* What a started span turned out to be. */
struct sampler_outcome {
    bool recording;
    bool sampled;
    haetae_trace_state trace_state;
    HaeOtlp__Span *span; /* NULL: not exported */
};

static inline struct sampler_outcome sampler_start(struct core_fixture *core,
                                                   const haetae_span_context *parent,
                                                   const char *trace_state, const char *name)
{
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .parent = parent, .root = parent == NULL,
                       .trace_state = haetae_string_of(trace_state));
    struct sampler_outcome outcome = {.span = NULL};
    uint64_t published = core_published(core, SPAN);
    haetae_span_context context;
    haetae_span span =
        haetae_span_start_with(core->tracer, name, name != NULL ? strlen(name) : 0, &options);

    assert_true(haetae_span_get_context(span, &context));
    outcome.recording = haetae_span_is_recording(span);
    outcome.sampled = (context.trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0;
    (void)haetae_span_get_trace_state(span, &outcome.trace_state);
    haetae_span_end(span);
    assert_int_equal(core_published(core, SPAN) - published, outcome.sampled);
    if (outcome.sampled) {
        outcome.span = core_only_span(core);
        assert_string_equal(outcome.span->trace_state != NULL ? outcome.span->trace_state : "",
                            outcome.trace_state.text);
        core_free_span(outcome.span);
    }
    return outcome;
}

static inline void sampler_use(struct core_fixture *core, haetae_sampler *sampler)
{
    haetae_sampler *before = core->traces.owned_sampler;

    assert_true(hae_sampler_own(sampler));
    hae_tracer_provider_use_sampler(&core->traces, sampler);
    hae_sampler_drop(before);
}

#define MAKE(variable, call)                                                                       \
    haetae_sampler *variable = NULL;                                                               \
    assert_int_equal(call, HAETAE_OK);                                                             \
    assert_non_null(variable)

#define COMPOSE(variable, call)                                                                    \
    haetae_composable *variable = NULL;                                                            \
    assert_int_equal(call, HAETAE_OK);                                                             \
    assert_non_null(variable)

/* A sampler that drops all, and counts how often it is asked. */
static inline int32_t sampler_count_and_drop(void *self, const haetae_sampling_input *input,
                                             haetae_sampling *sampling)
{
    (void)input;
    (void)sampling;
    ++*(unsigned *)self;
    return HAETAE_SAMPLING_DROP;
}

static inline haetae_sampler *sampler_counting(unsigned *count)
{
    haetae_sampler_ops ops = HAETAE_OPTIONS(haetae_sampler_ops, .description = "Counting",
                                            .decide = sampler_count_and_drop);
    MAKE(sampler, haetae_sampler_new(&ops, count, &sampler));

    return sampler;
}

#endif
