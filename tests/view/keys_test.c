/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include "show/keys.h"

static struct hae_view_key key;

static size_t take(const char *bytes, size_t length, bool last)
{
    return hae_view_key_read(bytes, length, last, &key);
}

static void keys_of_terminals_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        enum hae_view_key_kind kind;
    } cases[] = {
        {"\r", HAE_VIEW_KEY_ENTER},          {"\n", HAE_VIEW_KEY_ENTER},
        {"\x1bOM", HAE_VIEW_KEY_ENTER},      {"\t", HAE_VIEW_KEY_TAB},
        {"\x1b[Z", HAE_VIEW_KEY_BACK_TAB},   {"\x7f", HAE_VIEW_KEY_BACKSPACE},
        {"\b", HAE_VIEW_KEY_BACKSPACE},      {"\x1b[A", HAE_VIEW_KEY_UP},
        {"\x1bOB", HAE_VIEW_KEY_DOWN},       {"\x1b[C", HAE_VIEW_KEY_RIGHT},
        {"\x1bOD", HAE_VIEW_KEY_LEFT},       {"\x1b[5~", HAE_VIEW_KEY_PAGE_UP},
        {"\x1b[6~", HAE_VIEW_KEY_PAGE_DOWN}, {"\x1b[1~", HAE_VIEW_KEY_HOME},
        {"\x1b[H", HAE_VIEW_KEY_HOME},       {"\x1bOF", HAE_VIEW_KEY_END},
        {"\x1b[8~", HAE_VIEW_KEY_END},       {"\x03", HAE_VIEW_KEY_INTERRUPT},
        {"\x15", HAE_VIEW_KEY_ERASE_LINE},   {"\x0c", HAE_VIEW_KEY_REDRAW},
        {"\x01", HAE_VIEW_KEY_NONE},         {"\x1b[1;5A", HAE_VIEW_KEY_NONE},
        {"\x1b[200~", HAE_VIEW_KEY_NONE},    {"a", HAE_VIEW_KEY_TEXT},
        {"\xed\x95\xb4", HAE_VIEW_KEY_TEXT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length = strlen(cases[i].bytes);
        assert_int_equal(take(cases[i].bytes, length, false), length);
        assert_int_equal(key.kind, cases[i].kind);
        /* Any beginning is waited for, and taken for something where nothing more comes. */
        for (size_t part = 1; part < length; part++) {
            assert_int_equal(take(cases[i].bytes, part, false), 0);
            assert_true(take(cases[i].bytes, part, true) > 0);
        }
    }
}

static void escape_alone_is_a_key_when_nothing_follows(void **state)
{
    (void)state;
    assert_int_equal(take("\x1b", 1, false), 0);
    assert_int_equal(take("\x1b", 1, true), 1);
    assert_int_equal(key.kind, HAE_VIEW_KEY_ESCAPE);
    assert_int_equal(take("\x1bq", 2, false), 1); /* and q after it */
    assert_int_equal(key.kind, HAE_VIEW_KEY_ESCAPE);
    assert_int_equal(take("\x1b\x1b[A", 4, false), 1);
    assert_int_equal(key.kind, HAE_VIEW_KEY_ESCAPE);
}

static void text_is_one_character_that_can_be_shown(void **state)
{
    (void)state;
    assert_int_equal(take("\xed\x95\xb4x", 4, false), 3);
    assert_string_equal(key.text, "\xed\x95\xb4");
    assert_int_equal(take("\xf0\x9f\x9a\x95", 4, false), 4);
    assert_string_equal(key.text, "\xf0\x9f\x9a\x95");
    /* An override of direction, a control character of C1, and what is no UTF-8. */
    static const char *const others[] = {"\xe2\x80\xae", "\xc2\x9b", "\xff", "\x80"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_true(take(others[i], strlen(others[i]), true) > 0);
        assert_int_equal(key.kind, HAE_VIEW_KEY_NONE);
        assert_string_equal(key.text, "");
    }
}

/* Whatever comes is used up: nothing waits for ever, and nothing is read beyond the end. */
static void any_bytes_are_used_up(void **state)
{
    (void)state;
    static const char alphabet[] = "\x1b\x1b\x1b[O~;059AZaq\r\x7f\xed\x95\xb4\xff\xc3";
    uint32_t random = 1;
    for (int round = 0; round < 20000; round++) {
        size_t length = 1 + (random >> 20) % 12;
        char *bytes = malloc(length); /* so that a sanitizer knows its end */
        assert_non_null(bytes);
        for (size_t i = 0; i < length; i++) {
            random = random * 1664525 + 1013904223;
            bytes[i] = alphabet[(random >> 16) % (sizeof alphabet - 1)];
        }
        for (size_t at = 0; at < length;) {
            size_t taken = take(bytes + at, length - at, true);
            assert_in_range(taken, 1, length - at);
            at += taken;
        }
        free(bytes);
    }
    char endless[100];
    memset(endless, '9', sizeof endless);
    memcpy(endless, "\x1b[", 2);
    assert_in_range(take(endless, sizeof endless, false), 1, sizeof endless);
    assert_int_equal(key.kind, HAE_VIEW_KEY_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_terminals_are_known),
        cmocka_unit_test(escape_alone_is_a_key_when_nothing_follows),
        cmocka_unit_test(text_is_one_character_that_can_be_shown),
        cmocka_unit_test(any_bytes_are_used_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
