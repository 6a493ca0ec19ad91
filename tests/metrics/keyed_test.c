/* SPDX-License-Identifier: Apache-2.0 */
/* Measurements with a list of keys and with values: they belong to the series that the same
 * attributes have, whatever the list is, and whoever uses it first. */
#include "metrics/fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "wire/key_list.h"

HAETAE_KEYS(method_and_route, "http.request.method", "http.route");
HAETAE_KEYS(route_and_method, "http.route", "http.request.method");
HAETAE_KEYS(other_keys, "http.request.methoD", "http.route");
HAETAE_KEYS(same_keys, "http.request.method", "http.route");

static int64_t value_of(struct fixture *f, const char *name, const char *attributes)
{
    struct collection all;
    const HaeOtlp__NumberDataPoint *point;
    int64_t value;

    collect(f, &all);
    point = find_point(&all, name, attributes);
    value = point != NULL ? point->as_int : -1;
    collection_free(&all);
    return value;
}

/* Every kind of call, each of which is made often enough to be found in the cache. */
static void each_call_records_into_the_series_of_its_attributes(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter *real = make_counter(&f, "cd", HAETAE_NUMBER_DOUBLE);
    haetae_up_down_counter *up_down = make_up_down_counter(&f, "u", HAETAE_NUMBER_INT64);
    haetae_up_down_counter *real_up_down = make_up_down_counter(&f, "ud", HAETAE_NUMBER_DOUBLE);
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_INT64);
    haetae_gauge *real_gauge = make_gauge(&f, "gd", HAETAE_NUMBER_DOUBLE);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_INT64);
    haetae_histogram *real_histogram = make_histogram(&f, "hd", HAETAE_NUMBER_DOUBLE);

    for (int i = 1; i <= 10; i++) {
        haetae_counter_add_keyed(counter, i, &method_and_route, HAETAE_VALUES("GET", "/"));
        haetae_counter_add_double_keyed(real, i, &method_and_route, HAETAE_VALUES("GET", "/"));
        haetae_up_down_counter_add_keyed(up_down, -i, &method_and_route, HAETAE_VALUES("GET", "/"));
        haetae_up_down_counter_add_double_keyed(real_up_down, -i, &method_and_route,
                                                HAETAE_VALUES("GET", "/"));
        haetae_gauge_record_keyed(gauge, i, &method_and_route, HAETAE_VALUES("GET", "/"));
        haetae_gauge_record_double_keyed(real_gauge, i, &method_and_route,
                                         HAETAE_VALUES("GET", "/"));
        haetae_histogram_record_keyed(histogram, i, &method_and_route, HAETAE_VALUES("GET", "/"));
        haetae_histogram_record_double_keyed(real_histogram, i, &method_and_route,
                                             HAETAE_VALUES("GET", "/"));
    }
    collect(&f, &all);
    static const char attributes[] = "http.request.method=GET,http.route=/";
    assert_int_equal(find_point(&all, "c", attributes)->as_int, 55);
    assert_true(find_point(&all, "cd", attributes)->as_double == 55);
    assert_int_equal(find_point(&all, "u", attributes)->as_int, -55);
    assert_true(find_point(&all, "ud", attributes)->as_double == -55);
    assert_int_equal(find_point(&all, "g", attributes)->as_int, 10);
    assert_true(find_point(&all, "gd", attributes)->as_double == 10);
    for (int i = 0; i < 2; i++) {
        const HaeOtlp__Metric *metric = find_metric(&all, i == 0 ? "h" : "hd");

        assert_int_equal(metric->histogram->n_data_points, 1);
        assert_int_equal(metric->histogram->data_points[0]->count, 10);
        assert_true(metric->histogram->data_points[0]->sum == 55);
    }
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 0);
    collection_done(&all, &f);
}

/* Lists of the same keys in other orders, and attributes, lead to one series; other keys, and
 * values that differ in their middle only, to another one, also when all of them are cached. */
static void sets_are_the_same_when_their_attributes_are(void **state)
{
    static const char *const texts[] = {"/a/route/that/is/longer/than/16",
                                        "/a/route/that/1s/longer/than/16"};
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int i = 0; i < 5; i++) {
        haetae_counter_add_keyed(counter, 1, &method_and_route, HAETAE_VALUES("GET", texts[0]));
        haetae_counter_add_keyed(counter, 10, &route_and_method, HAETAE_VALUES(texts[0], "GET"));
        haetae_counter_add_keyed(counter, 100, &same_keys, HAETAE_VALUES("GET", texts[0]));
        haetae_counter_add(counter, 1000,
                           HAETAE_ATTRS(HAETAE_ATTR("http.route", texts[0]),
                                        HAETAE_ATTR("http.request.method", "GET")));
        haetae_counter_add_keyed(counter, 1, &other_keys, HAETAE_VALUES("GET", texts[0]));
        haetae_counter_add_keyed(counter, 2, &method_and_route, HAETAE_VALUES("GET", texts[1]));
        haetae_counter_add_keyed(counter, 3, &route_and_method, HAETAE_VALUES("GET", texts[0]));
        haetae_counter_add(counter, 7, NULL, 0);
    }
    assert_int_equal(
        value_of(&f, "c", "http.request.method=GET,http.route=/a/route/that/is/longer/than/16"),
        5555);
    assert_int_equal(
        value_of(&f, "c", "http.request.methoD=GET,http.route=/a/route/that/is/longer/than/16"), 5);
    assert_int_equal(
        value_of(&f, "c", "http.request.method=GET,http.route=/a/route/that/1s/longer/than/16"),
        10);
    assert_int_equal(
        value_of(&f, "c", "http.request.method=/a/route/that/is/longer/than/16,http.route=GET"),
        15);
    assert_int_equal(value_of(&f, "c", ""), 35);
    fixture_done(&f);
}

