/* SPDX-License-Identifier: Apache-2.0 */
/* All that is followed is checked before the code that reads living regions gets it.
 *
 * In a valid region no two things share memory, so that all of them together are no larger
 * than the heap: lists that lead in circles end when that much was seen. */
#include "recovery/dead_metrics.h"

#include "metrics/aggregations.h"
#include "recovery/check.h"
#include "wire/otlp.h"

enum { FIELDS_SIZE_MAX = 16 * 1024 };

struct walk {
    struct hae_dead *dead;
    uint64_t left_bytes; /* of the heap */
};

/* Whether `size_bytes` lie in the heap at an offset, and no more was seen than it holds. */
static bool holds(struct walk *walk, uint64_t offset, uint64_t size_bytes)
{
    if (hae_layout_heap(&walk->dead->layout, offset, size_bytes) == NULL ||
        size_bytes > walk->left_bytes) {
        return false;
    }
    walk->left_bytes -= size_bytes;
    return true;
}

static bool holds_ref(struct walk *walk, uint32_t reference, uint64_t size_bytes)
{
    return holds(walk, (uint64_t)reference * 8, size_bytes);
}

static bool stream_valid(struct walk *walk, uint64_t offset)
{
    const struct hae_stream_data *stream;

    if (!holds(walk, offset, sizeof *stream)) {
        return false;
    }
    stream = hae_region_at(walk->dead->layout.region, offset);
    return stream->fields_size_bytes <= FIELDS_SIZE_MAX &&
           holds(walk, offset,
                 offsetof(struct hae_stream_data, fields) + stream->fields_size_bytes) &&
           hae_check(HAE_CHECK_METRIC_FIELDS, stream->fields, stream->fields_size_bytes) &&
           stream->kind >= HAE_COUNTER && stream->kind < HAE_INSTRUMENT_KIND_COUNT &&
           (stream->number_type == HAETAE_NUMBER_INT64 ||
            stream->number_type == HAETAE_NUMBER_DOUBLE) &&
           hae_aggregation_of(stream->aggregation) != NULL &&
           stream->max_size >= HAE_EXPONENTIAL_SIZE_MIN &&
           stream->max_size <= HAE_EXPONENTIAL_SIZE_MAX &&
           stream->max_scale >= HAE_EXPONENTIAL_SCALE_MIN &&
           stream->max_scale <= HAE_EXPONENTIAL_SCALE_MAX &&
           stream->boundary_count <= HAETAE_BOUNDARIES_MAX &&
           (stream->aggregation != HAE_AGGREGATION_HISTOGRAM ||
            holds_ref(walk, stream->boundaries, stream->boundary_count * (uint64_t)sizeof(double)));
}

static bool holds_beside(void *user, const void *from, uint64_t distance, uint64_t size_bytes)
{
    struct walk *walk = user;
    const uint8_t *region = (const uint8_t *)walk->dead->layout.region;

    return holds(walk, (uint64_t)((const uint8_t *)from - region) + distance, size_bytes);
}

/* Whether a cell is in the heap with all that it leads to. */
static bool cell_valid(struct walk *walk, const struct hae_metric_message *message,
                       uint32_t reference, bool shared)
{
    const struct hae_aggregation *aggregation = message->aggregation;

    return holds_ref(walk, reference, aggregation->cell_size(message->stream, shared)) &&
           (aggregation->cell_valid == NULL ||
            aggregation->cell_valid(message->stream,
                                    hae_ref_at(walk->dead->layout.region, reference), shared,
                                    holds_beside, walk));
}

static bool cells_valid(struct walk *walk, const struct hae_metric_message *message,
                        const struct hae_series *series)
{
    if (!cell_valid(walk, message, series->shared, true)) {
        return false;
    }
    for (uint32_t i = 0; i < series->group_count; i++) {
        uint32_t group = atomic_load_explicit(&series->groups[i], memory_order_relaxed);
        const _Atomic uint32_t *cells = hae_ref_at(walk->dead->layout.region, group);

        if (group != 0 && !holds_ref(walk, group, HAE_LANES_PER_GROUP * sizeof *cells)) {
            return false;
        }
        for (uint32_t j = 0; group != 0 && j < HAE_LANES_PER_GROUP; j++) {
            uint32_t cell = atomic_load_explicit(&cells[j], memory_order_relaxed);

            if (cell != 0 && !cell_valid(walk, message, cell, false)) {
                return false;
            }
        }
    }
    return true;
}

static enum hae_checked attributes_of(uint8_t aggregation)
{
    switch (aggregation) {
    case HAE_AGGREGATION_HISTOGRAM:
        return HAE_CHECK_HISTOGRAM_ATTRIBUTES;
    case HAE_AGGREGATION_EXPONENTIAL:
        return HAE_CHECK_EXPONENTIAL_ATTRIBUTES;
    default:
        return HAE_CHECK_NUMBER_ATTRIBUTES;
    }
}

static bool series_valid(struct walk *walk, const struct hae_metric_message *message,
                         const struct hae_series *series)
{
    enum hae_checked attributes = attributes_of(message->stream->aggregation);

    return series->group_count <= HAE_LANES_MAX / HAE_LANES_PER_GROUP &&
           holds_ref(walk, hae_ref_of(walk->dead->layout.region, series->groups),
                     hae_align8(series->group_count * (uint64_t)sizeof(uint32_t))) &&
           series->attributes_size_bytes <= HAE_METRIC_ATTRIBUTES_SIZE_MAX &&
           holds_ref(walk, series->attributes, series->attributes_size_bytes) &&
           hae_check(attributes, hae_ref_at(walk->dead->layout.region, series->attributes),
                     series->attributes_size_bytes) &&
           cells_valid(walk, message, series);
}

