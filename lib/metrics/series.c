/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/series.h"

#include "metrics/reuse.h"
#include "metrics/series_memory.h"
#include "recorder/call.h"

/* ---- Comparing -------------------------------------------------------------------- */

/* Looks through the part of the stream's list from `from` on that is newer than `until`. */
static struct hae_series *find_in_list(const struct hae_wanted *wanted, uint32_t from,
                                       uint32_t until)
{
    while (from != until && from != 0) {
        struct hae_series *series = hae_ref_at(wanted->stream->region, from);

        if (hae_is_wanted(wanted, series)) {
            return series;
        }
        from = series->next;
    }
    return NULL;
}

/* ---- Making ----------------------------------------------------------------------- */

/* Makes a series, and behind it its groups, attributes, shared cell, and the attributes split
 * up. NULL: the heap is used up, or the caller changed its memory meanwhile. */
static struct hae_series *make(const struct hae_stream *stream, uint64_t hash,
                               const struct hae_attribute_set *set)
{
    const struct hae_aggregation *aggregation = stream->aggregation;
    struct hae_region *region = stream->region;
    uint64_t head = hae_series_head_size(region);
    uint64_t attributes = hae_align8(set->size_bytes);
    uint64_t shared = aggregation->cell_size(stream->data, true);
    uint64_t kept = set->kept_count * sizeof(struct hae_kept_attribute);
    struct hae_series *series = hae_metrics_at(
        stream->reserve->budget,
        hae_metrics_take_reserved(stream->reserve, head + attributes + shared + kept));

    if (series == NULL) {
        return NULL;
    }
    series->hash = hash;
    series->stream = stream->reference;
    series->attribute_count = set->kept_count;
    series->attributes = hae_ref_of(region, series) + (uint32_t)(head / 8);
    series->attributes_size_bytes = (uint32_t)set->size_bytes;
    if (hae_attribute_set_write(set, aggregation->attributes_field,
                                hae_ref_at(region, series->attributes)) != set->size_bytes) {
        return NULL;
    }
    series->shared = series->attributes + (uint32_t)(attributes / 8);
    series->group_count = hae_series_group_count(region);
    series->kept = series->shared + (uint32_t)(shared / 8);
    if (!hae_plain_split(hae_ref_at(region, series->attributes), set->kept_count,
                         hae_ref_at(region, series->kept))) {
        series->kept = 0;
    }
    hae_cell_init(aggregation, stream->data, hae_ref_at(region, series->shared), true);
    return series;
}

static uint64_t list_word(uint32_t first, uint32_t count)
{
    return (uint64_t)count << 32 | first;
}

/* ---- Adding ------------------------------------------------------------------------- */

bool hae_series_make_overflow(const struct hae_stream *stream)
{
    haetae_attribute overflow =
        haetae_attribute_of("otel.metric.overflow", haetae_value_bool(true));
    struct hae_stream_data *data = stream->data;
    struct hae_attribute_set set;
    struct hae_series *series;

    hae_attribute_set_read(&overflow, 1, NULL, &set);
    series = make(stream, hae_series_hash(set.sum, stream->reference), &set);
    if (series == NULL) {
        return false;
    }
    atomic_store_explicit(&series->use, HAE_SERIES_KEPT, memory_order_relaxed);
    data->overflow = hae_ref_of(stream->region, series);
    /* Relaxed: whoever finds the stream finds its list. */
    atomic_store_explicit(&data->series, list_word(data->overflow, 0), memory_order_relaxed);
    /* A caller that records that very set explicitly means this series. */
    hae_series_table_enter(stream->region, series);
    return true;
}

static struct hae_series *overflow_of(const struct hae_stream *stream)
{
    return hae_ref_at(stream->region, stream->data->overflow);
}

/* Adds a new series to the stream's list, unless an equal one is there by now or the limit is
 * reached. `word` is the list as it was when it had no equal one. Returns the series to
 * use. */
static struct hae_series *add(const struct hae_wanted *wanted, uint64_t word,
                              struct hae_series *series)
{
    const struct hae_stream *stream = wanted->stream;
    struct hae_stream_data *data = stream->data;
    uint32_t reference = hae_ref_of(stream->region, series);
    struct hae_series *other;

    for (;;) {
        uint64_t seen = word;

        if (hae_series_count(word) >= data->series_limit) {
            return overflow_of(stream);
        }
        series->next = hae_series_ref(word);
        /* Release: whoever follows the list sees the series complete. Acquire on failure:
         * so do we. A failed exchange means that another series was added; the limit
         * ends that. */
        if (atomic_compare_exchange_strong_explicit(
                &data->series, &word, list_word(reference, hae_series_count(word) + 1),
                memory_order_release, memory_order_acquire)) {
            break;
        }
        other = find_in_list(wanted, hae_series_ref(word), hae_series_ref(seen));
        if (other != NULL) {
            return other; /* ours is lost memory: rare, and bounded by the limit */
        }
    }
    hae_series_table_enter(stream->region, series);
    /* Release pairs with the acquire in tabled_count(): whoever counts it finds it in the
     * table. */
    atomic_fetch_add_explicit(&data->series_tabled, 1, memory_order_release);
    return series;
}

