/* SPDX-License-Identifier: Apache-2.0 */
/* Limits on values and lists, and invalid arguments. */
#include "support/core_fixture.h"
#include "wire/attribute.h"
#include "wire/reader.h"

enum { FIELD = 9, CAPACITY = 4096 };

static struct hae_value_limits cut_at(size_t length)
{
    struct hae_value_limits limits = HAE_NO_LIMITS;

    limits.length = length;
    return limits;
}

/* The AnyValue inside FIELD, of a value that was cut to `limit`. */
static size_t put(const haetae_value *value, size_t limit, uint8_t *to)
{
    struct hae_sink sink = hae_sink_over(to, CAPACITY);
    struct hae_reader reader;
    struct hae_field field;
    size_t measured = 0;

    assert_int_equal(hae_put_value(&sink, FIELD, value, cut_at(limit)), HAE_PUT_OK);
    reader = hae_reader_over(to, (size_t)(sink.at - to));
    assert_true(hae_read_field(&reader, &field));
    assert_ptr_equal(reader.at, sink.at);
    assert_int_equal(hae_value_size(value, cut_at(limit), &measured), HAE_PUT_OK);
    assert_int_equal(measured, field.size_bytes);
    memmove(to, field.data, field.size_bytes);
    return measured;
}

static void check_same(const haetae_value *limited, size_t limit, const haetae_value *expected)
{
    uint8_t a[CAPACITY];
    uint8_t b[CAPACITY];
    size_t size = put(limited, limit, a);

    assert_int_equal(put(expected, HAE_NO_LIMIT, b), size);
    assert_memory_equal(a, b, size);
}

static void values_are_cut_at_every_depth(void **state)
{
    haetae_value long_items[] = {haetae_value_string("abcdef"), haetae_value_bytes("\1\2\3\4", 4),
                                 haetae_value_int64(123456)};
    haetae_value cut_items[] = {haetae_value_string("abc"), haetae_value_bytes("\1\2\3", 3),
                                haetae_value_int64(123456)};
    haetae_attribute long_map[] = {
        {{"long key", 8}, haetae_value_array(long_items, 3)},
        {{"s", 1}, haetae_value_string("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9")}};
    haetae_attribute cut_map[] = {{{"long key", 8}, haetae_value_array(cut_items, 3)},
                                  {{"s", 1}, haetae_value_string("\xC3\xA9\xC3\xA9\xC3\xA9")}};
    haetae_value limited = haetae_value_map(long_map, 2);
    haetae_value expected = haetae_value_map(cut_map, 2);

    (void)state;
    check_same(&limited, 3, &expected); /* keys are not cut */
    check_same(&limited, HAE_NO_LIMIT, &limited);
    check_same(&long_items[0], 6, &long_items[0]);
    check_same(&long_items[1], 4, &long_items[1]);
}

static void attribute_values_are_cut_and_keys_are_not(void **state)
{
    static const char text[] = "0123456789";
    uint8_t written[2][64];

    (void)state;
    for (size_t limit = 0; limit <= 11; limit++) {
        haetae_attribute given = {{"a key of its own", 16}, haetae_value_string(text)};
        haetae_attribute cut = {{"a key of its own", 16},
                                haetae_value_text(text, limit < 10 ? limit : 10)};
        struct hae_sink sinks[2] = {hae_sink_over(written[0], 64), hae_sink_over(written[1], 64)};

        assert_int_equal(hae_put_attribute(&sinks[0], FIELD, &given, cut_at(limit)), HAE_PUT_OK);
        assert_int_equal(hae_put_attribute(&sinks[1], FIELD, &cut, HAE_NO_LIMITS), HAE_PUT_OK);
        assert_int_equal(sinks[0].at - written[0], sinks[1].at - written[1]);
        assert_memory_equal(written[0], written[1], (size_t)(sinks[0].at - written[0]));
    }
}

/* ---- Depth -------------------------------------------------------------------------- */