/* From the dead process's scopes to those that are right. */
struct scoped {
    struct hae_dead *dead;
    hae_metric_callback take;
    void *user;
    bool taken; /* a message was */
};

static bool take_scoped(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                        uint32_t point_count)
{
    struct scoped *scoped = user;

    scoped->taken = scoped->take(scoped->user, hae_dead_scope(scoped->dead, scope), metric,
                                 size_bytes, point_count);
    return scoped->taken;
}

/* Adds one series, if it is right, and finds the next; 0: none. False: a message was refused. */
static bool take_one(struct walk *walk, struct hae_metric_message *message, uint32_t *at)
{
    const struct hae_series *series;

    if (!holds_ref(walk, *at, offsetof(struct hae_series, groups))) {
        hae_dead_fault(walk->dead, "a list of series is invalid");
        *at = 0;
        return true;
    }
    series = hae_ref_at(walk->dead->layout.region, *at);
    *at = series->next;
    if (!hae_series_may_report(series)) {
        return true;
    }
    if (!series_valid(walk, message, series)) {
        hae_dead_fault(walk->dead, "a series is invalid");
        return true;
    }
    return hae_message_add(message, series);
}

/* Takes the series of a stream from one on. The place to go on at is always the first one
 * that is in no message which was taken. */
static enum hae_dead_taking take_series(struct walk *walk, struct hae_metric_message *message,
                                        uint32_t at)
{
    struct hae_dead_metrics *place = &walk->dead->metrics;
    struct scoped *scoped = message->user;
    bool pauses = false; /* not before the first one: else it might never get on */

    while (at != 0) {
        uint64_t left_bytes = walk->left_bytes;
        uint32_t series = at;

        scoped->taken = message->point_count == 0;
        if (!(pauses ? hae_message_end(message) : take_one(walk, message, &at))) {
            return HAE_DEAD_REFUSED;
        }
        if (scoped->taken) {
            place->series = series;
            place->left_bytes = left_bytes;
        }
        if (pauses) {
            return HAE_DEAD_TAKING_PAUSES;
        }
        hae_dead_spend(walk->dead, left_bytes - walk->left_bytes);
        pauses = hae_dead_must_pause(walk->dead);
    }
    return hae_message_end(message) ? HAE_DEAD_TAKEN : HAE_DEAD_REFUSED;
}

void hae_dead_begin_metrics(struct hae_dead *dead)
{
    const struct hae_region *region = dead->layout.region;

    /* What is in the heap, and what the walk counts twice: heads of things that are looked
     * at before their rest. */
    dead->metrics = (struct hae_dead_metrics){
        .stream = atomic_load_explicit(&region->streams_first, memory_order_relaxed),
        .left_bytes = 2 * region->heap_size_bytes};
}

/* Returns the next stream; NULL: there is none that is right. */
static const struct hae_stream_data *next_stream(struct walk *walk)
{
    struct hae_dead_metrics *place = &walk->dead->metrics;
    uint64_t begun_bytes;

    if (place->stream == 0) {
        return NULL;
    }
    /* One that the walk comes back to after a pause was counted when its series began. */
    begun_bytes = place->series != 0 ? UINT64_MAX : place->left_bytes;
    walk->left_bytes = begun_bytes;
    if (!stream_valid(walk, place->stream)) {
        hae_dead_fault(walk->dead, "an instrument is invalid");
        place->stream = 0;
        return NULL;
    }
    hae_dead_spend(walk->dead, begun_bytes - walk->left_bytes);
    if (place->series != 0) {
        walk->left_bytes = place->left_bytes;
    }
    return hae_region_at(walk->dead->layout.region, place->stream);
}

enum hae_dead_taking hae_dead_collect(struct hae_dead *dead, struct hae_collector *collector,
                                      size_t metric_size_max, hae_metric_callback take, void *user)
{
    struct walk walk = {dead, 0};
    struct scoped scoped = {dead, take, user, false};
    struct hae_metric_message message = {.region = dead->layout.region,
                                         .now_unix_ns = dead->last_known_unix_ns,
                                         .size_max = metric_size_max,
                                         .take = take_scoped,
                                         .user = &scoped};
    const struct hae_stream_data *stream;

    while ((stream = next_stream(&walk)) != NULL) {
        uint64_t first =
            stream->only_pulled ? 0 : atomic_load_explicit(&stream->series, memory_order_relaxed);
        enum hae_dead_taking taking;

        hae_message_begin(&message, collector, stream, hae_aggregation_of(stream->aggregation),
                          HAE_OTLP_AGGREGATION_TEMPORALITY_CUMULATIVE);
        taking =
            take_series(&walk, &message,
                        dead->metrics.series != 0 ? dead->metrics.series : hae_series_ref(first));
        if (taking != HAE_DEAD_TAKEN) {
            return taking;
        }
        dead->metrics = (struct hae_dead_metrics){
            .stream = atomic_load_explicit(&stream->next, memory_order_relaxed),
            .left_bytes = walk.left_bytes};
        if (hae_dead_must_pause(dead)) {
            return HAE_DEAD_TAKING_PAUSES;
        }
    }
    return HAE_DEAD_TAKEN;
}
