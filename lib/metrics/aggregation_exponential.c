/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/aggregation_exponential.h"

#include <sched.h>

#include "metrics/data_point.h"
#include "metrics/series.h"
#include "wire/otlp.h"

/* ---- Cells ---- */

static size_t cell_size(const struct hae_stream_data *stream, bool shared)
{
    return shared ? sizeof(struct hae_exponential_shared)
                  : sizeof(struct hae_exponential_cell) + hae_exponential_buckets_size(stream);
}

static bool cell_valid(const struct hae_stream_data *stream, const void *cell, bool shared,
                       hae_holds_callback holds, void *user)
{
    return shared ? hae_exponential_shared_valid(stream, cell, holds, user)
                  : hae_exponential_cell_valid(cell, holds, user);
}

/* Of either kind: zeroes but for the extremes. */
static void cell_init(void *memory)
{
    struct hae_exponential_head *head = memory;

    /* Relaxed: no other thread uses the cell. */
    atomic_store_explicit(&head->minimum, hae_double_bits(__builtin_inf()), memory_order_relaxed);
    atomic_store_explicit(&head->maximum, hae_double_bits(-__builtin_inf()), memory_order_relaxed);
}

static bool record(const struct hae_stream *stream, void *cell, union hae_number value)
{
    return hae_exponential_observe(stream, cell, hae_stream_real(stream, value)) ||
           hae_cell_refuse(stream->recorder);
}

static bool record_shared(const struct hae_stream *stream, struct hae_series *series,
                          union hae_number value)
{
    if (!hae_exponential_share(stream, hae_ref_at(stream->region, series->shared),
                               hae_stream_real(stream, value))) {
        return false;
    }
    hae_series_start(stream->recorder, series);
    return true;
}

/* ---- Points ---- */

static size_t point_word_count(const struct hae_stream_data *stream)
{
    return HAE_EXPONENTIAL_BUCKETS + hae_exponential_signs(stream) * (size_t)stream->max_size;
}

static void point_init(struct hae_point *point)
{
    point->words[HAE_EXPONENTIAL_MINIMUM] = hae_double_bits(__builtin_inf());
    point->words[HAE_EXPONENTIAL_MAXIMUM] = hae_double_bits(-__builtin_inf());
}

static struct hae_exponential_range range_of(const uint64_t *words, uint32_t sign)
{
    return hae_range_of_word(words[HAE_EXPONENTIAL_RANGES + sign]);
}

/* Where a point counts a bucket. */
static size_t word_of(const struct hae_stream_data *stream, uint32_t sign, int32_t index)
{
    return HAE_EXPONENTIAL_BUCKETS + sign * (size_t)stream->max_size +
           hae_exponential_slot(stream->max_size, index);
}

/* Lowers the scale of a point. */
static void lower_point(const struct hae_stream_data *stream, uint64_t *words, uint32_t down)
{
    uint64_t counts[HAE_EXPONENTIAL_SIZE_MAX];

    if (down == 0) {
        return;
    }
    for (uint32_t sign = 0; sign < hae_exponential_signs(stream); sign++) {
        struct hae_exponential_range range = range_of(words, sign);

        for (uint32_t i = 0; i < range.count; i++) {
            size_t word = word_of(stream, sign, range.first + (int32_t)i);

            counts[i] = words[word];
            words[word] = 0;
        }
        for (uint32_t i = 0; i < range.count; i++) {
            words[word_of(stream, sign, (range.first + (int32_t)i) >> down)] += counts[i];
        }
        words[HAE_EXPONENTIAL_RANGES + sign] = hae_range_word(hae_range_lower(range, down));
    }
    words[HAE_EXPONENTIAL_SCALE_DOWN] += down;
}

