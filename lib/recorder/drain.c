/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/drain.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/minmax.h"
#include "recorder/chain.h"
#include "recorder/counts.h"
#include "recorder/life.h"

/* Bytes of a lane after which its head is moved on, so that a producer that waits
 * for room gets it before the whole ring is read. */
enum { HEAD_STEP = 16 * 1024 };

/* Metrics lie in the heap and are never drained. */
static bool is_drained(uint8_t signal)
{
    return signal < HAETAE_SIGNAL_COUNT && signal != HAETAE_SIGNAL_METRICS;
}

/* Reads the header of the record at `head`, and how far it goes. False: no producer has written
 * what is there. All is read once: it may change meanwhile. */
static bool read_header(const struct hae_recorder *recorder, const struct hae_lane *lane,
                        uint64_t head, uint64_t tail, struct hae_record_header *ret_header,
                        uint64_t *ret_size)
{
    uint64_t at = head & (recorder->ring_size_bytes - 1);

    memcpy(ret_header, &lane->ring[at], sizeof *ret_header);
    *ret_size = sizeof *ret_header + hae_align8(ret_header->size_bytes);
    return *ret_size <= tail - head && *ret_size <= recorder->ring_size_bytes - at &&
           (ret_header->signal == HAE_RECORD_FILLER ||
            (is_drained(ret_header->signal) &&
             ret_header->size_bytes <= recorder->record_size_max));
}

static bool are_positions(const struct hae_recorder *recorder, uint64_t head, uint64_t tail)
{
    return tail - head <= recorder->ring_size_bytes && head % 8 == 0 && tail % 8 == 0;
}

/* Bytes of a ring in front of the tail that are made resident while the ring is written for the
 * first time. */
enum { POPULATED_AHEAD = 128 * 1024 };

/* Has the kernel find memory for what will be written next in a lane that many threads borrow:
 * else their calls do, one page after another. It takes no more than the ring takes in the end. */
static void populate(const struct hae_recorder *recorder, struct hae_lane *lane, uint64_t tail)
{
#ifdef MADV_POPULATE_WRITE
    uint64_t size = recorder->ring_size_bytes;
    uint64_t wanted = tail < size - hae_min(size, POPULATED_AHEAD) ? tail + POPULATED_AHEAD : size;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = (uintptr_t)&lane->ring[hae_min(lane->populated_bytes, size)] & ~(page - 1);
    uintptr_t end = (uintptr_t)&lane->ring[wanted] & ~(page - 1);

    if (lane->populated_bytes >= wanted) {
        return;
    }
    lane->populated_bytes = wanted;
    if (begin < end) {
        /* Where the kernel does not know it, nothing is lost but time. */
        (void)madvise((void *)begin, end - begin, MADV_POPULATE_WRITE);
    }
#else
    (void)recorder;
    (void)lane;
    (void)tail;
#endif
}

static bool drain_lane(struct hae_recorder *recorder, uint32_t index, hae_record_callback take,
                       void *user)
{
    struct hae_lane *lane = hae_lane_at(recorder, index);
    /* Relaxed: the consumer is the only writer of head. */
    uint64_t head = atomic_load_explicit(&lane->head, memory_order_relaxed);
    /* Acquire pairs with the release in hae_ring_publish(): all bytes below the
     * tail are there. */
    uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_acquire);
    uint64_t published_head = head;
    /* In a file each record leaves by itself: its journal keeps it from then on. */
    uint64_t step = recorder->file != NULL ? 0 : HEAD_STEP;
    bool valid = are_positions(recorder, head, tail);
    bool taken = true;

    if (head != tail && hae_lane_is_lent(recorder, index)) {
        populate(recorder, lane, tail);
    }
    while (head != tail) {
        const uint8_t *at = &lane->ring[head & (recorder->ring_size_bytes - 1)];
        struct hae_record_header header;
        uint64_t size;

        if (HAE_UNLIKELY(!valid || !read_header(recorder, lane, head, tail, &header, &size))) {
            /* Somebody has written over it. Where the next record begins is not known. */
            recorder->damage_count++;
            head = tail;
            break;
        }
        if (header.signal != HAE_RECORD_FILLER) {
            struct hae_record record = {
                (haetae_signal)header.signal, header.scope, header.size_bytes,
                at + sizeof header,           index,        head + size,
            };

            taken = take(user, &record);
            if (!taken) {
                break;
            }
        }
        head += size;
        if (head - published_head >= step) {
            /* Release pairs with the acquire in refresh_head() of lane.c: the
             * producer overwrites these bytes only after we have read them. */
            atomic_store_explicit(&lane->head, head, memory_order_release);
            published_head = head;
        }
    }
    atomic_store_explicit(&lane->head, head, memory_order_release);
    return taken;
}

/* ---- Records in slots ------------------------------------------------------------------ */

/* Encodes the record in a chain that was handed over; returns the size, 0: it is not one. */
static uint32_t encode_chain(struct hae_recorder *recorder, uint32_t index, haetae_signal signal,
                             uint8_t *to)
{
    const struct hae_record_kind *kind = &recorder->kinds[signal];
    const uint8_t *end;

    if (kind->encode != NULL) {
        return kind->encode(recorder, index, to);
    }
    end = hae_chain_gather_within(recorder, index, 0, to, recorder->record_size_max);
    return end != NULL ? (uint32_t)(end - to) : 0;
}

