/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/intake.h"

#include "pipeline/batch_finish.h"
#include "pipeline/route_room.h"

/* Memory that an empty batch keeps for the next items. */
enum { MEMORY_KEPT = 256 * 1024 };

/* Spares are kept for so many requests of the last one's size. */
enum { SPARES_PER_REQUEST = 4 };

/* ---- Requests --------------------------------------------------------------------- */

bool hae_intake_finish(struct hae_intake *intake, haetae_signal signal)
{
    const struct hae_source *keeper = intake->keepers[signal];
    struct hae_batch *batch = &intake->batches[signal];
    size_t left = hae_store_left(intake->store, signal);
    struct hae_request *request;

    if (batch->item_count == 0) {
        return true;
    }
    left = left > batch->memory_bytes ? left - batch->memory_bytes : 0;
    request = hae_batch_finish(batch, left < MEMORY_KEPT ? left : MEMORY_KEPT);
    if (request == NULL) {
        return false;
    }
    request->group = intake->groups[signal];
    hae_store_set_batch(intake->store, signal, batch->memory_bytes);
    intake->store->spares[signal].used_ms = intake->now_ms;
    hae_spares_trim(&intake->store->spares[signal], SPARES_PER_REQUEST * request->capacity_bytes);
    if (keeper != NULL) {
        /* All that came into the source's log since the last request is in this one. */
        request->kept.source = keeper;
        request->kept.from = intake->batch_from[signal];
        request->kept.to = keeper->position(keeper->self, signal);
        intake->batch_from[signal] = request->kept.to;
    }
    hae_route_hand_out(intake->route, request);
    return true;
}

void hae_intake_hand_out(struct hae_intake *intake, struct hae_request *request)
{
    hae_route_hand_out(intake->route, request);
}

/* ---- Taking in ---------------------------------------------------------------------- */

static void count_dropped(struct hae_intake *intake, haetae_signal signal, uint64_t count,
                          haetae_drop_reason reason)
{
    intake->accounting->signals[signal].taken += count;
    intake->accounting->signals[signal].dropped[reason] += count;
    if (reason == HAETAE_DROP_QUEUE_FULL || reason == HAETAE_DROP_TOO_LARGE) {
        intake->not_taken[signal] += count;
    }
    intake->store->is_full[signal] |= reason == HAETAE_DROP_QUEUE_FULL;
}

void hae_intake_drop(struct hae_intake *intake, haetae_signal signal, uint64_t count,
                     haetae_drop_reason reason)
{
    count_dropped(intake, signal, count, reason);
    intake->accounting->signals[signal].refused[reason] += count;
}

bool hae_intake_drop_oldest(struct hae_intake *intake, haetae_signal signal)
{
    bool also_wanted = intake->options[signal].drops_oldest;

    /* As in make_room(). */
    if (!intake->no_oldest_to_drop[signal] &&
        !hae_route_drop_oldest(intake->route, signal, also_wanted)) {
        intake->no_oldest_to_drop[signal] = true;
    }
    return !intake->no_oldest_to_drop[signal];
}

void hae_intake_drop_recovered(struct hae_intake *intake, haetae_signal signal, uint64_t count,
                               haetae_drop_reason reason)
{
    count_dropped(intake, signal, count, reason);
    intake->accounting->signals[signal].recovered += count;
}

static bool fits(const struct hae_batch *batch, const struct hae_batch_options *options,
                 const struct hae_item *item)
{
    return batch->size_bytes + hae_batch_growth(batch, item->scope, item->size_bytes) <=
               options->request_size_max_bytes &&
           batch->item_count + item->count <= options->item_count_max;
}

static inline enum hae_take took(struct hae_item_counts *counts, const struct hae_item *item)
{
    counts->taken += item->count;
    counts->held += item->count;
    return HAE_TAKE_TAKEN;
}

static enum hae_take drop(struct hae_intake *intake, haetae_signal signal,
                          const struct hae_item *item, haetae_drop_reason reason)
{
    hae_intake_drop(intake, signal, item->count, reason);
    return HAE_TAKE_DROPPED;
}

