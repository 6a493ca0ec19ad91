/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "trace/trace_state.h"
#include "trace/trace_test.h"

static void set_sampler(struct core_fixture *core, const char *name, double ratio)
{
    assert_true(hae_sampling_set(&core->traces.sampling, name, ratio));
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
    assert_int_equal(context.trace_flags, (recording ? HAETAE_TRACE_FLAG_SAMPLED : 0) |
                                              (parent_kind == 0 ? HAETAE_TRACE_FLAG_RANDOM : 0));
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
    struct hae_sampling sampler = {.parent_based = true, .threshold = 7};

    (void)state;
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_false(hae_sampling_set(&sampler, unknown[i], 1.0));
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
        double expected = ratios[i] * (double)TRACES;
        double variance = expected * (1.0 - ratios[i]);

        assert_true(hae_sampling_set(&sampler, "traceidratio", ratios[i]));
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
    assert_true(hae_sampling_set(&sampler, "traceidratio", 0.25));
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

/* ---- Samplers of one's own --------------------------------------------------------------- */

/* Answers as it is told, and remembers what it was asked. */
struct oracle {
    struct core_fixture *core;
    haetae_sampling_decision decision;
    const haetae_attribute *attributes;
    size_t attribute_count;
    const char *trace_state; /* NULL: leaves what is there */
    bool starts_spans;       /* within the decision */
    unsigned asked;
    unsigned done;
    haetae_sampling_input input;
    haetae_span_context parent;
    char name[64];
    char offered_trace_state[64];
    uint64_t free_slots;
    uint64_t decided_unix_ns;
};

static int32_t decide(void *user, const haetae_sampling_input *input, haetae_sampling *sampling)
{
    struct oracle *oracle = user;
    haetae_trace_state *trace_state = haetae_sampling_trace_state(sampling);

    oracle->asked++;
    assert_int_equal(input->struct_size, sizeof *input);
    oracle->input = *input;
    oracle->parent = input->parent != NULL ? *input->parent : (haetae_span_context){.is_remote = 0};
    assert_true(input->name.length < sizeof oracle->name);
    if (input->name.length != 0) {
        memcpy(oracle->name, input->name.data, input->name.length);
    }
    oracle->name[input->name.length] = '\0';
    assert_true(trace_state->length < sizeof oracle->offered_trace_state);
    memset(oracle->offered_trace_state, 0, sizeof oracle->offered_trace_state);
    memcpy(oracle->offered_trace_state, trace_state->text, trace_state->length);
    if (oracle->starts_spans) {
        haetae_span_end(haetae_span_start(oracle->core->tracer, HAETAE_TEXT("inner"), 1));
    }
    haetae_sampling_add_attributes(sampling, oracle->attributes, oracle->attribute_count);
    if (oracle->trace_state != NULL) {
        trace_state->length = (uint32_t)strlen(oracle->trace_state);
        memcpy(trace_state->text, oracle->trace_state, trace_state->length);
    }
    oracle->free_slots = core_free_slot_count(oracle->core->recorder);
    oracle->decided_unix_ns = hae_clock_now_unix_ns(&oracle->core->recorder->region->clock);
    return (int32_t)oracle->decision;
}

static void oracle_done(void *user)
{
    ((struct oracle *)user)->done++;
}

/* The sampler is there until the fixture's end, so its state is as well. */
static struct oracle *consult(struct core_fixture *core, haetae_sampling_decision decision)
{
    static struct oracle oracle;

    oracle = (struct oracle){.core = core, .decision = decision};
    hae_tracer_provider_set_sampler(&core->traces,
                                    &(struct hae_sampler){decide, oracle_done, &oracle});
    return &oracle;
}

static void sampler_is_asked_about_all_that_is_known(void **state)
{
    struct core_fixture *core = *state;
    struct oracle *oracle = consult(core, HAETAE_SAMPLING_RECORD_AND_SAMPLE);
    haetae_span_context parent = {.trace_flags = 1, .is_remote = 1};
    haetae_attribute attributes[] = {haetae_attribute_of("k", haetae_value_int64(7))};
    haetae_link links[] = {{.trace_state = {NULL, 0}}, {.trace_state = {NULL, 0}}};
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .parent = &parent, .kind = HAETAE_SPAN_KIND_CLIENT,
                       .trace_state = {"k=v", 3}, .attributes = attributes, .attribute_count = 1,
                       .links = links, .link_count = 2);
    haetae_span_context context;
    haetae_span span;

    memset(parent.trace_id, 0x42, 16);
    memset(parent.span_id, 0x43, 8);
    span = haetae_span_start_with(core->tracer, HAETAE_TEXT("asked"), &options);
    assert_int_equal(oracle->asked, 1);
    assert_string_equal(oracle->name, "asked");
    assert_int_equal(oracle->input.kind, HAETAE_SPAN_KIND_CLIENT);
    assert_ptr_equal(oracle->input.attributes, attributes);
    assert_int_equal(oracle->input.attribute_count, 1);
    assert_ptr_equal(oracle->input.links, links);
    assert_int_equal(oracle->input.link_count, 2);
    assert_non_null(oracle->input.parent);
    assert_memory_equal(oracle->parent.trace_id, parent.trace_id, 16);
    assert_memory_equal(oracle->parent.span_id, parent.span_id, 8);
    assert_int_equal(oracle->parent.is_remote, 1);
    assert_string_equal(oracle->offered_trace_state, "k=v");
    assert_memory_equal(oracle->input.trace_id, parent.trace_id, 16);
    haetae_span_end(span);

    /* A root, by the short call. */
    span = haetae_span_start(core->tracer, HAETAE_TEXT("root"), HAETAE_SPAN_KIND_UNSPECIFIED);
    assert_true(haetae_span_get_context(span, &context));
    assert_int_equal(oracle->asked, 2);
    assert_string_equal(oracle->name, "root");
    assert_int_equal(oracle->input.kind, HAETAE_SPAN_KIND_INTERNAL);
    assert_null(oracle->input.parent);
    assert_memory_equal(oracle->input.trace_id, context.trace_id, 16);
    assert_string_equal(oracle->offered_trace_state, "");
    haetae_span_end(span);
}

