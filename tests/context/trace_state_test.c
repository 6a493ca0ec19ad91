/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of a tracestate, and the calls that read and change one. */
#include "haetae/context.h"

#include "support/core_cmocka.h"

static haetae_trace_state parsed(const char *text)
{
    haetae_trace_state state;

    memset(&state, 0x55, sizeof state);
    assert_int_equal(haetae_trace_state_parse(text, strlen(text), &state), HAETAE_OK);
    assert_int_equal(strlen(state.text), state.length);
    return state;
}

static void check_parsed(const char *text, const char *expected)
{
    haetae_trace_state state = parsed(text);

    assert_string_equal(state.text, expected);
}

static void check_malformed(const char *text)
{
    haetae_trace_state state;
    haetae_trace_state before;

    memset(&state, 0x55, sizeof state);
    before = state;
    assert_int_equal(haetae_trace_state_parse(text, strlen(text), &state), HAETAE_EFORMAT);
    assert_memory_equal(&state, &before, sizeof state);
}

/* "<prefix><length times c>" */
static char *filled(const char *prefix, size_t length, char c)
{
    static char text[2048];
    size_t at = strlen(prefix);

    memcpy(text, prefix, at);
    memset(text + at, c, length);
    text[at + length] = '\0';
    return text;
}

/* ---- The grammar ----------------------------------------------------------------------- */

static void every_character_that_is_allowed_is_kept(void **state)
{
    char value[128] = "k=";
    size_t at = 2;

    (void)state;
    check_parsed("abcdefghijklmnopqrstuvwxyz0123456789_-*/@=1", "abcdefghijklmnopqrstuvwxyz"
                                                                "0123456789_-*/@=1");
    check_parsed("0=1,a@b=2,a@@b@c@=3", "0=1,a@b=2,a@@b@c@=3");
    for (char c = 0x20; c < 0x7F; c++) {
        if (c != ',' && c != '=') {
            value[at++] = c;
        }
    }
    check_parsed(value, value); /* blanks at the beginning of a value belong to it */
}

static void blanks_around_members_and_empty_members_are_left_out(void **state)
{
    (void)state;
    check_parsed("", "");
    check_parsed(" \t ", "");
    check_parsed(",, ,\t,", "");
    check_parsed("a=1 \t , \t b=2,\t c=3\t", "a=1,b=2,c=3");
    check_parsed("\t a=1", "a=1");
    check_parsed(",a=1,,b=2,", "a=1,b=2");
    check_parsed("a= 1 ", "a= 1");
}

static void members_that_are_not_allowed_are_malformed(void **state)
{
    static const char *const wrong[] = {
        "a",      "=1",         "a=",    "a=,b=1", "a= ",    "a=b=c",  "A=1",     "aB=1",
        "_a=1",   "-a=1",       "@a=1",  "a =1",   "a.b=1",  "a\t=1",  "a=\t1",   "a=1\x01b",
        "a=\x7F", "a=\xC3\xA9", "a=1\n", "a=1,b",  "a=1,=2", "a=1, =", "b=2,A=1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        check_malformed(wrong[i]);
    }
    check_parsed("a=1;b", "a=1;b");
}

static void keys_and_values_have_up_to_256_characters(void **state)
{
    char text[2048];

    (void)state;
    snprintf(text, sizeof text, "%.300s=1", filled("", 256, 'z'));
    check_parsed(text, text);
    snprintf(text, sizeof text, "%.300s=1", filled("", 257, 'z'));
    check_malformed(text);
    check_parsed(filled("k=", 256, 'v'), filled("k=", 256, 'v'));
    check_malformed(filled("k=", 257, 'v'));
}

static void of_two_members_with_a_key_the_first_is_kept(void **state)
{
    (void)state;
    check_parsed("a=1,a=1", "a=1");
    check_parsed("a=1,b=2,a=3", "a=1,b=2");
    check_parsed("ab=1,a=2,abc=3", "ab=1,a=2,abc=3");
}

