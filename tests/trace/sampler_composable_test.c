/* SPDX-License-Identifier: Apache-2.0 */
/* Probability, and samplers that are composed. */
#include "trace/composable.h"

#include "trace/sampler_cases.h"

/* ---- Probability
 * --------------------------------------------------------------------------------- */

/* The table of the specification, four digits of precision. */
static void thresholds_are_those_of_the_specification(void **state)
{
    static const struct {
        double one_in;
        uint64_t threshold;
    } rows[] = {
        {1, 0},
        {2, UINT64_C(0x80000000000000)},
        {3, UINT64_C(0xaaab0000000000)},
        {4, UINT64_C(0xc0000000000000)},
        {5, UINT64_C(0xcccd0000000000)},
        {8, UINT64_C(0xe0000000000000)},
        {10, UINT64_C(0xe6660000000000)},
        {16, UINT64_C(0xf0000000000000)},
        {100, UINT64_C(0xfd70a000000000)},
        {1000, UINT64_C(0xffbe7700000000)},
        {10000, UINT64_C(0xfff97240000000)},
        {100000, UINT64_C(0xffff583a000000)},
        {1000000, UINT64_C(0xffffef39000000)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(hae_probability_threshold(1 / rows[i].one_in), rows[i].threshold);
    }
    /* Small ones never become "never". */
    for (int bits = 0; bits <= 56; bits++) {
        double ratio = 1.0 / (double)(UINT64_C(1) << bits);

        assert_true(hae_probability_threshold(ratio) < HAETAE_SAMPLING_NEVER);
    }
}

static void probability_compares_randomness_with_the_threshold(void **state)
{
    static const struct {
        const char *trace_state;
        uint64_t trace_randomness;
        bool sampled;
        const char *becomes;
    } cases[] = {
        {NULL, UINT64_C(0xc0000000000000), true, "ot=th:c"},
        {NULL, UINT64_C(0xbfffffffffffff), false, ""},
        {"ot=rv:c0000000000000", 0, true, "ot=rv:c0000000000000;th:c"},
        {"ot=rv:bfffffffffffff", UINT64_C(0xffffffffffffff), false, "ot=rv:bfffffffffffff"},
        /* Malformed randomness is none; other members and sub-keys stay. */
        {"v=1,ot=rv:C0000000000000;k1:13", 0, false, "v=1,ot=rv:C0000000000000;k1:13"},
        {"v=1,ot=rv:c0;k1:13", UINT64_C(0xd0000000000000), true, "ot=rv:c0;k1:13;th:c,v=1"},
        /* The threshold of another sampler goes. */
        {"v=1,ot=th:0;k1:13", 0, false, "ot=k1:13,v=1"},
        {"ot=th:0", 0, false, ""},
        {"v=1,ot=th:0", UINT64_C(0xd0000000000000), true, "ot=th:c,v=1"},
    };
    struct core_fixture *core = *state;
    MAKE(sampler, haetae_sampler_probability(0.25, &sampler));

    sampler_use(core, sampler);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        /* The flag of the parent does not count. */
        haetae_span_context parent = sampler_parent(cases[i].trace_randomness, (int)i & 1, 1);
        struct sampler_outcome outcome = sampler_start(core, &parent, cases[i].trace_state, "x");

        assert_int_equal(outcome.sampled, cases[i].sampled);
        assert_string_equal(outcome.trace_state.text, cases[i].becomes);
    }
}

static void a_root_may_bring_its_randomness(void **state)
{
    struct core_fixture *core = *state;
    MAKE(sampler, haetae_sampler_probability(0.5, &sampler));
    struct sampler_outcome outcome;

    sampler_use(core, sampler);
    for (int i = 0; i < 20; i++) {
        outcome = sampler_start(core, NULL, "ot=rv:80000000000000", "x");
        assert_true(outcome.sampled);
        assert_string_equal(outcome.trace_state.text, "ot=rv:80000000000000;th:8");
        outcome = sampler_start(core, NULL, "ot=rv:7fffffffffffff", "x");
        assert_false(outcome.sampled);
        assert_string_equal(outcome.trace_state.text, "ot=rv:7fffffffffffff");
    }
}