static void sampler_is_not_shown_what_cannot_be_meant(void **state)
{
    struct core_fixture *core = *state;
    struct oracle *oracle = consult(core, HAETAE_SAMPLING_RECORD_AND_SAMPLE);
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .kind = 99, .attributes = NULL, .attribute_count = 5,
                       .links = NULL, .link_count = SIZE_MAX, .trace_state = {"stale", 5});
    haetae_span span = haetae_span_start_with(core->tracer, NULL, 12, &options);

    assert_string_equal(oracle->name, "");
    assert_int_equal(oracle->input.kind, HAETAE_SPAN_KIND_INTERNAL);
    assert_int_equal(oracle->input.attribute_count, 0);
    assert_int_equal(oracle->input.link_count, 0);
    assert_string_equal(oracle->offered_trace_state, ""); /* what was given is no tracestate */
    haetae_span_end(span);
}

static void sampler_decides_before_slot_and_clock(void **state)
{
    struct core_fixture *core = *state;
    struct oracle *oracle = consult(core, HAETAE_SAMPLING_RECORD_AND_SAMPLE);
    uint64_t free_slots = core_free_slot_count(core->recorder);
    HaeOtlp__Span *span = trace_finish(core, trace_start(core));

    assert_int_equal(oracle->free_slots, free_slots);
    assert_true(span->start_time_unix_nano >= oracle->decided_unix_ns);
    core_free_span(span);
}

static void dropped_span_carries_its_context_only(void **state)
{
    struct core_fixture *core = *state;
    haetae_attribute attribute = haetae_attribute_of("k", haetae_value_int64(7));
    struct oracle *oracle = consult(core, HAETAE_SAMPLING_DROP);
    haetae_span_context context;
    haetae_span span;

    oracle->attributes = &attribute;
    oracle->attribute_count = 1;
    span = trace_start(core);
    assert_true(haetae_span_get_context(span, &context));
    assert_true(haetae_span_context_is_valid(&context));
    assert_int_equal(context.trace_flags, HAETAE_TRACE_FLAG_RANDOM);
    assert_false(haetae_span_is_recording(span));
    haetae_span_set_int64(span, HAETAE_TEXT("k"), 1);
    haetae_span_end(span);
    assert_false(haetae_span_get_context(span, &context));
    assert_int_equal(core_published(core, SPAN), 0);
}

static void span_that_is_only_recorded_is_not_exported(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context context;
    haetae_span span;

    (void)consult(core, HAETAE_SAMPLING_RECORD_ONLY);
    span = trace_start(core);
    assert_true(haetae_span_is_recording(span));
    assert_true(haetae_span_get_context(span, &context));
    assert_int_equal(context.trace_flags & HAETAE_TRACE_FLAG_SAMPLED, 0);
    haetae_span_set_int64(span, HAETAE_TEXT("k"), 1);
    assert_int_equal(core_sums(core).open_count, 1);
    haetae_span_end(span);
    assert_int_equal(core_sums(core).open_count, 0);
    assert_int_equal(core_published(core, SPAN), 0);
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        assert_int_equal(core_dropped(core, SPAN, (haetae_drop_reason)reason), 0);
    }
    for (int cause = 0; cause < HAETAE_MISUSE_COUNT; cause++) {
        assert_int_equal(core_misuse(core, (haetae_misuse)cause), 0);
    }
}