/* Drops a request of an earlier collection for the one under way. False: there is none. */
static bool replace(struct hae_intake *intake, haetae_signal signal)
{
    return intake->replaces_up_to[signal] != 0 &&
           hae_route_replace(intake->route, signal, intake->groups[signal],
                             intake->replaces_up_to[signal]);
}

static bool can_make_room(struct hae_intake *intake, haetae_signal signal)
{
    bool drops_oldest = intake->options[signal].drops_oldest;

    return replace(intake, signal) || hae_route_make_room(intake->route, signal, drops_oldest) ||
           (drops_oldest && hae_route_drop_waiting(intake->route, signal));
}

/* Makes room for a signal: at the expense of older data points, of a destination that holds more
 * than its share, of what waits longest. Not tried again in a run once there was none: it looks at
 * all that waits. */
static bool make_room(struct hae_intake *intake, haetae_signal signal)
{
    if (!intake->no_room_to_make[signal] && !can_make_room(intake, signal)) {
        intake->no_room_to_make[signal] = true;
    }
    return !intake->no_room_to_make[signal];
}

static bool is_full(struct hae_intake *intake, haetae_signal signal)
{
    const struct hae_item_counts *counts = &intake->accounting->signals[signal];

    while (counts->held >= intake->options[signal].queue_item_max) {
        if (!make_room(intake, signal)) {
            return true;
        }
    }
    return false;
}

/* Adds an item that fits into its batch, if there is memory for it. */
static enum hae_take add(struct hae_intake *intake, haetae_signal signal,
                         const struct hae_item *item)
{
    struct hae_batch *batch = &intake->batches[signal];
    enum hae_batch_put put;

    if (HAE_UNLIKELY(is_full(intake, signal))) {
        return drop(intake, signal, item, HAETAE_DROP_QUEUE_FULL);
    }
    if (HAE_UNLIKELY(batch->item_count == 0)) {
        batch->since_ms = intake->now_ms;
    }
    do {
        put = hae_batch_add(batch, item, hae_store_left(intake->store, signal));
    } while (put == HAE_BATCH_FULL && make_room(intake, signal));
    hae_store_set_batch(intake->store, signal, batch->memory_bytes);
    switch (put) {
    case HAE_BATCH_PUT:
        return took(&intake->accounting->signals[signal], item);
    case HAE_BATCH_FULL:
        return drop(intake, signal, item, HAETAE_DROP_QUEUE_FULL);
    case HAE_BATCH_NO_MEMORY:
        break;
    }
    return HAE_TAKE_NO_MEMORY;
}

enum hae_redacted hae_intake_redact(struct hae_intake *intake, haetae_signal signal,
                                    struct hae_item *item)
{
    return HAE_LIKELY(intake->redactor == NULL) ? HAE_REDACTED_DONE
                                                : hae_redact(intake->redactor, signal, item);
}

enum hae_take hae_intake_take_as_is(struct hae_intake *intake, haetae_signal signal,
                                    const struct hae_item *item)
{
    const struct hae_batch_options *options = &intake->options[signal];
    struct hae_item_counts *counts = &intake->accounting->signals[signal];
    struct hae_batch *batch = &intake->batches[signal];

    if (HAE_UNLIKELY(intake->abandoned)) {
        return drop(intake, signal, item, HAETAE_DROP_SHUTDOWN);
    }
    if (HAE_UNLIKELY(!hae_route_has(intake->route, signal))) {
        return drop(intake, signal, item, HAETAE_DROP_NO_EXPORTER);
    }
    if (HAE_LIKELY(counts->held < options->queue_item_max &&
                   hae_batch_append(batch, item, options->request_size_max_bytes,
                                    options->item_count_max))) {
        return took(counts, item);
    }
    if (HAE_UNLIKELY(!fits(batch, options, item))) {
        if (!hae_intake_finish(intake, signal)) {
            return HAE_TAKE_NO_MEMORY;
        }
        if (!fits(batch, options, item)) {
            return drop(intake, signal, item, HAETAE_DROP_TOO_LARGE);
        }
    }
    return add(intake, signal, item);
}

