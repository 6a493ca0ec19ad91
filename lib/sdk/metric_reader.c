/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/metric_reader.h"

#include "base/alloc.h"
#include "base/cancel.h"
#include "base/option_struct.h"
#include "metrics/aggregations.h"

enum { LIMIT_MAX = 1 << 24, PRODUCERS_MAX = 64 };

void hae_reader_ref(haetae_metric_reader *reader)
{
    hae_reference_take(&reader->references);
}

void hae_reader_unref(haetae_metric_reader *reader)
{
    if (reader == NULL || !hae_reference_drop(&reader->references)) {
        return;
    }
    while (reader->producers != NULL) {
        struct hae_producer *next = reader->producers->next;

        hae_producer_free(reader->producers);
        reader->producers = next;
    }
    hae_metric_filter_unref(reader->filter);
    hae_free(reader);
}

void haetae_metric_reader_free(haetae_metric_reader *reader)
{
    hae_reader_unref(reader);
}

static bool is_choice(int32_t value, int32_t last)
{
    return value >= 0 && value <= last;
}

/* Takes over what is wanted for one kind. False: it is unknown. */
static bool read_kind(const haetae_metric_reader_options *options, unsigned kind,
                      haetae_metric_reader *reader)
{
    int32_t temporality = options->temporality_of[kind];
    int32_t aggregation = options->aggregation_of[kind];
    uint32_t limit = options->cardinality_limit_of[kind];

    if (!is_choice(temporality, HAETAE_TEMPORALITY_CUMULATIVE) ||
        !is_choice(aggregation, HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM) ||
        !hae_aggregation_suits((uint8_t)aggregation, (uint8_t)kind) || limit > LIMIT_MAX) {
        return false;
    }
    if (kind < HAE_INSTRUMENT_KIND_COUNT) {
        if (temporality != 0) {
            reader->temporality.of_kind[kind] = (uint8_t)temporality;
        }
        reader->defaults.aggregation_of[kind] = (uint8_t)aggregation;
        reader->defaults.limit_of[kind] = limit != 0 ? limit : options->cardinality_limit;
    }
    return true;
}

static bool read_options(const haetae_metric_reader_options *options, haetae_metric_reader *reader)
{
    bool known = is_choice(options->pull, 1) && options->cardinality_limit <= LIMIT_MAX &&
                 options->reserved == 0;

    switch (options->temporality_preference) {
    case HAETAE_PREFERENCE_CUMULATIVE:
        reader->temporality = hae_temporality_cumulative;
        break;
    case HAETAE_PREFERENCE_DELTA:
        reader->temporality = hae_temporality_delta;
        break;
    case HAETAE_PREFERENCE_LOW_MEMORY:
        reader->temporality = hae_temporality_low_memory;
        break;
    default:
        return false;
    }
    reader->pull = options->pull != 0;
    reader->interval_ms = options->interval_ms;
    reader->batch_points_max =
        options->batch_points_max != 0 ? options->batch_points_max : UINT64_MAX;
    for (unsigned kind = 0; kind < HAETAE_INSTRUMENT_KINDS; kind++) {
        known = known && read_kind(options, kind, reader);
    }
    return known;
}

haetae_status haetae_metric_reader_new(const haetae_metric_reader_options *options,
                                       haetae_metric_reader **ret_reader)
{
    HAE_HOLD_CANCELLATION();
    haetae_metric_reader_options known = {.struct_size = 0};
    haetae_metric_reader *reader;

    if (ret_reader == NULL ||
        (options != NULL && HAE_OPTION_STRUCT_READ(haetae_metric_reader_options, &known, options) ==
                                HAE_OPTION_STRUCT_REJECTED)) {
        return HAETAE_EINVAL;
    }
    reader = hae_calloc(1, sizeof *reader);
    if (reader == NULL) {
        return HAETAE_ENOMEM;
    }
    if (!read_options(&known, reader)) {
        hae_free(reader);
        return HAETAE_EINVAL;
    }
    hae_reader_ref(reader);
    *ret_reader = reader;
    return HAETAE_OK;
}

/* ---- Filter and producers ------------------------------------------------------------------ */

/* Relaxed: whoever starts an SDK with the reader does it after these calls. */
static bool is_taken(const haetae_metric_reader *reader)
{
    return atomic_load_explicit(&reader->is_taken, memory_order_relaxed);
}

haetae_status haetae_metric_reader_set_filter(haetae_metric_reader *reader,
                                              const haetae_metric_filter *filter)
{
    HAE_HOLD_CANCELLATION();

    if (reader == NULL) {
        return HAETAE_EINVAL;
    }
    if (reader->filter != NULL || is_taken(reader)) {
        return HAETAE_ECONFLICT;
    }
    return hae_metric_filter_new(filter, &reader->filter);
}

haetae_status haetae_metric_reader_add_producer(haetae_metric_reader *reader,
                                                const haetae_metric_producer *producer)
{
    HAE_HOLD_CANCELLATION();
    struct hae_producer **last;
    uint32_t count = 0;

    if (reader == NULL) {
        return HAETAE_EINVAL;
    }
    if (is_taken(reader)) {
        return HAETAE_ECONFLICT;
    }
    for (last = &reader->producers; *last != NULL; last = &(*last)->next) {
        count++;
    }
    return count < PRODUCERS_MAX ? hae_producer_new(producer, last) : HAETAE_ELIMIT;
}