static void sampler_adds_attributes(void **state)
{
    struct core_fixture *core = *state;
    struct oracle *oracle = consult(core, HAETAE_SAMPLING_RECORD_AND_SAMPLE);
    haetae_attribute own[] = {haetae_attribute_of("own", haetae_value_int64(1)),
                              haetae_attribute_of("both", haetae_value_int64(2))};
    haetae_attribute added[] = {haetae_attribute_of("both", haetae_value_int64(3)),
                                haetae_attribute_of("added", haetae_value_int64(4))};
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .attributes = own, .attribute_count = 2);
    HaeOtlp__Span *span;

    oracle->attributes = added;
    oracle->attribute_count = 2;
    span = trace_finish(core, haetae_span_start_with(core->tracer, HAETAE_TEXT("x"), &options));
    assert_int_equal(span->n_attributes, 3);
    core_has_int(span->attributes, 3, "own", 1);
    core_has_int(span->attributes, 3, "both", 3);
    core_has_int(span->attributes, 3, "added", 4);
    assert_int_equal(span->flags & HAETAE_TRACE_FLAG_SAMPLED, 1);
    core_free_span(span);
}

/* Starts a child of a local span that has the tracestate k=v; returns its own. */
static const char *trace_state_of_child(struct core_fixture *core, const char *from_sampler,
                                        haetae_sampling_decision decision)
{
    static haetae_trace_state text;
    haetae_span_context remote = {.trace_flags = 1, .is_remote = 1};
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .parent = &remote, .trace_state = {"k=v", 3});
    struct oracle *oracle = consult(core, HAETAE_SAMPLING_RECORD_AND_SAMPLE);
    haetae_context_token token;
    haetae_span parent;
    haetae_span child;

    memset(remote.trace_id, 0x42, 16);
    memset(remote.span_id, 0x43, 8);
    parent = haetae_span_start_with(core->tracer, HAETAE_TEXT("parent"), &options);
    oracle->trace_state = from_sampler;
    oracle->decision = decision;
    haetae_context_attach(parent, &token);
    child = trace_start(core);
    haetae_context_detach(&token);
    assert_string_equal(oracle->offered_trace_state, "k=v");
    (void)haetae_span_get_trace_state(child, &text);
    haetae_span_end(child);
    haetae_span_end(parent);
    return text.text;
}

static void sampler_has_the_last_word_on_the_tracestate(void **state)
{
    static const haetae_sampling_decision decisions[] = {
        HAETAE_SAMPLING_DROP, HAETAE_SAMPLING_RECORD_ONLY, HAETAE_SAMPLING_RECORD_AND_SAMPLE};
    struct core_fixture *core = *state;

    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(trace_state_of_child(core, NULL, decisions[i]), "k=v");
        assert_string_equal(trace_state_of_child(core, "ot=th:8,k=v", decisions[i]), "ot=th:8,k=v");
        assert_string_equal(trace_state_of_child(core, "", decisions[i]), "");
        assert_string_equal(trace_state_of_child(core, "b\r\nad", decisions[i]), "");
    }
}

static void sampler_is_not_asked_about_spans_of_its_own(void **state)
{
    struct core_fixture *core = *state;
    struct oracle *oracle = consult(core, HAETAE_SAMPLING_RECORD_AND_SAMPLE);

    oracle->starts_spans = true;
    haetae_span_end(trace_start(core));
    assert_int_equal(oracle->asked, 1);
    assert_int_equal(core_published(core, SPAN), 2); /* the built-in rule let it through */
}

static void sampler_is_done_with_its_provider_or_its_successor(void **state)
{
    struct oracle oracles[2] = {{.asked = 0}, {.asked = 0}};
    struct core_fixture core;

    (void)state;
    core_begin(&core, 0, 4);
    hae_tracer_provider_set_sampler(&core.traces,
                                    &(struct hae_sampler){decide, oracle_done, &oracles[0]});
    hae_tracer_provider_set_sampler(&core.traces,
                                    &(struct hae_sampler){decide, oracle_done, &oracles[1]});
    assert_int_equal(oracles[0].done, 1);
    assert_int_equal(oracles[1].done, 0);
    core_end(&core);
    assert_int_equal(oracles[0].done, 1);
    assert_int_equal(oracles[1].done, 1);
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
        TRACE_TEST(sampler_is_asked_about_all_that_is_known),
        TRACE_TEST(sampler_is_not_shown_what_cannot_be_meant),
        TRACE_TEST(sampler_decides_before_slot_and_clock),
        TRACE_TEST(dropped_span_carries_its_context_only),
        TRACE_TEST(span_that_is_only_recorded_is_not_exported),
        TRACE_TEST(sampler_adds_attributes),
        TRACE_TEST(sampler_has_the_last_word_on_the_tracestate),
        TRACE_TEST(sampler_is_not_asked_about_spans_of_its_own),
        cmocka_unit_test(sampler_is_done_with_its_provider_or_its_successor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