/* An item that is redacted first. */
static HAE_NOINLINE enum hae_take take_redacted(struct hae_intake *intake, haetae_signal signal,
                                                const struct hae_item *given)
{
    struct hae_item item = *given;

    switch (hae_intake_redact(intake, signal, &item)) {
    case HAE_REDACTED_DONE:
        return hae_intake_take_as_is(intake, signal, &item);
    case HAE_REDACTED_MALFORMED:
        return drop(intake, signal, &item, HAETAE_DROP_INVALID);
    default:
        return HAE_TAKE_NO_MEMORY;
    }
}

enum hae_take hae_intake_take(struct hae_intake *intake, haetae_signal signal,
                              const struct hae_item *item)
{
    return HAE_LIKELY(intake->redactor == NULL) ? hae_intake_take_as_is(intake, signal, item)
                                                : take_redacted(intake, signal, item);
}

/* ---- Collections ------------------------------------------------------------------------ */

bool hae_intake_begin_collection(struct hae_intake *intake, haetae_signal signal, uint8_t group,
                                 bool replaces)
{
    if (intake->groups[signal] != group && !hae_intake_finish(intake, signal)) {
        return false;
    }
    intake->groups[signal] = group;
    intake->replaces_up_to[signal] = replaces ? intake->store->last_sequence : 0;
    return true;
}

void hae_intake_end_collection(struct hae_intake *intake, haetae_signal signal, bool all)
{
    while (all && replace(intake, signal)) {
    }
    intake->replaces_up_to[signal] = 0;
}

bool hae_intake_make_room(struct hae_intake *intake, haetae_signal signal, uint64_t size_bytes)
{
    uint64_t most = intake->options[signal].queue_byte_max / 2;
    uint64_t wanted = size_bytes < most ? size_bytes : most;

    while (!hae_intake_has_room(intake, signal, wanted)) {
        if (!replace(intake, signal)) {
            return false;
        }
    }
    return true;
}

/* ---- What sources may ask --------------------------------------------------------------- */

bool hae_intake_is_wanted_by(const struct hae_intake *intake, haetae_signal signal, uint8_t group)
{
    return hae_route_has_group(intake->route, signal, group);
}

bool hae_intake_is_wanted(const struct hae_intake *intake, haetae_signal signal)
{
    return hae_route_has(intake->route, signal);
}

uint64_t hae_intake_batched(const struct hae_intake *intake, haetae_signal signal)
{
    return intake->batches[signal].item_count;
}

uint64_t hae_intake_held(const struct hae_intake *intake, haetae_signal signal)
{
    return intake->accounting->signals[signal].held;
}

uint64_t hae_intake_dropped(const struct hae_intake *intake, haetae_signal signal)
{
    uint64_t total = 0;

    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        total += intake->accounting->signals[signal].dropped[reason];
    }
    return total;
}

size_t hae_intake_request_size_max(const struct hae_intake *intake, haetae_signal signal)
{
    return intake->options[signal].request_size_max_bytes;
}

uint64_t hae_intake_item_count_max(const struct hae_intake *intake, haetae_signal signal)
{
    return intake->options[signal].item_count_max;
}

bool hae_intake_too_large(const struct hae_intake *intake, haetae_signal signal,
                          const struct hae_item *item)
{
    struct hae_batch empty = intake->batches[signal];

    empty.section_count = 0;
    empty.item_count = 0;
    return hae_batch_growth(&empty, item->scope, item->size_bytes) >
           intake->options[signal].request_size_max_bytes;
}

bool hae_intake_has_room(const struct hae_intake *intake, haetae_signal signal, uint64_t size_bytes)
{
    uint64_t used = intake->store->used_bytes[signal];

    return used == 0 || used + size_bytes < intake->options[signal].queue_byte_max;
}
