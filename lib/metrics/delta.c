/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/delta.h"

#include <string.h>

#include "base/alloc.h"

/* An entry: when a value was reported last (0: never), when the pending one will have been
 * (0: none is pending), of which life of the place, the two values. */
enum { REPORTED_NS = 0, PENDING_NS = 1, LIFE = 2, VALUES = 3, ENTRIES_MIN = 16 };

static size_t entry_words(const struct hae_delta *delta)
{
    return VALUES + 2 * (size_t)delta->value_words;
}

static uint64_t *entry_at(const struct hae_delta *delta, uint32_t index)
{
    return delta->entries + index * entry_words(delta);
}

static uint64_t *reported_value(uint64_t *entry)
{
    return entry + VALUES;
}

static uint64_t *pending_value(const struct hae_delta *delta, uint64_t *entry)
{
    return entry + VALUES + delta->value_words;
}

bool hae_delta_reserve(struct hae_delta *delta, uint32_t value_words, uint32_t count)
{
    uint32_t room = delta->entry_count != 0 ? delta->entry_count : ENTRIES_MIN;
    size_t entry_size;
    uint64_t *entries;

    delta->value_words = value_words;
    entry_size = entry_words(delta) * sizeof(uint64_t);
    if (count <= delta->entry_count) {
        return true;
    }
    while (room < count) {
        room *= 2;
    }
    entries = hae_realloc(delta->entries, room * entry_size);
    if (entries == NULL) {
        return false;
    }
    delta->entries = entries;
    memset(entry_at(delta, delta->entry_count), 0, (room - delta->entry_count) * entry_size);
    delta->entry_count = room;
    return true;
}

void hae_delta_of_life(struct hae_delta *delta, uint32_t index, uint32_t life)
{
    uint64_t *entry = entry_at(delta, index);

    if (entry[LIFE] != life) {
        entry[REPORTED_NS] = 0;
        entry[PENDING_NS] = 0;
        entry[LIFE] = life;
    }
}

bool hae_delta_since_last(struct hae_delta *delta, uint32_t index,
                          const struct hae_stream_data *stream,
                          const struct hae_aggregation *aggregation, struct hae_point *point)
{
    uint64_t *entry = entry_at(delta, index);

    memcpy(pending_value(delta, entry), point->words, delta->value_words * sizeof(uint64_t));
    if (entry[REPORTED_NS] == 0) {
        return true;
    }
    point->start_unix_ns = entry[REPORTED_NS];
    return aggregation->subtract(stream, point, reported_value(entry));
}

void hae_delta_since_start(struct hae_delta *delta, uint32_t index,
                           const struct hae_stream_data *stream,
                           const struct hae_aggregation *aggregation, bool subtract,
                           struct hae_point *point)
{
    uint64_t *entry = entry_at(delta, index);

    memcpy(pending_value(delta, entry), point->words, delta->value_words * sizeof(uint64_t));
    if (entry[REPORTED_NS] == 0) {
        return;
    }
    point->start_unix_ns = entry[REPORTED_NS];
    if (subtract) {
        (void)aggregation->subtract(stream, point, reported_value(entry));
    }
}

void hae_delta_pend(struct hae_delta *delta, uint32_t index, uint64_t time_unix_ns)
{
    entry_at(delta, index)[PENDING_NS] = time_unix_ns;
    if (delta->pending_first == delta->pending_end) {
        delta->pending_first = index;
        delta->pending_end = index + 1;
    } else if (index < delta->pending_first) {
        delta->pending_first = index;
    } else if (index >= delta->pending_end) {
        delta->pending_end = index + 1;
    }
}

static void settle(struct hae_delta *delta, bool taken)
{
    for (uint32_t i = delta->pending_first; i < delta->pending_end; i++) {
        uint64_t *entry = entry_at(delta, i);

        if (taken && entry[PENDING_NS] != 0) {
            entry[REPORTED_NS] = entry[PENDING_NS];
            memcpy(reported_value(entry), pending_value(delta, entry),
                   delta->value_words * sizeof(uint64_t));
        }
        entry[PENDING_NS] = 0;
    }
    delta->pending_first = 0;
    delta->pending_end = 0;
}

void hae_delta_commit(struct hae_delta *delta)
{
    settle(delta, true);
}

void hae_delta_discard(struct hae_delta *delta)
{
    settle(delta, false);
}

void hae_delta_forget(struct hae_delta *delta)
{
    delta->pending_first = 0;
    delta->pending_end = 0;
    if (delta->entry_count != 0) {
        memset(delta->entries, 0, delta->entry_count * entry_words(delta) * sizeof(uint64_t));
    }
}

void hae_delta_done(struct hae_delta *delta)
{
    hae_free(delta->entries);
    *delta = (struct hae_delta){0};
}
