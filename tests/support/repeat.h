/* SPDX-License-Identifier: Apache-2.0 */
/* How often a test repeats something: less where a sanitizer or an emulator is slow. */
#ifndef HAETAE_TESTS_SUPPORT_REPEAT_H
#define HAETAE_TESTS_SUPPORT_REPEAT_H

/* cmake/toolchains defines it for processors that are emulated. */
#if defined(HAETAE_TEST_EMULATED)
#define TEST_IS_SLOW 1
#elif defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define TEST_IS_SLOW 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define TEST_IS_SLOW 1
#endif
#endif

static inline unsigned test_repeat(unsigned count)
{
#if defined(TEST_IS_SLOW)
    return count / 10 + 1;
#else
    return count;
#endif
}

#endif
