/* SPDX-License-Identifier: Apache-2.0 */
/* The samplers that a program makes by the calls of sampler.h. */
#include "haetae/sampler.h"

#include <math.h>

#include "base/alloc.h"
#include "trace/composable.h"
#include "trace/trace_test.h"

/* A remote or local parent, whose trace id ends with these bytes. */
static haetae_span_context parent_of(uint64_t randomness, int flags, int is_remote)
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
struct outcome {
    bool recording;
    bool sampled;
    haetae_trace_state trace_state;
    HaeOtlp__Span *span; /* NULL: not exported */
};

static struct outcome start(struct core_fixture *core, const haetae_span_context *parent,
                            const char *trace_state, const char *name)
{
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .parent = parent, .root = parent == NULL,
                       .trace_state = haetae_string_of(trace_state));
    struct outcome outcome = {.span = NULL};
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

static void use(struct core_fixture *core, haetae_sampler *sampler)
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

/* ---- Descriptions ------------------------------------------------------------------------- */

static void samplers_have_the_descriptions_of_the_specification(void **state)
{
    MAKE(on, haetae_sampler_always_on(&on));
    MAKE(off, haetae_sampler_always_off(&off));
    MAKE(ratio, haetae_sampler_ratio(0.0001, &ratio));
    MAKE(rate, haetae_sampler_rate_limiting(2.5, &rate));
    MAKE(probability, haetae_sampler_probability(0.25, &probability));
    haetae_parent_based_options options =
        HAETAE_OPTIONS(haetae_parent_based_options, .root = ratio, .remote_not_sampled = rate);
    MAKE(parent_based, haetae_sampler_parent_based(&options, &parent_based));
    MAKE(recorded, haetae_sampler_always_record(parent_based, &recorded));

    (void)state;
    assert_string_equal(haetae_sampler_description(on), "AlwaysOnSampler");
    assert_string_equal(haetae_sampler_description(off), "AlwaysOffSampler");
    assert_string_equal(haetae_sampler_description(probability), "ProbabilitySampler{0.25}");
    assert_string_equal(haetae_sampler_description(recorded),
                        "AlwaysRecord{ParentBased{root:TraceIdRatioBased{0.0001},"
                        "remoteParentNotSampled:RateLimitingSampler{2.5}}}");
    assert_string_equal(haetae_sampler_description(NULL), "");
    haetae_sampler_free(on);
    haetae_sampler_free(off);
    haetae_sampler_free(probability);
    haetae_sampler_free(recorded);
}

static void long_descriptions_are_cut(void **state)
{
    haetae_sampler *sampler;

    (void)state;
    assert_int_equal(haetae_sampler_always_on(&sampler), HAETAE_OK);
    for (int i = 0; i < 40; i++) {
        haetae_parent_based_options options =
            HAETAE_OPTIONS(haetae_parent_based_options, .root = sampler);
        haetae_sampler *outer;

        assert_int_equal(i % 2 == 0 ? haetae_sampler_parent_based(&options, &outer)
                                    : haetae_sampler_always_record(sampler, &outer),
                         HAETAE_OK);
        sampler = outer;
        assert_true(strlen(haetae_sampler_description(sampler)) < HAE_DESCRIPTION_BYTES);
    }
    haetae_sampler_free(sampler);
}

/* ---- By the parent --------------------------------------------------------------------------- */

static int32_t count_and_drop(void *self, const haetae_sampling_input *input,
                              haetae_sampling *sampling)
{
    (void)input;
    (void)sampling;
    ++*(unsigned *)self;
    return HAETAE_SAMPLING_DROP;
}

static haetae_sampler *counting(unsigned *count)
{
    haetae_sampler_ops ops =
        HAETAE_OPTIONS(haetae_sampler_ops, .description = "Counting", .decide = count_and_drop);
    MAKE(sampler, haetae_sampler_new(&ops, count, &sampler));

    return sampler;
}

