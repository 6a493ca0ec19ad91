/* SPDX-License-Identifier: Apache-2.0 */
/* Baggage: entries, contexts, and the header of W3C Baggage. */
#include "context/baggage.h"

#include "base/alloc.h"
#include "context/current.h"
#include "support/live.h"

/* Sets a value in *baggage, whose reference goes. */
static void set_with(haetae_baggage **baggage, const char *name, const char *value,
                     const char *metadata)
{
    haetae_baggage *next = NULL;

    assert_int_equal(haetae_baggage_set(*baggage, name, strlen(name), value, strlen(value),
                                        metadata, metadata != NULL ? strlen(metadata) : 0, &next),
                     HAETAE_OK);
    haetae_baggage_unref(*baggage);
    *baggage = next;
}

static void set(haetae_baggage **baggage, const char *name, const char *value)
{
    set_with(baggage, name, value, NULL);
}

static const char *get(const haetae_baggage *baggage, const char *name)
{
    haetae_string value;

    if (!haetae_baggage_get(baggage, name, strlen(name), &value, NULL)) {
        assert_int_equal(value.length, 0);
        return NULL;
    }
    assert_int_equal(strlen(value.data), value.length);
    return value.data;
}

static haetae_baggage *parse(const char *text)
{
    haetae_baggage *baggage = NULL;

    assert_int_equal(haetae_baggage_parse(text, strlen(text), &baggage), HAETAE_OK);
    return baggage;
}

static void check_header(const haetae_baggage *baggage, const char *expected)
{
    haetae_string header = haetae_baggage_header(baggage);

    assert_string_equal(header.data, expected);
    assert_int_equal(header.length, strlen(expected));
}

/* What is read from a header is written back as `expected`. */
static void check_read(const char *header, const char *expected)
{
    haetae_baggage *baggage = parse(header);

    check_header(baggage, expected);
    haetae_baggage_unref(baggage);
}

/* ---- Entries ------------------------------------------------------------------------------ */

static void names_and_values_are_case_sensitive_text(void **state)
{
    haetae_baggage *baggage = NULL;

    (void)state;
    set(&baggage, "a", "B% \xF0\x9F\x92\xBC");
    set(&baggage, "A", "c");
    set(&baggage, "이름", "");
    assert_string_equal(get(baggage, "a"), "B% \xF0\x9F\x92\xBC");
    assert_string_equal(get(baggage, "A"), "c");
    assert_string_equal(get(baggage, "이름"), "");
    assert_null(get(baggage, "b"));
    assert_null(get(baggage, ""));
    assert_int_equal(haetae_baggage_count(baggage), 3);
    haetae_baggage_unref(baggage);
}

static void baggage_never_changes(void **state)
{
    haetae_baggage *first = NULL;
    haetae_baggage *second = NULL;
    haetae_baggage *third = NULL;

    (void)state;
    set(&first, "a", "1");
    assert_int_equal(haetae_baggage_set(first, "a", 1, "2", 1, "m", 1, &second), HAETAE_OK);
    assert_int_equal(haetae_baggage_remove(second, "a", 1, &third), HAETAE_OK);
    assert_string_equal(get(first, "a"), "1");
    assert_string_equal(get(second, "a"), "2");
    assert_null(third);
    assert_int_equal(haetae_baggage_remove(second, "b", 1, &third), HAETAE_OK);
    assert_ptr_equal(third, second);
    haetae_baggage_unref(third);
    haetae_baggage_unref(first);
    haetae_baggage_unref(second);
}

