/* SPDX-License-Identifier: Apache-2.0 */
#include "native.h"

#include "client.h"
#include "field.h"

/* The finest scale of a native histogram, and the coarsest. */
enum { SCALE_MAX = 8, SCALE_MIN = -4 };

/* What a native histogram has for a threshold that is not set. Specification: "Exponential
 * Histograms". */
#define ZERO_THRESHOLD 1e-128

bool hae_prom_is_native(const struct hae_prom_point *point)
{
    return point->scale >= SCALE_MIN && point->has_sum;
}

/* Goes through the buckets that have a count, at a scale of at most SCALE_MAX. */
struct walk {
    struct hae_reader counts;
    int64_t next; /* the index of the next count, from 0 at the offset */
    unsigned shift;
    bool has_ahead; /* a count was read that belongs to the bucket after this one */
    int64_t ahead_index;
    uint64_t ahead_count;
};

static struct walk walk_over(const struct hae_prom_point *point,
                             const struct hae_prom_buckets *buckets)
{
    int shift = point->scale > SCALE_MAX ? point->scale - SCALE_MAX : 0;

    return (struct walk){.counts = buckets->counts,
                         .next = buckets->offset,
                         .shift = shift < 63 ? (unsigned)shift : 63};
}

/* Reads one count. Indices are those of upper bounds: one more than in OTLP. */
static bool read_count(struct walk *walk)
{
    uint64_t count = 0;

    while (count == 0) {
        if (!hae_read_varint(&walk->counts, &count)) {
            return false;
        }
        /* A shift of a negative number to the right rounds down, in all compilers in use. */
        walk->ahead_index = (walk->next++ >> walk->shift) + 1;
    }
    walk->ahead_count = count;
    return true;
}

static bool next_bucket(struct walk *walk, int64_t *ret_index, uint64_t *ret_count)
{
    if (!walk->has_ahead && !read_count(walk)) {
        return false;
    }
    *ret_index = walk->ahead_index;
    *ret_count = 0;
    do {
        *ret_count += walk->ahead_count;
        walk->has_ahead = read_count(walk);
    } while (walk->has_ahead && walk->ahead_index == *ret_index);
    return true;
}

static void put_span(struct hae_buffer *out, unsigned field, int64_t offset, uint64_t length)
{
    size_t from = hae_prom_open_field(out, field);

    hae_prom_sint_field(out, HAE_CLIENT_BUCKET_SPAN_OFFSET, offset);
    hae_prom_uint_field(out, HAE_CLIENT_BUCKET_SPAN_LENGTH, length);
    hae_prom_close_field(out, from);
}

static void put_spans(struct hae_buffer *out, unsigned field, struct walk walk)
{
    int64_t after = 0; /* the index after the last span */
    int64_t start = 0;
    uint64_t length = 0;
    uint64_t count;
    int64_t index;

    while (next_bucket(&walk, &index, &count)) {
        if (length > 0 && index == start + (int64_t)length) {
            length++;
            continue;
        }
        if (length > 0) {
            put_span(out, field, start - after, length);
            after = start + (int64_t)length;
        }
        start = index;
        length = 1;
    }
    if (length > 0) {
        put_span(out, field, start - after, length);
    }
}

static void put_deltas(struct hae_buffer *out, unsigned field, struct walk walk)
{
    uint64_t before = 0;
    uint64_t count;
    int64_t index;

    while (next_bucket(&walk, &index, &count)) {
        hae_prom_sint_field(out, field, (int64_t)(count - before));
        before = count;
    }
}

void hae_prom_native_fields(struct hae_buffer *out, const struct hae_prom_point *point)
{
    hae_prom_sint_field(out, HAE_CLIENT_HISTOGRAM_SCHEMA,
                        point->scale > SCALE_MAX ? SCALE_MAX : point->scale);
    hae_prom_double_field(out, HAE_CLIENT_HISTOGRAM_ZERO_THRESHOLD,
                          point->zero_threshold > 0 ? point->zero_threshold : ZERO_THRESHOLD);
    hae_prom_uint_field(out, HAE_CLIENT_HISTOGRAM_ZERO_COUNT, point->zero_count);
    put_spans(out, HAE_CLIENT_HISTOGRAM_NEGATIVE_SPAN, walk_over(point, &point->negative));
    put_deltas(out, HAE_CLIENT_HISTOGRAM_NEGATIVE_DELTA, walk_over(point, &point->negative));
    put_spans(out, HAE_CLIENT_HISTOGRAM_POSITIVE_SPAN, walk_over(point, &point->positive));
    put_deltas(out, HAE_CLIENT_HISTOGRAM_POSITIVE_DELTA, walk_over(point, &point->positive));
}
