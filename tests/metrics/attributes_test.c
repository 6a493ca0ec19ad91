/* SPDX-License-Identifier: Apache-2.0 */
/* Which attribute sets are the same, and which are not. */
#include "metrics/fixture.h"

#include <stdio.h>
#include <string.h>

#include "metrics/attribute_set.h"
#include "metrics/plain.h"

static void the_order_of_attributes_does_not_matter(void **state)
{
    static const uint8_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    haetae_attribute set[3] = {HAETAE_ATTR("method", "GET"), HAETAE_ATTR("route", "/rides/{id}"),
                               HAETAE_ATTR("status", 200)};
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    /* Each order twice: looked up, and then found in the lane's cache. */
    for (int i = 0; i < 12; i++) {
        const uint8_t *order = orders[i / 2];
        haetae_attribute shuffled[3] = {set[order[0]], set[order[1]], set[order[2]]};

        haetae_counter_add(counter, 1, shuffled, 3);
    }
    assert_int_equal(collected_int(&f, "c", "method=GET,route=/rides/{id},status=200"), 12);
    assert_int_equal(collected_point_count(&f, "c"), 1);
    fixture_done(&f);
}

static void the_later_of_equal_keys_wins(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int i = 0; i < 2; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("k", 1), HAETAE_ATTR("k", 2)));
        haetae_counter_add(
            counter, 10,
            HAETAE_ATTRS(HAETAE_ATTR("k", 2), HAETAE_ATTR("k", 1), HAETAE_ATTR("k", 2)));
        haetae_counter_add(counter, 100, HAETAE_ATTRS(HAETAE_ATTR("k", 2)));
    }
    assert_int_equal(collected_int(&f, "c", "k=2"), 222);
    assert_int_equal(collected_point_count(&f, "c"), 1);
    fixture_done(&f);
}

static void values_of_different_types_differ(void **state)
{
    const uint8_t one = '1';
    haetae_value items[2] = {haetae_value_int64(1), haetae_value_string("1")};
    haetae_attribute entry = HAETAE_ATTR("a", 1);
    haetae_attribute sets[] = {
        HAETAE_ATTR("k", "1"),
        haetae_attribute_of("k", haetae_value_bool(true)),
        HAETAE_ATTR("k", 1),
        HAETAE_ATTR("k", 1.0),
        haetae_attribute_of("k", haetae_value_bytes(&one, 1)),
        haetae_attribute_of("k", haetae_value_array(items, 1)),
        haetae_attribute_of("k", haetae_value_array(items, 2)),
        haetae_attribute_of("k", haetae_value_array(items + 1, 1)),
        haetae_attribute_of("k", haetae_value_map(&entry, 1)),
        haetae_attribute_of("k", haetae_value_map(&entry, 0)),
        haetae_attribute_of("k", haetae_value_empty()),
        HAETAE_ATTR("k", ""),
        haetae_attribute_of("k", haetae_value_bool(false)),
        HAETAE_ATTR("k", 0),
        HAETAE_ATTR("k", -1),
        HAETAE_ATTR("k", 0.0),
        HAETAE_ATTR("k", -0.0),
        HAETAE_ATTR("K", "1"),
        HAETAE_ATTR("kk", "1"),
    };
    size_t count = sizeof sets / sizeof sets[0];
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < count; i++) {
            haetae_counter_add(counter, 1, &sets[i], 1);
        }
    }
    collect(&f, &all);
    assert_int_equal(point_count(&all, "c"), count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(all.metrics[0]->sum->data_points[i]->as_int, 3);
    }
    assert_int_equal(find_point(&all, "c", "k=array of 2")->as_int, 3);
    assert_int_equal(find_point(&all, "c", "k=empty")->as_int, 3);
    collection_done(&all, &f);
}

/* Scalars and text go the plain way, all else the other; both must agree when one set
 * has values of both. */
static void sets_with_arrays_and_maps_are_found_again_in_any_order(void **state)
{
    haetae_value items[3] = {haetae_value_string("x"), haetae_value_double(0.5),
                             haetae_value_string("y")};
    haetae_attribute inner[2] = {HAETAE_ATTR("b", 2), HAETAE_ATTR("a", "text")};
    haetae_attribute set[3] = {haetae_attribute_of("array", haetae_value_array(items, 3)),
                               haetae_attribute_of("map", haetae_value_map(inner, 2)),
                               HAETAE_ATTR("plain", "value")};
    haetae_attribute turned[3] = {set[2], set[0], set[1]};
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 1, set, 3);
    haetae_counter_add(counter, 2, turned, 3);
    assert_int_equal(collected_int(&f, "c", "array=array of 3,map=map of 2,plain=value"), 3);
    items[2] = haetae_value_string("z");
    haetae_counter_add(counter, 4, turned, 3);
    assert_int_equal(collected_point_count(&f, "c"), 2);
    fixture_done(&f);
}

static haetae_attribute with_bytes(haetae_string key, const char *value, size_t length)
{
    haetae_attribute attribute = {key, haetae_value_text(value, length)};

    return attribute;
}

