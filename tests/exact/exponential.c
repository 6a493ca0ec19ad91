/* SPDX-License-Identifier: Apache-2.0 */
#include "exact/exponential.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exact/require.h"

/* ---- Measured ------------------------------------------------------------------------------- */

static void append(struct exact_indices *indices, const int32_t *index, size_t count)
{
    if (indices->count + count > indices->capacity) {
        indices->capacity = 2 * indices->capacity + count;
        indices->index = realloc(indices->index, indices->capacity * sizeof indices->index[0]);
        exact_require(indices->index != NULL);
    }
    if (count != 0) {
        memcpy(indices->index + indices->count, index, count * sizeof index[0]);
        indices->count += count;
    }
}

void exact_values_note(struct exact_values *values, double value)
{
    /* The values are multiples of 1/4 below 2^20: none but powers of two is so close to a
     * boundary that its logarithm could fall on the wrong side, and theirs is exact. */
    int32_t index;

    if (value == 0) {
        values->zero_count++;
        return;
    }
    index = (int32_t)ceill(ldexpl(log2l(fabsl((long double)value)), EXACT_SCALE_MAX)) - 1;
    append(&values->sign[value < 0], &index, 1);
}

void exact_values_add(struct exact_values *values, const struct exact_values *other)
{
    values->zero_count += other->zero_count;
    for (int sign = 0; sign < 2; sign++) {
        append(&values->sign[sign], other->sign[sign].index, other->sign[sign].count);
    }
}

void exact_values_done(struct exact_values *values)
{
    free(values->sign[0].index);
    free(values->sign[1].index);
    memset(values, 0, sizeof *values);
}

/* Halves an index so often, rounding down. */
static int32_t lowered(int32_t index, int32_t by)
{
    while (by-- > 0) {
        index = index >= 0 ? index / 2 : -((1 - index) / 2);
    }
    return index;
}

static bool fits(const struct exact_indices *indices, int32_t scale, uint32_t max_size)
{
    int32_t lowest = INT32_MAX;
    int32_t highest = INT32_MIN;

    for (size_t i = 0; i < indices->count; i++) {
        lowest = indices->index[i] < lowest ? indices->index[i] : lowest;
        highest = indices->index[i] > highest ? indices->index[i] : highest;
    }
    return indices->count == 0 || lowered(highest, EXACT_SCALE_MAX - scale) -
                                          (int64_t)lowered(lowest, EXACT_SCALE_MAX - scale) <
                                      (int64_t)max_size;
}

int32_t exact_values_scale(const struct exact_values *values, struct exact_room room)
{
    int32_t scale = room.max_scale;

    while (!fits(&values->sign[0], scale, room.max_size) ||
           !fits(&values->sign[1], scale, room.max_size)) {
        scale--;
    }
    return scale;
}

/* ---- Reported ------------------------------------------------------------------------------- */

static uint64_t read_sign(struct exact_span *span, struct exact_room room,
                          const HaeOtlp__ExponentialHistogramDataPoint__Buckets *given)
{
    uint64_t total = 0;

    if (given == NULL) {
        return 0;
    }
    exact_require(given->n_bucket_counts <= room.max_size);
    span->first = given->offset;
    span->count = (uint32_t)given->n_bucket_counts;
    for (uint32_t i = 0; i < span->count; i++) {
        span->counts[i] = given->bucket_counts[i];
        total += given->bucket_counts[i];
    }
    return total;
}

void exact_buckets_read(struct exact_buckets *buckets, struct exact_room room,
                        const HaeOtlp__ExponentialHistogramDataPoint *point)
{
    uint64_t total = point->zero_count;

    memset(buckets, 0, sizeof *buckets);
    exact_require(point->scale <= room.max_scale);
    buckets->scale = point->scale;
    buckets->zero_count = point->zero_count;
    total += read_sign(&buckets->sign[0], room, point->positive);
    total += read_sign(&buckets->sign[1], room, point->negative);
    exact_require(total == point->count);
}

/* The buckets of a span from `first` on, at a scale that is lower. */
static struct exact_span spread(const struct exact_span *span, int32_t by, int32_t first,
                                int32_t last)
{
    struct exact_span wide = {.first = first, .count = (uint32_t)(last - first) + 1};

    exact_require(wide.count <= EXACT_SIZE_MAX);
    for (uint32_t i = 0; i < span->count; i++) {
        wide.counts[lowered(span->first + (int32_t)i, by) - first] += span->counts[i];
    }
    return wide;
}

static int32_t last_of(const struct exact_span *span)
{
    return span->first + (int32_t)span->count - 1;
}

void exact_buckets_lower(struct exact_buckets *buckets, int32_t scale)
{
    int32_t by = buckets->scale - scale;

    exact_require(by >= 0);
    for (int i = 0; i < 2; i++) {
        struct exact_span *span = &buckets->sign[i];

        if (span->count != 0) {
            *span = spread(span, by, lowered(span->first, by), lowered(last_of(span), by));
        }
    }
    buckets->scale = scale;
}

static void add_span(struct exact_span *span, const struct exact_span *other)
{
    int32_t first;
    int32_t last;

    if (other->count == 0 || span->count == 0) {
        *span = other->count == 0 ? *span : *other;
        return;
    }
    first = other->first < span->first ? other->first : span->first;
    last = last_of(other) > last_of(span) ? last_of(other) : last_of(span);
    *span = spread(span, 0, first, last);
    for (uint32_t i = 0; i < other->count; i++) {
        span->counts[other->first - first + (int32_t)i] += other->counts[i];
    }
}

void exact_buckets_add(struct exact_buckets *buckets, const struct exact_buckets *other)
{
    struct exact_buckets added = *other;

    exact_buckets_lower(&added, buckets->scale);
    buckets->zero_count += added.zero_count;
    add_span(&buckets->sign[0], &added.sign[0]);
    add_span(&buckets->sign[1], &added.sign[1]);
}

static uint64_t count_at(const struct exact_span *span, int32_t index)
{
    return span->count != 0 && index >= span->first && index <= last_of(span)
               ? span->counts[index - span->first]
               : 0;
}

bool exact_buckets_follow(const struct exact_buckets *buckets, const struct exact_buckets *earlier)
{
    struct exact_buckets before = *earlier;
    bool follow = buckets->zero_count >= before.zero_count;

    exact_buckets_lower(&before, buckets->scale);
    for (int i = 0; i < 2; i++) {
        const struct exact_span *span = &before.sign[i];

        for (uint32_t k = 0; k < span->count; k++) {
            follow =
                follow && count_at(&buckets->sign[i], span->first + (int32_t)k) >= span->counts[k];
        }
    }
    return follow;
}

bool exact_buckets_hold(const struct exact_buckets *buckets, const struct exact_values *values)
{
    struct exact_buckets left = *buckets;
    bool same = left.zero_count == values->zero_count;

    for (int i = 0; i < 2; i++) {
        struct exact_span *span = &left.sign[i];

        for (size_t k = 0; same && k < values->sign[i].count; k++) {
            int32_t index = lowered(values->sign[i].index[k], EXACT_SCALE_MAX - left.scale);

            same = count_at(span, index) != 0;
            if (same) {
                span->counts[index - span->first]--;
            }
        }
        for (uint32_t k = 0; k < span->count; k++) {
            same = same && span->counts[k] == 0;
        }
    }
    return same;
}
