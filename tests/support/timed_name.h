/* SPDX-License-Identifier: Apache-2.0 */
/* The names of libc's functions that take a time, for tests that replace them by the linker; the
 * command for that is in tests/CMakeLists.txt. Where times have 64 bits and pointers 32, the names
 * of glibc's functions end in 64. */
#ifndef HAETAE_TESTS_SUPPORT_TIMED_NAME_H
#define HAETAE_TESTS_SUPPORT_TIMED_NAME_H

#include <stdint.h>
#include <time.h>

#if defined __GLIBC__ && UINTPTR_MAX == UINT32_MAX
#define WRAPPED_TIMED(name) __wrap___##name##64
#define REAL_TIMED(name)    __real___##name##64
#else
#define WRAPPED_TIMED(name) __wrap_##name
#define REAL_TIMED(name)    __real_##name
#endif

#endif
