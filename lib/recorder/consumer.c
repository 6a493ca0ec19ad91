/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/consumer.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "recorder/host.h"
#include "recorder/life.h"

haetae_status hae_recorder_open_wake(struct hae_recorder *recorder)
{
    recorder->wake = hae_descriptor_of(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    return recorder->wake.number >= 0 ? HAETAE_OK : HAETAE_EIO;
}

HAE_COLD bool hae_recorder_start_consumer(struct hae_recorder *recorder)
{
    struct hae_host_state state;

    /* Acquire pairs with the release of the thread that started it, in sdk/fork.c. */
    if (!atomic_load_explicit(&recorder->start_pending, memory_order_acquire)) {
        return true;
    }
    /* Not before the recorder is this process's own: in a child that was forked in a signal
     * handler, the call that it interrupted comes here, and goes on with what it has. */
    if (hae_life_of(recorder) != HAE_LIFE_OWN || hae_looks_like_handler()) {
        return false;
    }
    state = hae_host_save();
    recorder->atfork.start(recorder->atfork.user);
    hae_host_restore(state);
    return true;
}

/* ---- Waking --------------------------------------------------------------------- */

static void write_wake(const struct hae_recorder *recorder)
{
    uint64_t one = 1;
    /* write() is a place where a thread may be cancelled, but not one that is recording:
     * it would never let go of what it holds. */
    struct hae_host_state state = hae_host_save();

    if (hae_descriptor_is_ours(&recorder->wake)) {
        ssize_t ignored = write(recorder->wake.number, &one, sizeof one);

        (void)ignored; /* it fails only when the counter is full, and so readable */
    }
    hae_host_restore(state);
}

void hae_recorder_wake(struct hae_recorder *recorder)
{
    if (HAE_UNLIKELY(atomic_load_explicit(&recorder->start_pending, memory_order_relaxed))) {
        (void)hae_recorder_start_consumer(recorder);
    }
    /* The load first: while the consumer is awake no producer writes this line.
     * Acquire-release on the exchange: of all producers exactly one writes, and
     * the consumer reads the rings next after our tail. */
    if (atomic_load_explicit(&recorder->consumer_waits, memory_order_relaxed) &&
        atomic_exchange_explicit(&recorder->consumer_waits, false, memory_order_acq_rel)) {
        write_wake(recorder);
    }
}

HAE_COLD void hae_wake_if_full(struct hae_recorder *recorder, struct hae_lane *lane)
{
    /* Relaxed: this thread is the only writer of tail. */
    uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);

    /* Acquire pairs with the release in drain_lane() of drain.c, as in refresh_head() of
     * lane.c. */
    lane->cached_head = atomic_load_explicit(&lane->head, memory_order_acquire);
    if (tail - lane->cached_head > recorder->wake_bytes) {
        hae_recorder_wake(recorder);
    }
}

/* ---- Waiting -------------------------------------------------------------------- */

static bool worth_a_wake(struct hae_recorder *recorder)
{
    uint32_t lanes = hae_lanes_touched(recorder);

    for (uint32_t i = 0; i < lanes; i++) {
        struct hae_lane *lane = hae_lane_at(recorder, i);

        if (atomic_load_explicit(&lane->tail, memory_order_relaxed) -
                atomic_load_explicit(&lane->head, memory_order_relaxed) >
            recorder->wake_bytes) {
            return true;
        }
    }
    return hae_many_handed_over(recorder);
}

bool hae_recorder_about_to_wait(struct hae_recorder *recorder)
{
    /* Sequentially consistent, and the rings are read after it: they show a producer that
     * publishes and then misses this flag, in most cases. In the rare rest the next record, or
     * the consumer's own timeout, wakes it. So the producer needs no fence. */
    atomic_store_explicit(&recorder->consumer_waits, true, memory_order_seq_cst);
    return worth_a_wake(recorder);
}

void hae_recorder_awake(struct hae_recorder *recorder, bool woken)
{
    uint64_t count;

    atomic_store_explicit(&recorder->consumer_waits, false, memory_order_relaxed);
    /* What a producer writes after the wait makes the next one end at once. */
    if (woken && hae_descriptor_is_ours(&recorder->wake)) {
        ssize_t ignored = read(recorder->wake.number, &count, sizeof count);

        (void)ignored; /* nothing to read is fine */
    }
}