static void text_that_repairs_to_the_same_is_one_series(void **state)
{
    haetae_string key = haetae_string_of("k");
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_attribute bad[4] = {
        with_bytes(key, "long enough text \xFF end", 22),
        with_bytes(key, "long enough text \xFE end", 22),
        with_bytes(key, "long enough text \xE2\x82 end", 23),
        with_bytes(key, "long enough text \xEF\xBF\xBD end", 24), /* repaired already */
    };
    for (int i = 0; i < 8; i++) {
        haetae_counter_add(counter, 1, &bad[i % 4], 1);
    }
    assert_int_equal(collected_int(&f, "c", "k=long enough text \xEF\xBF\xBD end"), 8);
    assert_int_equal(collected_point_count(&f, "c"), 1);
    fixture_done(&f);
}

static void keys_that_repair_to_the_same_are_equal(void **state)
{
    haetae_attribute set[3] = {HAETAE_ATTR("key-\xFF", 1), HAETAE_ATTR("key-\xFE", 2),
                               HAETAE_ATTR("key-\xEF\xBF\xBD", 3)};
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 1, set, 3);
    haetae_counter_add(counter, 2, set + 2, 1);
    assert_int_equal(collected_int(&f, "c", "key-\xEF\xBF\xBD=3"), 3);
    haetae_counter_add(counter, 4, set, 2);
    haetae_counter_add(counter, 8, set + 1, 1);
    assert_int_equal(collected_int(&f, "c", "key-\xEF\xBF\xBD=2"), 12);
    assert_int_equal(collected_point_count(&f, "c"), 2);
    fixture_done(&f);
}

static void short_keys_that_need_repair_are_found_again(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("\xFF", 1)));
    haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("\xFE", 1)));
    haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("\xEF\xBF\xBD", 1)));
    haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("a\xFE", 1)));
    assert_int_equal(collected_int(&f, "c", "\xEF\xBF\xBD=1"), 3);
    assert_int_equal(collected_int(&f, "c", "a\xEF\xBF\xBD=1"), 1);
    fixture_done(&f);
}

static void invalid_attributes_are_left_out_and_counted(void **state)
{
    haetae_attribute set[4] = {HAETAE_ATTR("", 1), HAETAE_ATTR("k", "v"),
                               with_bytes(haetae_string_of("long"), "x", SIZE_MAX),
                               with_bytes((haetae_string){"x", SIZE_MAX}, "x", 1)};
    haetae_attribute null_key = {{NULL, 5}, haetae_value_int64(1)};
    haetae_attribute null_text = with_bytes(haetae_string_of("k"), NULL, 5);
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 1, set, 4);
    haetae_counter_add(counter, 2, set + 1, 1);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 1);
    haetae_counter_add(counter, 4, &null_key, 1);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 2);
    haetae_counter_add(counter, 8, &null_text, 1);
    haetae_counter_add(counter, 16, HAETAE_ATTRS(HAETAE_ATTR("k", "")));
    assert_int_equal(collected_int(&f, "c", "k=v"), 3);
    assert_int_equal(collected_int(&f, "c", ""), 4);
    assert_int_equal(collected_int(&f, "c", "k="), 24);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 2);
    fixture_done(&f);
}

static void sets_may_be_large_but_not_invalidly(void **state)
{
    static char keys[HAE_METRIC_ATTRIBUTES_MAX + 1][16];
    static char text[HAE_METRIC_ATTRIBUTES_SIZE_MAX];
    haetae_attribute set[HAE_METRIC_ATTRIBUTES_MAX + 1];
    haetae_bound_counter *bound = NULL;
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int i = 0; i <= HAE_METRIC_ATTRIBUTES_MAX; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        set[i] = HAETAE_ATTR(keys[i], i);
    }
    memset(text, 'x', sizeof text);
    haetae_counter_add(counter, 1, set, HAE_METRIC_ATTRIBUTES_MAX);
    haetae_counter_add(counter, 1, set, HAE_METRIC_ATTRIBUTES_MAX);
    haetae_attribute large = with_bytes(haetae_string_of("k"), text, 60000);
    haetae_counter_add(counter, 2, &large, 1);
    haetae_counter_add(counter, 2, &large, 1);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 0);

    haetae_counter_add(counter, 4, set, HAE_METRIC_ATTRIBUTES_MAX + 1);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 1);
    large.value.as.string.length = sizeof text;
    haetae_counter_add(counter, 4, &large, 1);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 2);
    assert_int_equal(haetae_counter_bind(counter, set, HAE_METRIC_ATTRIBUTES_MAX + 1, &bound),
                     HAETAE_EINVAL);
    assert_null(bound);

    collect(&f, &all);
    assert_int_equal(point_count(&all, "c"), 3);
    assert_int_equal(int_total(&all, "c"), 2 + 4 + 8);
    assert_int_equal(find_point(&all, "c", "otel.metric.overflow=true")->as_int, 8);
    collection_done(&all, &f);
}

