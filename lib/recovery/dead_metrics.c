/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics out of a dead region's heap. All that is followed is checked before the code
 * that reads living regions gets it.
 *
 * In a region that is right no two things share memory, so that all of them together are no
 * larger than the heap: lists that lead in circles end when that much was seen. */
#include "metrics/collect.h"
#include "recovery/check.h"
#include "recovery/dead.h"

enum { FIELDS_SIZE_MAX = 16 * 1024 };

struct walk {
    struct hae_dead *dead;
    uint64_t left_bytes; /* of the heap */
};

/* Whether `size_bytes` lie in the heap at an offset, and no more was seen than it holds. */
static bool holds(struct walk *walk, uint64_t offset, uint64_t size_bytes)
{
    const struct hae_region *region = walk->dead->region;
    uint64_t end = region->heap_offset + region->heap_size_bytes;

    if (offset % 8 != 0 || offset < region->heap_offset || offset > end ||
        size_bytes > end - offset || size_bytes > walk->left_bytes) {
        return false;
    }
    walk->left_bytes -= size_bytes;
    return true;
}

static bool holds_ref(struct walk *walk, uint32_t reference, uint64_t size_bytes)
{
    return holds(walk, (uint64_t)reference * 8, size_bytes);
}

static bool instrument_right(struct walk *walk, uint64_t offset)
{
    const struct hae_instrument *instrument;

    if (!holds(walk, offset, sizeof *instrument)) {
        return false;
    }
    instrument = hae_region_at(walk->dead->region, offset);
    return instrument->fields_size_bytes <= FIELDS_SIZE_MAX &&
           holds(walk, offset,
                 offsetof(struct hae_instrument, fields) + instrument->fields_size_bytes) &&
           hae_check(HAE_CHECK_METRIC_FIELDS, instrument->fields, instrument->fields_size_bytes) &&
           instrument->kind >= HAE_COUNTER && instrument->kind <= HAE_HISTOGRAM &&
           (instrument->number_type == HAETAE_NUMBER_INT64 ||
            instrument->number_type == HAETAE_NUMBER_DOUBLE) &&
           instrument->boundary_count <= HAETAE_BOUNDARIES_MAX &&
           (instrument->kind != HAE_HISTOGRAM ||
            holds_ref(walk, instrument->boundaries,
                      instrument->boundary_count * (uint64_t)sizeof(double)));
}

static bool cells_right(struct walk *walk, const struct hae_instrument *instrument,
                        const struct hae_series *series)
{
    bool histogram = instrument->kind == HAE_HISTOGRAM;
    uint64_t histogram_size = hae_histogram_cell_size(instrument->boundary_count);

    if (!holds_ref(walk, series->shared,
                   histogram ? histogram_size : sizeof(struct hae_number_cell))) {
        return false;
    }
    for (uint32_t i = 0; i < series->group_count; i++) {
        uint32_t group = atomic_load_explicit(&series->groups[i], memory_order_relaxed);
        const _Atomic uint32_t *cells = hae_ref_at(walk->dead->region, group);

        if (group != 0 && !holds_ref(walk, group, HAE_LANES_PER_GROUP * sizeof *cells)) {
            return false;
        }
        for (uint32_t j = 0; group != 0 && j < HAE_LANES_PER_GROUP; j++) {
            uint32_t cell = atomic_load_explicit(&cells[j], memory_order_relaxed);

            if (cell != 0 &&
                !holds_ref(walk, cell, histogram ? histogram_size : sizeof(uint64_t))) {
                return false;
            }
        }
    }
    return true;
}

static bool series_right(struct walk *walk, const struct hae_instrument *instrument,
                         const struct hae_series *series)
{
    enum hae_checked attributes = instrument->kind == HAE_HISTOGRAM ? HAE_CHECK_HISTOGRAM_ATTRIBUTES
                                                                    : HAE_CHECK_NUMBER_ATTRIBUTES;

    return series->group_count <= HAE_LANES_MAX / HAE_LANES_PER_GROUP &&
           holds_ref(walk, hae_ref_of(walk->dead->region, series->groups),
                     hae_align8(series->group_count * (uint64_t)sizeof(uint32_t))) &&
           series->attributes_size_bytes <= HAE_METRIC_ATTRIBUTES_SIZE_MAX &&
           holds_ref(walk, series->attributes, series->attributes_size_bytes) &&
           hae_check(attributes, hae_ref_at(walk->dead->region, series->attributes),
                     series->attributes_size_bytes) &&
           cells_right(walk, instrument, series);
}

static bool collect_instrument(struct walk *walk, struct hae_metric_message *message)
{
    uint64_t word = atomic_load_explicit(&message->instrument->series, memory_order_relaxed);
    uint32_t at = hae_series_ref(word);

    while (at != 0) {
        const struct hae_series *series;

        if (!holds_ref(walk, at, offsetof(struct hae_series, groups))) {
            hae_dead_fault(walk->dead, "a list of series leads astray");
            break;
        }
        series = hae_ref_at(walk->dead->region, at);
        if (!series_right(walk, message->instrument, series)) {
            hae_dead_fault(walk->dead, "a series is not right");
        } else if (!hae_message_add(message, series)) {
            return false;
        }
        at = series->next;
    }
    return hae_message_end(message);
}

/* From the dead process's scopes to those that are right. */
struct scoped {
    struct hae_dead *dead;
    hae_metric_taker take;
    void *user;
};

static bool take_scoped(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                        uint32_t point_count)
{
    const struct scoped *scoped = user;

    return scoped->take(scoped->user, hae_dead_scope(scoped->dead, scope), metric, size_bytes,
                        point_count);
}

bool hae_dead_collect(struct hae_dead *dead, struct hae_collector *collector,
                      size_t metric_size_max, hae_metric_taker take, void *user)
{
    struct hae_region *region = dead->region;
    /* What is in the heap, and what the walk counts twice: heads of things that are looked
     * at before their rest. */
    struct walk walk = {dead, 2 * region->heap_size_bytes};
    struct scoped scoped = {dead, take, user};
    struct hae_metric_message message = {.region = region,
                                         .now_unix_ns = dead->last_known_unix_ns,
                                         .size_max = metric_size_max,
                                         .take = take_scoped,
                                         .user = &scoped};
    uint64_t at = atomic_load_explicit(&region->instruments_first, memory_order_relaxed);

    while (at != 0) {
        const struct hae_instrument *instrument;

        if (!instrument_right(&walk, at)) {
            hae_dead_fault(dead, "an instrument is not right");
            break;
        }
        instrument = hae_region_at(region, at);
        hae_message_begin(&message, collector, instrument);
        if (!collect_instrument(&walk, &message)) {
            return false;
        }
        at = atomic_load_explicit(&instrument->next, memory_order_relaxed);
    }
    return true;
}
