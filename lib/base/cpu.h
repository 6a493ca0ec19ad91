/* SPDX-License-Identifier: Apache-2.0 */
/* On which CPU the calling thread runs, where that is known without a call to the system. */
#ifndef HAETAE_BASE_CPU_H
#define HAETAE_BASE_CPU_H

#include <features.h>
#include <stdint.h>

#if defined(__GLIBC_PREREQ) && defined(__has_builtin)
#if __GLIBC_PREREQ(2, 35) && __has_builtin(__builtin_thread_pointer)
#define HAE_CPU_IS_KNOWN 1
#include <sys/rseq.h>
#endif
#endif
#ifndef HAE_CPU_IS_KNOWN
#define HAE_CPU_IS_KNOWN 0
#endif

/* The number of the CPU, which may be another one by now; negative: it is not known. The kernel
 * writes it to where glibc has registered it, in each thread's block. Async-signal-safe. */
static inline int32_t hae_cpu_number(void)
{
#if HAE_CPU_IS_KNOWN
    const struct rseq *own =
        (const void *)((const uint8_t *)__builtin_thread_pointer() + __rseq_offset);

    /* Relaxed: the kernel writes it while this thread doesn't run. Negative when the thread is not
     * registered. */
    return (int32_t)__atomic_load_n(&own->cpu_id, __ATOMIC_RELAXED);
#else
    return -1;
#endif
}

#endif