/* `value` in arrays and maps by turns: levels `first` to `last` - 1, from the inside. */
static haetae_value nest(haetae_value value, int first, int last, haetae_value *values,
                         haetae_attribute *attributes)
{
    for (int i = first; i < last; i++) {
        values[i] = value;
        attributes[i] = haetae_attribute_of("k", value);
        value =
            i % 2 == 0 ? haetae_value_array(&values[i], 1) : haetae_value_map(&attributes[i], 1);
    }
    return value;
}

static void values_nest_64_deep_and_what_is_deeper_is_empty(void **state)
{
    enum { DEEPEST = HAETAE_VALUE_DEPTH_MAX + 8 };
    static haetae_value values[2][DEEPEST];
    static haetae_attribute attributes[2][DEEPEST];
    uint8_t bytes[CAPACITY];

    (void)state;
    assert_int_equal(HAETAE_VALUE_DEPTH_MAX, 64);
    for (int depth = 1; depth <= DEEPEST; depth++) {
        bool too_deep = depth > HAETAE_VALUE_DEPTH_MAX;
        haetae_value seven = haetae_value_int64(7);
        haetae_value given = nest(seven, 0, depth, values[0], attributes[0]);
        haetae_value expected =
            nest(too_deep ? haetae_value_empty() : seven,
                 too_deep ? depth - HAETAE_VALUE_DEPTH_MAX : 0, depth, values[1], attributes[1]);
        size_t size = put(&given, HAE_NO_LIMIT, bytes);

        check_same(&given, HAE_NO_LIMIT, &expected);
        assert_int_equal(memmem(bytes, size, "\x18\x07", 2) == NULL, too_deep); /* the 7 */
    }
}

static void depth_limit_can_be_lower(void **state)
{
    haetae_value values[2][8];
    haetae_attribute attributes[2][8];
    uint8_t bytes[2][CAPACITY];

    (void)state;
    for (uint32_t limit = 0; limit < 8; limit++) {
        struct hae_value_limits limits = HAE_NO_LIMITS;
        haetae_value given = nest(haetae_value_int64(7), 0, 8, values[0], attributes[0]);
        haetae_value expected =
            nest(haetae_value_empty(), 8 - (int)limit, 8, values[1], attributes[1]);
        struct hae_sink sinks[2] = {hae_sink_over(bytes[0], CAPACITY),
                                    hae_sink_over(bytes[1], CAPACITY)};

        limits.depth = limit;
        assert_int_equal(hae_put_value(&sinks[0], FIELD, &given, limits), HAE_PUT_OK);
        assert_int_equal(hae_put_value(&sinks[1], FIELD, &expected, HAE_NO_LIMITS), HAE_PUT_OK);
        assert_int_equal(sinks[0].at - bytes[0], sinks[1].at - bytes[1]);
        assert_memory_equal(bytes[0], bytes[1], (size_t)(sinks[0].at - bytes[0]));
    }
}

/* An array that contains itself is endless. */
static void endless_value_is_cut(void **state)
{
    haetae_value endless = haetae_value_int64(0);
    haetae_attribute in_map;
    uint8_t bytes[CAPACITY];

    (void)state;
    endless = haetae_value_array(&endless, 1);
    assert_true(put(&endless, HAE_NO_LIMIT, bytes) <= 64 * 8);
    in_map.key = haetae_string_of("k");
    in_map.value = haetae_value_map(&in_map, 1);
    assert_true(put(&in_map.value, HAE_NO_LIMIT, bytes) <= 64 * 16);
}

