/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/aggregation_histogram.h"

#include <sched.h>

#include "metrics/data_point.h"
#include "metrics/series.h"
#include "wire/otlp.h"

/* ---- Cells ---- */

static size_t cell_size(const struct hae_stream_data *stream, bool shared)
{
    (void)shared;
    return hae_histogram_cell_size(stream->boundary_count);
}

static void cell_init(void *memory)
{
    struct hae_histogram_cell *cell = memory;

    /* Relaxed: no other thread uses the cell. */
    atomic_store_explicit(&cell->minimum, hae_double_bits(__builtin_inf()), memory_order_relaxed);
    atomic_store_explicit(&cell->maximum, hae_double_bits(-__builtin_inf()), memory_order_relaxed);
}

static bool record(const struct hae_stream *stream, void *cell, union hae_number value)
{
    double real = hae_stream_real(stream, value);
    uint32_t bucket = hae_bucket_of(stream->boundaries, stream->boundary_count, real);

    return hae_cell_observe(cell, bucket, real, hae_histogram_has_sum(stream->data) ? real : 0) ||
           hae_cell_refuse(stream->recorder);
}

static bool record_shared(const struct hae_stream *stream, struct hae_series *series,
                          union hae_number value)
{
    struct hae_recorder *recorder = stream->recorder;
    struct hae_histogram_cell *cell = hae_ref_at(stream->region, series->shared);
    double real = hae_stream_real(stream, value);
    uint32_t bucket = hae_bucket_of(stream->boundaries, stream->boundary_count, real);

    if (hae_histogram_has_sum(stream->data) &&
        !hae_cell_share_double(recorder, &cell->sum, &cell->as.sum_too, real)) {
        return false;
    }
    hae_cell_share_minimum(recorder, &cell->minimum, real);
    hae_cell_share_maximum(recorder, &cell->maximum, real);
    /* Release pairs with the acquires in take_picture(), which reads the buckets first: it
     * sees the sum, minimum and maximum of all that it counts. */
    atomic_fetch_add_explicit(&cell->buckets[bucket], 1, memory_order_release);
    hae_series_start(recorder, series);
    return true;
}

/* ---- Points ---- */

static size_t point_word_count(const struct hae_stream_data *stream)
{
    return HAE_HISTOGRAM_BUCKETS + (size_t)stream->boundary_count + 1;
}

static void point_init(struct hae_point *point)
{
    point->words[HAE_HISTOGRAM_MINIMUM] = hae_double_bits(__builtin_inf());
    point->words[HAE_HISTOGRAM_MAXIMUM] = hae_double_bits(-__builtin_inf());
}

/* A picture of one cell. */
struct picture {
    double sum;
    double minimum;
    double maximum;
    uint64_t buckets[HAETAE_BOUNDARIES_MAX + 1];
};

static double load_double(const _Atomic uint64_t *word)
{
    /* Acquire: keeps the loads of a picture in their order. */
    return hae_double_from_bits(atomic_load_explicit(word, memory_order_acquire));
}

/* Reads the buckets first: of a measurement that is recorded meanwhile the sum, minimum and
 * maximum may be seen without the bucket, never the bucket without them. The acquires pair
 * with the releases in hae_cell_observe() and record_shared(). */
static void take_picture(const struct hae_histogram_cell *cell, uint32_t bucket_count,
                         struct picture *picture)
{
    for (uint32_t i = 0; i < bucket_count; i++) {
        picture->buckets[i] = atomic_load_explicit(&cell->buckets[i], memory_order_acquire);
    }
    picture->sum = load_double(&cell->sum);
    picture->minimum = load_double(&cell->minimum);
    picture->maximum = load_double(&cell->maximum);
}

/* Tries to see the cell between two changes. Its owner may be stopped in the middle of one,
 * even for ever, so after some time the last picture has to do: it agrees with itself but for
 * a sum that may be ahead by that one measurement. */
static void take_quiet_picture(const struct hae_histogram_cell *cell, uint32_t bucket_count,
                               struct picture *picture)
{
    enum { TRIES = 256, TRIES_PER_YIELD = 32 };

    for (int tries = 1; tries <= TRIES; tries++) {
        /* Acquire pairs with the last release of hae_cell_observe(): what an even number
         * stands for is seen whole. */
        uint64_t before = atomic_load_explicit(&cell->as.sequence, memory_order_acquire);

        take_picture(cell, bucket_count, picture);
        /* Relaxed: the acquires of the picture keep this load behind it, and a reader that
         * saw part of a change sees its odd number, or a later one. */
        if ((before & 1) == 0 &&
            before == atomic_load_explicit(&cell->as.sequence, memory_order_relaxed)) {
            return;
        }
        if (tries % TRIES_PER_YIELD == 0) {
            sched_yield();
        }
    }
}

static void add_picture(const struct picture *picture, uint32_t bucket_count, uint64_t *words)
{
    for (uint32_t i = 0; i < bucket_count; i++) {
        words[HAE_HISTOGRAM_BUCKETS + i] += picture->buckets[i];
        words[HAE_HISTOGRAM_COUNT] += picture->buckets[i];
    }
    hae_point_add_real(&words[HAE_HISTOGRAM_SUM], picture->sum);
    if (picture->minimum < hae_double_from_bits(words[HAE_HISTOGRAM_MINIMUM])) {
        words[HAE_HISTOGRAM_MINIMUM] = hae_double_bits(picture->minimum);
    }
    if (picture->maximum > hae_double_from_bits(words[HAE_HISTOGRAM_MAXIMUM])) {
        words[HAE_HISTOGRAM_MAXIMUM] = hae_double_bits(picture->maximum);
    }
}

