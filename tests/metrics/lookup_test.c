/* SPDX-License-Identifier: Apache-2.0 */
/* The quick way to a series: a set that was recorded before is found in the lane's cache, so that
 * the long way is not taken again. Linked with --wrap, which counts it. */
#include "metrics/fixture.h"

#include <stdio.h>

#include "metrics/lookup.h"
#include "metrics/place.h"
#include "metrics/series.h"
#include "metrics/views.h"

enum { CALLS = 1000 };

static unsigned place_count;  /* long ways                        */
static unsigned series_count; /* look-ups in the table of series  */

struct hae_place __real_hae_place_find(const struct hae_stream *stream, struct hae_entry entry,
                                       const haetae_attribute *attributes, size_t count);
struct hae_place __wrap_hae_place_find(const struct hae_stream *stream, struct hae_entry entry,
                                       const haetae_attribute *attributes, size_t count);
struct hae_series *__real_hae_series_find(const struct hae_stream *stream,
                                          const haetae_attribute *attributes, size_t count);
struct hae_series *__wrap_hae_series_find(const struct hae_stream *stream,
                                          const haetae_attribute *attributes, size_t count);

struct hae_place __wrap_hae_place_find(const struct hae_stream *stream, struct hae_entry entry,
                                       const haetae_attribute *attributes, size_t count)
{
    place_count++;
    return __real_hae_place_find(stream, entry, attributes, count);
}

struct hae_series *__wrap_hae_series_find(const struct hae_stream *stream,
                                          const haetae_attribute *attributes, size_t count)
{
    series_count++;
    return __real_hae_series_find(stream, attributes, count);
}

static void reset(void)
{
    place_count = series_count = 0;
}

/* Each kind of value, keys and text of each length that is compared in a way of its own. Hashes
 * depend on where streams lie: with these values no three sets fall on one place of the cache. */
static size_t fill_set(haetae_attribute *set, int variant)
{
    size_t count = 0;

    set[count++] = HAETAE_ATTR("k", variant);
    set[count++] = HAETAE_ATTR("key5", "abc");
    set[count++] = HAETAE_ATTR("key.of.ten", "twelve.bytes");
    set[count++] =
        HAETAE_ATTR("a.key.of.more.than.sixteen", "text that is longer than sixteen bytes");
    set[count++] = haetae_attribute_of("real", haetae_value_double(1.5 + variant));
    set[count++] = haetae_attribute_of("flag", haetae_value_bool(variant % 2 == 0));
    return count;
}

static void set_that_was_seen_is_found_in_the_cache(void **state)
{
    enum { SETS = 4 };
    haetae_attribute sets[SETS][8];
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_DOUBLE);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    for (int call = 0; call < CALLS; call++) {
        if (call == 1) {
            assert_int_equal(place_count, 3 * SETS); /* the first time */
            assert_int_equal(series_count, 3 * SETS);
            reset();
        }
        for (int i = 0; i < SETS; i++) {
            size_t count = fill_set(sets[i], i);

            haetae_counter_add(counter, 1, sets[i], count);
            haetae_gauge_record_double(gauge, i, sets[i], count);
            haetae_histogram_record_double(histogram, i, sets[i], count);
        }
    }
    assert_int_equal(place_count, 0);
    assert_int_equal(series_count, 0);
    fixture_done(&f);
}

static void no_attributes_and_each_order_are_found_in_the_cache(void **state)
{
    haetae_attribute one = HAETAE_ATTR("one", 1), two = HAETAE_ATTR("two", "2");
    const haetae_attribute orders[2][2] = {{one, two}, {two, one}};
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int call = 0; call < CALLS; call++) {
        if (call == 1) {
            reset();
        }
        haetae_counter_add(counter, 1, NULL, 0);
        haetae_counter_add(counter, 1, orders[0], 2);
        haetae_counter_add(counter, 1, orders[1], 2);
    }
    assert_int_equal(place_count, 0);
    assert_int_equal(collected_int(&f, "c", "one=1,two=2"), 2 * CALLS);
    fixture_done(&f);
}

/* By the number of a list of keys, after the first time; and in another order than the series has,
 * as attributes. */
static void keys_and_values_are_found_in_the_cache(void **state)
{
    HAETAE_KEYS(keys, "one", "a.key.of.more.than.sixteen");
    HAETAE_KEYS(turned, "a.key.of.more.than.sixteen", "one");
    static const char *const text = "text that is longer than sixteen bytes";
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    for (int call = 0; call < CALLS; call++) {
        if (call == 1) {
            reset();
        }
        haetae_counter_add_keyed(counter, 1, &keys, HAETAE_VALUES(1, text));
        haetae_counter_add_keyed(counter, 1, &turned, HAETAE_VALUES(text, 1));
        haetae_histogram_record_double_keyed(histogram, 1, &keys, HAETAE_VALUES(1, text));
    }
    assert_int_equal(place_count, 0);
    assert_int_equal(series_count, 0);
    assert_int_equal(collected_point_count(&f, "c"), 1);
    fixture_done(&f);
}

