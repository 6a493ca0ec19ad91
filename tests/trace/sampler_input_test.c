/* SPDX-License-Identifier: Apache-2.0 */
/* Bad input for samplers, and no memory. */
#include "trace/sampler.h"

#include <math.h>

#include "base/alloc.h"
#include "trace/sampler_cases.h"

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

    sampler_use(core, sampler);
    assert_string_equal(haetae_sampler_description(sampler), "");
    for (size_t i = 0; i < 4; i++) {
        struct sampler_outcome outcome;

        answer = answers[i];
        outcome = sampler_start(core, NULL, "v=1", "x");
        assert_int_equal(outcome.sampled, i == 0);
        assert_int_equal(outcome.recording, i == 0);
        assert_int_equal(outcome.trace_state.length, 0);
    }
    assert_null(haetae_sampling_trace_state(NULL));
}

static void work_is_had_by_whoever_takes_the_sampler(void **state)
{
    haetae_exporter_ops work = HAETAE_OPTIONS(haetae_exporter_ops);
    haetae_exporter_ops bad = {.struct_size = 1};
    MAKE(root, haetae_sampler_always_on(&root));
    MAKE(local, haetae_sampler_always_on(&local));
    haetae_parent_based_options options =
        HAETAE_OPTIONS(haetae_parent_based_options, .root = root, .local_sampled = local);

    (void)state;
    assert_int_equal(haetae_sampler_set_work(root, &bad), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_set_work(root, &work), HAETAE_OK);
    assert_int_equal(haetae_sampler_set_work(root, &work), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_set_work(local, &work), HAETAE_OK);
    haetae_sampler_warn(root, "nobody listens");
    MAKE(by_parent, haetae_sampler_parent_based(&options, &by_parent));
    MAKE(all, haetae_sampler_always_record(by_parent, &all));
    assert_ptr_equal(all->working, root);
    assert_ptr_equal(root->next_working, local);
    assert_null(local->next_working);
    assert_int_equal(haetae_sampler_set_work(root, &work), HAETAE_EINVAL); /* it has an owner */
    haetae_sampler_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(what_has_an_owner_is_not_given_away_again),
        cmocka_unit_test(samplers_leak_nothing_when_memory_runs_out),
        cmocka_unit_test(work_is_had_by_whoever_takes_the_sampler),
        TRACE_TEST(wild_answers_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
