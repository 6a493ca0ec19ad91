/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include "util/memo.h"

static struct hae_view_digest digest(uint64_t number)
{
    /* Few different low parts: what collides must stay apart. */
    return (struct hae_view_digest){number % 7, number};
}

static void what_was_added_is_found(void **state)
{
    (void)state;
    struct hae_view_memo memo;
    hae_view_memo_init(&memo, 1000);
    assert_null(hae_view_memo_find(&memo, digest(1)));
    for (uint64_t i = 0; i < 1000; i++) {
        assert_true(hae_view_memo_add(&memo, digest(i), (int64_t)(i + 5)));
    }
    for (uint64_t i = 0; i < 1000; i++) {
        assert_int_equal(hae_view_memo_find(&memo, digest(i))->id, i + 5);
    }
    assert_null(hae_view_memo_find(&memo, digest(1000)));
    hae_view_memo_done(&memo);
}

static void it_takes_no_more_than_its_limit(void **state)
{
    (void)state;
    struct hae_view_memo memo;
    hae_view_memo_init(&memo, 2);
    assert_true(hae_view_memo_add(&memo, digest(1), 1));
    assert_false(hae_view_memo_is_full(&memo));
    assert_true(hae_view_memo_add(&memo, digest(2), 2));
    assert_true(hae_view_memo_is_full(&memo));
    assert_false(hae_view_memo_add(&memo, digest(3), 3));
    assert_null(hae_view_memo_find(&memo, digest(3)));
    hae_view_memo_done(&memo);
}

static void a_cut_forgets_what_came_last(void **state)
{
    (void)state;
    struct hae_view_memo memo;
    hae_view_memo_init(&memo, 100);
    for (uint64_t i = 0; i < 100; i++) {
        assert_true(hae_view_memo_add(&memo, digest(i), 1));
    }
    hae_view_memo_cut(&memo, 60);
    for (uint64_t i = 0; i < 100; i++) {
        assert_int_equal(hae_view_memo_find(&memo, digest(i)) != NULL, i < 60);
    }
    assert_true(hae_view_memo_add(&memo, digest(99), 2));
    assert_int_equal(hae_view_memo_find(&memo, digest(99))->id, 2);
    hae_view_memo_cut(&memo, 200);
    assert_int_equal(memo.count, 61);
    hae_view_memo_done(&memo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_found),
        cmocka_unit_test(it_takes_no_more_than_its_limit),
        cmocka_unit_test(a_cut_forgets_what_came_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
