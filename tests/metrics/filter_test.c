/* SPDX-License-Identifier: Apache-2.0 */
/* Which attributes a key filter keeps. */
#include "metrics/filter.h"

#include "metrics/fixture.h"

static const haetae_string keys[] = {{"a", 1}, {"http.method", 11}};
static const struct hae_key_filter keeps = {.drops = false, .key_count = 2, .keys = keys};
static const struct hae_key_filter drops = {.drops = true, .key_count = 2, .keys = keys};
static const struct hae_key_filter keeps_none = {.drops = false};
static const struct hae_key_filter drops_none = {.drops = true};

static void a_filter_compares_whole_keys(void **state)
{
    static const char *const others[] = {"b", "A", "aa", "http.metho", "http.methods"};

    (void)state;
    assert_true(hae_filter_keeps(&keeps, haetae_string_of("a")));
    assert_true(hae_filter_keeps(&keeps, haetae_string_of("http.method")));
    assert_false(hae_filter_keeps(&drops, haetae_string_of("a")));
    assert_false(hae_filter_keeps(&drops, haetae_string_of("http.method")));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(hae_filter_keeps(&keeps, haetae_string_of(others[i])));
        assert_true(hae_filter_keeps(&drops, haetae_string_of(others[i])));
    }
}

static void a_filter_without_keys_keeps_none_or_all(void **state)
{
    (void)state;
    assert_false(hae_filter_keeps(&keeps_none, haetae_string_of("a")));
    assert_true(hae_filter_keeps(&drops_none, haetae_string_of("a")));
}

static void a_key_that_is_null_is_no_key(void **state)
{
    const haetae_string null = {NULL, 1};

    (void)state;
    assert_false(hae_filter_keeps(&keeps, null));
    assert_false(hae_filter_keeps(&drops, null));
}

static void what_is_kept_stays_in_order_and_within_the_room(void **state)
{
    const haetae_attribute attributes[] = {HAETAE_ATTR("x", 1), HAETAE_ATTR("a", 2),
                                           HAETAE_ATTR("y", 3), HAETAE_ATTR("http.method", 4),
                                           HAETAE_ATTR("a", 5)};
    haetae_attribute kept[3];
    size_t count = 99;

    (void)state;
    assert_true(hae_filter_apply(&keeps, attributes, 5, kept, 3, &count));
    assert_int_equal(count, 3);
    assert_int_equal(kept[0].value.as.int64, 2);
    assert_int_equal(kept[1].value.as.int64, 4);
    assert_int_equal(kept[2].value.as.int64, 5);
    assert_true(hae_filter_apply(&drops, attributes, 5, kept, 3, &count));
    assert_int_equal(count, 2);
    assert_int_equal(kept[1].value.as.int64, 3);
    assert_false(hae_filter_apply(&keeps, attributes, 5, kept, 2, &count));
    assert_true(hae_filter_apply(&keeps_none, attributes, 5, kept, 0, &count));
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_compares_whole_keys),
        cmocka_unit_test(a_filter_without_keys_keeps_none_or_all),
        cmocka_unit_test(a_key_that_is_null_is_no_key),
        cmocka_unit_test(what_is_kept_stays_in_order_and_within_the_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
