/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/reservoir.h"

#include "base/minmax.h"
#include "base/random.h"
#include "metrics/aggregation_histogram.h"
#include "metrics/exemplar_chance.h"
#include "metrics/exemplar_pool.h"
#include "wire/attribute.h"
#include "wire/otlp.h"

enum { EXPONENTIAL_PLACES_MAX = 20 };

/* ---- In the pool -------------------------------------------------------------------------- */

struct reservoir {
    _Atomic uint64_t chance; /* fixed size: see exemplar_chance.h */
    /* References to places; behind them lies the state of a custom reservoir. */
    _Atomic uint32_t places[];
};

struct place {
    _Atomic uint64_t sequence; /* odd while a thread writes what follows `chance` */
    _Atomic uint64_t chance;   /* aligned: the bucket's, see exemplar_chance.h    */
    _Atomic uint64_t value;
    _Atomic uint64_t time_unix_ns;
    _Atomic uint64_t trace_id[2];
    _Atomic uint64_t span_id;
    _Atomic uint64_t attributes_size_bytes;
    _Atomic uint64_t attributes[]; /* where the stream leaves some out */
};

struct hae_reservoir_plan hae_reservoir_plan_of(const struct hae_stream_data *data,
                                                const struct hae_reservoir_plan *asked)
{
    struct hae_reservoir_plan plan = *asked;
    bool has_buckets = data->aggregation == HAE_AGGREGATION_HISTOGRAM && data->boundary_count != 0;

    if (plan.kind == HAETAE_EXEMPLAR_RESERVOIR_DEFAULT && has_buckets) {
        plan.kind = HAETAE_EXEMPLAR_RESERVOIR_ALIGNED_HISTOGRAM_BUCKET;
    }
    if (plan.kind == HAETAE_EXEMPLAR_RESERVOIR_ALIGNED_HISTOGRAM_BUCKET && has_buckets) {
        plan.place_count = (uint16_t)(data->boundary_count + 1);
        return plan;
    }
    if (plan.kind != HAETAE_EXEMPLAR_RESERVOIR_CUSTOM) {
        plan.kind = HAETAE_EXEMPLAR_RESERVOIR_FIXED_SIZE;
    }
    if (plan.place_count == 0) {
        plan.place_count = data->aggregation == HAE_AGGREGATION_EXPONENTIAL
                               ? (uint16_t)hae_min(data->max_size, EXPONENTIAL_PLACES_MAX)
                               : 1;
    }
    return plan;
}

static size_t places_size(const struct hae_stream *stream)
{
    return hae_align8(sizeof(struct reservoir) +
                      stream->reservoir.place_count * sizeof(_Atomic uint32_t));
}

static size_t reservoir_size(const struct hae_stream *stream)
{
    const haetae_exemplar_reservoir_ops *ops = stream->reservoir.ops;

    return places_size(stream) + (ops != NULL ? ops->state_size_bytes : 0);
}

/* Whether a measurement may have attributes that the series does not have. */
static bool leaves_out(const struct hae_stream *stream, const struct hae_series *series)
{
    return stream->filter != NULL || hae_ref_of(stream->region, series) == stream->data->overflow;
}

static size_t place_size(const struct hae_stream *stream, const struct hae_series *series)
{
    return sizeof(struct place) +
           (leaves_out(stream, series) ? (size_t)HAE_EXEMPLAR_ATTRIBUTES_BYTES : 0);
}

/* Returns what a reference leads to, and makes it first if there is none; NULL: there is no memory.
 * When several threads make it at once, the memory of all but one is lost. */
static void *find_or_make(struct hae_exemplar_pool *pool, _Atomic uint32_t *reference, size_t size)
{
    /* Acquire pairs with the release below: a forked child takes memory again that it has emptied,
     * and this thread must see it empty. */
    uint32_t seen = atomic_load_explicit(reference, memory_order_acquire);
    uint32_t made;

    if (HAE_LIKELY(seen != 0)) {
        return hae_exemplar_pool_at(pool, seen, size);
    }
    made = hae_exemplar_pool_take(pool, size);
    if (made == 0 || atomic_compare_exchange_strong_explicit(
                         reference, &seen, made, memory_order_acq_rel, memory_order_acquire)) {
        seen = made;
    }
    return hae_exemplar_pool_at(pool, seen, size);
}

