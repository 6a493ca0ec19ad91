/* SPDX-License-Identifier: Apache-2.0 */
#include "base/minmax.h"

#include "support/core_cmocka.h"

static void min_and_max_choose_one_of_two(void **state)
{
    (void)state;
    assert_int_equal(hae_min(1, 2), 1);
    assert_int_equal(hae_min(2, 1), 1);
    assert_int_equal(hae_min(UINT64_MAX, UINT64_MAX - 1), UINT64_MAX - 1);
    assert_int_equal(hae_max(1, 2), 2);
    assert_int_equal(hae_max(2, 1), 2);
    assert_int_equal(hae_max(0, UINT64_MAX), UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(min_and_max_choose_one_of_two)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