static void merge(const struct hae_stream_data *stream, const void *memory, bool shared,
                  struct hae_point *point)
{
    const struct hae_histogram_cell *cell = memory;
    uint32_t bucket_count = stream->boundary_count + 1;
    struct picture picture;

    if (shared) {
        take_picture(cell, bucket_count, &picture);
        picture.sum = hae_add_finite(picture.sum, load_double(&cell->as.sum_too));
    } else {
        take_quiet_picture(cell, bucket_count, &picture);
    }
    add_picture(&picture, bucket_count, point->words);
}

/* A series starts just before its first measurement is in a lane's cell. */
static bool has_value(const struct hae_point *point)
{
    return point->words[HAE_HISTOGRAM_COUNT] != 0;
}

/* Cells keep the minimum and maximum of all time, from which those since an earlier moment
 * don't follow. */
static bool subtract(const struct hae_stream_data *stream, struct hae_point *point,
                     const uint64_t *earlier)
{
    uint64_t *words = point->words;

    for (uint32_t i = 0; i <= stream->boundary_count; i++) {
        words[HAE_HISTOGRAM_BUCKETS + i] -= earlier[HAE_HISTOGRAM_BUCKETS + i];
    }
    words[HAE_HISTOGRAM_COUNT] -= earlier[HAE_HISTOGRAM_COUNT];
    hae_point_add_real(&words[HAE_HISTOGRAM_SUM],
                       -hae_double_from_bits(earlier[HAE_HISTOGRAM_SUM]));
    point_init(point);
    return words[HAE_HISTOGRAM_COUNT] != 0;
}

/* ---- Encoding ---- */

static bool has_extremes(const struct hae_data_point *data)
{
    return hae_histogram_has_extremes(data->stream, data->point->words[HAE_HISTOGRAM_MINIMUM],
                                      data->point->words[HAE_HISTOGRAM_MAXIMUM]);
}

static size_t packed_size(uint32_t count)
{
    return count != 0 ? hae_field_size((size_t)count * 8) : 0;
}

static size_t encoded_size(const struct hae_data_point *data)
{
    uint32_t boundary_count = data->stream->boundary_count;
    size_t fixed_count = 3; /* times and count */

    fixed_count += hae_histogram_has_sum(data->stream);
    fixed_count += has_extremes(data) ? 2 : 0;
    return fixed_count * HAE_FIXED_FIELD_SIZE + packed_size(boundary_count) +
           packed_size(boundary_count + 1) + data->attributes_size_bytes;
}

static uint8_t *encode(uint8_t *at, const struct hae_data_point *data)
{
    const uint64_t *words = data->point->words;
    uint32_t boundary_count = data->stream->boundary_count;

    at = hae_put_point_times(at, data);
    at = hae_put_fixed64_field(at, HAE_OTLP_HISTOGRAM_DATA_POINT_COUNT, words[HAE_HISTOGRAM_COUNT]);
    if (hae_histogram_has_sum(data->stream)) {
        at = hae_put_fixed64_field(at, HAE_OTLP_HISTOGRAM_DATA_POINT_SUM, words[HAE_HISTOGRAM_SUM]);
    }
    *at++ = HAE_TAG(HAE_OTLP_HISTOGRAM_DATA_POINT_BUCKET_COUNTS, HAE_WIRE_LENGTH);
    at = hae_put_varint(at, ((uint64_t)boundary_count + 1) * 8);
    for (uint32_t i = 0; i <= boundary_count; i++) {
        at = hae_put_fixed64(at, words[HAE_HISTOGRAM_BUCKETS + i]);
    }
    if (boundary_count != 0) {
        *at++ = HAE_TAG(HAE_OTLP_HISTOGRAM_DATA_POINT_EXPLICIT_BOUNDS, HAE_WIRE_LENGTH);
        at = hae_put_varint(at, (uint64_t)boundary_count * 8);
    }
    for (uint32_t i = 0; i < boundary_count; i++) {
        at = hae_put_fixed64(at, hae_double_bits(data->boundaries[i]));
    }
    at = hae_put_point_attributes(at, data);
    if (has_extremes(data)) {
        at = hae_put_fixed64_field(at, HAE_OTLP_HISTOGRAM_DATA_POINT_MIN,
                                   words[HAE_HISTOGRAM_MINIMUM]);
        at = hae_put_fixed64_field(at, HAE_OTLP_HISTOGRAM_DATA_POINT_MAX,
                                   words[HAE_HISTOGRAM_MAXIMUM]);
    }
    return at;
}

static uint8_t *encode_tail(uint8_t *at, const struct hae_stream_data *stream, uint8_t temporality)
{
    (void)stream;
    return hae_put_temporality(at, temporality);
}

const struct hae_aggregation hae_aggregation_histogram = {
    .id = HAE_AGGREGATION_HISTOGRAM,
    .data_field = HAE_OTLP_METRIC_HISTOGRAM,
    .attributes_field = HAE_OTLP_HISTOGRAM_DATA_POINT_ATTRIBUTES,
    .exemplars_field = HAE_OTLP_HISTOGRAM_DATA_POINT_EXEMPLARS,
    .has_lane_cells = true,
    .has_temporality = true,
    .cell_size = cell_size,
    .cell_init = cell_init,
    .record = record,
    .record_shared = record_shared,
    .point_word_count = point_word_count,
    .point_init = point_init,
    .merge = merge,
    .has_value = has_value,
    .subtract = subtract,
    .encoded_size = encoded_size,
    .encode = encode,
    .encode_tail = encode_tail,
};
