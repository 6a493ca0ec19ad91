/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/text.h"

#include "support/core_utf8.h"
#include "wire/split_sink.h"

enum { FIELD = 5, TAG = FIELD << 3 | HAE_WIRE_LENGTH };

/* Text in a block of the exact size, so that a sanitizer sees a read beyond it. */
static haetae_string exact(const char *text, size_t length)
{
    char *copy = malloc(length != 0 ? length : 1);

    assert_non_null(copy);
    memcpy(copy, text, length);
    return (haetae_string){copy, length};
}

static void free_exact(haetae_string text)
{
    free((void *)(uintptr_t)text.data);
}

static void check_field(const uint8_t *field, size_t size, const char *text, size_t length)
{
    uint8_t head[8];
    size_t head_size;

    head[0] = TAG;
    head_size = (size_t)(hae_put_varint(head + 1, length) - head);
    assert_int_equal(size, head_size + length);
    assert_memory_equal(field, head, head_size);
    assert_memory_equal(field + head_size, text, length);
}

static void ill_formed_text_is_written_as_others_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < CORE_UTF8_CASES; i++) {
        const struct core_utf8_case *c = &core_utf8_cases[i];
        haetae_string text = exact(c->text, c->length);
        uint8_t memory[64];
        struct hae_sink sink = hae_sink_over(memory, sizeof memory);

        assert_true(hae_put_text_field(&sink, FIELD, text));
        check_field(memory, (size_t)(sink.at - memory), c->repaired, c->repaired_length);
        free_exact(text);
    }
}

static void repair_works_across_areas(void **state)
{
    struct split_sink *split = malloc(sizeof *split);

    (void)state;
    for (size_t i = 0; i < CORE_UTF8_CASES; i++) {
        const struct core_utf8_case *c = &core_utf8_cases[i];

        for (size_t first = 0; first < c->repaired_length + 2; first++) {
            uint8_t written[64];
            size_t size;

            split_begin(split, first, 2, sizeof written);
            assert_true(
                hae_put_text_field(&split->sink, FIELD, (haetae_string){c->text, c->length}));
            size = split_end(split, written, sizeof written);
            check_field(written, size, c->repaired, c->repaired_length);
        }
    }
    free(split);
}

/* Lengths around those at which the code takes another path: 8, 16, 128, 16384. */
static void text_of_every_length_is_written_whole(void **state)
{
    static char text[20000];
    static uint8_t memory[20010];
    static const size_t more[] = {255, 256, 16382, 16383, 16384, 16385, 20000};

    (void)state;
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (char)('!' + i % 90);
    }
    for (size_t i = 1; i < 300 + sizeof more / sizeof more[0]; i++) {
        size_t length = i < 300 ? i : more[i - 300];
        haetae_string exact_text = exact(text, length);
        struct hae_sink sink = hae_sink_over(memory, hae_field_size(length));

        assert_true(hae_put_text_field(&sink, FIELD, exact_text));
        assert_int_equal(hae_sink_room(&sink), 0);
        check_field(memory, hae_field_size(length), text, length);
        sink = hae_sink_over(memory, hae_field_size(length) - 1);
        assert_false(hae_put_text_field(&sink, FIELD, exact_text));
        assert_ptr_equal(sink.at, memory);
        free_exact(exact_text);
    }
}

static void one_character_beyond_ascii_is_kept_at_every_place(void **state)
{
    char text[140];
    uint8_t memory[160];

    (void)state;
    for (size_t length = 2; length <= sizeof text; length++) {
        for (size_t at = 0; at + 2 <= length; at += length / 8 + 1) {
            struct hae_sink sink = hae_sink_over(memory, sizeof memory);

            memset(text, 'a', length);
            memcpy(text + at, "\xC3\xA9", 2);
            assert_true(hae_put_text_field(&sink, FIELD, (haetae_string){text, length}));
            check_field(memory, (size_t)(sink.at - memory), text, length);
        }
    }
}

static void repaired_text_that_outgrows_the_room_is_refused_whole(void **state)
{
    uint8_t memory[64];
    struct hae_sink sink = hae_sink_over(memory, 12);
    haetae_string text = {"\xFF\xFF\xFF\xFF", 4}; /* becomes 12 bytes, and 2 before it */

    (void)state;
    assert_false(hae_put_text_field(&sink, FIELD, text));
    assert_ptr_equal(sink.at, memory);
    sink = hae_sink_over(memory, 14);
    assert_true(hae_put_text_field(&sink, FIELD, text));
    assert_int_equal(hae_sink_room(&sink), 0);
}

static void empty_text_is_left_out(void **state)
{
    uint8_t memory[8];
    struct hae_sink sink = hae_sink_over(memory, sizeof memory);

    (void)state;
    assert_true(hae_put_text_field(&sink, FIELD, (haetae_string){"x", 0}));
    assert_true(hae_put_text_field(&sink, FIELD, (haetae_string){NULL, 0}));
    assert_true(hae_put_text_field(&sink, FIELD, (haetae_string){NULL, SIZE_MAX}));
    assert_ptr_equal(sink.at, memory);
}

static void text_may_contain_nul(void **state)
{
    uint8_t memory[8];
    struct hae_sink sink = hae_sink_over(memory, sizeof memory);

    (void)state;
    assert_true(hae_put_text_field(&sink, FIELD, (haetae_string){"a\0b", 3}));
    check_field(memory, (size_t)(sink.at - memory), "a\0b", 3);
}