static void parent_based_asks_the_delegate_of_each_kind_of_parent(void **state)
{
    struct core_fixture *core = *state;
    unsigned asked[5] = {0};
    haetae_parent_based_options options = HAETAE_OPTIONS(
        haetae_parent_based_options, .root = counting(&asked[0]),
        .remote_sampled = counting(&asked[1]), .remote_not_sampled = counting(&asked[2]),
        .local_sampled = counting(&asked[3]), .local_not_sampled = counting(&asked[4]));
    MAKE(sampler, haetae_sampler_parent_based(&options, &sampler));

    use(core, sampler);
    for (int kind = 0; kind < 5; kind++) {
        haetae_span_context parent = parent_of(0, kind == 1 || kind == 3, kind == 1 || kind == 2);

        assert_false(start(core, kind != 0 ? &parent : NULL, NULL, "x").recording);
        for (int i = 0; i < 5; i++) {
            assert_int_equal(asked[i], i <= kind);
        }
    }
}

static void parent_based_follows_the_parent_where_it_has_no_delegate(void **state)
{
    struct core_fixture *core = *state;
    unsigned asked = 0;
    haetae_parent_based_options options =
        HAETAE_OPTIONS(haetae_parent_based_options, .root = counting(&asked));
    MAKE(sampler, haetae_sampler_parent_based(&options, &sampler));

    use(core, sampler);
    assert_int_equal(core->traces.tracing, HAE_TRACING_HOOKED);
    for (int kind = 0; kind < 4; kind++) {
        haetae_span_context parent = parent_of(0, kind & 1, kind >> 1);

        assert_int_equal(start(core, &parent, NULL, "x").sampled, kind & 1);
    }
    assert_int_equal(asked, 0);
    assert_false(start(core, NULL, NULL, "x").sampled);
    assert_int_equal(asked, 1);
}

/* So that it costs a span nothing. */
static void rules_need_no_callback(void **state)
{
    struct core_fixture *core = *state;
    MAKE(half, haetae_sampler_ratio(0.5, &half));
    haetae_parent_based_options options = HAETAE_OPTIONS(haetae_parent_based_options, .root = half);
    MAKE(sampler, haetae_sampler_parent_based(&options, &sampler));
    haetae_span_context parent = parent_of(0, 1, 0);

    use(core, sampler);
    assert_int_equal(core->traces.tracing, HAE_TRACING_PLAIN);
    assert_true(core->traces.sampling.parent_based);
    assert_int_equal(core->traces.sampling.threshold, HAE_THRESHOLD_OFF / 2);
    assert_true(start(core, &parent, NULL, "x").sampled);
    /* Asked as a delegate, it says the same. */
    MAKE(ratio, haetae_sampler_ratio(0.5, &ratio));
    MAKE(recorded, haetae_sampler_always_record(ratio, &recorded));
    use(core, recorded);
    parent = parent_of(HAE_THRESHOLD_OFF / 2 - 1, 1, 0);
    assert_false(start(core, &parent, NULL, "x").sampled);
    parent = parent_of(HAE_THRESHOLD_OFF / 2, 0, 0);
    assert_true(start(core, &parent, NULL, "x").sampled);
}

static void always_record_records_what_the_root_drops(void **state)
{
    struct core_fixture *core = *state;
    MAKE(off, haetae_sampler_always_off(&off));
    MAKE(sampler, haetae_sampler_always_record(off, &sampler));
    struct outcome outcome;

    use(core, sampler);
    outcome = start(core, NULL, NULL, "x");
    assert_true(outcome.recording);
    assert_false(outcome.sampled);
    MAKE(on, haetae_sampler_always_on(&on));
    MAKE(again, haetae_sampler_always_record(on, &again));
    use(core, again);
    outcome = start(core, NULL, NULL, "x");
    assert_true(outcome.recording);
    assert_true(outcome.sampled);
}

/* ---- A limited rate ---------------------------------------------------------------------------
 */

static void rate_limits_what_comes_at_once(void **state)
{
    struct core_fixture *core = *state;
    unsigned sampled = 0;
    /* One in 11 days: no second one is due while the test runs. */
    MAKE(slow, haetae_sampler_rate_limiting(1e-6, &slow));
    MAKE(fast, haetae_sampler_rate_limiting(1e9, &fast));

    use(core, slow);
    for (int i = 0; i < 100; i++) {
        sampled += start(core, NULL, NULL, "x").sampled;
    }
    assert_int_equal(sampled, 1);
    use(core, fast);
    for (int i = 0; i < 100; i++) {
        assert_true(start(core, NULL, NULL, "x").sampled);
    }
}

struct shared_rate {
    const haetae_sampler *sampler;
    _Atomic unsigned sampled;
};

