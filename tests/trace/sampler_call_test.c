/* SPDX-License-Identifier: Apache-2.0 */
/* What a call or a program decides itself, and what a sampler sees. */
#include "trace/sampler_cases.h"

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
            sampler_use(core, sampler_counting(&asked));
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

    sampler_use(core, sampler);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACE_TEST(a_call_may_decide_itself),
        TRACE_TEST(children_of_a_dropped_span_are_part_of_its_trace),
        TRACE_TEST(a_program_may_make_the_ids),
        TRACE_TEST(a_sampler_sees_the_values_of_the_parent_context),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
