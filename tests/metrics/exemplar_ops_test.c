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

/* Answers with a number that the test sets, whatever is offered. */
struct answering {
    int32_t answer;
    unsigned offered;
};

static int32_t answer(void *self, void *state, const haetae_exemplar_measurement *measurement)
{
    struct answering *answering = self;

    assert_null(state);
    assert_int_equal(measurement->struct_size, sizeof *measurement);
    assert_int_equal(measurement->reserved, 0);
    answering->offered++;
    return answering->answer;
}

/* How many exemplars there are when each offer is answered so. */
static size_t kept_of_answer(int32_t number, uint16_t place_count)
{
    struct answering answering = {.answer = number};
    const haetae_exemplar_reservoir_ops ops = {
        .struct_size = sizeof ops, .self = &answering, .offer = answer};
    struct views views = {
        .count = 1, .view = {{.reservoir = {HAETAE_EXEMPLAR_RESERVOIR_CUSTOM, place_count, &ops}}}};
    struct fixture f;
    struct collection all;
    haetae_counter *counter;
    size_t kept;

    init_exemplar_views(&f, &views);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int i = 1; i <= 3; i++) {
        add_in_span(counter, i);
    }
    collect_now(&f, &all);
    assert_int_equal(answering.offered, 3);
    assert_int_equal(find_point(&all, "c", "")->as_int, 6);
    kept = find_point(&all, "c", "")->n_exemplars;
    assert_true(kept == 0 || find_point(&all, "c", "")->exemplars[0]->as_int == 3);
    collection_done(&all, &f);
    return kept;
}

static void numbers_that_are_no_exemplars_keep_none(void **state)
{
    static const int32_t none[] = {-1, INT32_MIN, INT32_MAX, 256, 257, 65536, 65537};

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(kept_of_answer(none[i], HAETAE_EXEMPLARS_MAX), 0);
    }
    assert_int_equal(kept_of_answer(255, HAETAE_EXEMPLARS_MAX), 1);
    assert_int_equal(kept_of_answer(0, 3), 1);
    assert_int_equal(kept_of_answer(2, 3), 1);
    assert_int_equal(kept_of_answer(3, 3), 0);
    /* Without a size there is one. */
    assert_int_equal(kept_of_answer(0, 0), 1);
    assert_int_equal(kept_of_answer(1, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_may_choose_itself),
        cmocka_unit_test(numbers_that_are_no_exemplars_keep_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
