/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/reuse.h"

#include "metrics/series_memory.h"

/* Memory for a set is a power of two, so that the next one mostly fits, and what is too small for
 * it, and lost, is less in all than what a place has at last. */
enum { ROOM_WORDS_MIN = 32 };
_Static_assert((HAE_METRIC_ATTRIBUTES_SIZE_MAX +
                HAE_METRIC_ATTRIBUTES_MAX * sizeof(struct hae_kept_attribute)) /
                       8 <=
                   UINT16_MAX / 2,
               "hae_series.room is too small");

/* Failed exchanges of the table's head after which a set goes to the overflow series. Each means
 * that another thread entered a series there, or the worker took one out. */
enum { TRIES_MAX = 4096 };

#define REF_OF(tagged)   ((uint32_t)(tagged))
#define TAG_OF(tagged)   ((uint32_t)((tagged) >> 32))
#define TAGGED(ref, tag) ((uint64_t)(ref) | ((uint64_t)(uint32_t)(tag) << 32))

/* ---- Free places ------------------------------------------------------------------------ */

/* The tag changes with every pop: a place that was popped and pushed back meanwhile does not pass
 * for the same. */
static struct hae_series *pop(const struct hae_stream *stream)
{
    hae_tagged_head *head = &stream->reserve->free;
    /* Acquire pairs with the release in push(): the place is as it was given back. */
    uint64_t seen = atomic_load_explicit(head, memory_order_acquire);

    while (REF_OF(seen) != 0) {
        struct hae_series *series = hae_ref_at(stream->region, REF_OF(seen));
        /* Relaxed: it is nonsense if another thread has popped the place, and then the exchange
         * fails, which means that one got on. */
        uint32_t next = atomic_load_explicit(&series->table_next, memory_order_relaxed);

        if (atomic_compare_exchange_weak_explicit(head, &seen, TAGGED(next, TAG_OF(seen) + 1),
                                                  memory_order_acquire, memory_order_acquire)) {
            /* Relaxed: a number that is right soon will do. */
            atomic_fetch_sub_explicit(&stream->reserve->free_count, 1, memory_order_relaxed);
            return series;
        }
    }
    return NULL;
}

static void push(const struct hae_stream *stream, struct hae_series *series)
{
    hae_tagged_head *head = &stream->reserve->free;
    uint64_t seen = atomic_load_explicit(head, memory_order_relaxed);

    /* Before it can be popped: the count is never below 0. */
    atomic_fetch_add_explicit(&stream->reserve->free_count, 1, memory_order_relaxed);
    /* Release: from here on it is another thread's. It sees what we wrote. */
    do {
        atomic_store_explicit(&series->table_next, REF_OF(seen), memory_order_relaxed);
    } while (!atomic_compare_exchange_weak_explicit(
        head, &seen, TAGGED(hae_ref_of(stream->region, series), TAG_OF(seen)), memory_order_release,
        memory_order_relaxed));
}

/* Puts a free place into the stream's list. False: it has as many as it may have. */
static bool add(const struct hae_stream *stream, uint64_t word, struct hae_series *place)
{
    struct hae_stream_data *data = stream->data;

    do {
        if (hae_series_count(word) >= data->series_limit) {
            return false; /* lost memory: once for each thread that was making one */
        }
        place->next = hae_series_ref(word);
        /* Release: whoever follows the list sees that it is free. */
    } while (!atomic_compare_exchange_weak_explicit(&data->series, &word,
                                                    (uint64_t)(hae_series_count(word) + 1) << 32 |
                                                        hae_ref_of(stream->region, place),
                                                    memory_order_release, memory_order_relaxed));
    return true;
}

/* A place that was none before. NULL: there is no room for it. */
static struct hae_series *make(const struct hae_stream *stream)
{
    struct hae_region *region = stream->region;
    uint64_t word = atomic_load_explicit(&stream->data->series, memory_order_relaxed);
    uint64_t head = hae_series_head_size(region);
    struct hae_series *place;

    if (hae_series_count(word) >= stream->data->series_limit) {
        return NULL;
    }
    place = hae_metrics_at(
        stream->reserve->budget,
        hae_metrics_take_reserved(stream->reserve,
                                  head + stream->aggregation->cell_size(stream->data, true)));
    if (place == NULL) {
        return NULL;
    }
    /* Relaxed: the release in add() publishes it. */
    atomic_store_explicit(&place->use, HAE_SERIES_FREE, memory_order_relaxed);
    place->stream = stream->reference;
    place->group_count = hae_series_group_count(region);
    place->shared = hae_ref_of(region, place) + (uint32_t)(head / 8);
    hae_cell_init(stream->aggregation, stream->data, hae_ref_at(region, place->shared), true);
    return add(stream, word, place) ? place : NULL;
}

/* ---- Filling ------------------------------------------------------------------------------ */

/* Sees to memory for a set. */
static bool has_room(const struct hae_stream *stream, struct hae_series *place, uint64_t size_bytes)
{
    uint64_t room = ROOM_WORDS_MIN;
    uint64_t offset;

    if (place->room != 0 && size_bytes <= (uint64_t)place->room * 8) {
        return true;
    }
    while (room * 8 < size_bytes) {
        room *= 2;
    }
    offset = hae_metrics_take_reserved(stream->reserve, room * 8);
    if (hae_metrics_at(stream->reserve->budget, offset) == NULL) {
        return false;
    }
    place->attributes = (uint32_t)(offset / 8);
    place->room = (uint16_t)room;
    return true;
}

