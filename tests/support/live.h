/* SPDX-License-Identifier: Apache-2.0 */
/* A test after which all memory is given back. */
#ifndef HAETAE_TESTS_SUPPORT_LIVE_H
#define HAETAE_TESTS_SUPPORT_LIVE_H

#include "base/alloc.h"
#include "support/core_cmocka.h"

static long live_before;

static int live_set_up(void **state)
{
    (void)state;
    live_before = hae_alloc_live_count();
    return 0;
}

static int live_tear_down(void **state)
{
    (void)state;
    assert_int_equal(hae_alloc_live_count(), live_before);
    return 0;
}

#define LIVE_TEST(name) cmocka_unit_test_setup_teardown(name, live_set_up, live_tear_down)

#endif