/* What contains itself twice doubles with each level: more than any memory, and any time. */
static void value_that_doubles_is_refused(void **state)
{
    haetae_value doubling[2];
    haetae_attribute pairs[2] = {HAETAE_ATTR("a", 1), HAETAE_ATTR("b", 2)};
    haetae_value vanishing[2];
    struct hae_value_limits limits = HAE_NO_LIMITS;
    uint8_t memory[CAPACITY];
    struct hae_sink sink = hae_sink_over(memory, sizeof memory);
    haetae_attribute attribute;
    size_t size;

    (void)state;
    limits.size_bytes = CAPACITY;
    doubling[0] = doubling[1] = haetae_value_array(doubling, 2);
    pairs[0].value = pairs[1].value = haetae_value_map(pairs, 2);
    /* Of each array nothing is left, for an invalid length: so no size bounds it. */
    vanishing[0] = haetae_value_array(vanishing, 2);
    vanishing[1] = haetae_value_array(vanishing, SIZE_MAX);
    for (int i = 0; i < 2; i++) {
        attribute = haetae_attribute_of("k", i == 0 ? doubling[0] : pairs[0].value);
        assert_int_equal(hae_value_size(&attribute.value, limits, &size), HAE_PUT_FULL);
        assert_int_equal(hae_put_attribute(&sink, FIELD, &attribute, limits), HAE_PUT_FULL);
        assert_int_equal(hae_put_value(&sink, FIELD, &attribute.value, limits), HAE_PUT_FULL);
    }
    assert_ptr_equal(sink.at, memory);
    (void)hae_value_size(&vanishing[0], limits, &size);
}

/* Many items that share one text: the sum wraps where sizes have 32 bits. */
static void sum_above_the_limit_is_refused(void **state)
{
    enum { ITEMS = 70000 };
    static char text[65536];
    haetae_value *items = calloc(ITEMS, sizeof *items);
    haetae_value array = haetae_value_array(items, ITEMS);
    size_t size;

    (void)state;
    assert_non_null(items);
    memset(text, 'x', sizeof text);
    for (int i = 0; i < ITEMS; i++) {
        items[i] = haetae_value_text(text, sizeof text);
    }
    assert_int_equal(hae_value_size(&array, HAE_NO_LIMITS, &size), HAE_PUT_FULL);
    free(items);
}

/* ---- Lists ---------------------------------------------------------------------------- */

/* The keys of a list, one letter each, as they are written. */
static void check_list(const haetae_attribute *attributes, size_t count, uint32_t count_max,
                       size_t room, const char *expected, uint32_t expected_dropped)
{
    struct hae_limits limits = {count_max, HAE_NO_LIMITS};
    uint8_t memory[CAPACITY];
    struct hae_sink sink = hae_sink_over(memory, room);
    struct hae_reader reader;
    struct hae_field field;
    uint32_t dropped = 100;
    char keys[64] = "";
    size_t length = 0;

    hae_put_attributes(&sink, FIELD, attributes, count, &limits, &dropped);
    reader = hae_reader_over(memory, (size_t)(sink.at - memory));
    while (hae_read_field(&reader, &field)) {
        assert_int_equal(field.number, FIELD);
        assert_int_equal(field.data[0], 0x0A); /* the key first, of one byte */
        assert_int_equal(field.data[1], 1);
        keys[length++] = (char)field.data[2];
    }
    assert_ptr_equal(reader.at, reader.end);
    assert_string_equal(keys, expected);
    assert_int_equal(dropped, 100 + expected_dropped);
}

static void list_keeps_the_later_of_equal_keys_and_the_first_up_to_the_limit(void **state)
{
    haetae_attribute plain[] = {HAETAE_ATTR("a", 1), HAETAE_ATTR("b", 2), HAETAE_ATTR("c", 3),
                                HAETAE_ATTR("d", 4)};
    haetae_attribute twice[] = {HAETAE_ATTR("a", 1), HAETAE_ATTR("b", 2), HAETAE_ATTR("a", 3),
                                HAETAE_ATTR("a", 4), HAETAE_ATTR("c", 5)};
    uint32_t none = UINT32_MAX;

    (void)state;
    check_list(plain, 4, none, CAPACITY, "abcd", 0);
    check_list(plain, 4, 4, CAPACITY, "abcd", 0);
    check_list(plain, 4, 3, CAPACITY, "abc", 1);
    check_list(plain, 4, 0, CAPACITY, "", 4);
    check_list(plain, 0, none, CAPACITY, "", 0);
    check_list(twice, 5, none, CAPACITY, "bac", 0);
    check_list(twice, 5, 2, CAPACITY, "ba", 1);
    check_list(twice, 3, none, CAPACITY, "ba", 0);
    /* Nine bytes each: 1 tag, 1 length, 3 key, 4 value. */
    check_list(plain, 4, none, 9 * 3 + 8, "abc", 1);
    check_list(plain, 4, none, 0, "", 4);
    assert_true(hae_attribute_is_duplicate(twice, 5, 0));
    assert_false(hae_attribute_is_duplicate(twice, 5, 1));
    assert_true(hae_attribute_is_duplicate(twice, 5, 2));
    assert_false(hae_attribute_is_duplicate(twice, 5, 3));
    assert_false(hae_attribute_is_duplicate(twice, 3, 2));
}

