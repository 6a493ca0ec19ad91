/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/descriptor.h"

#if defined(__x86_64__) || defined(__aarch64__)

/* Reads the name of the kernel's clock source, a line; false: it cannot be read, as in a chroot. */
static bool read_clocksource(char name[32])
{
    static const char path[] = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    int file = hae_descriptor_raise(open(path, O_RDONLY | O_CLOEXEC));
    ssize_t got;

    if (file < 0) {
        return false;
    }
    got = read(file, name, 31);
    close(file);
    name[got > 0 ? got : 0] = '\0';
    return got > 0;
}

static bool is_counter(const char *name)
{
    return strcmp(name, "tsc\n") == 0 || strcmp(name, "arch_sys_counter\n") == 0;
}

#endif

/* The kernel checks the counter across sockets, sleep states and hypervisors, and goes on checking.
 * The library uses it only while the kernel does. `unknown`: what to assume where the kernel does
 * not say. */
static bool kernel_trusts_counter(bool unknown)
{
#if defined(__x86_64__) || defined(__aarch64__)
    char name[32];

    return read_clocksource(name) ? is_counter(name) : unknown;
#else
    (void)unknown;
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

/* How long the system has slept since it was started, to within the time that two readings take.
 * CLOCK_MONOTONIC stands still meanwhile; the counter may run on, stop, or start again from 0. */
static uint64_t suspended_ns(void)
{
    uint64_t least = UINT64_MAX;

    for (int tries = 0; tries < 3; tries++) {
        uint64_t mono_ns = hae_time_ns(CLOCK_MONOTONIC);
        uint64_t slept_ns = hae_time_ns(CLOCK_BOOTTIME) - mono_ns;

        least = slept_ns < least ? slept_ns : least;
    }
    return least;
}

/* Less is the time that the readings take. */
static const uint64_t sleep_min_ns = 1000000;

static void begin_measurement(struct hae_clock *clock, uint64_t tick, uint64_t mono_ns)
{
    clock->first_tick = tick;
    clock->first_mono_ns = mono_ns;
    clock->first_suspended_ns = suspended_ns();
}

static bool has_slept(const struct hae_clock *clock)
{
    return (int64_t)(suspended_ns() - clock->first_suspended_ns) > (int64_t)sleep_min_ns;
}

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
    if (rate != 0 && has_slept(clock)) {
        /* What passed since does not belong together. The rate is still the same. */
        begin_measurement(clock, tick, mono_ns);
        return rate;
    }
    rate = rate_since_first(clock, tick, mono_ns, rate);
    if (tick <= clock->first_tick || mono_ns - clock->first_mono_ns > span_max_ns) {
        begin_measurement(clock, tick, mono_ns);
    }
    return rate;
}

/* Goes on with the counter's ticks and rate, by CLOCK_MONOTONIC. */
static void leave_counter(struct hae_clock *clock)
{
    read_together(clock, CLOCK_MONOTONIC, &clock->first_tick, &clock->first_mono_ns);
    /* Release pairs with the acquire in hae_clock_scaled_tick(): the origin is there. */
    atomic_store_explicit(&clock->source, HAE_CLOCK_SCALED, memory_order_release);
}

uint64_t hae_clock_scaled_tick(const struct hae_clock *clock)
{
    /* Acquire pairs with the release in leave_counter(). */
    (void)atomic_load_explicit(&clock->source, memory_order_acquire);
    /* Relaxed: the rate does not change any more. */
    uint64_t rate = atomic_load_explicit(&clock->ns_per_tick_q32, memory_order_relaxed);
    uint64_t passed_ns = hae_time_ns(CLOCK_MONOTONIC) - clock->first_mono_ns;

    return clock->first_tick +
           (uint64_t)(((hae_uint128)passed_ns << 32) / (rate != 0 ? rate : UINT64_C(1) << 32));
}

#else

uint64_t hae_clock_scaled_tick(const struct hae_clock *clock)
{
    (void)clock; /* there is no counter to go on from */
    return hae_time_ns(CLOCK_MONOTONIC);
}

#endif

static uint64_t measured_rate(struct hae_clock *clock)
{
#if defined(__SIZEOF_INT128__)
    /* Relaxed, here and below: only the worker writes it, and the rate. */
    uint32_t source = atomic_load_explicit(&clock->source, memory_order_relaxed);

    if (source == HAE_CLOCK_COUNTER) {
        return counter_rate(clock);
    }
    if (source == HAE_CLOCK_SCALED) {
        return atomic_load_explicit(&clock->ns_per_tick_q32, memory_order_relaxed);
    }
#else
    (void)clock;
#endif
    return UINT64_C(1) << 32;
}

/* In a chroot the kernel does not say: then it is still as it was. */
static void look_at_source(struct hae_clock *clock)
{
#if defined(__SIZEOF_INT128__)
    if (atomic_load_explicit(&clock->source, memory_order_relaxed) == HAE_CLOCK_COUNTER &&
        !kernel_trusts_counter(true)) {
        leave_counter(clock);
    }
#else
    (void)clock;
#endif
}

static void set_anchor(struct hae_clock *clock)
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

void hae_clock_anchor(struct hae_clock *clock)
{
    look_at_source(clock);
    set_anchor(clock);
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
    uint32_t source;

    memset(clock, 0, sizeof *clock);
    source = allow_counter && kernel_trusts_counter(false) ? HAE_CLOCK_COUNTER : HAE_CLOCK_SYSTEM;
    /* Relaxed: no other thread has the clock yet. */
    atomic_store_explicit(&clock->source, source, memory_order_relaxed);
    read_together(clock, CLOCK_MONOTONIC, &clock->first_tick, &clock->first_mono_ns);
#if defined(__SIZEOF_INT128__)
    clock->first_suspended_ns = suspended_ns();
#endif
    if (source == HAE_CLOCK_COUNTER) {
        nanosleep(&pause, NULL);
    }
    set_anchor(clock);
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