/* Makes a free place, which no other thread has, the series of a set. False: there is no memory, or
 * the caller has changed its own meanwhile. */
static bool fill(const struct hae_wanted *wanted, const struct hae_attribute_set *set,
                 struct hae_series *place)
{
    const struct hae_stream *stream = wanted->stream;
    struct hae_region *region = stream->region;
    uint64_t attributes = hae_align8(set->size_bytes);

    if (!has_room(stream, place,
                  attributes + set->kept_count * sizeof(struct hae_kept_attribute)) ||
        hae_attribute_set_write(set, stream->aggregation->attributes_field,
                                hae_ref_at(region, place->attributes)) != set->size_bytes) {
        return false;
    }
    place->hash = wanted->hash;
    place->attribute_count = set->kept_count;
    place->attributes_size_bytes = (uint32_t)set->size_bytes;
    place->kept = place->attributes + (uint32_t)(attributes / 8);
    if (!hae_plain_split(hae_ref_at(region, place->attributes), set->kept_count,
                         hae_ref_at(region, place->kept))) {
        place->kept = 0;
    }
    place->life++;
    /* Relaxed: the release of the table's head publishes it. Not 0 yet: a lane may remember the
     * place from an earlier life as the same set, and must not use it before it is sure to be
     * the set's. */
    atomic_store_explicit(&place->use, HAE_SERIES_NEW, memory_order_relaxed);
    return true;
}

static void give(const struct hae_stream *stream, struct hae_series *place)
{
    /* Relaxed: nobody could find it. */
    atomic_store_explicit(&place->use, HAE_SERIES_FREE, memory_order_relaxed);
    push(stream, place);
}

/* ---- Adding ------------------------------------------------------------------------------- */

/* Enters a place in the table unless it has such a series by now. Returns the one that is there;
 * NULL: there was no end to the others. */
static struct hae_series *enter_or_find(const struct hae_wanted *wanted, struct hae_series *place)
{
    struct hae_region *region = wanted->stream->region;
    _Atomic uint32_t *head = hae_series_table_head(region, wanted->hash);
    /* Acquire: as in hae_series_in_table(). */
    uint32_t first = atomic_load_explicit(head, memory_order_acquire);

    for (int tries = 0; tries < TRIES_MAX; tries++) {
        struct hae_series *series = hae_series_in_chain(wanted, first);

        if (series != NULL) {
            return series;
        }
        /* That the head is the same means that no other series was entered since we looked: what
         * leaves the table does not come back to it during this call. */
        atomic_store_explicit(&place->table_next, first, memory_order_relaxed);
        if (atomic_compare_exchange_strong_explicit(head, &first, hae_ref_of(region, place),
                                                    memory_order_release, memory_order_acquire)) {
            return place;
        }
    }
    return NULL;
}

struct hae_series *hae_reuse_place(struct hae_wanted *wanted, const struct hae_attribute_set *set)
{
    const struct hae_stream *stream = wanted->stream;
    struct hae_series *place = pop(stream);
    struct hae_series *series;

    wanted->set = set;
    if (place == NULL) {
        place = make(stream);
    }
    if (place == NULL) {
        /* The last place may be this very set's by now. One that another thread is about to make
         * is not found: then this measurement comes too early, and goes to the overflow series. */
        return hae_series_in_table(wanted);
    }
    if (!fill(wanted, set, place)) {
        give(stream, place);
        return NULL;
    }
    series = enter_or_find(wanted, place);
    if (series != place) {
        give(stream, place);
    } else if (set->kept_count == 0) {
        /* It stays: most streams have it, and calls find it by less. Release pairs with the acquire
         * in hae_series_is_there(). */
        atomic_store_explicit(&series->use, HAE_SERIES_KEPT, memory_order_release);
    } else {
        (void)hae_series_use(series);
    }
    return series;
}

/* ---- Giving back ---------------------------------------------------------------------------- */

void hae_reuse_give_back(const struct hae_stream *stream, struct hae_series *series)
{
    if (stream->aggregation->cell_leave != NULL) {
        stream->aggregation->cell_leave(stream, hae_ref_at(stream->region, series->shared));
    }
    hae_series_empty(stream, series);
    give(stream, series);
}

void hae_reuse_reinit(const struct hae_stream *stream, struct hae_series *series)
{
    hae_series_empty(stream, series);
    atomic_store_explicit(&series->reservoir, 0, memory_order_relaxed);
    if (stream->recorder->file != NULL) {
        /* The parent may have been changing it while it was copied. */
        series->attributes = 0;
        series->room = 0;
    }
    give(stream, series);
}

uint32_t hae_reuse_count(const struct hae_stream *stream)
{
    /* Relaxed: any moment will do. A place that is popped meanwhile may be counted or not. */
    uint32_t places =
        hae_series_count(atomic_load_explicit(&stream->data->series, memory_order_relaxed));
    uint32_t free_count = atomic_load_explicit(&stream->reserve->free_count, memory_order_relaxed);

    return free_count < places ? places - free_count : 0;
}