/* One instrument's entries of the cache are none of another's. */
static void instruments_do_not_share_what_is_cached(void **state)
{
    enum { COUNTERS = 40 };
    haetae_counter *counters[COUNTERS];
    char names[COUNTERS][16];
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    for (int i = 0; i < COUNTERS; i++) {
        snprintf(names[i], sizeof names[i], "c%d", i);
        counters[i] = make_counter(&f, names[i], HAETAE_NUMBER_INT64);
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < COUNTERS; i++) {
            haetae_counter_add(counters[i], i + 1, NULL, 0);
            haetae_counter_add_keyed(counters[i], 100 * (i + 1), &method_and_route,
                                     HAETAE_VALUES("GET", 1));
        }
    }
    for (int i = 0; i < COUNTERS; i++) {
        assert_int_equal(value_of(&f, names[i], ""), 3 * (i + 1));
        assert_int_equal(value_of(&f, names[i], "http.request.method=GET,http.route=1"),
                         300 * (i + 1));
    }
    fixture_done(&f);
}

/* Lists that cannot be prepared, and mistakes. */
static void lists_that_are_not_prepared_record_the_same(void **state)
{
    static const haetae_string twice[] = {{"a", 1}, {"a", 1}};
    static const haetae_string ill[] = {{"a", 1}, {"\xFF", 1}};
    static const haetae_string good[] = {{"a", 1}, {"b", 1}};
    uint64_t rooms[2][HAETAE_KEYS_ROOM_BYTES / 8] = {{0}};
    const haetae_keys lists[] = {{twice, 2, rooms[0], sizeof rooms[0]},
                                 {ill, 2, rooms[1], sizeof rooms[1]},
                                 {good, 2, NULL, 0}};
    uint64_t busy[HAETAE_KEYS_ROOM_BYTES / 8] = {HAE_PREPARED_SOON};
    const haetae_keys soon = {good, 2, busy, sizeof busy};
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int i = 0; i < 3; i++) {
        haetae_counter_add_keyed(counter, 1, &lists[0], HAETAE_VALUES(1, 2));
        haetae_counter_add_keyed(counter, 1, &lists[1], HAETAE_VALUES(1, 2));
        haetae_counter_add_keyed(counter, 1, &lists[2], HAETAE_VALUES(1, 2));
        haetae_counter_add_keyed(counter, 1, &soon, HAETAE_VALUES(1, 2));
    }
    assert_int_equal(value_of(&f, "c", "a=2"), 3);
    assert_int_equal(value_of(&f, "c", "a=1,\xEF\xBF\xBD=2"), 3);
    assert_int_equal(value_of(&f, "c", "a=1,b=2"), 6);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 0);
    fixture_done(&f);
}

static void values_without_partners_are_left_out_and_counted(void **state)
{
    static haetae_string names[HAE_KEY_LIST_MAX + 1];
    static haetae_value values[HAE_KEY_LIST_MAX + 1];
    static char texts[HAE_KEY_LIST_MAX + 1][16];
    const haetae_keys many = {names, HAE_KEY_LIST_MAX + 1, NULL, 0};
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add_keyed(counter, 1, &method_and_route, HAETAE_VALUES("GET"));
    haetae_counter_add_keyed(counter, 1, &method_and_route, HAETAE_VALUES("GET", "/", 3));
    haetae_counter_add_keyed(counter, 1, &method_and_route, NULL, 2);
    haetae_counter_add_keyed(counter, 1, NULL, HAETAE_VALUES("GET"));
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 4);
    haetae_counter_add_keyed(counter, 1, NULL, NULL, 0);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 4);
    assert_int_equal(value_of(&f, "c", "http.request.method=GET"), 1);
    assert_int_equal(value_of(&f, "c", "http.request.method=GET,http.route=/"), 1);
    assert_int_equal(value_of(&f, "c", ""), 3);
    for (int i = 0; i <= HAE_KEY_LIST_MAX; i++) {
        snprintf(texts[i], sizeof texts[i], "k%d", i);
        names[i] = haetae_string_of(texts[i]);
        values[i] = haetae_value_int64(i);
    }
    haetae_counter_add_keyed(counter, 1, &many, values, HAE_KEY_LIST_MAX + 1);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 5);
    fixture_done(&f);
}