static void probability_of_one_and_of_none(void **state)
{
    struct core_fixture *core = *state;
    MAKE(all, haetae_sampler_probability(1, &all));
    MAKE(none, haetae_sampler_probability(0, &none));
    struct sampler_outcome outcome;

    sampler_use(core, all);
    outcome = sampler_start(core, NULL, NULL, "x");
    assert_true(outcome.sampled);
    assert_string_equal(outcome.trace_state.text, "ot=th:0");
    sampler_use(core, none);
    outcome = sampler_start(core, NULL, "ot=rv:ffffffffffffff", "x");
    assert_false(outcome.sampled);
}

/* The member may have 256 characters. */
static void a_threshold_without_room_is_left_out(void **state)
{
    struct core_fixture *core = *state;
    MAKE(sampler, haetae_sampler_probability(1, &sampler));
    char full[300] = "ot=rv:ffffffffffffff;k1:";
    struct sampler_outcome outcome;

    memset(full + strlen(full), 'x', 3 + 256 - strlen(full));
    sampler_use(core, sampler);
    outcome = sampler_start(core, NULL, full, "x");
    assert_true(outcome.sampled);
    assert_string_equal(outcome.trace_state.text, full);
}

/* ---- Composables
 * ------------------------------------------------------------------------------------ */

static void use_composite(struct core_fixture *core, haetae_composable *composable)
{
    MAKE(sampler, haetae_sampler_composite(composable, &sampler));

    sampler_use(core, sampler);
}

static void parent_threshold_goes_by_the_parent(void **state)
{
    static const struct {
        const char *trace_state;
        uint64_t randomness;
        int flags;
        bool sampled;
        const char *becomes;
    } cases[] = {
        /* A threshold that agrees with the flag. */
        {"ot=th:c", UINT64_C(0xd0000000000000), 1, true, "ot=th:c"},
        {"ot=th:c", UINT64_C(0xa0000000000000), 0, false, ""},
        /* One that does not is erased, and the flag counts. */
        {"ot=th:c", UINT64_C(0xa0000000000000), 1, true, ""},
        {"ot=th:c", UINT64_C(0xd0000000000000), 0, false, ""},
        /* None. */
        {"v=1", UINT64_C(0xa0000000000000), 1, true, "v=1"},
        {"v=1", UINT64_C(0xa0000000000000), 0, false, "v=1"},
        {"ot=rv:d0000000000000;th:c", 0, 1, true, "ot=rv:d0000000000000;th:c"},
    };
    struct core_fixture *core = *state;
    COMPOSE(root, haetae_composable_always_off(&root));
    COMPOSE(composable, haetae_composable_parent_threshold(root, &composable));

    use_composite(core, composable);
    assert_false(sampler_start(core, NULL, NULL, "x").sampled);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        haetae_span_context parent = sampler_parent(cases[i].randomness, cases[i].flags, 1);
        struct sampler_outcome outcome = sampler_start(core, &parent, cases[i].trace_state, "x");

        assert_int_equal(outcome.sampled, cases[i].sampled);
        assert_string_equal(outcome.trace_state.text, cases[i].becomes);
    }
}

static bool is_named(void *user, const haetae_sampling_input *input)
{
    const char *name = user;

    return input->name.length == strlen(name) &&
           memcmp(input->name.data, name, input->name.length) == 0;
}

static void the_first_rule_that_matches_counts(void **state)
{
    struct core_fixture *core = *state;
    COMPOSE(off, haetae_composable_always_off(&off));
    COMPOSE(on, haetae_composable_always_on(&on));
    COMPOSE(half, haetae_composable_probability(0.5, &half));
    const haetae_sampling_rule rules[] = {{is_named, (void *)(uintptr_t) "health", off},
                                          {is_named, (void *)(uintptr_t) "checkout", on},
                                          {NULL, NULL, half}};
    COMPOSE(composable, haetae_composable_rule_based(rules, 3, &composable));
    haetae_span_context low = sampler_parent(0, 1, 1);

    use_composite(core, composable);
    assert_string_equal(haetae_sampler_description(core->traces.owned_sampler),
                        "CompositeSampler{ComposableRuleBased{ComposableAlwaysOff,"
                        "ComposableAlwaysOn,ComposableProbability{0.5}}}");
    assert_false(sampler_start(core, NULL, "ot=rv:ffffffffffffff", "health").sampled);
    assert_string_equal(sampler_start(core, &low, NULL, "checkout").trace_state.text, "ot=th:0");
    assert_false(sampler_start(core, &low, NULL, "other").sampled);
    assert_string_equal(sampler_start(core, NULL, "ot=rv:ffffffffffffff", "other").trace_state.text,
                        "ot=rv:ffffffffffffff;th:8");
    COMPOSE(nothing, haetae_composable_rule_based(NULL, 0, &nothing));
    use_composite(core, nothing);
    assert_false(sampler_start(core, NULL, "ot=rv:ffffffffffffff", "other").sampled);
}