/* Also by the general way, which a filter takes. */
static void filtered_set_is_found_in_the_cache(void **state)
{
    static const haetae_string keys[] = {{"k", 1}};
    static const struct hae_key_filter filter = {.keys = keys, .key_count = 1};
    struct views views = {.count = 1, .view = {{.filter = &filter}}};
    haetae_attribute set[8];
    struct fixture f;

    (void)state;
    fixture_init_views(&f, 0, &views);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int call = 0; call < CALLS; call++) {
        if (call == 1) {
            reset();
        }
        haetae_counter_add(counter, 1, set, fill_set(set, 0));
    }
    assert_int_equal(place_count, 0);
    assert_int_equal(collected_int(&f, "c", "k=0"), CALLS);
    fixture_done(&f);
}

/* The cache has no place for these: the long way finds them all the same. */
static void set_that_the_cache_does_not_take_goes_the_long_way(void **state)
{
    enum { MANY = 17 };
    static char keys[MANY][16];
    haetae_attribute set[MANY];
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int i = 0; i < MANY; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        set[i] = HAETAE_ATTR(keys[i], i);
    }
    reset();
    for (int call = 0; call < 3; call++) {
        haetae_counter_add(counter, 1, set, MANY);
    }
    assert_int_equal(place_count, 3);
    assert_int_equal(collected_point_count(&f, "c"), 1);
    fixture_done(&f);
}

/* ---- Sets whose hashes are equal ------------------------------------------------------------- */

static const struct hae_series *series_of(struct fixture *f, haetae_counter *counter,
                                          const haetae_attribute *attribute)
{
    struct hae_stream_data *data = counter->instrument.first.data;

    haetae_counter_add(counter, 1, attribute, 1);
    return hae_ref_at(f->recorder->region, hae_series_ref(atomic_load(&data->series)));
}

/* Whether the comparisons after the hash take a set for the one of a series. */
static bool taken_for(struct fixture *f, const struct hae_series *series,
                      const haetae_attribute *attribute)
{
    struct hae_region *region = f->recorder->region;
    struct hae_quick quick = {.hash = 0};
    bool same;

    assert_true(hae_quick_read(series->stream, attribute, 1, &quick));
    same = hae_same_as_kept(hae_ref_at(region, series->kept),
                            hae_ref_at(region, series->attributes), attribute, 1, &quick);
    assert_int_equal(hae_plain_same(region, series, attribute, 1), same);
    return same;
}

/* A hash of 64 bits may be that of another set, so each byte is compared. */
static void set_that_differs_in_one_byte_is_another_one(void **state)
{
    enum { LONGEST = 40 };
    char key[LONGEST + 1], value[LONGEST + 1];
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    memset(key, 'k', sizeof key);
    memset(value, 'v', sizeof value);
    for (size_t length = 1; length <= LONGEST; length++) {
        haetae_attribute attribute = {{key, length}, haetae_value_text(value, length)};
        const struct hae_series *series = series_of(&f, counter, &attribute);

        assert_true(taken_for(&f, series, &attribute));
        for (size_t i = 0; i < length; i++) {
            value[i] = 'x';
            assert_false(taken_for(&f, series, &attribute));
            value[i] = 'v';
            key[i] = 'x';
            assert_false(taken_for(&f, series, &attribute));
            key[i] = 'k';
        }
        attribute.value.as.string.length--;
        assert_false(taken_for(&f, series, &attribute));
        attribute.value.as.string.length += 2;
        assert_false(taken_for(&f, series, &attribute));
        attribute.value.as.string.length--;
        attribute.key.length++;
        assert_false(taken_for(&f, series, &attribute));
    }
    fixture_done(&f);
}

static void number_of_another_type_is_another_one(void **state)
{
    haetae_attribute integer = HAETAE_ATTR("n", 1);
    haetae_attribute flag = haetae_attribute_of("n", haetae_value_bool(true));
    haetae_attribute real = integer;
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    real.value.type = HAETAE_VALUE_DOUBLE; /* the same bits */
    const struct hae_series *series = series_of(&f, counter, &integer);
    assert_true(taken_for(&f, series, &integer));
    assert_false(taken_for(&f, series, &flag));
    assert_false(taken_for(&f, series, &real));
    integer.value.as.int64 = 2;
    assert_false(taken_for(&f, series, &integer));
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_that_was_seen_is_found_in_the_cache),
        cmocka_unit_test(no_attributes_and_each_order_are_found_in_the_cache),
        cmocka_unit_test(keys_and_values_are_found_in_the_cache),
        cmocka_unit_test(filtered_set_is_found_in_the_cache),
        cmocka_unit_test(set_that_the_cache_does_not_take_goes_the_long_way),
        cmocka_unit_test(set_that_differs_in_one_byte_is_another_one),
        cmocka_unit_test(number_of_another_type_is_another_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
