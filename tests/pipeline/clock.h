/* SPDX-License-Identifier: Apache-2.0 */
/* A clock that only the test moves. For SDKs without a worker thread. */
#ifndef HAETAE_TESTS_PIPELINE_CLOCK_H
#define HAETAE_TESTS_PIPELINE_CLOCK_H

#include "base/clock.h"

/* Weak: a test and its fixture have one together. */
__attribute__((weak)) uint64_t test_now_ms = 1000000;

static inline uint64_t test_clock_ms(void)
{
    return test_now_ms;
}

static inline int use_test_clock(void **state)
{
    (void)state;
    hae_set_clock_ms(test_clock_ms);
    return 0;
}

#endif