enum { RATE_THREADS = 4, RATE_CALLS = 2000, RATE_BURST = 500 };

static void ask_often(void *argument, unsigned number)
{
    struct shared_rate *shared = argument;
    haetae_sampling_input input = HAETAE_OPTIONS(haetae_sampling_input);
    haetae_sampling sampling = {.attribute_count = 0};

    (void)number;
    for (int i = 0; i < RATE_CALLS; i++) {
        if (hae_sampler_ask(shared->sampler, &input, &sampling) ==
            HAETAE_SAMPLING_RECORD_AND_SAMPLE) {
            atomic_fetch_add_explicit(&shared->sampled, 1, memory_order_relaxed);
        }
    }
}

/* What was sampled is at most a burst and what has become due since. */
static void rate_is_shared_by_all_threads(void **state)
{
    MAKE(sampler, haetae_sampler_rate_limiting(RATE_BURST, &sampler));
    struct shared_rate shared = {.sampler = sampler};
    uint64_t before_ms = hae_monotonic_ms();
    uint64_t passed_ms;
    unsigned sampled;

    (void)state;
    core_run_threads(RATE_THREADS, ask_often, &shared);
    passed_ms = hae_monotonic_ms() - before_ms + 1;
    sampled = atomic_load_explicit(&shared.sampled, memory_order_relaxed);
    assert_true(sampled >= RATE_BURST);
    assert_true(sampled <= RATE_BURST + 1 + passed_ms * RATE_BURST / 1000);
    haetae_sampler_free(sampler);
}

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

    use(core, sampler);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        /* The flag of the parent does not count. */
        haetae_span_context parent = parent_of(cases[i].trace_randomness, (int)i & 1, 1);
        struct outcome outcome = start(core, &parent, cases[i].trace_state, "x");

        assert_int_equal(outcome.sampled, cases[i].sampled);
        assert_string_equal(outcome.trace_state.text, cases[i].becomes);
    }
}

static void a_root_may_bring_its_randomness(void **state)
{
    struct core_fixture *core = *state;
    MAKE(sampler, haetae_sampler_probability(0.5, &sampler));
    struct outcome outcome;

    use(core, sampler);
    for (int i = 0; i < 20; i++) {
        outcome = start(core, NULL, "ot=rv:80000000000000", "x");
        assert_true(outcome.sampled);
        assert_string_equal(outcome.trace_state.text, "ot=rv:80000000000000;th:8");
        outcome = start(core, NULL, "ot=rv:7fffffffffffff", "x");
        assert_false(outcome.sampled);
        assert_string_equal(outcome.trace_state.text, "ot=rv:7fffffffffffff");
    }
}

static void probability_of_one_and_of_none(void **state)
{
    struct core_fixture *core = *state;
    MAKE(all, haetae_sampler_probability(1, &all));
    MAKE(none, haetae_sampler_probability(0, &none));
    struct outcome outcome;

    use(core, all);
    outcome = start(core, NULL, NULL, "x");
    assert_true(outcome.sampled);
    assert_string_equal(outcome.trace_state.text, "ot=th:0");
    use(core, none);
    outcome = start(core, NULL, "ot=rv:ffffffffffffff", "x");
    assert_false(outcome.sampled);
}

/* The member may have 256 characters. */
static void a_threshold_without_room_is_left_out(void **state)
{
    struct core_fixture *core = *state;
    MAKE(sampler, haetae_sampler_probability(1, &sampler));
    char full[300] = "ot=rv:ffffffffffffff;k1:";
    struct outcome outcome;

    memset(full + strlen(full), 'x', 3 + 256 - strlen(full));
    use(core, sampler);
    outcome = start(core, NULL, full, "x");
    assert_true(outcome.sampled);
    assert_string_equal(outcome.trace_state.text, full);
}

/* ---- Composables
 * ------------------------------------------------------------------------------------ */