static void map_keeps_the_later_of_equal_keys(void **state)
{
    haetae_attribute twice[] = {HAETAE_ATTR("a", 1), HAETAE_ATTR("b", 2), HAETAE_ATTR("a", 3)};
    haetae_attribute once[] = {HAETAE_ATTR("b", 2), HAETAE_ATTR("a", 3)};
    haetae_value given = haetae_value_map(twice, 3);
    haetae_value expected = haetae_value_map(once, 2);

    (void)state;
    check_same(&given, HAE_NO_LIMIT, &expected);
}

static void ill_formed_keys_that_are_recorded_the_same_count_as_one(void **state)
{
    static const char *const keys[] = {"k\xFF", "k\xFE", "k\xEF\xBF\xBD", "k\xE2\x82"};

    (void)state;
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
            haetae_attribute twice[] = {haetae_attribute_of(keys[i], haetae_value_int64(1)),
                                        HAETAE_ATTR("kx", 2),
                                        haetae_attribute_of(keys[j], haetae_value_int64(3))};
            haetae_value given = haetae_value_map(twice, 3);
            haetae_value expected = haetae_value_map(twice + 1, 2);

            check_same(&given, HAE_NO_LIMIT, &expected);
        }
    }
    assert_false(hae_text_same(haetae_string_of("\xFF"), haetae_string_of("\xFF\xFF")));
    assert_false(hae_text_same(haetae_string_of("a\xFFz"), haetae_string_of("a\xFFy")));
    assert_true(hae_text_same(haetae_string_of("a\xFFz"), haetae_string_of("a\xC0z")));
    assert_true(hae_text_same((haetae_string){NULL, 9}, haetae_string_of("")));
    assert_false(hae_text_same((haetae_string){"a", SIZE_MAX}, haetae_string_of("a")));
}

/* ---- What can't be meant -------------------------------------------------------------- */

static void check_invalid(const haetae_attribute *attribute)
{
    uint8_t memory[256];
    struct hae_sink sink = hae_sink_over(memory, sizeof memory);
    haetae_attribute twice[2] = {*attribute, *attribute};
    haetae_attribute pairs[3] = {HAETAE_ATTR("a", 1), *attribute, HAETAE_ATTR("b", 2)};
    haetae_attribute kept[2] = {HAETAE_ATTR("a", 1), HAETAE_ATTR("b", 2)};
    haetae_value items[2] = {attribute->value, HAETAE_VALUE(3)};
    haetae_value kept_items[2] = {haetae_value_empty(), HAETAE_VALUE(3)};
    haetae_value map = haetae_value_map(pairs, 3);
    haetae_value array = haetae_value_array(items, 2);
    haetae_value kept_map = haetae_value_map(kept, 2);
    haetae_value kept_array = haetae_value_array(kept_items, 2);
    struct hae_limits limits = {UINT32_MAX, HAE_NO_LIMITS};
    uint32_t dropped = 0;
    size_t size;

    assert_int_equal(hae_put_attribute(&sink, FIELD, attribute, HAE_NO_LIMITS), HAE_PUT_INVALID);
    assert_int_equal(hae_put_attribute(&sink, FIELD, attribute, cut_at(3)), HAE_PUT_INVALID);
    assert_int_equal(hae_attribute_size(attribute, HAE_NO_LIMITS, &size), HAE_PUT_INVALID);
    hae_put_attributes(&sink, FIELD, twice, 2, &limits, &dropped);
    assert_true(dropped >= 1);
    assert_ptr_equal(sink.at, memory);
    /* In a map only the pair is left out; in an array the item is empty. */
    check_same(&map, HAE_NO_LIMIT, &kept_map);
    if (hae_value_size(&attribute->value, HAE_NO_LIMITS, &size) == HAE_PUT_INVALID) {
        assert_int_equal(hae_put_value(&sink, FIELD, &attribute->value, HAE_NO_LIMITS),
                         HAE_PUT_INVALID);
        check_same(&array, HAE_NO_LIMIT, &kept_array);
    }
    assert_ptr_equal(sink.at, memory);
}

