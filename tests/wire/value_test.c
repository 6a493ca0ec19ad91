/* SPDX-License-Identifier: Apache-2.0 */
/* AnyValue and KeyValue against the bytes that the reference implementation writes. */
#include "wire/attribute.h"

#include <math.h>

#include "golden/golden.h"
#include "wire/split_sink.h"

enum { FIELD = 9, CAPACITY = 512 };

#define TEXT(literal) haetae_value_text(HAETAE_TEXT(literal))
#define INT(number)   haetae_value_int64(number)
#define REAL(number)  haetae_value_double(number)
#define BOOL(truth)   haetae_value_bool(truth)
#define EMPTY         haetae_value_empty()
#define COUNT(list)   (sizeof(list) / sizeof((list)[0]))
#define ARRAY(...)                                                                                 \
    haetae_value_array((const haetae_value[]){__VA_ARGS__},                                        \
                       COUNT(((const haetae_value[]){__VA_ARGS__})))
#define MAP(...)                                                                                   \
    haetae_value_map((const haetae_attribute[]){__VA_ARGS__},                                      \
                     COUNT(((const haetae_attribute[]){__VA_ARGS__})))
#define BYTES(literal)  haetae_value_bytes(literal, sizeof(literal) - 1)
#define KEY(key, value) haetae_attribute_of(key, value)

/* Writes FIELD around `body`; returns its size. */
static size_t wrap(const unsigned char *body, size_t size, uint8_t *to)
{
    uint8_t *at = to;

    *at++ = HAE_TAG(FIELD, HAE_WIRE_LENGTH);
    at = hae_put_varint(at, size);
    memcpy(at, body, size);
    return (size_t)(at - to) + size;
}

/* Writes into an area that just fits, into one that is a byte short, and into small areas
 * split at every place. */
static void check_value(const haetae_value *value, const unsigned char *golden, size_t size)
{
    static struct split_sink split;
    uint8_t expected[CAPACITY];
    uint8_t written[CAPACITY];
    size_t field_size = wrap(golden, size, expected);
    struct hae_sink sink = hae_sink_over(written, field_size);
    size_t measured = 0;

    assert_int_equal(hae_value_size(value, HAE_NO_LIMITS, &measured), HAE_PUT_OK);
    assert_int_equal(measured, size);
    assert_int_equal(hae_put_value(&sink, FIELD, value, HAE_NO_LIMITS), HAE_PUT_OK);
    assert_int_equal(hae_sink_room(&sink), 0);
    assert_memory_equal(written, expected, field_size);
    sink = hae_sink_over(written, field_size - 1);
    assert_int_equal(hae_put_value(&sink, FIELD, value, HAE_NO_LIMITS), HAE_PUT_FULL);
    assert_ptr_equal(sink.at, written);
    for (size_t first = 0; first <= field_size; first++) {
        split_begin(&split, first, 1 + first % 5, field_size);
        assert_int_equal(hae_put_value(&split.sink, FIELD, value, HAE_NO_LIMITS), HAE_PUT_OK);
        assert_int_equal(split_end(&split, written, sizeof written), field_size);
        assert_memory_equal(written, expected, field_size);
    }
}