/* "k1=1,k2=1,…" */
static void many_members(char *text, int count)
{
    size_t at = 0;

    for (int i = 1; i <= count; i++) {
        at += (size_t)sprintf(text + at, "%sk%d=1", i > 1 ? "," : "", i);
    }
}

static void thirty_two_members_are_allowed(void **state)
{
    char text[1024];

    (void)state;
    many_members(text, 32);
    check_parsed(text, text);
    strcat(text, ",,k1=2,");
    assert_int_equal(parsed(text).length, strlen(text) - strlen(",,k1=2,"));
    many_members(text, 33);
    check_malformed(text);
}

/* Also where blanks alone make it long. */
static void text_of_more_than_64_kib_is_malformed(void **state)
{
    enum { MOST = 64 * 1024 };
    static char text[MOST + 1];
    haetae_trace_state trace_state;

    (void)state;
    memset(text, ' ', sizeof text);
    memcpy(text, "a=1", 3);
    assert_int_equal(haetae_trace_state_parse(text, MOST, &trace_state), HAETAE_OK);
    assert_int_equal(trace_state.length, 3);
    assert_int_equal(haetae_trace_state_parse(text, MOST + 1, &trace_state), HAETAE_EFORMAT);
    assert_int_equal(trace_state.length, 3); /* untouched */
}

static void what_is_too_long_loses_large_members_first(void **state)
{
    char values[300];
    char text[4096];
    char expected[1024];

    (void)state;
    memset(values, 'v', sizeof values);
    /* Three above 128: the last two go, then it fits. */
    sprintf(text, "a=%.200s,b=1,c=%.200s,d=2,e=%.200s,f=3", values, values, values);
    sprintf(expected, "a=%.200s,b=1,c=%.200s,d=2,f=3", values, values);
    check_parsed(text, expected);
    /* None is above 128: from the end. */
    sprintf(text, "a=%.126s,b=%.126s,c=%.126s,d=%.126s,e=%.126s,f=1", values, values, values,
            values, values);
    sprintf(expected, "a=%.126s,b=%.126s,c=%.126s", values, values, values);
    check_parsed(text, expected);
}

/* ---- The calls --------------------------------------------------------------------------- */

static void check_value(const haetae_trace_state *state, const char *key, const char *expected)
{
    haetae_string value = {"before", 6};

    assert_int_equal(haetae_trace_state_get(state, key, strlen(key), &value), expected != NULL);
    if (expected != NULL) {
        assert_int_equal(value.length, strlen(expected));
        assert_memory_equal(value.data, expected, value.length);
    } else {
        assert_int_equal(value.length, 0);
    }
}

static haetae_status set(haetae_trace_state *state, const char *key, const char *value)
{
    return haetae_trace_state_set(state, key, strlen(key), value, strlen(value));
}

static void values_are_found_by_key(void **state)
{
    haetae_trace_state text = parsed("ab=1,a=22,b= 3");

    (void)state;
    check_value(&text, "a", "22");
    check_value(&text, "ab", "1");
    check_value(&text, "b", " 3");
    check_value(&text, "c", NULL);
    check_value(&text, "", NULL);
    check_value(&text, "a=", NULL);
    assert_true(haetae_trace_state_get(&text, HAETAE_TEXT("a"), NULL));
    assert_false(haetae_trace_state_get(NULL, HAETAE_TEXT("a"), NULL));
    assert_false(haetae_trace_state_get(&text, NULL, 1, NULL));
}

static void member_that_is_added_or_changed_becomes_the_first(void **state)
{
    haetae_trace_state text = {.length = 0};

    (void)state;
    assert_int_equal(set(&text, "a", "1"), HAETAE_OK);
    assert_int_equal(set(&text, "b", "2"), HAETAE_OK);
    assert_int_equal(set(&text, "c", "3"), HAETAE_OK);
    assert_string_equal(text.text, "c=3,b=2,a=1");
    assert_int_equal(set(&text, "b", "22"), HAETAE_OK);
    assert_string_equal(text.text, "b=22,c=3,a=1");
    assert_int_equal(text.length, strlen(text.text));
    assert_true(haetae_trace_state_delete(&text, HAETAE_TEXT("c")));
    assert_string_equal(text.text, "b=22,a=1");
    assert_false(haetae_trace_state_delete(&text, HAETAE_TEXT("c")));
    assert_true(haetae_trace_state_delete(&text, HAETAE_TEXT("b")));
    assert_true(haetae_trace_state_delete(&text, HAETAE_TEXT("a")));
    assert_int_equal(text.length, 0);
    assert_false(haetae_trace_state_delete(NULL, HAETAE_TEXT("a")));
    assert_false(haetae_trace_state_delete(&text, NULL, 1));
}

