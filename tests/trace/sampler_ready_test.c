/* SPDX-License-Identifier: Apache-2.0 */
/* The ready samplers: by the parent, all, a limited rate. */
#include "trace/sampler.h"

#include "trace/sampler_cases.h"

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

static void parent_based_asks_the_delegate_of_each_kind_of_parent(void **state)
{
    struct core_fixture *core = *state;
    unsigned asked[5] = {0};
    haetae_parent_based_options options =
        HAETAE_OPTIONS(haetae_parent_based_options, .root = sampler_counting(&asked[0]),
                       .remote_sampled = sampler_counting(&asked[1]),
                       .remote_not_sampled = sampler_counting(&asked[2]),
                       .local_sampled = sampler_counting(&asked[3]),
                       .local_not_sampled = sampler_counting(&asked[4]));
    MAKE(sampler, haetae_sampler_parent_based(&options, &sampler));

    sampler_use(core, sampler);
    for (int kind = 0; kind < 5; kind++) {
        haetae_span_context parent =
            sampler_parent(0, kind == 1 || kind == 3, kind == 1 || kind == 2);

        assert_false(sampler_start(core, kind != 0 ? &parent : NULL, NULL, "x").recording);
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
        HAETAE_OPTIONS(haetae_parent_based_options, .root = sampler_counting(&asked));
    MAKE(sampler, haetae_sampler_parent_based(&options, &sampler));

    sampler_use(core, sampler);
    assert_int_equal(core->traces.tracing, HAE_TRACING_HOOKED);
    for (int kind = 0; kind < 4; kind++) {
        haetae_span_context parent = sampler_parent(0, kind & 1, kind >> 1);

        assert_int_equal(sampler_start(core, &parent, NULL, "x").sampled, kind & 1);
    }
    assert_int_equal(asked, 0);
    assert_false(sampler_start(core, NULL, NULL, "x").sampled);
    assert_int_equal(asked, 1);
}

/* So that it costs a span nothing. */
static void rules_need_no_callback(void **state)
{
    struct core_fixture *core = *state;
    MAKE(half, haetae_sampler_ratio(0.5, &half));
    haetae_parent_based_options options = HAETAE_OPTIONS(haetae_parent_based_options, .root = half);
    MAKE(sampler, haetae_sampler_parent_based(&options, &sampler));
    haetae_span_context parent = sampler_parent(0, 1, 0);

    sampler_use(core, sampler);
    assert_int_equal(core->traces.tracing, HAE_TRACING_PLAIN);
    assert_true(core->traces.sampling.parent_based);
    assert_int_equal(core->traces.sampling.threshold, HAE_THRESHOLD_OFF / 2);
    assert_true(sampler_start(core, &parent, NULL, "x").sampled);
    /* Asked as a delegate, it says the same. */
    MAKE(ratio, haetae_sampler_ratio(0.5, &ratio));
    MAKE(recorded, haetae_sampler_always_record(ratio, &recorded));
    sampler_use(core, recorded);
    parent = sampler_parent(HAE_THRESHOLD_OFF / 2 - 1, 1, 0);
    assert_false(sampler_start(core, &parent, NULL, "x").sampled);
    parent = sampler_parent(HAE_THRESHOLD_OFF / 2, 0, 0);
    assert_true(sampler_start(core, &parent, NULL, "x").sampled);
}

static void always_record_records_what_the_root_drops(void **state)
{
    struct core_fixture *core = *state;
    MAKE(off, haetae_sampler_always_off(&off));
    MAKE(sampler, haetae_sampler_always_record(off, &sampler));
    struct sampler_outcome outcome;

    sampler_use(core, sampler);
    outcome = sampler_start(core, NULL, NULL, "x");
    assert_true(outcome.recording);
    assert_false(outcome.sampled);
    MAKE(on, haetae_sampler_always_on(&on));
    MAKE(again, haetae_sampler_always_record(on, &again));
    sampler_use(core, again);
    outcome = sampler_start(core, NULL, NULL, "x");
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

    sampler_use(core, slow);
    for (int i = 0; i < 100; i++) {
        sampled += sampler_start(core, NULL, NULL, "x").sampled;
    }
    assert_int_equal(sampled, 1);
    sampler_use(core, fast);
    for (int i = 0; i < 100; i++) {
        assert_true(sampler_start(core, NULL, NULL, "x").sampled);
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