/* Adds buckets to a point, at the highest scale that has room for both. */
static void add_buckets(const struct hae_stream_data *stream,
                        const struct hae_exponential_picture *picture, uint64_t *words)
{
    uint32_t point_down = (uint32_t)words[HAE_EXPONENTIAL_SCALE_DOWN];
    uint32_t down = point_down > picture->scale_down ? point_down : picture->scale_down;
    struct hae_exponential_range range[2];

    for (uint32_t sign = 0; sign < 2; sign++) {
        range[sign] =
            hae_range_union(hae_range_lower(range_of(words, sign), down - point_down),
                            hae_range_lower(picture->range[sign], down - picture->scale_down));
    }
    if (range[0].count + (uint64_t)range[1].count == 0) {
        return;
    }
    down += hae_range_excess(range, stream->max_size);
    lower_point(stream, words, down - point_down);
    for (uint32_t sign = 0; sign < hae_exponential_signs(stream); sign++) {
        struct hae_exponential_range added = picture->range[sign];

        for (uint32_t i = 0; i < added.count; i++) {
            int64_t index = ((int64_t)added.first + i) >> (down - picture->scale_down);

            words[word_of(stream, sign, (int32_t)index)] += picture->counts[sign][i];
            words[HAE_EXPONENTIAL_COUNT] += picture->counts[sign][i];
        }
        words[HAE_EXPONENTIAL_RANGES + sign] = hae_range_word(hae_range_union(
            range_of(words, sign), hae_range_lower(added, down - picture->scale_down)));
    }
}

static double load_double(const _Atomic uint64_t *word)
{
    /* Acquire: keeps the loads of a picture in their order. */
    return hae_double_from_bits(atomic_load_explicit(word, memory_order_acquire));
}

/* What a cell has besides its buckets. */
struct head {
    uint64_t zero_count;
    double sum;
    double minimum;
    double maximum;
};

/* Comes after the buckets: of a measurement that is recorded meanwhile the sum, minimum and maximum
 * may be seen without the bucket, never the bucket without them. The acquires pair with the
 * releases of put() in exponential_cell.c and of share_one() in exponential_shared.c. */
static struct head look_at_head(const struct hae_exponential_head *head)
{
    struct head seen;

    seen.zero_count = atomic_load_explicit(&head->zero_count, memory_order_acquire);
    seen.sum = load_double(&head->sum);
    seen.minimum = load_double(&head->minimum);
    seen.maximum = load_double(&head->maximum);
    return seen;
}

static void add_head(const struct head *head, uint64_t *words)
{
    words[HAE_EXPONENTIAL_COUNT] += head->zero_count;
    words[HAE_EXPONENTIAL_ZERO_COUNT] += head->zero_count;
    hae_point_add_real(&words[HAE_EXPONENTIAL_SUM], head->sum);
    if (head->minimum < hae_double_from_bits(words[HAE_EXPONENTIAL_MINIMUM])) {
        words[HAE_EXPONENTIAL_MINIMUM] = hae_double_bits(head->minimum);
    }
    if (head->maximum > hae_double_from_bits(words[HAE_EXPONENTIAL_MAXIMUM])) {
        words[HAE_EXPONENTIAL_MAXIMUM] = hae_double_bits(head->maximum);
    }
}

/* Tries to see a lane's cell between two changes. Its owner may be stopped in the middle of one, or
 * record all the time, so in the end any picture has to do: the buckets agree with themselves, but
 * the sum may be ahead of them. */
static struct head take_quiet_picture(const struct hae_stream_data *stream,
                                      const struct hae_exponential_cell *cell,
                                      struct hae_exponential_picture *picture)
{
    enum { TRIES = 64, TRIES_PER_YIELD = 16 };
    struct head head;

    for (int tries = 1;; tries++) {
        /* Acquire pairs with the release of put() in exponential_cell.c: what an even number
         * stands for is seen whole. */
        uint64_t before = atomic_load_explicit(&cell->head.as.sequence, memory_order_acquire);

        hae_exponential_look(stream, cell, picture);
        head = look_at_head(&cell->head);
        /* Relaxed: the acquires of the picture keep this load behind it. */
        if (tries == TRIES ||
            ((before & 1) == 0 &&
             before == atomic_load_explicit(&cell->head.as.sequence, memory_order_relaxed))) {
            return head;
        }
        if (tries % TRIES_PER_YIELD == 0) {
            sched_yield();
        }
    }
}

