/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of exemplars. */
#include "base/alloc.h"
#include "metrics/exemplar_chance.h"
#include "metrics/exemplars.h"

/* ---- Memory ---------------------------------------------------------------------------------- */

static void series_without_memory_have_none(void **state)
{
    enum { SERIES = 100 };
    struct fixture f;
    struct collection all;
    haetae_context_token token;
    haetae_counter *counter;
    size_t with = 0;

    (void)state;
    init_exemplars_with(&f, HAE_EXEMPLARS_TRACE_BASED, 4096);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    enter_sampled(4, &token);
    for (int i = 0; i < SERIES; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("n", i)));
    }
    haetae_context_detach(&token);
    collect_now(&f, &all);
    assert_int_equal(int_total(&all, "c"), SERIES);
    for (size_t i = 0; i < SERIES; i++) {
        with += find_metric(&all, "c")->sum->data_points[i]->n_exemplars;
    }
    /* 16 bytes and 64 each */
    assert_int_equal(with, (4096 - 8) / (16 + 64));
    assert_true(atomic_load(&f.provider.streams.exemplars.refused_count) >= SERIES - with);
    collection_done(&all, &f);
}

static void a_forked_child_begins_without_any(void **state)
{
    struct fixture f;
    struct collection all;
    haetae_counter *counter;

    (void)state;
    init_exemplars(&f);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_in_span(counter, 5);
    hae_meter_provider_reinit(&f.provider);
    haetae_counter_add(counter, 1, NULL, 0);
    collect_now(&f, &all);
    assert_int_equal(find_point(&all, "c", "")->n_exemplars, 0);
    collection_free(&all);
    add_in_span(counter, 6);
    collect_now(&f, &all);
    assert_int_equal(find_point(&all, "c", "")->exemplars[0]->as_int, 6);
    collection_done(&all, &f);
}

static void a_reference_that_leads_nowhere_is_not_followed(void **state)
{
    static const uint32_t references[] = {UINT32_MAX, POOL_BYTES / 8, POOL_BYTES / 8 - 1, 1, 2, 3};
    struct fixture f;
    struct collection all;
    haetae_counter *counter;
    struct hae_series *series;
    const struct hae_stream *stream;

    (void)state;
    init_exemplars(&f);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_in_span(counter, 5);
    stream = &counter->instrument.first;
    series = hae_ref_at(stream->region, hae_series_ref(atomic_load(&stream->data->series)));
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        atomic_store(&series->reservoir, references[i]);
        add_in_span(counter, 1);
        collect_now(&f, &all);
        assert_int_equal(find_point(&all, "c", "")->as_int, 6 + (int64_t)i);
        collection_free(&all);
    }
    fixture_done(&f);
}

/* Without memory for exemplars the provider has none, and one that is made again has. */
static void memory_that_is_not_there_is_reported(void **state)
{
    struct fixture f;
    struct collection all;
    haetae_counter *counter;
    long before;

    (void)state;
    fixture_init(&f, 0);
    before = hae_alloc_live_count();
    hae_alloc_fail_after(0);
    assert_int_equal(
        hae_meter_provider_use_exemplars(&f.provider, HAE_EXEMPLARS_ALWAYS_ON, POOL_BYTES),
        HAETAE_ENOMEM);
    /* Always off needs none. */
    assert_int_equal(
        hae_meter_provider_use_exemplars(&f.provider, HAE_EXEMPLARS_ALWAYS_OFF, POOL_BYTES),
        HAETAE_OK);
    hae_alloc_fail_after(-1);
    assert_int_equal(hae_alloc_live_count(), before);
    assert_int_equal(
        hae_meter_provider_use_exemplars(&f.provider, HAE_EXEMPLARS_ALWAYS_ON, POOL_BYTES),
        HAETAE_OK);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    before = hae_alloc_live_count();
    hae_alloc_fail_after(0); /* an exemplar takes nothing of the heap */
    haetae_counter_add(counter, 5, HAETAE_ATTRS(HAETAE_ATTR("k", "v")));
    hae_alloc_fail_after(-1);
    assert_int_equal(hae_alloc_live_count(), before);
    collect_now(&f, &all);
    assert_int_equal(find_point(&all, "c", "k=v")->n_exemplars, 1);
    collection_done(&all, &f);
}

/* Else the children of one process would all keep the same of what they measure alike. */
static void children_choose_by_numbers_of_their_own(void **state)
{
    enum { LANES = 3 };
    struct hae_exemplar_pool pool;
    uint64_t before[LANES];
    uint64_t random;

    (void)state;
    assert_int_equal(hae_exemplar_pool_init(&pool, HAE_EXEMPLARS_ALWAYS_ON, 4096, LANES),
                     HAETAE_OK);
    random = atomic_load(&pool.random);
    for (int i = 0; i < LANES; i++) {
        before[i] = pool.lanes[i].state;
    }
    hae_exemplar_pool_reinit(&pool);
    assert_true(atomic_load(&pool.random) != random);
    for (int i = 0; i < LANES; i++) {
        assert_true(pool.lanes[i].state != before[i]);
    }
    hae_exemplar_pool_done(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_choose_by_numbers_of_their_own),
        cmocka_unit_test(memory_that_is_not_there_is_reported),
        cmocka_unit_test(series_without_memory_have_none),
        cmocka_unit_test(a_forked_child_begins_without_any),
        cmocka_unit_test(a_reference_that_leads_nowhere_is_not_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