static void use_composite(struct core_fixture *core, haetae_composable *composable)
{
    MAKE(sampler, haetae_sampler_composite(composable, &sampler));

    use(core, sampler);
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
    assert_false(start(core, NULL, NULL, "x").sampled);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        haetae_span_context parent = parent_of(cases[i].randomness, cases[i].flags, 1);
        struct outcome outcome = start(core, &parent, cases[i].trace_state, "x");

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
    haetae_span_context low = parent_of(0, 1, 1);

    use_composite(core, composable);
    assert_string_equal(haetae_sampler_description(core->traces.owned_sampler),
                        "CompositeSampler{ComposableRuleBased{ComposableAlwaysOff,"
                        "ComposableAlwaysOn,ComposableProbability{0.5}}}");
    assert_false(start(core, NULL, "ot=rv:ffffffffffffff", "health").sampled);
    assert_string_equal(start(core, &low, NULL, "checkout").trace_state.text, "ot=th:0");
    assert_false(start(core, &low, NULL, "other").sampled);
    assert_string_equal(start(core, NULL, "ot=rv:ffffffffffffff", "other").trace_state.text,
                        "ot=rv:ffffffffffffff;th:8");
    COMPOSE(nothing, haetae_composable_rule_based(NULL, 0, &nothing));
    use_composite(core, nothing);
    assert_false(start(core, NULL, "ot=rv:ffffffffffffff", "other").sampled);
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
    haetae_span_context parent = parent_of(0, 1, 1);
    unsigned sampled = 0;

    use_composite(core, composable);
    for (int i = 0; i < 400; i++) {
        struct outcome outcome = start(core, &parent, "ot=th:c;rv:00000000000001", "x");

        sampled += outcome.sampled;
        /* What it did to "ot" is undone. */
        assert_string_equal(outcome.trace_state.text, "ot=rv:00000000000001,mine=1");
    }
    assert_in_range(sampled, 100, 300); /* ten standard deviations */
    threshold = UINT64_MAX;
    assert_false(start(core, &parent, NULL, "x").sampled);
}

/* ---- A decision per call
 * -------------------------------------------------------------------------------- */

static void a_call_may_decide_itself(void **state)
{
    struct core_fixture *core = *state;
    unsigned asked = 0;

    for (int rule = 0; rule < 2; rule++) {
        for (int32_t decision = HAETAE_SAMPLING_UNDECIDED; decision <= 4; decision++) {
            haetae_span_context context;
            haetae_span_options options = HAETAE_OPTIONS(haetae_span_options, .decision = decision,
                                                         .ret_context = &context, .root = 1);
            haetae_span span = haetae_span_start_with(core->tracer, HAETAE_TEXT("x"), &options);
            /* Without a decision the rule of the fixture samples, and the sampler drops. */
            bool by_sampler = decision == HAETAE_SAMPLING_UNDECIDED || decision > 3;
            bool sampled = by_sampler ? rule == 0 : decision == HAETAE_SAMPLING_RECORD_AND_SAMPLE;
            bool recording = sampled || decision == HAETAE_SAMPLING_RECORD_ONLY;

            assert_true(haetae_span_context_is_valid(&context));
            assert_int_equal(context.trace_flags,
                             HAETAE_TRACE_FLAG_RANDOM | (sampled ? HAETAE_TRACE_FLAG_SAMPLED : 0));
            assert_int_equal(haetae_span_is_recording(span), recording);
            haetae_span_end(span);
            assert_true(core_drain(core));
            assert_int_equal(core->record_count, sampled);
            core_forget(core);
        }
        if (rule == 0) {
            use(core, counting(&asked));
        }
    }
    assert_int_equal(asked, 2);
}

static void children_of_a_dropped_span_are_part_of_its_trace(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context dropped;
    haetae_span_context child;
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .decision = HAETAE_SAMPLING_DROP,
                       .ret_context = &dropped, .trace_state = {"v=1", 3});
    haetae_span parent = haetae_span_start_with(core->tracer, HAETAE_TEXT("x"), &options);
    haetae_trace_state trace_state;
    haetae_context_token token;
    haetae_span span;

    haetae_context_attach(parent, &token);
    span = trace_start(core);
    assert_true(haetae_span_get_context(span, &child));
    assert_memory_equal(child.trace_id, dropped.trace_id, 16);
    assert_true(haetae_span_get_trace_state(span, &trace_state));
    assert_string_equal(trace_state.text, "v=1");
    haetae_context_detach(&token);
    haetae_span_end(span);
    haetae_span_end(parent);
}

/* ---- Ids
 * ------------------------------------------------------------------------------------------------
 */

struct counter_ids {
    uint8_t next;
    haetae_tracer *tracer; /* not NULL: starts a span within the call */
};