static void *state_of(const struct hae_stream *stream, struct reservoir *reservoir)
{
    return stream->reservoir.ops->state_size_bytes != 0 ? (uint8_t *)reservoir + places_size(stream)
                                                        : NULL;
}

/* ---- The choice --------------------------------------------------------------------------- */

struct offered {
    union hae_number value;
    const haetae_attribute *attributes;
    size_t count;
    uint64_t *random;                  /* the state of a generator               */
    uint64_t drawn;                    /* at which chance it was drawn; 0: not yet */
    const struct hae_current *current; /* NULL: there is no span */
    uint64_t time_unix_ns;             /* 0: not known yet       */
};

static void note_time(const struct hae_stream *stream, struct offered *offered)
{
    if (offered->time_unix_ns == 0) {
        offered->time_unix_ns = hae_clock_now_unix_ns(&stream->region->clock);
    }
}

/* Lets the program choose. */
static HAE_COLD int32_t choose_custom(const struct hae_stream *stream, struct reservoir *reservoir,
                                      struct offered *offered)
{
    const haetae_exemplar_reservoir_ops *ops = stream->reservoir.ops;
    haetae_span_context context = {.trace_flags = 0};
    haetae_exemplar_measurement measurement = {.struct_size = sizeof measurement,
                                               .as_double = hae_stream_real(stream, offered->value),
                                               .attributes = offered->attributes,
                                               .attribute_count = offered->count};

    note_time(stream, offered);
    measurement.time_unix_ns = offered->time_unix_ns;
    if (stream->number_type == HAETAE_NUMBER_INT64) {
        measurement.as_int64 = offered->value.int64;
    }
    if (offered->current != NULL) {
        hae_current_to_context(offered->current, hae_current_number(offered->current), &context);
        measurement.context = &context;
    }
    return ops->offer(ops->self, state_of(stream, reservoir), &measurement);
}

static uint32_t bucket_of(const struct hae_stream *stream, union hae_number value)
{
    return hae_bucket_of(stream->boundaries, stream->boundary_count,
                         hae_stream_real(stream, value));
}

/* Returns the place that a measurement is to fill; NULL: not chosen, or there is no memory. */
static struct place *choose(const struct hae_stream *stream, const struct hae_series *series,
                            struct reservoir *reservoir, struct offered *offered)
{
    const struct hae_reservoir_plan *plan = &stream->reservoir;
    size_t size = place_size(stream, series);
    int32_t at;

    if (plan->kind == HAETAE_EXEMPLAR_RESERVOIR_ALIGNED_HISTOGRAM_BUCKET) {
        struct place *place = find_or_make(
            stream->exemplars, &reservoir->places[bucket_of(stream, offered->value)], size);

        return place != NULL &&
                       hae_chance_take(&place->chance, offered->drawn, 1, offered->random) == 0
                   ? place
                   : NULL;
    }
    at = plan->kind == HAETAE_EXEMPLAR_RESERVOIR_CUSTOM
             ? choose_custom(stream, reservoir, offered)
             : hae_chance_take(&reservoir->chance, offered->drawn, plan->place_count,
                               offered->random);
    return at >= 0 && at < plan->place_count
               ? find_or_make(stream->exemplars, &reservoir->places[at], size)
               : NULL;
}

/* ---- Putting ------------------------------------------------------------------------------ */

/* Writes the attributes that the series does not have, as far as they fit. Returns their size. */
static size_t write_attributes(const struct hae_stream *stream, const struct hae_series *series,
                               const struct offered *offered, uint64_t *to)
{
    static const struct hae_value_limits limits = {HAE_NO_LIMIT, HAETAE_VALUE_DEPTH_MAX,
                                                   HAE_EXEMPLAR_ATTRIBUTES_BYTES};
    bool is_overflow = hae_ref_of(stream->region, series) == stream->data->overflow;
    size_t count = hae_min(offered->count, (size_t)HAE_METRIC_ATTRIBUTES_MAX);
    struct hae_sink sink = hae_sink_over(to, HAE_EXEMPLAR_ATTRIBUTES_BYTES);

    for (size_t i = 0; i < count; i++) {
        const haetae_attribute *attribute = &offered->attributes[i];

        if ((is_overflow || !hae_filter_keeps(stream->filter, attribute->key)) &&
            !hae_attribute_is_duplicate(offered->attributes, offered->count, i)) {
            (void)hae_put_attribute(&sink, HAE_OTLP_EXEMPLAR_FILTERED_ATTRIBUTES, attribute,
                                    limits);
        }
    }
    return (size_t)(sink.at - (uint8_t *)to);
}