/* Whether a slot holds a record that was handed over. */
static bool is_waiting(const struct hae_recorder *recorder, uint32_t index)
{
    const struct hae_slot *slot = hae_slot_at(recorder, index);

    /* Relaxed: it was acquired with the list. */
    return (uint32_t)atomic_load_explicit(&slot->state, memory_order_relaxed) == HAE_SLOT_RECORD &&
           is_drained(slot->signal);
}

/* Gives back a chain that was taken out. */
static void free_chain(struct hae_recorder *recorder, uint32_t index)
{
    uint32_t left = recorder->slot_count;

    while (index != 0 && index < recorder->slot_count && left-- != 0) {
        uint32_t next = hae_slot_at(recorder, index)->chain;

        hae_slot_give_shared(recorder, index);
        index = next;
    }
}

/* So many slots hold records that wait no more. */
static void count_down(struct hae_region *region, uint32_t count)
{
    /* Relaxed: a hint. Only the consumer counts down, so it does not run below 0 even when somebody
     * has written over a chain. */
    uint32_t waiting = atomic_load_explicit(&region->handed_over_count, memory_order_relaxed);

    atomic_fetch_sub_explicit(&region->handed_over_count, count < waiting ? count : waiting,
                              memory_order_relaxed);
}

/* Offers the record in the first slot of `pending`. False: it was refused, and stays there. */
static bool drain_slot(struct hae_recorder *recorder, hae_record_callback take, void *user)
{
    struct hae_region *region = recorder->region;
    uint32_t index = recorder->pending;
    struct hae_slot *slot = hae_slot_at(recorder, index);
    struct hae_record record = {
        (haetae_signal)slot->signal, (uint16_t)slot->scope, 0,
        recorder->scratch,           HAE_SOURCE_SLOTS,      hae_slot_place(slot, index)};

    record.size_bytes = is_waiting(recorder, index)
                            ? encode_chain(recorder, index, record.signal, recorder->scratch)
                            : 0;
    if (HAE_UNLIKELY(record.size_bytes == 0)) {
        /* Somebody has written over it: what it is now is nobody's to give back. */
        recorder->damage_count++;
        recorder->pending = atomic_load_explicit(&slot->next, memory_order_relaxed);
        return true;
    }
    if (!take(user, &record)) {
        return false;
    }
    recorder->pending = atomic_load_explicit(&slot->next, memory_order_relaxed);
    count_down(region, hae_slot_chain_length(recorder, index));
    /* After it was taken, so that at any moment it is somewhere. */
    hae_slot_next_use(slot, 0);
    free_chain(recorder, index);
    return true;
}

static bool drain_pending(struct hae_recorder *recorder, hae_record_callback take, void *user)
{
    /* A list that somebody has written over may lead anywhere, or round in a circle. */
    uint32_t left = recorder->slot_count;

    while (recorder->pending != 0) {
        if (HAE_UNLIKELY(recorder->pending >= recorder->slot_count || left-- == 0)) {
            recorder->damage_count++;
            recorder->pending = 0;
            break;
        }
        if (!drain_slot(recorder, take, user)) {
            return false;
        }
    }
    return true;
}

/* Offers what is left of the last drain, then what was handed over since. */
static bool drain_handed_over(struct hae_recorder *recorder, hae_record_callback take, void *user)
{
    if (!drain_pending(recorder, take, user)) {
        return false;
    }
    recorder->pending = hae_slot_take_handed_over(recorder);
    return drain_pending(recorder, take, user);
}

bool hae_recorder_drain(struct hae_recorder *recorder, hae_record_callback take, void *user)
{
    uint32_t lanes = hae_lanes_touched(recorder);
    uint32_t first = recorder->next_source;

    /* Not always from the first lane: when each drain is refused after a while, a
     * busy lane would keep the others waiting until they are full. */
    for (uint32_t i = 0; i <= lanes; i++) {
        uint32_t source = (first + i) % (lanes + 1);

        if (source < lanes ? !drain_lane(recorder, source, take, user)
                           : !drain_handed_over(recorder, take, user)) {
            recorder->next_source = source + 1;
            return false;
        }
    }
    return true;
}

bool hae_recorder_is_empty(struct hae_recorder *recorder)
{
    struct hae_region *region = recorder->region;
    uint32_t lanes = hae_lanes_touched(recorder);

    for (uint32_t i = 0; i < lanes; i++) {
        const struct hae_lane *lane = hae_lane_at(recorder, i);

        /* Relaxed, here and below: a picture of this moment. */
        if (atomic_load_explicit(&lane->tail, memory_order_relaxed) !=
            atomic_load_explicit(&lane->head, memory_order_relaxed)) {
            return false;
        }
    }
    return recorder->pending == 0 &&
           atomic_load_explicit(&region->handed_over, memory_order_relaxed) == 0;
}