static void annotations_come_with_sampled_spans(void **state)
{
    struct core_fixture *core = *state;
    char key[] = "rule";
    char text[] = "checkout";
    haetae_attribute attributes[] = {haetae_attribute_of(key, haetae_value_string(text)),
                                     haetae_attribute_of("n", haetae_value_int64(7))};
    haetae_attribute map = haetae_attribute_of("m", haetae_value_map(attributes, 2));
    haetae_composable *refused = NULL;
    HaeOtlp__Span *span;
    COMPOSE(on, haetae_composable_always_on(&on));

    assert_int_equal(haetae_composable_annotating(on, &map, 1, &refused), HAETAE_EINVAL);
    COMPOSE(inner, haetae_composable_annotating(on, attributes, 2, &inner));
    memset(key, 'x', sizeof key - 1); /* they are copied */
    memset(text, 'x', sizeof text - 1);
    attributes[0] = haetae_attribute_of("n", haetae_value_int64(8));
    COMPOSE(outer, haetae_composable_annotating(inner, attributes, 1, &outer));
    use_composite(core, outer);
    span = trace_finish(core, trace_start(core));
    assert_int_equal(span->n_attributes, 2);
    core_has_int(span->attributes, 2, "n", 8);
    assert_string_equal(span->attributes[0]->key, "rule");
    assert_string_equal(span->attributes[0]->value->string_value, "checkout");
    core_free_span(span);
}

/* Intends what it was made with, and touches what is not its own. */
static void intend_unreliably(void *self, const haetae_sampling_input *input,
                              haetae_sampling *sampling, haetae_sampling_intent *intent)
{
    haetae_trace_state *trace_state = haetae_sampling_trace_state(sampling);

    (void)input;
    assert_int_equal(intent->threshold, HAETAE_SAMPLING_NEVER);
    assert_int_equal(intent->adjusted_count_reliable, 0);
    intent->threshold = *(uint64_t *)self;
    (void)haetae_trace_state_set(trace_state, "ot", 2, "th:1;rv:ffffffffffffff", 22);
    (void)haetae_trace_state_set(trace_state, "mine", 4, "1", 1);
}

static void composite_draws_randomness_where_a_threshold_says_nothing(void **state)
{
    struct core_fixture *core = *state;
    uint64_t threshold = HAETAE_SAMPLING_NEVER / 2;
    haetae_composable_ops ops =
        HAETAE_OPTIONS(haetae_composable_ops, .description = "Mine", .intend = intend_unreliably);
    COMPOSE(composable, haetae_composable_new(&ops, &threshold, &composable));
    haetae_span_context parent = sampler_parent(0, 1, 1);
    unsigned sampled = 0;

    use_composite(core, composable);
    for (int i = 0; i < 400; i++) {
        struct sampler_outcome outcome =
            sampler_start(core, &parent, "ot=th:c;rv:00000000000001", "x");

        sampled += outcome.sampled;
        /* What it did to "ot" is undone. */
        assert_string_equal(outcome.trace_state.text, "ot=rv:00000000000001,mine=1");
    }
    assert_in_range(sampled, 100, 300); /* ten standard deviations */
    threshold = UINT64_MAX;
    assert_false(sampler_start(core, &parent, NULL, "x").sampled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_are_those_of_the_specification),
        TRACE_TEST(probability_compares_randomness_with_the_threshold),
        TRACE_TEST(a_root_may_bring_its_randomness),
        TRACE_TEST(probability_of_one_and_of_none),
        TRACE_TEST(a_threshold_without_room_is_left_out),
        TRACE_TEST(parent_threshold_goes_by_the_parent),
        TRACE_TEST(the_first_rule_that_matches_counts),
        TRACE_TEST(annotations_come_with_sampled_spans),
        TRACE_TEST(composite_draws_randomness_where_a_threshold_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
