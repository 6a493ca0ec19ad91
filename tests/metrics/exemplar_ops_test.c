/* SPDX-License-Identifier: Apache-2.0 */
/* Reservoirs of the program. */
#include <string.h>

#include "metrics/exemplars.h"

/* ---- A reservoir of one's own ---------------------------------------------------------------- */

struct largest {
    _Atomic uint64_t offered;
    _Atomic uint64_t collected;
    haetae_exemplar_measurement last;
    uint8_t trace_id[16];
    char key[8];
};

/* Keeps the largest value since the last collection in place 1. */
static int32_t offer_largest(void *self, void *state,
                             const haetae_exemplar_measurement *measurement)
{
    struct largest *largest = self;
    _Atomic int64_t *most = state;

    atomic_fetch_add(&largest->offered, 1);
    largest->last = *measurement;
    if (measurement->context != NULL) {
        memcpy(largest->trace_id, measurement->context->trace_id, sizeof largest->trace_id);
    }
    if (measurement->attribute_count != 0) {
        memcpy(largest->key, measurement->attributes[0].key.data, 4);
    }
    if (measurement->as_int64 == -1) {
        return 1000; /* no such place */
    }
    if (measurement->as_int64 <= atomic_load(most)) {
        return -1;
    }
    atomic_store(most, measurement->as_int64);
    return 1;
}

static void collect_largest(void *self, void *state)
{
    struct largest *largest = self;

    atomic_fetch_add(&largest->collected, 1);
    atomic_store((_Atomic int64_t *)state, 0);
}

static void a_program_may_choose_itself(void **state)
{
    static const int64_t values[] = {5, 9, 7, 9, -1};
    struct largest largest = {.offered = 0};
    const haetae_exemplar_reservoir_ops ops = {.struct_size = sizeof ops,
                                               .state_size_bytes = 8,
                                               .offer = offer_largest,
                                               .collect = collect_largest,
                                               .self = &largest};
    struct views views = {.count = 1,
                          .view = {{.filter = &keeps_path,
                                    .reservoir = {HAETAE_EXEMPLAR_RESERVOIR_CUSTOM, 2, &ops}}}};
    struct fixture f;
    struct collection all;
    haetae_context_token token;
    haetae_up_down_counter *counter;
    const HaeOtlp__NumberDataPoint *point;
    haetae_span_context second = span_of(2, 0);

    (void)state;
    init_exemplar_views(&f, &views);
    counter = make_up_down_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (size_t i = 0; i < 5; i++) {
        enter_sampled(i + 1, &token);
        haetae_up_down_counter_add(counter, values[i], HAETAE_ATTRS(HAETAE_ATTR("user", 1)));
        haetae_context_detach(&token);
        if (i == 1) {
            assert_int_equal(largest.last.as_int64, 9);
            assert_true(largest.last.as_double == 9);
            assert_true(largest.last.time_unix_ns <= now_of(&f));
            assert_true(largest.last.time_unix_ns > now_of(&f) - UINT64_C(60000000000));
            assert_memory_equal(largest.trace_id, second.trace_id, sizeof largest.trace_id);
            assert_int_equal(largest.last.attribute_count, 1);
            assert_string_equal(largest.key, "user");
        }
    }
    assert_int_equal(largest.offered, 5);
    collect_now(&f, &all);
    point = find_point(&all, "c", "");
    assert_int_equal(point->n_exemplars, 1);
    assert_int_equal(point->exemplars[0]->as_int, 9);
    assert_span(point->exemplars[0], 2);
    assert_int_equal(largest.collected, 1);
    collection_free(&all);

    enter_sampled(8, &token); /* the choice begins again */
    haetae_up_down_counter_add(counter, 3, NULL, 0);
    haetae_context_detach(&token);
    collect_now(&f, &all);
    assert_int_equal(find_point(&all, "c", "")->exemplars[0]->as_int, 3);
    collection_done(&all, &f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_may_choose_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