static void make_trace_id(void *self, uint8_t *ret_id)
{
    struct counter_ids *ids = self;

    if (ids->tracer != NULL) {
        haetae_span_end(haetae_span_start(ids->tracer, HAETAE_TEXT("inner"), 1));
    }
    memset(ret_id, 0, 16);
    ret_id[0] = ids->next;
}

static void make_span_id(void *self, uint8_t *ret_id)
{
    struct counter_ids *ids = self;

    memset(ret_id, 0, 8);
    ret_id[7] = ids->next;
}

static void a_program_may_make_the_ids(void **state)
{
    static const uint8_t zero[16];
    struct core_fixture *core = *state;
    struct counter_ids ids = {.next = 5, .tracer = core->tracer};
    haetae_id_generator generator = HAETAE_OPTIONS(haetae_id_generator, .trace_id = make_trace_id,
                                                   .span_id = make_span_id, .self = &ids);
    haetae_span_context context;
    haetae_context_token token;
    haetae_span root;
    haetae_span child;

    hae_tracer_provider_use_ids(&core->traces, &generator);
    root = trace_start(core);
    assert_true(haetae_span_get_context(root, &context));
    assert_int_equal(context.trace_id[0], 5);
    assert_memory_equal(context.trace_id + 1, zero, 15);
    assert_int_equal(context.span_id[7], 5);
    assert_int_equal(context.trace_flags, HAETAE_TRACE_FLAG_SAMPLED); /* not random */
    haetae_context_attach(root, &token);
    ids.next = 6;
    child = trace_start(core);
    haetae_context_detach(&token);
    assert_true(haetae_span_get_context(child, &context));
    assert_int_equal(context.trace_id[0], 5);
    assert_int_equal(context.span_id[7], 6);
    haetae_span_end(child);
    haetae_span_end(root);

    generator.random = 1;
    hae_tracer_provider_use_ids(&core->traces, &generator);
    root = trace_start(core);
    assert_true(haetae_span_get_context(root, &context));
    assert_int_equal(context.trace_flags, HAETAE_TRACE_FLAG_SAMPLED | HAETAE_TRACE_FLAG_RANDOM);
    haetae_span_end(root);

    ids.next = 0; /* no id: random ones instead */
    root = trace_start(core);
    assert_true(haetae_span_get_context(root, &context));
    assert_true(haetae_span_context_is_valid(&context));
    haetae_span_end(root);
}

/* ---- The parent's context ---------------------------------------------------------------------
 */

struct looker {
    haetae_context_key *key;
    void *seen;
};

static int32_t look_for_value(void *self, const haetae_sampling_input *input,
                              haetae_sampling *sampling)
{
    struct looker *looker = self;

    (void)sampling;
    assert_non_null(input->context);
    looker->seen = haetae_context_value(input->context, looker->key);
    return HAETAE_SAMPLING_DROP;
}

static void a_sampler_sees_the_values_of_the_parent_context(void **state)
{
    static char value[] = "value";
    struct core_fixture *core = *state;
    haetae_sampler_ops ops = HAETAE_OPTIONS(haetae_sampler_ops, .decide = look_for_value);
    struct looker looker = {.seen = &ops};
    MAKE(sampler, haetae_sampler_new(&ops, &looker, &sampler));
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_context *context = NULL;
    haetae_context_token token;

    use(core, sampler);
    assert_int_equal(haetae_context_key_new("k", &looker.key), HAETAE_OK);
    assert_int_equal(haetae_context_with_value(NULL, looker.key, value, NULL, &context), HAETAE_OK);
    haetae_span_end(trace_start(core));
    assert_null(looker.seen);
    options.parent_context = context;
    haetae_span_end(haetae_span_start_with(core->tracer, HAETAE_TEXT("x"), &options));
    assert_ptr_equal(looker.seen, value);
    looker.seen = NULL;
    haetae_context_attach_context(context, &token);
    haetae_span_end(trace_start(core));
    haetae_context_detach(&token);
    assert_ptr_equal(looker.seen, value);
    haetae_context_unref(context);
    haetae_context_key_free(looker.key);
}

/* ---- Bad input
 * ---------------------------------------------------------------------------------------------- */

