/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/descriptor.h"

/* The kernel checks the counter across sockets, sleep states and hypervisors. The library
 * uses it only when the kernel does. */
static bool kernel_trusts_counter(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
    static const char path[] = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    char name[32] = "";
    int file = hae_descriptor_raise(open(path, O_RDONLY | O_CLOEXEC));

    if (file < 0) {
        return false;
    }
    ssize_t got = read(file, name, sizeof name - 1);
    close(file);
    if (got <= 0) {
        return false;
    }
    return strncmp(name, "tsc\n", 4) == 0 || strncmp(name, "arch_sys_counter\n", 17) == 0;
#else
    return false;
#endif
}

/* Reads the tick and a clock as close together as possible: of several tries it keeps the
 * one whose two readings of the tick are closest. */
static void read_together(const struct hae_clock *clock, clockid_t id, uint64_t *ret_tick,
                          uint64_t *ret_ns)
{
    uint64_t closest = UINT64_MAX;

    for (int tries = 0; tries < 5; tries++) {
        uint64_t before = hae_clock_tick(clock);
        uint64_t ns = hae_time_ns(id);
        uint64_t after = hae_clock_tick(clock);

        if (after - before < closest) {
            closest = after - before;
            *ret_tick = before + (after - before) / 2;
            *ret_ns = ns;
        }
    }
}

#if defined(__SIZEOF_INT128__)

/* The rate is measured over at least this long, to be exact, and at most this long, so that
 * it soon follows a counter that ran on during sleep or that moved to another host with the
 * virtual machine. */
static const uint64_t span_min_ns = 1000000;
static const uint64_t span_max_ns = UINT64_C(10000000000);

/* The rate since the measurement began. Returns `known` when it cannot be computed yet: too
 * little time has passed, or the counter went backwards. */
static uint64_t rate_since_first(const struct hae_clock *clock, uint64_t tick, uint64_t mono_ns,
                                 uint64_t known)
{
    uint64_t passed_ns = mono_ns - clock->first_mono_ns;

    if (tick > clock->first_tick && (passed_ns >= span_min_ns || known == 0)) {
        return (uint64_t)(((hae_uint128)passed_ns << 32) / (tick - clock->first_tick));
    }
    return known != 0 ? known : UINT64_C(1) << 32;
}

static uint64_t counter_rate(struct hae_clock *clock)
{
    /* Relaxed: only the worker writes it. 0: the first measurement. */
    uint64_t rate = atomic_load_explicit(&clock->ns_per_tick_q32, memory_order_relaxed);
    uint64_t tick;
    uint64_t mono_ns;

    read_together(clock, CLOCK_MONOTONIC, &tick, &mono_ns);
    rate = rate_since_first(clock, tick, mono_ns, rate);
    if (tick <= clock->first_tick || mono_ns - clock->first_mono_ns > span_max_ns) {
        clock->first_tick = tick;
        clock->first_mono_ns = mono_ns;
    }
    return rate;
}

#endif

static uint64_t measured_rate(struct hae_clock *clock)
{
#if defined(__SIZEOF_INT128__)
    if (clock->source == HAE_CLOCK_COUNTER) {
        return counter_rate(clock);
    }
#else
    (void)clock;
#endif
    return UINT64_C(1) << 32;
}

void hae_clock_anchor(struct hae_clock *clock)
{
    uint32_t sequence = atomic_load_explicit(&clock->sequence, memory_order_relaxed);
    uint64_t rate = measured_rate(clock);
    uint64_t tick = 0;
    uint64_t unix_ns = 0;

    read_together(clock, CLOCK_REALTIME, &tick, &unix_ns);
    /* Relaxed: the release stores below order it before them. */
    atomic_store_explicit(&clock->sequence, sequence + 1, memory_order_relaxed);
    /* Release pairs with the acquire loads of hae_clock_try_unix_ns(): a reader that sees
     * one of the new values also sees the odd sequence number, and tries again. */
    atomic_store_explicit(&clock->base_tick, tick, memory_order_release);
    atomic_store_explicit(&clock->base_unix_ns, unix_ns, memory_order_release);
    atomic_store_explicit(&clock->ns_per_tick_q32, rate, memory_order_release);
    atomic_store_explicit(&clock->sequence, sequence + 2, memory_order_release);
}

void hae_clock_reinit(struct hae_clock *clock)
{
    uint32_t sequence = atomic_load_explicit(&clock->sequence, memory_order_relaxed);

    /* Relaxed: no other thread reads it yet. */
    atomic_store_explicit(&clock->sequence, sequence & ~UINT32_C(1), memory_order_relaxed);
    hae_clock_anchor(clock);
}

HAE_COLD uint64_t hae_clock_unix_ns_again(const struct hae_clock *clock, uint64_t tick)
{
    uint64_t unix_ns;

    for (int tries = 0; tries < 8; tries++) {
        if (hae_clock_try_unix_ns(clock, tick, &unix_ns)) {
            return unix_ns;
        }
    }
    return hae_time_ns(CLOCK_REALTIME);
}

void hae_clock_init(struct hae_clock *clock, bool allow_counter)
{
    struct timespec pause = {0, 1000000};

    memset(clock, 0, sizeof *clock);
    clock->source = allow_counter && kernel_trusts_counter() ? HAE_CLOCK_COUNTER : HAE_CLOCK_SYSTEM;
    read_together(clock, CLOCK_MONOTONIC, &clock->first_tick, &clock->first_mono_ns);
    if (clock->source == HAE_CLOCK_COUNTER) {
        nanosleep(&pause, NULL);
    }
    hae_clock_anchor(clock);
}

/* ---- Milliseconds ------------------------------------------------------------------ */

static uint64_t (*other_clock_ms)(void);

uint64_t hae_now_ms(void)
{
    return other_clock_ms != NULL ? other_clock_ms() : hae_monotonic_ms();
}

void hae_set_clock_ms(uint64_t (*clock_ms)(void))
{
    other_clock_ms = clock_ms;
}
