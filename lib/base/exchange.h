/* SPDX-License-Identifier: Apache-2.0 */
/* A compare-and-exchange that keeps out the handlers of this thread's signals, but no other
 * processor. To others it is a load and a store, also when it fails: then it stores what it has
 * loaded. The caller sees to it that this does no harm. */
#ifndef HAETAE_BASE_EXCHANGE_H
#define HAETAE_BASE_EXCHANGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Releases what this thread wrote before, to those who acquire the word. */
static inline bool hae_exchange_own(_Atomic uint64_t *word, uint64_t expected, uint64_t desired)
{
#if defined(__x86_64__) && defined(__GCC_ASM_FLAG_OUTPUTS__) && !defined(__SANITIZE_THREAD__)
    bool done;

    /* One instruction: a signal comes before it or after it. Without a lock prefix; the processor
     * keeps the order of stores. */
    __asm__ __volatile__("cmpxchgq %3, %1"
                         : "=@ccz"(done), "+m"(*word), "+a"(expected)
                         : "r"(desired)
                         : "memory");
    return done;
#else
    /* Release pairs with whatever the caller says that acquires the word. */
    return atomic_compare_exchange_strong_explicit(word, &expected, desired, memory_order_release,
                                                   memory_order_relaxed);
#endif
}

#endif
