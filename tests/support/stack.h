/* SPDX-License-Identifier: Apache-2.0 */
/* How much stack something needs: it runs on a stack that was painted, in the handler of a signal.
 */
#ifndef HAETAE_TESTS_SUPPORT_STACK_H
#define HAETAE_TESTS_SUPPORT_STACK_H

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Sanitizers keep more on the stack, or another one. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_IS_MEASURED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define STACK_IS_MEASURED 0
#endif
#endif
#ifndef STACK_IS_MEASURED
#define STACK_IS_MEASURED 1
#endif

enum { STACK_PAINT = 0xA5, STACK_GUARD_BYTES = 65536 };

static struct {
    void (*body)(void *argument);
    void *argument;
    uint8_t *bottom;
    size_t used_bytes;
} stack_run;

/* From here on down is the body's. What lies below was painted, and is not read by anybody. */
static inline void stack_handle(int number)
{
    uint8_t *here = __builtin_frame_address(0);
    uint8_t *lowest = stack_run.bottom;

    (void)number;
    stack_run.body(stack_run.argument);
    while (lowest < here && *lowest == STACK_PAINT) {
        lowest++;
    }
    stack_run.used_bytes = (size_t)(here - lowest);
}

/* Runs the body on a stack of so many bytes, below which nothing can be written. Returns the bytes
 * of stack that it has touched; 1 where that is not measured. */
static inline size_t stack_used(size_t stack_bytes, void (*body)(void *argument), void *argument)
{
    size_t size = STACK_GUARD_BYTES + stack_bytes;
    uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction action, before;
    stack_t stack, old;

    if (!STACK_IS_MEASURED) {
        munmap(memory, size);
        body(argument);
        return 1;
    }
    if (memory == MAP_FAILED || mprotect(memory, STACK_GUARD_BYTES, PROT_NONE) != 0) {
        abort();
    }
    memset(memory + STACK_GUARD_BYTES, STACK_PAINT, stack_bytes);
    memset(&action, 0, sizeof action);
    memset(&stack, 0, sizeof stack);
    stack.ss_sp = memory + STACK_GUARD_BYTES;
    stack.ss_size = stack_bytes;
    action.sa_handler = stack_handle;
    action.sa_flags = SA_ONSTACK;
    stack_run.body = body;
    stack_run.argument = argument;
    stack_run.bottom = memory + STACK_GUARD_BYTES;
    if (sigaltstack(&stack, &old) != 0 || sigaction(SIGUSR1, &action, &before) != 0 ||
        raise(SIGUSR1) != 0 || sigaction(SIGUSR1, &before, NULL) != 0) {
        abort();
    }
    stack.ss_flags = SS_DISABLE;
    (void)sigaltstack(&stack, NULL);
    munmap(memory, size);
    return stack_run.used_bytes;
}

#endif