/* Neither the count nor the size may be one more. */
static void sets_reach_their_limits_exactly(void **state)
{
    /* What goes on the wire beside the bytes: four tags with a length of 3 bytes, and the key. */
    enum { BESIDE = 3 * 4 + 3, LONGEST = HAE_METRIC_ATTRIBUTES_SIZE_MAX - BESIDE };
    static char keys[HAE_METRIC_ATTRIBUTES_MAX][16];
    static char text[LONGEST + 1];
    haetae_attribute set[HAE_METRIC_ATTRIBUTES_MAX];
    haetae_value item = haetae_value_int64(1);
    haetae_bound_counter *bound = NULL;
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int i = 0; i < HAE_METRIC_ATTRIBUTES_MAX; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        set[i] = HAETAE_ATTR(keys[i], i);
    }
    assert_int_equal(haetae_counter_bind(counter, set, HAE_METRIC_ATTRIBUTES_MAX, &bound),
                     HAETAE_OK);
    set[0].value = haetae_value_array(&item, 1); /* not plain: read by another way */
    haetae_counter_add(counter, 1, set, HAE_METRIC_ATTRIBUTES_MAX);
    assert_int_equal(collected_point_count(&f, "c"), 1); /* nothing was measured by the bound one */
    memset(text, 'x', sizeof text);
    haetae_attribute large = with_bytes(haetae_string_of("k"), text, LONGEST);
    haetae_counter_add(counter, 2, &large, 1);
    assert_int_equal(collected_point_count(&f, "c"), 2);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 0);
    large.value.as.string.length++;
    haetae_counter_add(counter, 4, &large, 1);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 1);
    assert_int_equal(collected_int(&f, "c", "otel.metric.overflow=true"), 4);
    fixture_done(&f);
}

/* A map in a map in a map … */
static void deep_values_are_found_again(void **state)
{
    haetae_attribute levels[12];
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    levels[0] = HAETAE_ATTR("leaf", "a text that is longer than any buffer would be "
                                    "if this were not written piece by piece, and longer still");
    for (int i = 1; i < 12; i++) {
        levels[i] = haetae_attribute_of("m", haetae_value_map(&levels[i - 1], 1));
    }
    for (int i = 0; i < 3; i++) {
        haetae_counter_add(counter, 1, &levels[5], 1);
        haetae_counter_add(counter, 10, &levels[11], 1);
    }
    assert_int_equal(collected_point_count(&f, "c"), 2);
    fixture_done(&f);
}

/* The hash is the same for equal sets, whichever way they are read. */
static void both_ways_to_read_a_plain_set_give_one_hash(void **state)
{
    char text[40];

    (void)state;
    for (size_t length = 0; length < sizeof text; length++) {
        struct hae_attribute_set set;
        uint64_t sum;

        memset(text, 'a' + (int)(length % 26), sizeof text);
        haetae_attribute attributes[4] = {
            with_bytes((haetae_string){text, length + 1 < 40 ? length + 1 : 40}, text, length),
            HAETAE_ATTR("int", -5), HAETAE_ATTR("real", 0.5),
            haetae_attribute_of("yes", haetae_value_bool(true))};
        assert_true(hae_plain_hash(attributes, 4, &sum));
        hae_attribute_set_read(attributes, 4, NULL, &set);
        assert_int_equal(set.sum, sum);
        assert_int_equal(set.kept_count, 4);
        assert_int_equal(set.invalid_count, 0);
    }
}

static void sets_that_are_alike_have_different_hashes(void **state)
{
    enum { COUNT = 4096 };
    static uint64_t seen[COUNT];
    char route[32];
    size_t equal = 0;

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        snprintf(route, sizeof route, "/users/%d/profile", i);
        assert_true(
            hae_plain_hash(HAETAE_ATTRS(HAETAE_ATTR("src", i / 64), HAETAE_ATTR("dst", i % 64),
                                        HAETAE_ATTR("route", route)),
                           &seen[i]));
        for (int j = 0; j < i; j++) {
            equal += seen[j] == seen[i];
        }
    }
    assert_int_equal(equal, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_of_attributes_does_not_matter),
        cmocka_unit_test(the_later_of_equal_keys_wins),
        cmocka_unit_test(values_of_different_types_differ),
        cmocka_unit_test(sets_with_arrays_and_maps_are_found_again_in_any_order),
        cmocka_unit_test(text_that_repairs_to_the_same_is_one_series),
        cmocka_unit_test(keys_that_repair_to_the_same_are_equal),
        cmocka_unit_test(short_keys_that_need_repair_are_found_again),
        cmocka_unit_test(invalid_attributes_are_left_out_and_counted),
        cmocka_unit_test(sets_may_be_large_but_not_invalidly),
        cmocka_unit_test(sets_reach_their_limits_exactly),
        cmocka_unit_test(deep_values_are_found_again),
        cmocka_unit_test(both_ways_to_read_a_plain_set_give_one_hash),
        cmocka_unit_test(sets_that_are_alike_have_different_hashes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