/* Release, so that no store moves before an earlier one; it pairs with the acquire in load(). A
 * reader that sees any part of a change then sees an odd or a new sequence number as well. */
static void store(_Atomic uint64_t *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_release);
}

static void put(const struct hae_stream *stream, const struct hae_series *series,
                struct place *place, const struct offered *offered)
{
    uint64_t attributes[HAE_EXEMPLAR_ATTRIBUTES_BYTES / 8];
    const struct hae_current *span = offered->current;
    size_t size = offered->count != 0 && leaves_out(stream, series)
                      ? write_attributes(stream, series, offered, attributes)
                      : 0;
    /* Relaxed: the exchange decides. */
    uint64_t sequence = atomic_load_explicit(&place->sequence, memory_order_relaxed);

    /* Acquire pairs with the last release of whoever wrote before: its stores come before ours. */
    if ((sequence & 1) != 0 ||
        !atomic_compare_exchange_strong_explicit(&place->sequence, &sequence, sequence + 1,
                                                 memory_order_acquire, memory_order_relaxed)) {
        return; /* another thread is putting one */
    }
    store(&place->value, hae_number_bits(offered->value));
    store(&place->time_unix_ns, offered->time_unix_ns);
    store(&place->trace_id[0], span != NULL ? span->trace_id[0] : 0);
    store(&place->trace_id[1], span != NULL ? span->trace_id[1] : 0);
    store(&place->span_id, span != NULL ? span->span_id : 0);
    store(&place->attributes_size_bytes, size);
    for (size_t i = 0; i < (size + 7) / 8; i++) {
        store(&place->attributes[i], attributes[i]);
    }
    /* This release also pairs with load(): a reader that sees the exemplar finds its measurement in
     * the cell, where it was recorded before. */
    store(&place->sequence, sequence + 2);
}

/* ---- Offering ----------------------------------------------------------------------------- */

/* Offers a measurement that is not simply passed over. */
static HAE_COLD void offer(const struct hae_stream *stream, struct hae_series *series,
                           struct offered *offered)
{
    struct reservoir *reservoir =
        find_or_make(stream->exemplars, &series->reservoir, reservoir_size(stream));
    struct place *place;

    if (reservoir == NULL) {
        return;
    }
    if (!hae_kind_is_observable(stream->kind) && hae_current()->valid) {
        offered->current = hae_current();
    }
    place = choose(stream, series, reservoir, offered);
    if (place != NULL) {
        note_time(stream, offered);
        put(stream, series, place, offered);
    }
}

/* Draws whether a measurement is taken, as few are; sets the chance at which it was, or 0: that is
 * not known yet. A reservoir of the program has no chance, and takes each. */
static HAE_ALWAYS_INLINE bool is_drawn(const struct hae_stream *stream,
                                       const struct hae_series *series, union hae_number value,
                                       uint64_t *random, uint64_t *ret_drawn)
{
    const struct hae_exemplar_pool *pool = stream->exemplars;
    uint32_t size = stream->reservoir.place_count;
    /* Acquire, here and below: as in find_or_make(). */
    const struct reservoir *reservoir = hae_exemplar_pool_at(
        pool, atomic_load_explicit(&series->reservoir, memory_order_acquire), places_size(stream));
    const _Atomic uint64_t *chance;

    *ret_drawn = 0;
    if (HAE_UNLIKELY(reservoir == NULL)) {
        return true;
    }
    chance = &reservoir->chance;
    if (stream->reservoir.kind == HAETAE_EXEMPLAR_RESERVOIR_ALIGNED_HISTOGRAM_BUCKET) {
        const _Atomic uint32_t *reference = &reservoir->places[bucket_of(stream, value)];
        const struct place *place = hae_exemplar_pool_at(
            pool, atomic_load_explicit(reference, memory_order_acquire), sizeof *place);

        if (HAE_UNLIKELY(place == NULL)) {
            return true;
        }
        chance = &place->chance;
        size = 1;
    }
    /* Relaxed: a collection meanwhile comes before or after this. */
    *ret_drawn = atomic_load_explicit(chance, memory_order_relaxed);
    return hae_chance_is_drawn(*ret_drawn, size, random);
}

