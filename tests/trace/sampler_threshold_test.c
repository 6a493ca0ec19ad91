/* SPDX-License-Identifier: Apache-2.0 */
/* The threshold in a tracestate is that of the decision, or there is none; and what samplers remark
 * about those before them. Specification: "TraceState: Probability Sampling". */
#include "trace/sampler.h"

#include "trace/sampler_cases.h"

enum { HIGH = 0xd, LOW = 0xa };

/* Randomness that begins with this digit. */
static uint64_t randomness(int digit)
{
    return (uint64_t)digit << 52;
}

static const char *state_after(struct core_fixture *core, const haetae_span_context *parent,
                               const char *trace_state)
{
    static haetae_trace_state kept;

    kept = sampler_start(core, parent, trace_state, "x").trace_state;
    return kept.text;
}

/* Uses a built-in rule: the usual way of a span, without a sampler. */
static void use_rule(struct core_fixture *core, const char *name, double ratio)
{
    assert_true(hae_sampling_set(&core->traces.sampling, name, ratio));
}

static void a_decision_of_its_own_has_no_threshold_of_the_parent(void **state)
{
    static const char *const rules[] = {"always_on", "always_off", "traceidratio"};
    struct core_fixture *core = *state;
    haetae_span_context parent = sampler_parent(randomness(HIGH), 1, 1);

    for (size_t i = 0; i < 3; i++) {
        use_rule(core, rules[i], 0.5);
        assert_string_equal(state_after(core, &parent, "ot=th:c;k1:13,v=1"), "ot=k1:13,v=1");
        assert_string_equal(state_after(core, &parent, "ot=th:c"), "");
        assert_string_equal(state_after(core, NULL, "ot=th:c,v=1"), "v=1");
    }
}

/* The parent's tracestate is in its context, where a child finds it without being given it. */
static void a_child_of_the_current_span_is_no_different(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context remote = sampler_parent(randomness(HIGH), 1, 1);
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options, .parent = &remote,
                                                 .trace_state = haetae_string_of("ot=th:c,v=1"));
    haetae_span parent;
    haetae_span child;
    haetae_context_token token;
    haetae_trace_state text;

    use_rule(core, "parentbased_always_on", 1);
    parent = haetae_span_start_with(core->tracer, HAETAE_TEXT("x"), &options);
    haetae_context_attach(parent, &token);
    child = trace_start(core);
    assert_true(haetae_span_get_trace_state(child, &text));
    assert_string_equal(text.text, "ot=th:c,v=1");
    haetae_span_end(child);
    use_rule(core, "always_on", 1);
    child = trace_start(core);
    assert_true(haetae_span_get_trace_state(child, &text));
    assert_string_equal(text.text, "v=1");
    haetae_span_end(child);
    haetae_context_detach(&token);
    haetae_span_end(parent);
}

