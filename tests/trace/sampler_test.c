/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/trace_test.h"

static void set_sampler(struct core_fixture *core, const char *name, double ratio)
{
    assert_true(hae_sampler_set(&core->traces.sampler, name, ratio));
}

/* Starts a span under a parent (0: none, 1: sampled, 2: not sampled). Returns whether the span
 * records, and checks the consequences. */
static bool starts(struct core_fixture *core, int parent_kind)
{
    haetae_span_context parent = {.trace_flags = parent_kind == 1, .is_remote = 1};
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    uint64_t published = core_published(core, SPAN);
    haetae_span_context context;
    haetae_span span;
    bool recording;

    memset(parent.trace_id, 0x42, 16);
    memset(parent.span_id, 0x43, 8);
    options.parent = &parent;
    options.root = parent_kind == 0;
    options.attributes = &(haetae_attribute){{"a", 1}, {0, 0, {0}}};
    options.attribute_count = 1;
    span = haetae_span_start_with(core->tracer, HAETAE_TEXT("x"), &options);
    assert_int_not_equal(span, HAETAE_SPAN_NONE);
    recording = haetae_span_is_recording(span);
    assert_true(haetae_span_get_context(span, &context));
    assert_int_equal(context.trace_flags, recording ? HAETAE_TRACE_FLAG_SAMPLED : 0);
    haetae_span_set_int64(span, HAETAE_TEXT("k"), 1);
    haetae_span_add_event(span, HAETAE_TEXT("e"), 0, NULL, 0);
    haetae_span_end(span);
    assert_int_equal(core_published(core, SPAN) - published, recording);
    return recording;
}

static void samplers_decide_by_rule_and_parent(void **state)
{
    struct core_fixture *core = *state;
    static const struct {
        const char *name;
        double ratio;
        bool expected[3]; /* root, parent sampled, parent not sampled */
    } samplers[] = {
        {"always_on", 0.0, {true, true, true}},
        {"always_off", 1.0, {false, false, false}},
        {"traceidratio", 1.0, {true, true, true}},
        {"traceidratio", 0.0, {false, false, false}},
        {"parentbased_always_on", 0.0, {true, true, false}},
        {"parentbased_always_off", 1.0, {false, true, false}},
        {"parentbased_traceidratio", 1.0, {true, true, false}},
        {"parentbased_traceidratio", 0.0, {false, true, false}},
    };

    for (size_t i = 0; i < sizeof samplers / sizeof samplers[0]; i++) {
        set_sampler(core, samplers[i].name, samplers[i].ratio);
        for (int parent = 0; parent < 3; parent++) {
            for (int again = 0; again < 20; again++) {
                assert_int_equal(starts(core, parent), samplers[i].expected[parent]);
            }
        }
    }
    /* Calls on spans that record nothing are not misuse. */
    for (int cause = 0; cause < HAETAE_MISUSE_COUNT; cause++) {
        assert_int_equal(core_misuse(core, (haetae_misuse)cause), 0);
    }
}

static void unknown_sampler_changes_nothing(void **state)
{
    static const char *const unknown[] = {
        "",          "always",     "parentbased_",
        "ALWAYS_ON", "always_on ", "parentbased_parentbased_always_on"};
    struct hae_sampling sampler = {HAE_SAMPLE_OFF, true, 7};

    (void)state;
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_false(hae_sampler_set(&sampler, unknown[i], 1.0));
        assert_int_equal(sampler.rule, HAE_SAMPLE_OFF);
        assert_true(sampler.parent_based);
        assert_int_equal(sampler.threshold, 7);
    }
}

/* With a fixed seed the number is always the same. It is within five standard
 * deviations of the ratio. */
static void ratio_samples_its_part_of_the_traces(void **state)
{
    static const double ratios[] = {0.001, 0.01, 0.25, 0.5, 0.75, 0.99};
    enum { TRACES = 200000 };

    (void)state;
    for (size_t i = 0; i < sizeof ratios / sizeof ratios[0]; i++) {
        struct hae_sampling sampler;
        uint64_t seed = 42;
        double sampled = 0;
        double expected = ratios[i] * TRACES;
        double variance = expected * (1.0 - ratios[i]);

        assert_true(hae_sampler_set(&sampler, "traceidratio", ratios[i]));
        for (int j = 0; j < TRACES; j++) {
            sampled += hae_sampled(&sampler, NULL, hae_splitmix(&seed));
        }
        assert_true((sampled - expected) * (sampled - expected) < 25.0 * variance);
    }
}

/* The last seven bytes of the id, as other implementations read them. */
static void ratio_decides_by_the_random_part_of_the_trace_id(void **state)
{
    static const struct {
        uint8_t low[8]; /* bytes 8 to 15 of the trace id */
        bool sampled_at_a_quarter;
    } ids[] = {
        {{0xFF, 0xC0, 0, 0, 0, 0, 0, 0}, true}, /* the threshold itself */
        {{0x00, 0xC0, 0, 0, 0, 0, 0, 0}, true}, /* the first byte is ignored */
        {{0xFF, 0xBF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, false},
        {{0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, true},
        {{0xFF, 0x00, 0, 0, 0, 0, 0, 1}, false},
    };
    struct hae_sampling sampler;

    (void)state;
    assert_true(hae_sampler_set(&sampler, "traceidratio", 0.25));
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        assert_int_equal(hae_sampled(&sampler, NULL, hae_load64(ids[i].low)),
                         ids[i].sampled_at_a_quarter);
    }
}

static void all_spans_of_a_trace_are_sampled_alike(void **state)
{
    struct core_fixture *core = *state;
    unsigned sampled = 0;

    set_sampler(core, "traceidratio", 0.5);
    for (int i = 0; i < 200; i++) {
        haetae_context_token token;
        haetae_span root = trace_start(core);
        haetae_span child;

        haetae_context_attach(root, &token);
        child = trace_start(core);
        assert_int_equal(haetae_span_is_recording(child), haetae_span_is_recording(root));
        sampled += haetae_span_is_recording(root);
        haetae_context_detach(&token);
        haetae_span_end(child);
        haetae_span_end(root);
        (void)core_drain(core);
    }
    assert_in_range(sampled, 50, 150); /* ten standard deviations */
}

static void other_flags_of_the_trace_are_passed_on(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context parent = {.trace_flags = 0x02, .is_remote = 1}; /* "random" */
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_span_context context;
    haetae_span span;

    memset(parent.trace_id, 0x42, 16);
    memset(parent.span_id, 0x43, 8);
    options.parent = &parent;
    span = haetae_span_start_with(core->tracer, HAETAE_TEXT("x"), &options);
    assert_true(haetae_span_get_context(span, &context));
    assert_int_equal(context.trace_flags, 0x03);
    haetae_span_end(span);
    set_sampler(core, "parentbased_always_on", 1.0);
    span = haetae_span_start_with(core->tracer, HAETAE_TEXT("x"), &options);
    assert_true(haetae_span_get_context(span, &context));
    assert_int_equal(context.trace_flags, 0x02);
    haetae_span_end(span);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACE_TEST(samplers_decide_by_rule_and_parent),
        TRACE_TEST(unknown_sampler_changes_nothing),
        TRACE_TEST(ratio_samples_its_part_of_the_traces),
        TRACE_TEST(ratio_decides_by_the_random_part_of_the_trace_id),
        TRACE_TEST(all_spans_of_a_trace_are_sampled_alike),
        TRACE_TEST(other_flags_of_the_trace_are_passed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
