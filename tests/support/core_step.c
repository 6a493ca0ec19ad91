/* SPDX-License-Identifier: Apache-2.0 */
#include "support/core_step.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "support/core_cmocka.h"

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#if defined(__has_feature)
#if !__has_feature(thread_sanitizer)
#define CAN_STEP 1
#endif
#else
#define CAN_STEP 1
#endif
#endif

bool core_can_step(void)
{
#if defined(CAN_STEP)
    return true;
#else
    return false;
#endif
}

#if defined(CAN_STEP)

static void (*each)(void *argument, unsigned step);
static void *each_argument;
static unsigned step_count;

/* The CPU raises the trap after the following instruction. The kernel clears the
 * flag for the handler. The compiler may use 128 bytes below the stack pointer. */
#define SET_TRAP_FLAG                                                                              \
    "leaq -128(%%rsp), %%rsp; pushfq; orq $0x100, (%%rsp); popfq; leaq 128(%%rsp), %%rsp"
#define CLEAR_TRAP_FLAG                                                                            \
    "leaq -128(%%rsp), %%rsp; pushfq; andq $~0x100, (%%rsp); popfq; leaq 128(%%rsp), %%rsp"

static void trapped(int signal_number)
{
    int error = errno;

    (void)signal_number;
    each(each_argument, step_count++);
    errno = error;
}

unsigned core_step(void (*body)(void *argument), void (*at_each)(void *argument, unsigned step),
                   void *argument)
{
    struct sigaction action;
    struct sigaction before;

    memset(&action, 0, sizeof action);
    action.sa_handler = trapped;
    each = at_each;
    each_argument = argument;
    step_count = 0;
    assert_int_equal(sigaction(SIGTRAP, &action, &before), 0);
    __asm__ volatile(SET_TRAP_FLAG ::: "cc", "memory");
    body(argument);
    __asm__ volatile(CLEAR_TRAP_FLAG ::: "cc", "memory");
    assert_int_equal(sigaction(SIGTRAP, &before, NULL), 0);
    return step_count;
}

#else

unsigned core_step(void (*body)(void *argument), void (*at_each)(void *argument, unsigned step),
                   void *argument)
{
    (void)at_each;
    body(argument);
    return 0;
}

#endif