void hae_reservoir_offer(const struct hae_stream *stream, struct hae_series *series,
                         const struct hae_lane *lane, union hae_number value,
                         const haetae_attribute *attributes, size_t count)
{
    uint64_t without_lane;
    uint64_t *random = &without_lane;
    uint64_t drawn;

    /* No generator of ids, which a signal handler may be using at the same time. */
    if (HAE_LIKELY(lane != NULL)) {
        random = &stream->exemplars->lanes[lane->index].state;
    } else {
        without_lane = hae_exemplar_pool_random(stream->exemplars);
    }
    if (HAE_UNLIKELY(is_drawn(stream, series, value, random, &drawn))) {
        offer(stream, series,
              &(struct offered){.value = value,
                                .attributes = attributes,
                                .count = attributes != NULL ? count : 0,
                                .random = random,
                                .drawn = drawn});
    }
}

/* ---- Collecting ---------------------------------------------------------------------------- */

/* Acquire: keeps the loads of a place in their order. */
static uint64_t load(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_acquire);
}

/* False: nothing was put there, or a thread is putting something. */
static bool read_place(const struct place *place, size_t attributes_max, struct hae_exemplar *ret)
{
    uint64_t sequence = load(&place->sequence);

    if (sequence == 0 || (sequence & 1) != 0) {
        return false;
    }
    ret->value = load(&place->value);
    ret->time_unix_ns = load(&place->time_unix_ns);
    ret->trace_id[0] = load(&place->trace_id[0]);
    ret->trace_id[1] = load(&place->trace_id[1]);
    ret->span_id = load(&place->span_id);
    ret->attributes_size_bytes = hae_min(load(&place->attributes_size_bytes), attributes_max);
    for (size_t i = 0; i < (ret->attributes_size_bytes + 7) / 8; i++) {
        ret->attributes[i] = load(&place->attributes[i]);
    }
    /* Relaxed: the acquires keep this load behind the others, so a reader that saw part of a change
     * sees its odd number, or a later one. */
    return sequence == atomic_load_explicit(&place->sequence, memory_order_relaxed);
}

/* NULL: the series has none. */
static struct reservoir *reservoir_of(const struct hae_stream *stream,
                                      const struct hae_series *series)
{
    /* Acquire, here and below, pairs with the releases in find_or_make(). */
    uint32_t reference = atomic_load_explicit(&series->reservoir, memory_order_acquire);

    return reference != 0 && stream->exemplars != NULL
               ? hae_exemplar_pool_at(stream->exemplars, reference, reservoir_size(stream))
               : NULL;
}

static struct place *place_of(const struct hae_stream *stream, const struct hae_series *series,
                              struct reservoir *reservoir, uint32_t index)
{
    return hae_exemplar_pool_at(
        stream->exemplars, atomic_load_explicit(&reservoir->places[index], memory_order_acquire),
        place_size(stream, series));
}

void hae_reservoir_empty(const struct hae_stream *stream, const struct hae_series *series)
{
    struct reservoir *reservoir = reservoir_of(stream, series);

    if (reservoir == NULL) {
        return;
    }
    for (uint32_t i = 0; i < stream->reservoir.place_count; i++) {
        struct place *place = place_of(stream, series, reservoir, i);

        if (place != NULL) {
            memset(place, 0, place_size(stream, series));
        }
    }
    hae_chance_reset(&reservoir->chance);
    memset((uint8_t *)reservoir + places_size(stream), 0,
           reservoir_size(stream) - places_size(stream));
}

void hae_reservoir_collect(const struct hae_stream *stream, const struct hae_series *series,
                           struct hae_exemplars *ret_exemplars)
{
    struct reservoir *reservoir = reservoir_of(stream, series);
    size_t size = place_size(stream, series);

    ret_exemplars->count = 0;
    if (reservoir == NULL) {
        return;
    }
    for (uint32_t i = 0; i < stream->reservoir.place_count; i++) {
        struct place *place = place_of(stream, series, reservoir, i);

        if (place == NULL) {
            continue;
        }
        if (read_place(place, size - sizeof *place, &ret_exemplars->list[ret_exemplars->count])) {
            ret_exemplars->count++;
        }
        hae_chance_reset(&place->chance);
    }
    hae_chance_reset(&reservoir->chance);
    if (stream->reservoir.ops != NULL && stream->reservoir.ops->collect != NULL) {
        stream->reservoir.ops->collect(stream->reservoir.ops->self, state_of(stream, reservoir));
    }
}
