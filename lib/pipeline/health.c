/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/health.h"

#include "base/clock.h"
#include "pipeline/failover.h"
#include "pipeline/spooling.h"

/* The queue of the spool behind a destination; NULL: it has none, or is a backup. */
static const struct hae_export_queue *spool_queue(const struct hae_destination *destination,
                                                  haetae_signal signal)
{
    return destination->spool != NULL ? &destination->spool->queues[signal] : NULL;
}

static struct hae_spool *spool_of(const struct hae_destination *destination, haetae_signal signal)
{
    return destination->spool != NULL ? hae_spooling_of(destination->spool->exporter, signal)
                                      : NULL;
}

uint64_t hae_health_now(const struct hae_destination *destination, haetae_signal signal,
                        haetae_destination_stat stat, uint64_t now_ms)
{
    const struct hae_export_queue *queue = &destination->queues[signal];
    const struct hae_export_queue *spool = spool_queue(destination, signal);

    switch (stat) {
    case HAETAE_DESTINATION_WAITING:
        return queue->waiting.count + (spool != NULL ? spool->waiting.count : 0);
    case HAETAE_DESTINATION_WAITING_ITEMS:
        return queue->waiting.item_count + (spool != NULL ? spool->waiting.item_count : 0);
    case HAETAE_DESTINATION_HELD_BYTES:
        return queue->held_bytes + (spool != NULL ? spool->held_bytes : 0);
    case HAETAE_DESTINATION_IN_FLIGHT:
        return queue->in_flight_count;
    case HAETAE_DESTINATION_DELIVERED:
        return queue->counts.exported;
    case HAETAE_DESTINATION_DROPPED:
        return queue->lost_count + (spool != NULL ? spool->lost_count : 0);
    case HAETAE_DESTINATION_RETRIES:
        return queue->retries;
    case HAETAE_DESTINATION_FAILURES:
        return queue->backoff.failures;
    case HAETAE_DESTINATION_AWAY:
        return hae_failover_is_away(queue, now_ms);
    case HAETAE_DESTINATION_LAST_ERROR_MS:
        return queue->last_error_ms;
    case HAETAE_DESTINATION_SPOOLED_ITEMS:
        return spool != NULL ? hae_spool_items(spool_of(destination, signal)) : 0;
    case HAETAE_DESTINATION_SPOOLED_BYTES:
        return spool != NULL ? hae_spool_bytes(spool_of(destination, signal)) : 0;
    }
    return 0;
}

static void show_signal(struct hae_destination *destination, haetae_signal signal, uint64_t now_ms)
{
    for (int stat = 0; stat < HAETAE_DESTINATION_COUNT; stat++) {
        /* Release pairs with the acquire loads of try_read(): a reader that sees one of the new
         * values also sees the odd sequence number, and tries again. */
        atomic_store_explicit(
            &destination->health.values[signal][stat],
            hae_health_now(destination, signal, (haetae_destination_stat)stat, now_ms),
            memory_order_release);
    }
}

static void show(struct hae_destination *destination, uint64_t now_ms)
{
    /* Relaxed: only the driver writes it. */
    uint32_t sequence =
        atomic_load_explicit(&destination->health.sequence, memory_order_relaxed) | 1;

    /* Relaxed: the release stores of the values order it before them. */
    atomic_store_explicit(&destination->health.sequence, sequence, memory_order_relaxed);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (hae_destination_takes(destination, (haetae_signal)signal)) {
            show_signal(destination, (haetae_signal)signal, now_ms);
        }
    }
    /* Release: as the values. */
    atomic_store_explicit(&destination->health.sequence, sequence + 1, memory_order_release);
}

void hae_health_show(struct hae_route *route)
{
    uint64_t now_ms = hae_now_ms();

    for (uint32_t i = 0; i < route->destination_count; i++) {
        if (!hae_destination_is_spool(&route->destinations[i])) {
            show(&route->destinations[i], now_ms);
        }
    }
}

/* False: the driver was changing them. */
static bool try_read(const struct hae_health *health,
                     uint64_t ret_values[HAETAE_SIGNAL_COUNT][HAETAE_DESTINATION_COUNT])
{
    /* Acquire pairs with the release stores of show(): each load stays before the next one. */
    uint32_t before = atomic_load_explicit(&health->sequence, memory_order_acquire);

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        for (int stat = 0; stat < HAETAE_DESTINATION_COUNT; stat++) {
            ret_values[signal][stat] =
                atomic_load_explicit(&health->values[signal][stat], memory_order_acquire);
        }
    }
    /* Relaxed: the acquire loads above keep this load last. */
    return (before & 1) == 0 &&
           before == atomic_load_explicit(&health->sequence, memory_order_relaxed);
}

void hae_health_read(const struct hae_destination *destination,
                     uint64_t ret_values[HAETAE_SIGNAL_COUNT][HAETAE_DESTINATION_COUNT])
{
    /* A driver that is stopped in the middle is not waited for: then the values are of two runs. */
    enum { TRIES_MAX = 100 };
    int tries = 0;

    while (!try_read(&destination->health, ret_values) && ++tries < TRIES_MAX) {
    }
}