static void check_parent_based(struct core_fixture *core)
{
    static const struct {
        int digit;
        int flags;
        const char *trace_state;
        const char *becomes;
    } cases[] = {
        {HIGH, 1, "ot=th:c", "ot=th:c"},
        {LOW, 0, "ot=th:c", "ot=th:c"},
        {LOW, 1, "ot=th:c", ""},
        {HIGH, 0, "ot=th:c", ""},
        {LOW, 1, "ot=rv:d0000000000000;th:c", "ot=rv:d0000000000000;th:c"},
        {HIGH, 1, "ot=rv:a0000000000000;th:c,v=1", "ot=rv:a0000000000000,v=1"},
        {HIGH, 1, "v=1", "v=1"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        haetae_span_context parent = sampler_parent(randomness(cases[i].digit), cases[i].flags, 1);

        assert_string_equal(state_after(core, &parent, cases[i].trace_state), cases[i].becomes);
    }
}

static void a_parent_that_is_followed_keeps_a_threshold_that_agrees(void **state)
{
    struct core_fixture *core = *state;
    MAKE(ratio, haetae_sampler_ratio(0.25, &ratio));
    MAKE(rate, haetae_sampler_rate_limiting(1e9, &rate));
    haetae_parent_based_options options =
        HAETAE_OPTIONS(haetae_parent_based_options, .root = ratio, .local_sampled = rate);
    MAKE(by_parent, haetae_sampler_parent_based(&options, &by_parent));
    MAKE(on, haetae_sampler_always_on(&on));
    options = (haetae_parent_based_options)HAETAE_OPTIONS(haetae_parent_based_options, .root = on);
    MAKE(rule, haetae_sampler_parent_based(&options, &rule));
    MAKE(recorded, haetae_sampler_always_record(rule, &recorded));

    use_rule(core, "parentbased_traceidratio", 0.25);
    check_parent_based(core);
    sampler_use(core, by_parent);
    check_parent_based(core);
    /* A rule that another sampler asks. */
    haetae_sampler_free(recorded);
}

static void delegates_and_limits_take_the_threshold_away(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context local = sampler_parent(randomness(HIGH), 1, 0);
    haetae_span_context remote = sampler_parent(randomness(HIGH), 1, 1);
    MAKE(rate, haetae_sampler_rate_limiting(1e9, &rate));
    MAKE(on, haetae_sampler_always_on(&on));
    MAKE(root, haetae_sampler_always_on(&root));
    haetae_parent_based_options options = HAETAE_OPTIONS(
        haetae_parent_based_options, .root = root, .local_sampled = rate, .remote_sampled = on);
    MAKE(sampler, haetae_sampler_parent_based(&options, &sampler));

    sampler_use(core, sampler);
    assert_string_equal(state_after(core, &local, "ot=th:c,v=1"), "v=1");
    assert_string_equal(state_after(core, &remote, "ot=th:c,v=1"), "v=1");
}

static void a_decision_of_the_call_takes_the_threshold_away(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context parent = sampler_parent(randomness(HIGH), 1, 1);
    haetae_trace_state text;

    for (int32_t decision = HAETAE_SAMPLING_DROP; decision <= HAETAE_SAMPLING_RECORD_AND_SAMPLE;
         decision++) {
        haetae_span_options options =
            HAETAE_OPTIONS(haetae_span_options, .decision = decision, .parent = &parent,
                           .trace_state = haetae_string_of("ot=th:c,v=1"));
        haetae_span span = haetae_span_start_with(core->tracer, HAETAE_TEXT("x"), &options);

        assert_true(haetae_span_get_trace_state(span, &text));
        assert_string_equal(text.text, "v=1");
        haetae_span_end(span);
    }
}

/* ---- Remarks ------------------------------------------------------------------------------ */

static uint32_t remarks(void)
{
    return atomic_exchange_explicit(&hae_sampling_remarks, 0, memory_order_relaxed);
}

static void a_ratio_below_a_parent_is_remarked(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context parent = sampler_parent(randomness(HIGH), 1, 1);
    MAKE(ratio, haetae_sampler_ratio(1, &ratio));
    MAKE(recorded, haetae_sampler_always_record(ratio, &recorded));

    (void)remarks();
    use_rule(core, "parentbased_traceidratio", 1);
    (void)state_after(core, &parent, NULL);
    use_rule(core, "always_on", 1);
    (void)state_after(core, &parent, NULL);
    use_rule(core, "traceidratio", 1);
    (void)state_after(core, NULL, NULL);
    assert_int_equal(remarks(), 0);
    (void)state_after(core, &parent, NULL);
    assert_int_equal(remarks(), HAE_REMARK_RATIO_OF_CHILD);
    sampler_use(core, recorded);
    (void)state_after(core, NULL, NULL);
    assert_int_equal(remarks(), 0);
    (void)state_after(core, &parent, NULL);
    assert_int_equal(remarks(), HAE_REMARK_RATIO_OF_CHILD);
}

static void presumed_randomness_is_remarked(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context parent = sampler_parent(randomness(HIGH), 1, 1);
    haetae_span_context random = sampler_parent(randomness(HIGH), HAETAE_TRACE_FLAG_RANDOM, 1);
    MAKE(sampler, haetae_sampler_probability(0.5, &sampler));

    (void)remarks();
    sampler_use(core, sampler);
    (void)state_after(core, NULL, NULL);
    (void)state_after(core, &random, NULL);
    (void)state_after(core, &parent, "ot=rv:d0000000000000");
    assert_int_equal(remarks(), 0);
    (void)state_after(core, &parent, NULL);
    assert_int_equal(remarks(), HAE_REMARK_PRESUMED_RANDOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACE_TEST(a_decision_of_its_own_has_no_threshold_of_the_parent),
        TRACE_TEST(a_child_of_the_current_span_is_no_different),
        TRACE_TEST(a_parent_that_is_followed_keeps_a_threshold_that_agrees),
        TRACE_TEST(delegates_and_limits_take_the_threshold_away),
        TRACE_TEST(a_decision_of_the_call_takes_the_threshold_away),
        TRACE_TEST(a_ratio_below_a_parent_is_remarked),
        TRACE_TEST(presumed_randomness_is_remarked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