static void invalid_lengths_and_empty_keys_are_refused(void **state)
{
    static const size_t invalid[] = {(size_t)PTRDIFF_MAX + 1, SIZE_MAX - 10, SIZE_MAX - 1,
                                     SIZE_MAX};
    haetae_value five = haetae_value_int64(5);
    haetae_attribute list[] = {HAETAE_ATTR("x", 1)};

    (void)state;
    check_invalid(&(haetae_attribute){{"", 0}, five});
    check_invalid(&(haetae_attribute){{NULL, 0}, five});
    check_invalid(&(haetae_attribute){{NULL, 5}, five});
    for (int i = 0; i < 4; i++) {
        check_invalid(&(haetae_attribute){{"key", invalid[i]}, five});
        check_invalid(&(haetae_attribute){{"key", invalid[i]}, haetae_value_text("text", 4)});
        check_invalid(&(haetae_attribute){{"key", 3}, haetae_value_text("text", invalid[i])});
        check_invalid(&(haetae_attribute){{"key", 3}, haetae_value_bytes("text", invalid[i])});
        check_invalid(&(haetae_attribute){{"key", 3}, haetae_value_array(&five, invalid[i])});
        check_invalid(&(haetae_attribute){{"key", 3}, haetae_value_map(list, invalid[i])});
    }
    check_invalid(&(haetae_attribute){
        {"key", 3}, haetae_value_array(&five, (size_t)PTRDIFF_MAX / sizeof five + 1)});
    check_invalid(&(haetae_attribute){
        {"key", 3}, haetae_value_map(list, (size_t)PTRDIFF_MAX / sizeof *list + 1)});
}

static void valid_ones_among_invalid_ones_are_kept(void **state)
{
    haetae_attribute list[] = {HAETAE_ATTR("a", 1),
                               {{"key", SIZE_MAX}, haetae_value_int64(1)},
                               {{"key", SIZE_MAX}, haetae_value_int64(2)},
                               HAETAE_ATTR("b", 2),
                               {{"t", 1}, haetae_value_text("x", SIZE_MAX)},
                               HAETAE_ATTR("c", 3)};

    (void)state;
    check_list(list, 6, 3, CAPACITY, "abc", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_cut_at_every_depth),
        cmocka_unit_test(attribute_values_are_cut_and_keys_are_not),
        cmocka_unit_test(values_nest_64_deep_and_what_is_deeper_is_empty),
        cmocka_unit_test(depth_limit_can_be_lower),
        cmocka_unit_test(endless_value_is_cut),
        cmocka_unit_test(value_that_doubles_is_refused),
        cmocka_unit_test(sum_above_the_limit_is_refused),
        cmocka_unit_test(ill_formed_keys_that_are_recorded_the_same_count_as_one),
        cmocka_unit_test(list_keeps_the_later_of_equal_keys_and_the_first_up_to_the_limit),
        cmocka_unit_test(map_keeps_the_later_of_equal_keys),
        cmocka_unit_test(invalid_lengths_and_empty_keys_are_refused),
        cmocka_unit_test(valid_ones_among_invalid_ones_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