/* Counts a mistake of the caller, once for a measurement: several streams may see it. */
static void count_misuse(const struct hae_stream *stream)
{
    if (stream->is_first) {
        hae_count_misuse(stream->recorder, HAETAE_MISUSE_ARGUMENT);
    }
}

/* Makes the series that was not found, if there is room for it. */
static struct hae_series *make_and_add(struct hae_wanted *wanted, uint64_t word,
                                       const struct hae_attribute_set *set)
{
    const struct hae_stream *stream = wanted->stream;
    struct hae_series *series = NULL;

    if (set->size_bytes > HAE_METRIC_ATTRIBUTES_SIZE_MAX) {
        count_misuse(stream);
        return overflow_of(stream);
    }
    if (stream->gives_back) {
        series = hae_reuse_place(wanted, set);
        return series != NULL ? series : overflow_of(stream);
    }
    series = make(stream, wanted->hash, set);
    return series != NULL ? add(wanted, word, series) : overflow_of(stream);
}

/* The same of a plain set. Not inline: whoever has read a set keeps no second one on the stack. */
static HAE_COLD struct hae_series *make_plain_and_add(struct hae_wanted *wanted, uint64_t word)
{
    struct hae_attribute_set set;

    hae_attribute_set_read(wanted->attributes, wanted->count, NULL, &set);
    return make_and_add(wanted, word, &set);
}

/* How many of the stream's series are in the table: load this first, then look there. */
static uint32_t tabled_count(const struct hae_stream *stream)
{
    /* Acquire pairs with the release in add(): as many are there when we look. */
    return atomic_load_explicit(&stream->data->series_tabled, memory_order_acquire);
}

/* Goes on when the table, after `tabled` were in it, had no such series. */
static struct hae_series *find_outside_table(struct hae_wanted *wanted, uint32_t tabled)
{
    const struct hae_stream *stream = wanted->stream;
    /* Acquire pairs with the release in add(): the series are complete. */
    uint64_t word = atomic_load_explicit(&stream->data->series, memory_order_acquire);

    if (!stream->gives_back && hae_series_count(word) != tabled) {
        /* Some were not in the table yet when we looked. */
        struct hae_series *series = find_in_list(wanted, hae_series_ref(word), 0);

        if (series != NULL) {
            return series;
        }
    }
    if (!stream->gives_back && hae_series_count(word) >= stream->data->series_limit) {
        return overflow_of(stream);
    }
    return wanted->set != NULL ? make_and_add(wanted, word, wanted->set)
                               : make_plain_and_add(wanted, word);
}

/* ---- Looking up -------------------------------------------------------------------- */

/* Finds the series of any set: reads it first. */
static struct hae_series *find_any(struct hae_wanted *wanted)
{
    const struct hae_stream *stream = wanted->stream;
    struct hae_attribute_set set;
    struct hae_series *series;
    uint32_t tabled;

    if (wanted->count > HAE_METRIC_ATTRIBUTES_MAX) {
        count_misuse(stream);
        return overflow_of(stream);
    }
    hae_attribute_set_read(wanted->attributes, wanted->count, stream->filter, &set);
    if (set.invalid_count != 0) {
        count_misuse(stream);
    }
    wanted->hash = hae_series_hash(set.sum, stream->reference);
    wanted->set = &set;
    tabled = tabled_count(stream);
    series = hae_series_in_table(wanted);
    return series != NULL ? series : find_outside_table(wanted, tabled);
}

struct hae_series *hae_series_find(const struct hae_stream *stream,
                                   const haetae_attribute *attributes, size_t count)
{
    struct hae_wanted wanted = {.stream = stream, .attributes = attributes, .count = count};
    uint32_t tabled = tabled_count(stream);
    struct hae_series *series;
    uint64_t sum;

    if (stream->filter != NULL || count > HAE_METRIC_ATTRIBUTES_MAX ||
        !hae_plain_hash(attributes, count, &sum)) {
        return find_any(&wanted);
    }
    wanted.hash = hae_series_hash(sum, stream->reference);
    series = hae_series_in_table(&wanted);
    if (series != NULL) {
        return series;
    }
    /* A set that is as it would be kept has no other form to look for. */
    return hae_plain_canonical(attributes, count) ? find_outside_table(&wanted, tabled)
                                                  : find_any(&wanted);
}

void hae_series_start_slow(struct hae_recorder *recorder, struct hae_series *series)
{
    uint64_t none = 0;
    uint64_t now = hae_clock_now_unix_ns(&recorder->region->clock);

    /* Release pairs with the acquire in hae_snapshot(), which sees what was recorded
     * before. Of several first measurements one sets the time. */
    atomic_compare_exchange_strong_explicit(&series->start_unix_ns, &none, now != 0 ? now : 1,
                                            memory_order_release, memory_order_relaxed);
}