static void merge(const struct hae_stream_data *stream, const void *memory, bool shared,
                  struct hae_point *point)
{
    const struct hae_exponential_shared *cell = memory;
    const struct hae_exponential_piece *piece = NULL;
    struct hae_exponential_picture picture;
    struct head head;

    if (!shared) {
        head = take_quiet_picture(stream, memory, &picture);
        add_buckets(stream, &picture, point->words);
        add_head(&head, point->words);
        return;
    }
    do {
        piece = hae_exponential_look_shared(stream, cell, piece, &picture);
        add_buckets(stream, &picture, point->words);
    } while (piece != NULL);
    head = look_at_head(&cell->head);
    head.sum = hae_add_finite(head.sum, load_double(&cell->head.as.sum_too));
    add_head(&head, point->words);
}

/* A series starts just before its first measurement is in a lane's cell. */
static bool has_value(const struct hae_point *point)
{
    return point->words[HAE_EXPONENTIAL_COUNT] != 0;
}

/* Scales only ever fall, and ranges grow: what was there at an earlier moment fits. Cells keep the
 * minimum and maximum of all time, from which those since then don't follow. */
static bool subtract(const struct hae_stream_data *stream, struct hae_point *point,
                     const uint64_t *earlier)
{
    uint64_t *words = point->words;
    uint32_t down =
        (uint32_t)(words[HAE_EXPONENTIAL_SCALE_DOWN] - earlier[HAE_EXPONENTIAL_SCALE_DOWN]);

    for (uint32_t sign = 0; sign < hae_exponential_signs(stream); sign++) {
        struct hae_exponential_range range = range_of(earlier, sign);

        for (uint32_t i = 0; i < range.count; i++) {
            int32_t index = range.first + (int32_t)i;

            words[word_of(stream, sign, index >> down)] -= earlier[word_of(stream, sign, index)];
        }
    }
    words[HAE_EXPONENTIAL_COUNT] -= earlier[HAE_EXPONENTIAL_COUNT];
    words[HAE_EXPONENTIAL_ZERO_COUNT] -= earlier[HAE_EXPONENTIAL_ZERO_COUNT];
    hae_point_add_real(&words[HAE_EXPONENTIAL_SUM],
                       -hae_double_from_bits(earlier[HAE_EXPONENTIAL_SUM]));
    point_init(point);
    return words[HAE_EXPONENTIAL_COUNT] != 0;
}

/* ---- Encoding ---- */

/* The buckets of a sign between the first and the last one that is not empty. */
struct encoded {
    struct hae_exponential_range range;
    size_t counts_size_bytes;
    size_t size_bytes; /* 0: there is none, and no message */
};

static uint64_t count_of(const struct hae_data_point *data, uint32_t sign, int32_t index)
{
    return data->point->words[word_of(data->stream, sign, index)];
}

static struct encoded measure_buckets(const struct hae_data_point *data, uint32_t sign)
{
    struct encoded encoded = {.range = range_of(data->point->words, sign)};
    struct hae_exponential_range *range = &encoded.range;

    if (sign >= hae_exponential_signs(data->stream)) {
        range->count = 0;
    }
    while (range->count != 0 && count_of(data, sign, range->first) == 0) {
        range->first++;
        range->count--;
    }
    while (range->count != 0 &&
           count_of(data, sign, range->first + (int32_t)range->count - 1) == 0) {
        range->count--;
    }
    if (range->count == 0) {
        return encoded;
    }
    for (uint32_t i = 0; i < range->count; i++) {
        encoded.counts_size_bytes +=
            hae_varint_size(count_of(data, sign, range->first + (int32_t)i));
    }
    encoded.size_bytes =
        1 + hae_varint_size(hae_zigzag(range->first)) + hae_field_size(encoded.counts_size_bytes);
    return encoded;
}