#define CHECK(name, value)                                                                         \
    do {                                                                                           \
        haetae_value checked = (value);                                                            \
        check_value(&checked, golden_any_##name, sizeof golden_any_##name);                        \
    } while (0)

static void text_values_are_as_the_reference_writes_them(void **state)
{
    char xs[128];

    (void)state;
    memset(xs, 'x', sizeof xs);
    CHECK(string, TEXT("haetae"));
    CHECK(string_empty, TEXT(""));
    CHECK(string_empty, haetae_value_text(NULL, 5));
    CHECK(string_utf8, TEXT("\xED\x95\xB4\xED\x83\x9C \xF0\x9F\x94\xA5"));
    CHECK(string_with_nul, TEXT("a\0b"));
    CHECK(string_127, haetae_value_text(xs, 127));
    CHECK(string_128, haetae_value_text(xs, 128));
}

static void numbers_are_as_the_reference_writes_them(void **state)
{
    (void)state;
    CHECK(bool_true, BOOL(true));
    CHECK(bool_false, BOOL(false));
    CHECK(int_zero, INT(0));
    CHECK(int_127, INT(127));
    CHECK(int_128, INT(128));
    CHECK(int_minus_one, INT(-1));
    CHECK(int_min, INT(INT64_MIN));
    CHECK(int_max, INT(INT64_MAX));
    CHECK(int_max, haetae_value_uint64(UINT64_MAX));
    CHECK(double, REAL(1.5));
    CHECK(double_zero, REAL(0.0));
    CHECK(double_minus_zero, REAL(-0.0));
    CHECK(double_negative, REAL(-273.15));
    CHECK(double_min_subnormal, REAL(5e-324));
    CHECK(double_infinity, REAL((double)INFINITY));
    CHECK(double_minus_infinity, REAL(-(double)INFINITY));
    CHECK(double_nan, REAL(hae_double_from_bits(UINT64_C(0x7ff8000000000000))));
}

static void bytes_are_as_the_reference_writes_them(void **state)
{
    (void)state;
    CHECK(bytes, BYTES("\x00\x01\x7f\x80\xff"));
    CHECK(bytes_empty, BYTES(""));
    CHECK(bytes_empty, haetae_value_bytes(NULL, 9));
}

static void arrays_are_as_the_reference_writes_them(void **state)
{
    (void)state;
    CHECK(array_empty, haetae_value_array(NULL, 0));
    CHECK(array_empty, haetae_value_array(NULL, 3));
    CHECK(array_strings, ARRAY(TEXT("a"), TEXT(""), TEXT("ccc")));
    CHECK(array_bools, ARRAY(BOOL(true), BOOL(false)));
    CHECK(array_ints, ARRAY(INT(1), INT(-2), INT(300)));
    CHECK(array_doubles, ARRAY(REAL(0.5), REAL(-0.25)));
    CHECK(array_mixed, ARRAY(TEXT("a"), BOOL(true), INT(-2), REAL(0.5), BYTES("\xFF"), EMPTY));
    CHECK(array_nested, ARRAY(ARRAY(INT(1), INT(2)), haetae_value_array(NULL, 0),
                              ARRAY(TEXT("x"), ARRAY(TEXT("y")))));
}

static void maps_are_as_the_reference_writes_them(void **state)
{
    (void)state;
    CHECK(map_empty, haetae_value_map(NULL, 0));
    CHECK(map_empty, haetae_value_map(NULL, 3));
    CHECK(map, MAP(KEY("s", TEXT("v")), KEY("b", BOOL(false)), KEY("i", INT(-1)),
                   KEY("d", REAL(2.5)), KEY("raw", BYTES("\0")), KEY("none", EMPTY)));
    CHECK(map_nested, MAP(KEY("outer", MAP(KEY("inner", ARRAY(INT(1), MAP(KEY("leaf", TEXT("x"))))),
                                           KEY("empty", haetae_value_map(NULL, 0)))),
                          KEY("last", INT(7))));
}

static void unknown_types_count_as_empty(void **state)
{
    static const int32_t types[] = {HAETAE_VALUE_EMPTY, -1, 8, 99, INT32_MIN, INT32_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT(types); i++) {
        haetae_value value = INT(5);

        value.type = types[i];
        check_value(&value, (const unsigned char *)"", 0);
    }
}

/* ---- KeyValue ---------------------------------------------------------------------- */

static void check_attribute(const haetae_attribute *attribute, const unsigned char *golden,
                            size_t size)
{
    static struct split_sink split;
    uint8_t expected[CAPACITY];
    uint8_t written[CAPACITY];
    size_t field_size = wrap(golden, size, expected);
    struct hae_sink sink = hae_sink_over(written, field_size);
    size_t measured = 0;

    assert_int_equal(hae_attribute_size(attribute, HAE_NO_LIMITS, &measured), HAE_PUT_OK);
    assert_int_equal(measured, size);
    assert_int_equal(hae_put_attribute(&sink, FIELD, attribute, HAE_NO_LIMITS), HAE_PUT_OK);
    assert_int_equal(hae_sink_room(&sink), 0);
    assert_memory_equal(written, expected, field_size);
    for (size_t room = 0; room < field_size; room++) {
        sink = hae_sink_over(written, room);
        assert_int_equal(hae_put_attribute(&sink, FIELD, attribute, HAE_NO_LIMITS), HAE_PUT_FULL);
        assert_ptr_equal(sink.at, written);
    }
    for (size_t first = 0; first <= field_size; first++) {
        split_begin(&split, first, 1 + first % 7, field_size);
        assert_int_equal(hae_put_attribute(&split.sink, FIELD, attribute, HAE_NO_LIMITS),
                         HAE_PUT_OK);
        assert_int_equal(split_end(&split, written, sizeof written), field_size);
        assert_memory_equal(written, expected, field_size);
    }
}

#define CHECK_KV(name, key, value)                                                                 \
    do {                                                                                           \
        haetae_attribute checked = KEY(key, value);                                                \
        check_attribute(&checked, golden_kv_##name, sizeof golden_kv_##name);                      \
    } while (0)

static void attributes_are_as_the_reference_writes_them(void **state)
{
    (void)state;
    CHECK_KV(string, "http.request.method", TEXT("POST"));
    CHECK_KV(string_empty, "note", TEXT(""));
    CHECK_KV(string_empty, "note", haetae_value_text(NULL, 0));
    CHECK_KV(bool, "retry", BOOL(true));
    CHECK_KV(int, "http.response.status_code", INT(503));
    CHECK_KV(int_negative, "offset", INT(-3600));
    CHECK_KV(double, "load", REAL(0.75));
    CHECK_KV(bytes, "digest", BYTES("\xDE\xAD\xBE\xEF"));
    CHECK_KV(array, "tags", ARRAY(TEXT("blue"), TEXT("green")));
    CHECK_KV(map, "car", MAP(KEY("plate", TEXT("12\xEA\xB0\x80 3456")), KEY("seats", INT(4))));
    CHECK_KV(empty_value, "nothing", EMPTY);
}

/* Keys and texts of lengths around those at which the code takes another path, by the slow
 * path and the fast one. Both must give the definition, written out. */
static void attributes_of_every_length_are_written_whole(void **state)
{
    static const size_t lengths[] = {
        1,   2,   7,   8,   9,   15,  16,  17,  63,  100, 118,  119,   120,   121,   122,   123,
        124, 125, 126, 127, 128, 129, 130, 255, 256, 300, 1000, 16383, 16384, 65535, 65536, 70000};
    static char text[70000];
    static uint8_t expected[150000];
    static uint8_t written[150000];

    (void)state;
    memset(text, 'k', sizeof text);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        for (size_t j = 0; j < COUNT(lengths); j++) {
            haetae_attribute attribute = {{text, lengths[i]}, haetae_value_text(text, lengths[j])};
            size_t value = hae_field_size(lengths[j]);
            size_t size = hae_field_size(lengths[i]) + hae_field_size(value);
            struct hae_sink sink = hae_sink_over(written, hae_field_size(size));
            uint8_t *at = expected;

            *at++ = HAE_TAG(FIELD, HAE_WIRE_LENGTH);
            at = hae_put_varint(at, size);
            *at++ = 0x0A;
            at = hae_put_varint(at, lengths[i]);
            memcpy(at, text, lengths[i]);
            at += lengths[i];
            *at++ = 0x12;
            at = hae_put_varint(at, value);
            *at++ = 0x0A;
            at = hae_put_varint(at, lengths[j]);
            memcpy(at, text, lengths[j]);
            assert_int_equal(hae_put_attribute(&sink, FIELD, &attribute, HAE_NO_LIMITS),
                             HAE_PUT_OK);
            assert_int_equal(hae_sink_room(&sink), 0);
            assert_memory_equal(written, expected, hae_field_size(size));
        }
    }
}

/* Key and value are in blocks of their exact size, so that a sanitizer sees a read beyond
 * them; both well-formed and ill-formed. */
static void attribute_text_is_repaired_wherever_it_is_ill_formed(void **state)
{
    static const char repaired_key[] = "k\xEF\xBF\xBD";
    static const char repaired_text[] = "\xEF\xBF\xBDv\xC3\xA9";
    char *key = malloc(2);
    char *text = malloc(4);
    haetae_attribute ill_formed = {{key, 2}, haetae_value_text(text, 4)};
    haetae_attribute repaired = {{repaired_key, 4}, haetae_value_text(repaired_text, 6)};
    uint8_t written[2][64];
    struct hae_sink sinks[2] = {hae_sink_over(written[0], 64), hae_sink_over(written[1], 64)};

    (void)state;
    memcpy(key, "k\xFF", 2);
    memcpy(text, "\x80v\xC3\xA9", 4);
    assert_int_equal(hae_put_attribute(&sinks[0], FIELD, &ill_formed, HAE_NO_LIMITS), HAE_PUT_OK);
    assert_int_equal(hae_put_attribute(&sinks[1], FIELD, &repaired, HAE_NO_LIMITS), HAE_PUT_OK);
    assert_int_equal(sinks[0].at - written[0], sinks[1].at - written[1]);
    assert_memory_equal(written[0], written[1], (size_t)(sinks[0].at - written[0]));
    free(key);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_values_are_as_the_reference_writes_them),
        cmocka_unit_test(numbers_are_as_the_reference_writes_them),
        cmocka_unit_test(bytes_are_as_the_reference_writes_them),
        cmocka_unit_test(arrays_are_as_the_reference_writes_them),
        cmocka_unit_test(maps_are_as_the_reference_writes_them),
        cmocka_unit_test(unknown_types_count_as_empty),
        cmocka_unit_test(attributes_are_as_the_reference_writes_them),
        cmocka_unit_test(attributes_of_every_length_are_written_whole),
        cmocka_unit_test(attribute_text_is_repaired_wherever_it_is_ill_formed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