static void entries_are_shown_with_their_metadata(void **state)
{
    haetae_baggage *baggage = NULL;
    haetae_string name, value, metadata;

    (void)state;
    set_with(&baggage, "a", "1", "ttl=60;secret");
    set(&baggage, "b", "2");
    set_with(&baggage, "c", "3", "x");
    assert_true(haetae_baggage_at(baggage, 0, &name, &value, &metadata));
    assert_string_equal(name.data, "a");
    assert_string_equal(value.data, "1");
    assert_string_equal(metadata.data, "ttl=60;secret");
    assert_true(haetae_baggage_at(baggage, 2, &name, NULL, NULL));
    assert_string_equal(name.data, "c");
    assert_false(haetae_baggage_at(baggage, 3, &name, &value, &metadata));
    assert_int_equal(name.length + value.length + metadata.length, 0);
    set(&baggage, "a", "4"); /* the new entry takes the place of the old one, metadata too */
    assert_true(haetae_baggage_get(baggage, "a", 1, &value, &metadata));
    assert_string_equal(value.data, "4");
    assert_int_equal(metadata.length, 0);
    assert_int_equal(haetae_baggage_count(baggage), 3);
    haetae_baggage_unref(baggage);
}

static void removal_leaves_the_others(void **state)
{
    haetae_baggage *all = parse("a=1,b=2,c=3");
    haetae_baggage *rest = NULL;

    (void)state;
    assert_int_equal(haetae_baggage_remove(all, "b", 1, &rest), HAETAE_OK);
    check_header(rest, "a=1,c=3");
    haetae_baggage_unref(rest);
    assert_int_equal(haetae_baggage_remove(all, "c", 1, &rest), HAETAE_OK);
    check_header(rest, "a=1,b=2");
    haetae_baggage_unref(rest);
    check_header(all, "a=1,b=2,c=3");
    haetae_baggage_unref(all);
    assert_int_equal(haetae_baggage_remove(NULL, "c", 1, &rest), HAETAE_OK);
    assert_null(rest);
}