static void what_is_not_allowed_changes_nothing(void **state)
{
    haetae_trace_state text = parsed("a=1");
    char long_key[256];

    (void)state;
    memset(long_key, 'k', sizeof long_key);
    assert_int_equal(set(&text, "A", "1"), HAETAE_EINVAL);
    assert_int_equal(set(&text, "", "1"), HAETAE_EINVAL);
    assert_int_equal(set(&text, "b", ""), HAETAE_EINVAL);
    assert_int_equal(set(&text, "b", "1,c=2"), HAETAE_EINVAL);
    assert_int_equal(set(&text, "b", "1\r\nevil: 1"), HAETAE_EINVAL);
    assert_int_equal(set(&text, "b", "ends with a blank "), HAETAE_EINVAL);
    assert_int_equal(haetae_trace_state_set(&text, NULL, 1, "1", 1), HAETAE_EINVAL);
    assert_int_equal(haetae_trace_state_set(&text, "b", 1, NULL, 1), HAETAE_EINVAL);
    assert_int_equal(haetae_trace_state_set(NULL, "b", 1, "1", 1), HAETAE_EINVAL);
    assert_int_equal(haetae_trace_state_set(&text, long_key, 256, filled("", 256, 'v'), 256),
                     HAETAE_ELIMIT);
    assert_string_equal(text.text, "a=1");
    assert_int_equal(haetae_trace_state_parse("a=1", 3, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_trace_state_parse(NULL, 3, &text), HAETAE_OK);
    assert_int_equal(text.length, 0);
}

static void room_for_a_new_member_is_made_at_the_end(void **state)
{
    haetae_trace_state text;
    char members[1024];

    (void)state;
    many_members(members, 32);
    text = parsed(members);
    assert_int_equal(set(&text, "new", "1"), HAETAE_OK);
    check_value(&text, "new", "1");
    check_value(&text, "k31", "1");
    check_value(&text, "k32", NULL);
    /* A large one that is new stays, whatever goes. */
    assert_int_equal(set(&text, "large", filled("", 256, 'v')), HAETAE_OK);
    check_value(&text, "large", filled("", 256, 'v'));
    assert_true(text.length <= HAETAE_TRACE_STATE_MAX);
    check_value(&text, "new", "1");
}

static void struct_that_was_damaged_counts_as_empty(void **state)
{
    haetae_trace_state text;

    (void)state;
    memset(&text, 0xFF, sizeof text);
    check_value(&text, "a", NULL);
    assert_int_equal(set(&text, "a", "1"), HAETAE_OK);
    assert_string_equal(text.text, "a=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_that_is_allowed_is_kept),
        cmocka_unit_test(blanks_around_members_and_empty_members_are_left_out),
        cmocka_unit_test(members_that_are_not_allowed_are_malformed),
        cmocka_unit_test(keys_and_values_have_up_to_256_characters),
        cmocka_unit_test(of_two_members_with_a_key_the_first_is_kept),
        cmocka_unit_test(thirty_two_members_are_allowed),
        cmocka_unit_test(text_of_more_than_64_kib_is_malformed),
        cmocka_unit_test(what_is_too_long_loses_large_members_first),
        cmocka_unit_test(values_are_found_by_key),
        cmocka_unit_test(member_that_is_added_or_changed_becomes_the_first),
        cmocka_unit_test(what_is_not_allowed_changes_nothing),
        cmocka_unit_test(room_for_a_new_member_is_made_at_the_end),
        cmocka_unit_test(struct_that_was_damaged_counts_as_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