static void numbers_out_of_range_are_refused(void **state)
{
    static const double bad[] = {-0.1, 1.1, -1e300, 1e300, (double)NAN};
    haetae_sampler *sampler = NULL;
    haetae_composable *composable = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(haetae_sampler_ratio(bad[i], &sampler), HAETAE_EINVAL);
        assert_int_equal(haetae_sampler_probability(bad[i], &sampler), HAETAE_EINVAL);
        assert_int_equal(haetae_composable_probability(bad[i], &composable), HAETAE_EINVAL);
    }
    assert_int_equal(haetae_sampler_probability(1e-18, &sampler), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_rate_limiting(0, &sampler), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_rate_limiting(-1, &sampler), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_rate_limiting((double)NAN, &sampler), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_rate_limiting(2e9, &sampler), HAETAE_EINVAL);
    assert_null(sampler);
    assert_null(composable);
}

static void what_has_an_owner_is_not_given_away_again(void **state)
{
    haetae_sampler *none = NULL;
    haetae_composable *nothing = NULL;
    MAKE(root, haetae_sampler_always_on(&root));
    MAKE(other, haetae_sampler_always_on(&other));
    haetae_parent_based_options options = HAETAE_OPTIONS(
        haetae_parent_based_options, .root = root, .local_sampled = other, .remote_sampled = other);
    COMPOSE(on, haetae_composable_always_on(&on));
    const haetae_sampling_rule rules[] = {{NULL, NULL, on}, {NULL, NULL, on}};

    (void)state;
    assert_int_equal(haetae_sampler_parent_based(&options, &none), HAETAE_EINVAL);
    /* Both are the caller's still. */
    options.local_sampled = NULL;
    MAKE(parent_based, haetae_sampler_parent_based(&options, &parent_based));
    assert_int_equal(haetae_sampler_always_record(root, &none), HAETAE_EINVAL);
    haetae_sampler_free(root); /* does nothing: it has an owner */
    assert_string_equal(haetae_sampler_description(root), "AlwaysOnSampler");
    haetae_sampler_free(parent_based);

    assert_int_equal(haetae_composable_rule_based(rules, 2, &nothing), HAETAE_EINVAL);
    COMPOSE(threshold, haetae_composable_parent_threshold(on, &threshold));
    assert_int_equal(haetae_sampler_composite(on, &none), HAETAE_EINVAL);
    assert_int_equal(haetae_composable_annotating(on, NULL, 0, &nothing), HAETAE_EINVAL);
    haetae_composable_free(on);
    haetae_composable_free(threshold);
    assert_null(none);
    assert_null(nothing);
}