static void text_that_is_not_utf8_is_refused(void **state)
{
    haetae_baggage *baggage = NULL;

    (void)state;
    assert_int_equal(haetae_baggage_set(NULL, "\xFF", 1, "v", 1, NULL, 0, &baggage), HAETAE_EINVAL);
    assert_int_equal(haetae_baggage_set(NULL, "n", 1, "\xC3", 1, NULL, 0, &baggage), HAETAE_EINVAL);
    assert_int_equal(haetae_baggage_set(NULL, "n", 1, "v", 1, "\x80", 1, &baggage), HAETAE_EINVAL);
    assert_int_equal(haetae_baggage_set(NULL, "", 0, "v", 1, NULL, 0, &baggage), HAETAE_EINVAL);
    assert_int_equal(haetae_baggage_set(NULL, NULL, 5, "v", 1, NULL, 0, &baggage), HAETAE_EINVAL);
    assert_int_equal(haetae_baggage_set(NULL, "n", 1, "v", 1, NULL, 0, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_baggage_set(NULL, "n", 1, "v", SIZE_MAX, NULL, 0, &baggage),
                     HAETAE_ELIMIT);
    assert_int_equal(haetae_baggage_set(NULL, "n", SIZE_MAX, "v", 3, "m", SIZE_MAX, &baggage),
                     HAETAE_ELIMIT);
    assert_int_equal(haetae_baggage_remove(NULL, "n", 1, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_baggage_parse("a=1", 3, NULL), HAETAE_EINVAL);
    assert_null(baggage);
}

static void entries_and_bytes_have_limits(void **state)
{
    haetae_baggage *baggage = NULL;
    haetae_baggage *more = NULL;
    char *large = calloc(1, HAETAE_BAGGAGE_BYTES_MAX);
    char name[16];

    (void)state;
    assert_non_null(large);
    for (int i = 0; i < HAETAE_BAGGAGE_ENTRIES_MAX; i++) {
        snprintf(name, sizeof name, "n%d", i);
        set(&baggage, name, "v");
    }
    assert_int_equal(haetae_baggage_count(baggage), HAETAE_BAGGAGE_ENTRIES_MAX);
    assert_int_equal(haetae_baggage_set(baggage, "x", 1, "v", 1, NULL, 0, &more), HAETAE_ELIMIT);
    set(&baggage, "n5", "w");
    assert_string_equal(get(baggage, "n5"), "w");
    assert_int_equal(
        haetae_baggage_set(baggage, "n5", 2, large, HAETAE_BAGGAGE_BYTES_MAX - 2, NULL, 0, &more),
        HAETAE_ELIMIT);
    haetae_baggage_unref(baggage);
    assert_int_equal(
        haetae_baggage_set(NULL, "n", 1, large, HAETAE_BAGGAGE_BYTES_MAX - 1, NULL, 0, &more),
        HAETAE_OK);
    check_header(more, ""); /* too long for one */
    haetae_baggage_unref(more);
    free(large);
}

/* ---- In a context ------------------------------------------------------------------------- */

static void context_has_baggage_until_it_is_cleared(void **state)
{
    haetae_baggage *baggage = parse("a=1");
    haetae_context *with = NULL;
    haetae_context *cleared = NULL;
    haetae_context_token token;

    (void)state;
    assert_null(haetae_context_baggage(NULL));
    assert_int_equal(haetae_context_with_baggage(NULL, baggage, &with), HAETAE_OK);
    haetae_baggage_unref(baggage);
    assert_null(haetae_context_baggage(NULL));
    haetae_context_attach_context(with, &token);
    assert_string_equal(get(haetae_context_baggage(NULL), "a"), "1");
    assert_int_equal(haetae_context_with_baggage(NULL, NULL, &cleared), HAETAE_OK);
    haetae_context_detach(&token);
    assert_null(haetae_context_baggage(cleared));
    assert_string_equal(get(haetae_context_baggage(with), "a"), "1");
    haetae_context_unref(with);
    haetae_context_unref(cleared);
}

/* ---- The header --------------------------------------------------------------------------- */

static void members_of_a_header_are_read(void **state)
{
    haetae_baggage *baggage =
        parse("userId=Am%C3%A9lie, serverNode = DF%2028 ,isProduction=false;p1;p2=v2 , empty=");
    haetae_string value, metadata;

    (void)state;
    assert_int_equal(haetae_baggage_count(baggage), 4);
    assert_string_equal(get(baggage, "userId"), "Am\xC3\xA9lie");
    assert_string_equal(get(baggage, "serverNode"), "DF 28");
    assert_true(haetae_baggage_get(baggage, "isProduction", 12, &value, &metadata));
    assert_string_equal(value.data, "false");
    assert_string_equal(metadata.data, "p1;p2=v2");
    assert_string_equal(get(baggage, "empty"), "");
    check_header(baggage,
                 "userId=Am%C3%A9lie,serverNode=DF%2028,isProduction=false;p1;p2=v2,empty=");
    haetae_baggage_unref(baggage);
}

static void malformed_members_are_left_out(void **state)
{
    static const char *const malformed[] = {"a",        "=1",      "a b=1",  "a=1 2",  "a=\"1\"",
                                            "a=\\",     "\"a\"=1", "a=\x01", "a=\xC3", "ä=1",
                                            "a=1;\x02", "a;x=1",   "a=1;\"", "(=1",    "a\t=\t1\v"};
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        haetae_baggage *baggage = NULL;

        assert_int_equal(haetae_baggage_parse(malformed[i], strlen(malformed[i]), &baggage),
                         HAETAE_EFORMAT);
        assert_null(baggage);
        snprintf(text, sizeof text, "x=1,%s,y=2", malformed[i]);
        check_read(text, "x=1,y=2");
    }
}

static void odd_but_valid_members_are_read(void **state)
{
    (void)state;
    check_read("", "");
    check_read(" ,\t, ,", "");
    check_read(",,a=1,,", "a=1");
    check_read("a\t =\t1\t", "a=1");
    check_read("a=1=2", "a=1=2");
    check_read("!#$%&'*+-.^_`|~09azAZ=1", "!#$%&'*+-.^_`|~09azAZ=1");
    check_read("a=!#$&'()*+-./:<=>?@[]^_`{|}~", "a=!#$&'()*+-./:<=>?@[]^_`{|}~");
    check_read("a=1;", "a=1");
    check_read("a=1; ; x = y ;", "a=1;; x = y ;");
}

static void of_two_members_with_one_name_the_later_wins(void **state)
{
    (void)state;
    check_read("a=1;m,b=2,a=3", "a=3,b=2");
    check_read("a=1,A=2", "a=1,A=2");
}

static void percent_encoding_that_is_wrong_is_repaired(void **state)
{
    (void)state;
    check_read("a=%", "a=%25");
    check_read("a=%4", "a=%254");
    check_read("a=%zz%41", "a=%25zzA");
    check_read("a=%FF", "a=%EF%BF%BD");
    check_read("a=%E2%82x", "a=%EF%BF%BDx");
    check_read("a=%E2%82", "a=%EF%BF%BD");
    check_read("a=%ed%9d%ac", "a=%ED%9D%AC");
    check_read("a=%00%0a%2c", "a=%00%0A%2C");
    check_read("a=%F0%9F%92%BC%C0%80", "a=%F0%9F%92%BC%EF%BF%BD%EF%BF%BD");
}

static void header_leaves_out_what_it_cannot_hold(void **state)
{
    haetae_baggage *baggage = NULL;

    (void)state;
    check_header(NULL, "");
    set(&baggage, "a b", "1");
    set(&baggage, "이름", "2");
    check_header(baggage, "");
    set_with(&baggage, "c", "3,\";\\ %", "bad,metadata");
    set_with(&baggage, "d", "4", "줄");
    set_with(&baggage, "e", "5", "good=1; x");
    set(&baggage, "f", "줄");
    check_header(baggage, "c=3%2C%22%3B%5C%20%25,d=4,e=5;good=1; x,f=%EC%A4%84");
    haetae_baggage_unref(baggage);
}

static void header_has_at_most_64_members(void **state)
{
    haetae_baggage *all = NULL;
    haetae_baggage *read;
    haetae_string header;
    char name[16];

    (void)state;
    for (int i = 0; i < HAETAE_BAGGAGE_HEADER_MEMBERS_MAX + 1; i++) {
        snprintf(name, sizeof name, "n%d", i);
        set(&all, name, "v");
    }
    header = haetae_baggage_header(all);
    read = parse(header.data);
    assert_int_equal(haetae_baggage_count(read), HAETAE_BAGGAGE_HEADER_MEMBERS_MAX);
    assert_null(get(read, "n64"));
    assert_string_equal(get(read, "n63"), "v");
    haetae_baggage_unref(read);
    haetae_baggage_unref(all);
    read = parse("a=1,a=2,a=3,a=4,a=5,a=6,a=7,a=8,a=9,a=10,a=11,a=12,a=13,a=14,a=15,a=16,a=17,a=18,"
                 "a=19,a=20,a=21,a=22,a=23,a=24,a=25,a=26,a=27,a=28,a=29,a=30,a=31,a=32,a=33,a=34,"
                 "a=35,a=36,a=37,a=38,a=39,a=40,a=41,a=42,a=43,a=44,a=45,a=46,a=47,a=48,a=49,a=50,"
                 "a=51,a=52,a=53,a=54,a=55,a=56,a=57,a=58,a=59,a=60,a=61,a=62,a=63,a=64,a=65,b=1");
    check_header(read, "a=65,b=1");
    haetae_baggage_unref(read);
}

static void header_has_at_most_8192_bytes(void **state)
{
    enum { HALF = HAETAE_BAGGAGE_HEADER_BYTES_MAX / 2 };
    haetae_baggage *baggage = NULL;
    haetae_baggage *read;
    char text[HAETAE_BAGGAGE_HEADER_BYTES_MAX + 16];

    (void)state;
    /* Two members and a comma that fill it; one more byte is too much. */
    memset(text, 'x', sizeof text);
    text[HALF - 2] = '\0';
    set(&baggage, "a", text);
    text[HALF - 2] = 'x';
    text[HALF - 3] = '\0';
    set(&baggage, "b", text);
    assert_int_equal(haetae_baggage_header(baggage).length, HAETAE_BAGGAGE_HEADER_BYTES_MAX);
    read = parse(haetae_baggage_header(baggage).data);
    assert_int_equal(haetae_baggage_count(read), 2);
    haetae_baggage_unref(read);
    text[HALF - 3] = 'x';
    text[HALF - 2] = '\0';
    set(&baggage, "b", text);
    set(&baggage, "c", "fits");
    assert_int_equal(haetae_baggage_header(baggage).length, HALF + sizeof ",c=fits" - 1);
    haetae_baggage_unref(baggage);

    /* A header that is longer is read up to there. */
    memset(text, 'x', sizeof text);
    memcpy(text, "a=1,b=", 6);
    memcpy(text + HAETAE_BAGGAGE_HEADER_BYTES_MAX - 4, ",c=1", 4);
    read = NULL;
    assert_int_equal(haetae_baggage_parse(text, HAETAE_BAGGAGE_HEADER_BYTES_MAX, &read), HAETAE_OK);
    assert_int_equal(haetae_baggage_count(read), 3);
    haetae_baggage_unref(read);
    assert_int_equal(haetae_baggage_parse(text, HAETAE_BAGGAGE_HEADER_BYTES_MAX + 1, &read),
                     HAETAE_OK);
    assert_int_equal(haetae_baggage_count(read), 2);
    haetae_baggage_unref(read);
}

static void shortage_of_memory_is_reported(void **state)
{
    haetae_baggage *baggage = parse("a=1,b=2");
    haetae_baggage *other = NULL;
    haetae_context *context = NULL;
    long live = hae_alloc_live_count();

    (void)state;
    for (long allocations = 0; allocations < 2; allocations++) {
        hae_alloc_fail_after(allocations);
        assert_int_equal(haetae_baggage_set(baggage, "c", 1, "3", 1, NULL, 0, &other),
                         HAETAE_ENOMEM);
        hae_alloc_fail_after(allocations);
        assert_int_equal(haetae_baggage_remove(baggage, "a", 1, &other), HAETAE_ENOMEM);
        hae_alloc_fail_after(allocations);
        assert_int_equal(haetae_baggage_parse("a=1", 3, &other), HAETAE_ENOMEM);
        hae_alloc_fail_after(allocations);
        assert_int_equal(haetae_context_with_baggage(NULL, baggage, &context), HAETAE_ENOMEM);
        hae_alloc_fail_after(-1);
        assert_null(other);
        assert_null(context);
        assert_int_equal(hae_alloc_live_count(), live);
    }
    haetae_baggage_unref(baggage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE_TEST(names_and_values_are_case_sensitive_text),
        LIVE_TEST(baggage_never_changes),
        LIVE_TEST(entries_are_shown_with_their_metadata),
        LIVE_TEST(removal_leaves_the_others),
        LIVE_TEST(text_that_is_not_utf8_is_refused),
        LIVE_TEST(entries_and_bytes_have_limits),
        LIVE_TEST(context_has_baggage_until_it_is_cleared),
        LIVE_TEST(members_of_a_header_are_read),
        LIVE_TEST(malformed_members_are_left_out),
        LIVE_TEST(odd_but_valid_members_are_read),
        LIVE_TEST(of_two_members_with_one_name_the_later_wins),
        LIVE_TEST(percent_encoding_that_is_wrong_is_repaired),
        LIVE_TEST(header_leaves_out_what_it_cannot_hold),
        LIVE_TEST(header_has_at_most_64_members),
        LIVE_TEST(header_has_at_most_8192_bytes),
        LIVE_TEST(shortage_of_memory_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