static void objects_keep_copies_and_refuse_what_cannot_be_prepared(void **state)
{
    char text[] = "key";
    const haetae_string name = {text, 3};
    const haetae_string bad[] = {{"a", 1}, {"", 0}};
    const haetae_string huge[] = {{"a", 1}, {"b", SIZE_MAX / 2}};
    haetae_keys *keys = NULL;
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    assert_int_equal(haetae_keys_new(NULL, 1, &keys), HAETAE_EINVAL);
    assert_int_equal(haetae_keys_new(&name, 0, &keys), HAETAE_EINVAL);
    assert_int_equal(haetae_keys_new(&name, SIZE_MAX, &keys), HAETAE_EINVAL);
    assert_int_equal(haetae_keys_new(&name, 1, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_keys_new(bad, 2, &keys), HAETAE_EINVAL);
    assert_int_equal(haetae_keys_new(huge, 2, &keys), HAETAE_EINVAL);
    hae_alloc_fail_after(0);
    assert_int_equal(haetae_keys_new(&name, 1, &keys), HAETAE_ENOMEM);
    hae_alloc_fail_after(-1);
    assert_null(keys);
    assert_int_equal(haetae_keys_new(&name, 1, &keys), HAETAE_OK);
    memset(text, 'x', 3);
    for (int i = 0; i < 3; i++) {
        haetae_counter_add_keyed(counter, 1, keys, HAETAE_VALUES(true));
    }
    haetae_keys_free(keys);
    haetae_keys_free(NULL);
    /* Another list in the same memory is another one. */
    assert_int_equal(haetae_keys_new(&name, 1, &keys), HAETAE_OK);
    haetae_counter_add_keyed(counter, 10, keys, HAETAE_VALUES(true));
    haetae_keys_free(keys);
    assert_int_equal(value_of(&f, "c", "key=1"), 3);
    assert_int_equal(value_of(&f, "c", "xxx=1"), 10);
    fixture_done(&f);
}

/* ---- First use ---------------------------------------------------------------------------------
 */

enum { LISTS = 200, THREADS = 4 };

struct race {
    haetae_counter *counter;
    pthread_barrier_t barrier;
    haetae_string names[LISTS];
    char texts[LISTS][16];
    haetae_keys lists[LISTS];
    uint64_t rooms[LISTS][HAETAE_KEYS_ROOM_BYTES / 8];
};

static void *use_each_list(void *argument)
{
    struct race *race = argument;

    for (int i = 0; i < LISTS; i++) {
        pthread_barrier_wait(&race->barrier);
        haetae_counter_add_keyed(race->counter, 1, &race->lists[i], HAETAE_VALUES("text"));
        haetae_counter_add_keyed(race->counter, 1, &race->lists[i], HAETAE_VALUES("text"));
    }
    return NULL;
}

static void threads_may_use_a_list_first_at_once(void **state)
{
    static struct race race;
    pthread_t threads[THREADS];
    struct collection all;
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    race.counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    pthread_barrier_init(&race.barrier, NULL, THREADS);
    for (int i = 0; i < LISTS; i++) {
        snprintf(race.texts[i], sizeof race.texts[i], "k%d", i);
        race.names[i] = haetae_string_of(race.texts[i]);
        race.lists[i] = (haetae_keys){&race.names[i], 1, race.rooms[i], sizeof race.rooms[i]};
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, use_each_list, &race), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_barrier_destroy(&race.barrier);
    collect(&f, &all);
    assert_int_equal(point_count(&all, "c"), LISTS);
    assert_int_equal(int_total(&all, "c"), LISTS * THREADS * 2);
    for (int i = 0; i < LISTS; i++) {
        char attributes[24];

        snprintf(attributes, sizeof attributes, "k%d=text", i);
        assert_int_equal(find_point(&all, "c", attributes)->as_int, THREADS * 2);
        for (int j = 0; j < i; j++) {
            assert_int_not_equal(hae_key_list_number(&race.lists[i]),
                                 hae_key_list_number(&race.lists[j]));
        }
    }
    collection_done(&all, &f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_records_into_the_series_of_its_attributes),
        cmocka_unit_test(sets_are_the_same_when_their_attributes_are),
        cmocka_unit_test(instruments_do_not_share_what_is_cached),
        cmocka_unit_test(lists_that_are_not_prepared_record_the_same),
        cmocka_unit_test(values_without_partners_are_left_out_and_counted),
        cmocka_unit_test(objects_keep_copies_and_refuse_what_cannot_be_prepared),
        cmocka_unit_test(threads_may_use_a_list_first_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