/* Makes one of everything, as far as memory goes. */
static bool make_all(void)
{
    const haetae_attribute attribute = haetae_attribute_of("k", haetae_value_string("v"));
    haetae_sampler *samplers[4] = {NULL};
    haetae_composable *rule = NULL;
    haetae_composable *composables[3] = {NULL};
    haetae_parent_based_options options = HAETAE_OPTIONS(haetae_parent_based_options);
    bool complete = false;

    if (haetae_composable_probability(0.5, &composables[0]) == HAETAE_OK &&
        haetae_composable_annotating(composables[0], &attribute, 1, &composables[1]) == HAETAE_OK) {
        composables[0] = NULL;
        rule = composables[1];
        if (haetae_composable_rule_based(&(haetae_sampling_rule){NULL, NULL, rule}, 1,
                                         &composables[2]) == HAETAE_OK) {
            composables[1] = NULL;
            if (haetae_composable_parent_threshold(composables[2], &composables[0]) == HAETAE_OK) {
                composables[2] = NULL;
                if (haetae_sampler_composite(composables[0], &samplers[0]) == HAETAE_OK) {
                    composables[0] = NULL;
                }
            }
        }
    }
    if (samplers[0] != NULL && haetae_sampler_rate_limiting(5, &samplers[1]) == HAETAE_OK) {
        options.root = samplers[0];
        options.local_sampled = samplers[1];
        if (haetae_sampler_parent_based(&options, &samplers[2]) == HAETAE_OK) {
            samplers[0] = NULL;
            samplers[1] = NULL;
            complete = haetae_sampler_always_record(samplers[2], &samplers[3]) == HAETAE_OK;
            samplers[2] = complete ? NULL : samplers[2];
        }
    }
    for (size_t i = 0; i < 4; i++) {
        haetae_sampler_free(samplers[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        haetae_composable_free(composables[i]);
    }
    return complete;
}

static void samplers_leak_nothing_when_memory_runs_out(void **state)
{
    long live = hae_alloc_live_count();
    bool complete = false;

    (void)state;
    for (long i = 0; !complete; i++) {
        assert_true(i < 100);
        hae_alloc_fail_after(i);
        complete = make_all();
        hae_alloc_fail_after(-1);
        assert_int_equal(hae_alloc_live_count(), live);
    }
    hae_alloc_fail_after(0);
    assert_false(make_all());
    {
        haetae_sampler *sampler = NULL;

        assert_int_equal(haetae_sampler_probability(0.5, &sampler), HAETAE_ENOMEM);
        hae_alloc_fail_after(1);
        assert_int_equal(haetae_sampler_probability(0.5, &sampler), HAETAE_ENOMEM);
        assert_null(sampler);
    }
    hae_alloc_fail_after(-1);
    assert_int_equal(hae_alloc_live_count(), live);
}

static int32_t scribble(void *self, const haetae_sampling_input *input, haetae_sampling *sampling)
{
    haetae_attribute attributes[HAETAE_SAMPLING_ATTRIBUTES_MAX + 4];

    (void)input;
    for (int i = 0; i < HAETAE_SAMPLING_ATTRIBUTES_MAX + 4; i++) {
        attributes[i] = haetae_attribute_of("k", haetae_value_int64(i));
    }
    haetae_sampling_add_attributes(sampling, attributes, HAETAE_SAMPLING_ATTRIBUTES_MAX + 4);
    haetae_sampling_add_attributes(sampling, NULL, 5);
    haetae_sampling_add_attributes(NULL, attributes, 1);
    haetae_sampling_trace_state(sampling)->length = UINT32_MAX;
    return *(int32_t *)self;
}

static void wild_answers_do_no_harm(void **state)
{
    static const int32_t answers[] = {HAETAE_SAMPLING_RECORD_AND_SAMPLE, INT32_MIN, 0, 4};
    struct core_fixture *core = *state;
    int32_t answer = 0;
    haetae_sampler_ops ops = HAETAE_OPTIONS(haetae_sampler_ops, .decide = scribble);
    MAKE(sampler, haetae_sampler_new(&ops, &answer, &sampler));

    use(core, sampler);
    assert_string_equal(haetae_sampler_description(sampler), "");
    for (size_t i = 0; i < 4; i++) {
        struct outcome outcome;

        answer = answers[i];
        outcome = start(core, NULL, "v=1", "x");
        assert_int_equal(outcome.sampled, i == 0);
        assert_int_equal(outcome.recording, i == 0);
        assert_int_equal(outcome.trace_state.length, 0);
    }
    assert_null(haetae_sampling_trace_state(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samplers_have_the_descriptions_of_the_specification),
        cmocka_unit_test(long_descriptions_are_cut),
        TRACE_TEST(parent_based_asks_the_delegate_of_each_kind_of_parent),
        TRACE_TEST(parent_based_follows_the_parent_where_it_has_no_delegate),
        TRACE_TEST(rules_need_no_callback),
        TRACE_TEST(always_record_records_what_the_root_drops),
        TRACE_TEST(rate_limits_what_comes_at_once),
        cmocka_unit_test(rate_is_shared_by_all_threads),
        cmocka_unit_test(thresholds_are_those_of_the_specification),
        TRACE_TEST(probability_compares_randomness_with_the_threshold),
        TRACE_TEST(a_root_may_bring_its_randomness),
        TRACE_TEST(probability_of_one_and_of_none),
        TRACE_TEST(a_threshold_without_room_is_left_out),
        TRACE_TEST(parent_threshold_goes_by_the_parent),
        TRACE_TEST(the_first_rule_that_matches_counts),
        TRACE_TEST(annotations_come_with_sampled_spans),
        TRACE_TEST(composite_draws_randomness_where_a_threshold_says_nothing),
        TRACE_TEST(a_call_may_decide_itself),
        TRACE_TEST(children_of_a_dropped_span_are_part_of_its_trace),
        TRACE_TEST(a_program_may_make_the_ids),
        TRACE_TEST(a_sampler_sees_the_values_of_the_parent_context),
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(what_has_an_owner_is_not_given_away_again),
        cmocka_unit_test(samplers_leak_nothing_when_memory_runs_out),
        TRACE_TEST(wild_answers_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
