/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include "support/core_cmocka.h"

static int let_all_succeed(void **state)
{
    (void)state;
    hae_alloc_fail_after(-1);
    return 0;
}

static void every_block_is_counted_until_it_is_freed(void **state)
{
    long before = hae_alloc_live_count();
    void *blocks[4];

    (void)state;
    blocks[0] = hae_malloc(10);
    blocks[1] = hae_calloc(3, 5);
    blocks[2] = hae_strdup("text");
    blocks[3] = hae_realloc(NULL, 7);
    for (int i = 0; i < 4; i++) {
        assert_non_null(blocks[i]);
    }
    assert_int_equal(hae_alloc_live_count(), before + 4);
    blocks[3] = hae_realloc(blocks[3], 7000);
    assert_non_null(blocks[3]);
    assert_int_equal(hae_alloc_live_count(), before + 4);
    assert_string_equal(blocks[2], "text");
    for (int i = 0; i < 15; i++) {
        assert_int_equal(((char *)blocks[1])[i], 0);
    }
    for (int i = 0; i < 4; i++) {
        hae_free(blocks[i]);
    }
    hae_free(NULL);
    assert_int_equal(hae_alloc_live_count(), before);
}

static void empty_blocks_are_blocks_too(void **state)
{
    long before = hae_alloc_live_count();
    void *a = hae_malloc(0);
    void *b = hae_calloc(0, 0);
    void *c = hae_realloc(hae_malloc(9), 0);

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    assert_non_null(c);
    assert_int_equal(hae_alloc_live_count(), before + 3);
    hae_free(a);
    hae_free(b);
    hae_free(c);
    assert_int_equal(hae_alloc_live_count(), before);
}

static void allocations_fail_from_the_chosen_one_on(void **state)
{
    long before = hae_alloc_live_count();
    char *first;
    char *second;

    (void)state;
    hae_alloc_fail_after(2);
    first = hae_malloc(4);
    second = hae_strdup("kept");
    assert_non_null(first);
    assert_non_null(second);
    assert_null(hae_malloc(1));
    assert_null(hae_calloc(1, 1));
    assert_null(hae_strdup("x"));
    assert_null(hae_realloc(NULL, 1));
    assert_null(hae_realloc(second, 1000));
    assert_string_equal(second, "kept"); /* untouched by a realloc that failed */
    assert_int_equal(hae_alloc_live_count(), before + 2);
    hae_free(first);
    hae_free(second);
    hae_alloc_fail_after(-1);
    first = hae_malloc(1);
    assert_non_null(first);
    hae_free(first);
    assert_int_equal(hae_alloc_live_count(), before);
}

static void one_allocation_fails_and_the_next_succeed(void **state)
{
    long refused = hae_alloc_refused_count();
    void *blocks[3];

    (void)state;
    hae_alloc_fail_once_after(1);
    blocks[0] = hae_malloc(1);
    assert_null(hae_calloc(1, 1));
    blocks[1] = hae_malloc(1);
    blocks[2] = hae_malloc(1);
    assert_int_equal(hae_alloc_refused_count(), refused + 1);
    for (int i = 0; i < 3; i++) {
        assert_non_null(blocks[i]);
        hae_free(blocks[i]);
    }
}

static void calloc_refuses_sizes_that_overflow(void **state)
{
    volatile size_t half = SIZE_MAX / 2;
    long before = hae_alloc_live_count();

    (void)state;
    assert_null(hae_calloc(half, 3));
    assert_int_equal(hae_alloc_live_count(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_is_counted_until_it_is_freed),
        cmocka_unit_test(empty_blocks_are_blocks_too),
        cmocka_unit_test_teardown(allocations_fail_from_the_chosen_one_on, let_all_succeed),
        cmocka_unit_test_teardown(one_allocation_fails_and_the_next_succeed, let_all_succeed),
        cmocka_unit_test(calloc_refuses_sizes_that_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
