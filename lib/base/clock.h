/* SPDX-License-Identifier: Apache-2.0 */
/* Time: a wall-clock anchor plus a monotonic tick, so that a step of the clock never makes
 * a negative duration. The tick is the CPU's counter when the kernel trusts it as its clock
 * source, else CLOCK_MONOTONIC. */
#ifndef HAETAE_BASE_CLOCK_H
#define HAETAE_BASE_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/bytes.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

enum hae_clock_source {
    HAE_CLOCK_SYSTEM = 0,  /* ticks are nanoseconds of CLOCK_MONOTONIC */
    HAE_CLOCK_COUNTER = 1, /* ticks of the CPU's counter               */
    /* The kernel has stopped trusting the counter: ticks go on where it was, at its last rate, by
     * CLOCK_MONOTONIC, so that those taken before still mean the same. */
    HAE_CLOCK_SCALED = 2
};

/* unix_ns = base_unix_ns + (tick - base_tick) * ns_per_tick. Only the worker writes it
 * (hae_clock_anchor); every thread reads it. */
struct hae_clock {
    _Atomic uint32_t sequence; /* odd while the fields below change */
    _Atomic uint32_t source;   /* a hae_clock_source                */
    _Atomic uint64_t base_tick;
    _Atomic uint64_t base_unix_ns;
    _Atomic uint64_t ns_per_tick_q32; /* fixed point, 32 bits of fraction */
    /* Where the measurement of the rate began. Only the worker uses these; of a scaled clock they
     * are constant, and its origin. */
    uint64_t first_tick;
    uint64_t first_mono_ns;
    uint64_t first_suspended_ns; /* how long the system had slept by then */
};

static inline uint64_t hae_time_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* Milliseconds of CLOCK_MONOTONIC, which no clock step changes. For deadlines and
 * intervals. */
static inline uint64_t hae_monotonic_ms(void)
{
    return hae_time_ns(CLOCK_MONOTONIC) / 1000000;
}

/* The tick of a scaled clock. */
uint64_t hae_clock_scaled_tick(const struct hae_clock *clock);

static inline uint64_t hae_clock_tick(const struct hae_clock *clock)
{
    /* Relaxed: a tick of the source of before is good enough; hae_clock_scaled_tick() acquires
     * what it reads. */
    uint32_t source = atomic_load_explicit(&clock->source, memory_order_relaxed);

#if defined(__x86_64__)
    if (HAE_LIKELY(source == HAE_CLOCK_COUNTER)) {
        return __rdtsc();
    }
#elif defined(__aarch64__)
    if (HAE_LIKELY(source == HAE_CLOCK_COUNTER)) {
        uint64_t tick;
        __asm__ __volatile__("mrs %0, cntvct_el0" : "=r"(tick));
        return tick;
    }
#endif
    return HAE_UNLIKELY(source == HAE_CLOCK_SCALED) ? hae_clock_scaled_tick(clock)
                                                    : hae_time_ns(CLOCK_MONOTONIC);
}

#if defined(__SIZEOF_INT128__)
/* ISO C has no such type: __extension__ keeps -Wpedantic silent. */
__extension__ typedef unsigned __int128 hae_uint128;
#endif

/* Ticks to nanoseconds. The product needs 128 bits; processors without them have no
 * counter. */
static inline uint64_t hae_clock_scale(uint64_t ticks, uint64_t ns_per_tick_q32)
{
#if defined(__SIZEOF_INT128__)
    return (uint64_t)(((hae_uint128)ticks * ns_per_tick_q32) >> 32);
#else
    (void)ns_per_tick_q32;
    return ticks;
#endif
}

/* Reads the anchor once; false when the worker was just changing it. */
static inline bool hae_clock_try_unix_ns(const struct hae_clock *clock, uint64_t tick,
                                         uint64_t *ret_unix_ns)
{
    /* Acquire pairs with the release stores of set_anchor() in clock.c: each load stays before
     * the next one. Two equal, even sequence numbers thus mean that the values between them
     * belong together. */
    uint32_t before = atomic_load_explicit(&clock->sequence, memory_order_acquire);
    uint64_t base = atomic_load_explicit(&clock->base_tick, memory_order_acquire);
    uint64_t unix_ns = atomic_load_explicit(&clock->base_unix_ns, memory_order_acquire);
    uint64_t rate = atomic_load_explicit(&clock->ns_per_tick_q32, memory_order_acquire);

    /* Relaxed: the acquire loads above keep this load last. */
    if (HAE_UNLIKELY((before & 1) != 0 ||
                     before != atomic_load_explicit(&clock->sequence, memory_order_relaxed))) {
        return false;
    }
    /* A tick that was read just before a new anchor is older than it. */
    *ret_unix_ns = HAE_LIKELY(tick >= base) ? unix_ns + hae_clock_scale(tick - base, rate)
                                            : unix_ns - hae_clock_scale(base - tick, rate);
    return true;
}

/* The slow path of hae_clock_unix_ns(): the worker is setting a new anchor. */
uint64_t hae_clock_unix_ns_again(const struct hae_clock *clock, uint64_t tick);

/* The wall-clock time of a tick. */
static inline uint64_t hae_clock_unix_ns(const struct hae_clock *clock, uint64_t tick)
{
    uint64_t unix_ns;

    return HAE_LIKELY(hae_clock_try_unix_ns(clock, tick, &unix_ns))
               ? unix_ns
               : hae_clock_unix_ns_again(clock, tick);
}

/* Nanoseconds between two ticks. Returns 0 when the second is the older one, as it may be
 * by a little between two CPUs. */
static inline uint64_t hae_clock_elapsed_ns(const struct hae_clock *clock, uint64_t from,
                                            uint64_t to)
{
    /* Relaxed: any rate that was measured is exact enough. */
    uint64_t rate = atomic_load_explicit(&clock->ns_per_tick_q32, memory_order_relaxed);

    return to > from ? hae_clock_scale(to - from, rate) : 0;
}

static inline uint64_t hae_clock_now_unix_ns(const struct hae_clock *clock)
{
    return hae_clock_unix_ns(clock, hae_clock_tick(clock));
}

/* Chooses the source and sets the first anchor. With the CPU's counter this takes about a
 * millisecond, in which the rate is measured. */
void hae_clock_init(struct hae_clock *clock, bool allow_counter);

/* Measures the rate again, over some seconds, and reads the wall clock again, so that the
 * clock follows its steps and slews. Looks again whether the kernel trusts the counter. Only the
 * worker calls it. */
void hae_clock_anchor(struct hae_clock *clock);

/* In a forked child: the same, even if the parent's worker was setting an anchor when the
 * process forked. */
void hae_clock_reinit(struct hae_clock *clock);

/* hae_monotonic_ms(), for the pipeline's deadlines and pauses. */
uint64_t hae_now_ms(void);

/* For tests: another clock for hae_now_ms(), in a process without a worker thread;
 * NULL: the system's. */
void hae_set_clock_ms(uint64_t (*clock_ms)(void));

#endif