static uint8_t *put_buckets(uint8_t *at, const struct hae_data_point *data, uint32_t sign)
{
    struct encoded encoded = measure_buckets(data, sign);

    if (encoded.size_bytes == 0) {
        return at;
    }
    *at++ = (uint8_t)HAE_TAG(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_POSITIVE + sign,
                             HAE_WIRE_LENGTH);
    at = hae_put_varint(at, encoded.size_bytes);
    *at++ = HAE_TAG(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_OFFSET, HAE_WIRE_VARINT);
    at = hae_put_varint(at, hae_zigzag(encoded.range.first));
    *at++ =
        HAE_TAG(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_BUCKET_COUNTS, HAE_WIRE_LENGTH);
    at = hae_put_varint(at, encoded.counts_size_bytes);
    for (uint32_t i = 0; i < encoded.range.count; i++) {
        at = hae_put_varint(at, count_of(data, sign, encoded.range.first + (int32_t)i));
    }
    return at;
}

static int64_t scale_of(const struct hae_data_point *data)
{
    return data->stream->max_scale - (int64_t)data->point->words[HAE_EXPONENTIAL_SCALE_DOWN];
}

static bool has_extremes(const struct hae_data_point *data)
{
    return hae_histogram_has_extremes(data->stream, data->point->words[HAE_EXPONENTIAL_MINIMUM],
                                      data->point->words[HAE_EXPONENTIAL_MAXIMUM]);
}

static size_t encoded_size(const struct hae_data_point *data)
{
    size_t fixed_count = 4; /* times, count, zero_count */
    size_t size = 1 + hae_varint_size(hae_zigzag(scale_of(data)));

    fixed_count += hae_histogram_has_sum(data->stream);
    fixed_count += has_extremes(data) ? 2 : 0;
    fixed_count += data->stream->zero_threshold > 0;
    for (uint32_t sign = 0; sign < 2; sign++) {
        size_t buckets = measure_buckets(data, sign).size_bytes;

        size += buckets != 0 ? hae_field_size(buckets) : 0;
    }
    return size + fixed_count * HAE_FIXED_FIELD_SIZE + data->attributes_size_bytes;
}

static uint8_t *encode(uint8_t *at, const struct hae_data_point *data)
{
    const uint64_t *words = data->point->words;

    at = hae_put_point_attributes(at, data);
    at = hae_put_point_times(at, data);
    at = hae_put_fixed64_field(at, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_COUNT,
                               words[HAE_EXPONENTIAL_COUNT]);
    if (hae_histogram_has_sum(data->stream)) {
        at = hae_put_fixed64_field(at, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_SUM,
                                   words[HAE_EXPONENTIAL_SUM]);
    }
    *at++ = HAE_TAG(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_SCALE, HAE_WIRE_VARINT);
    at = hae_put_varint(at, hae_zigzag(scale_of(data)));
    at = hae_put_fixed64_field(at, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_COUNT,
                               words[HAE_EXPONENTIAL_ZERO_COUNT]);
    at = put_buckets(at, data, 0);
    at = put_buckets(at, data, 1);
    if (has_extremes(data)) {
        at = hae_put_fixed64_field(at, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_MIN,
                                   words[HAE_EXPONENTIAL_MINIMUM]);
        at = hae_put_fixed64_field(at, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_MAX,
                                   words[HAE_EXPONENTIAL_MAXIMUM]);
    }
    if (data->stream->zero_threshold > 0) {
        at = hae_put_fixed64_field(at, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_THRESHOLD,
                                   hae_double_bits(data->stream->zero_threshold));
    }
    return at;
}

static uint8_t *encode_tail(uint8_t *at, const struct hae_stream_data *stream, uint8_t temporality)
{
    (void)stream;
    return hae_put_temporality(at, temporality);
}

const struct hae_aggregation hae_aggregation_exponential = {
    .id = HAE_AGGREGATION_EXPONENTIAL,
    .data_field = HAE_OTLP_METRIC_EXPONENTIAL_HISTOGRAM,
    .attributes_field = HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ATTRIBUTES,
    .exemplars_field = HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_EXEMPLARS,
    .has_lane_cells = true,
    .has_temporality = true,
    .cell_size = cell_size,
    .cell_init = cell_init,
    .cell_leave = hae_exponential_leave_shared,
    .scratch_size_bytes = HAE_EXPONENTIAL_SCRATCH_SIZE,
    .give_scratch = hae_exponential_give_scratch,
    .cell_valid = cell_valid,
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