static void invalid_length_is_refused(void **state)
{
    uint8_t memory[8];
    struct hae_sink sink = hae_sink_over(memory, sizeof memory);
    static const size_t invalid[] = {(size_t)PTRDIFF_MAX + 1, SIZE_MAX - 1, SIZE_MAX};

    (void)state;
    for (int i = 0; i < 3; i++) {
        haetae_string text = {"abc", invalid[i]};

        assert_false(hae_string_valid(text));
        assert_false(hae_put_text_field(&sink, FIELD, text));
        assert_ptr_equal(sink.at, memory);
        assert_true(hae_string_valid((haetae_string){NULL, invalid[i]}));
        assert_int_equal(hae_string_length((haetae_string){NULL, invalid[i]}), 0);
    }
}

static void strings_are_the_same_by_their_bytes(void **state)
{
    haetae_string empty = {NULL, 7};
    haetae_string invalid = {"abc", SIZE_MAX};

    (void)state;
    assert_true(hae_string_same((haetae_string){"abc", 3}, (haetae_string){"abcd", 3}));
    assert_false(hae_string_same((haetae_string){"abc", 3}, (haetae_string){"abcd", 4}));
    assert_false(hae_string_same((haetae_string){"abc", 3}, (haetae_string){"abd", 3}));
    assert_false(hae_string_same((haetae_string){"abc", 3}, (haetae_string){"bbc", 3}));
    assert_true(hae_string_same(empty, (haetae_string){"", 0}));
    assert_true(hae_string_same(empty, empty));
    assert_false(hae_string_same(empty, (haetae_string){"a", 1}));
    /* The text is never read that far. */
    assert_false(hae_string_same(invalid, invalid));
    assert_false(hae_string_same(invalid, (haetae_string){"abc", 3}));
}

/* ---- Limits --------------------------------------------------------------------- */

static void check_cut(const char *text, size_t limit, const char *expected)
{
    haetae_string whole = exact(text, strlen(text));
    struct hae_text measured = hae_text_of(whole, limit);
    uint8_t memory[64];
    struct hae_sink sink = hae_sink_over(memory, sizeof memory);

    assert_int_equal(measured.size, strlen(expected));
    hae_sink_put_text(&sink, measured);
    assert_int_equal(sink.at - memory, measured.size);
    assert_memory_equal(memory, expected, measured.size);
    free_exact(whole);
}

static void text_is_cut_on_code_points(void **state)
{
    (void)state;
    check_cut("abcdef", 6, "abcdef");
    check_cut("abcdef", 5, "abcde");
    check_cut("abcdef", 0, "");
    check_cut("abcdef", HAE_NO_LIMIT, "abcdef");
    /* Two code points of four bytes: three bytes are more than three points allow. */
    check_cut("\xF0\x9F\x94\xA5\xF0\x9F\x94\xA5", 2, "\xF0\x9F\x94\xA5\xF0\x9F\x94\xA5");
    check_cut("\xF0\x9F\x94\xA5\xF0\x9F\x94\xA5", 1, "\xF0\x9F\x94\xA5");
    check_cut("\xED\x95\xB4\xED\x83\x9C", 1, "\xED\x95\xB4");
    check_cut("a\xC3\xA9z", 2, "a\xC3\xA9");
    check_cut("a\xC3\xA9z", 3, "a\xC3\xA9z");
    check_cut("a\xC3\xA9z", 4, "a\xC3\xA9z");
    /* An ill-formed part counts as the one code point that it becomes. */
    check_cut("\xFF\xFF\xFF", 2, "\xEF\xBF\xBD\xEF\xBF\xBD");
    check_cut("\xE2\x82"
              "ab",
              2,
              "\xEF\xBF\xBD"
              "a");
    check_cut("ab\xE2\x82", 2, "ab");
    check_cut("ab\xE2\x82", 3, "ab\xEF\xBF\xBD");
}

static void cut_text_that_grows_to_its_old_size_is_still_repaired(void **state)
{
    (void)state;
    /* 5 bytes are read and 5 are written, but not the same ones. */
    check_cut("\xE0\xA0\xC3\xA9xyz", 2, "\xEF\xBF\xBD\xC3\xA9");
    check_cut("\xFF\xC3\xA9"
              "a\xF0\x9F\x94"
              "bcd",
              4,
              "\xEF\xBF\xBD\xC3\xA9"
              "a\xEF\xBF\xBD");
    /* Three bytes become three: the ill-formed part is as long as its replacement. */
    check_cut("\xF0\x9F\x94"
              "abc",
              1, "\xEF\xBF\xBD");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ill_formed_text_is_written_as_others_do),
        cmocka_unit_test(repair_works_across_areas),
        cmocka_unit_test(text_of_every_length_is_written_whole),
        cmocka_unit_test(one_character_beyond_ascii_is_kept_at_every_place),
        cmocka_unit_test(repaired_text_that_outgrows_the_room_is_refused_whole),
        cmocka_unit_test(empty_text_is_left_out),
        cmocka_unit_test(text_may_contain_nul),
        cmocka_unit_test(invalid_length_is_refused),
        cmocka_unit_test(strings_are_the_same_by_their_bytes),
        cmocka_unit_test(text_is_cut_on_code_points),
        cmocka_unit_test(cut_text_that_grows_to_its_old_size_is_still_repaired),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
