/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets of exponential histograms: ranges of indices, and where each is counted. */
#ifndef HAETAE_METRICS_EXPONENTIAL_BUCKETS_H
#define HAETAE_METRICS_EXPONENTIAL_BUCKETS_H

#include "metrics/stream.h"

/* Indices of buckets side by side: from `first`, `count` of them. */
struct hae_exponential_range {
    int32_t first;
    uint32_t count;
};

static inline struct hae_exponential_range hae_range_of_word(uint64_t word)
{
    return (struct hae_exponential_range){(int32_t)(uint32_t)word, (uint32_t)(word >> 32)};
}

static inline uint64_t hae_range_word(struct hae_exponential_range range)
{
    return (uint64_t)range.count << 32 | (uint32_t)range.first;
}

/* The range with one more index. One that is too wide for any number of buckets has UINT32_MAX. */
struct hae_exponential_range hae_range_with(struct hae_exponential_range range, int32_t index);

/* Both together. */
struct hae_exponential_range hae_range_union(struct hae_exponential_range a,
                                             struct hae_exponential_range b);

/* The range at a scale that is lower by `down`: each bucket is 2^down of those before. */
struct hae_exponential_range hae_range_lower(struct hae_exponential_range range, uint32_t down);

/* By how much the scale has to be lowered so that both ranges have at most `max_size` buckets. */
uint32_t hae_range_excess(const struct hae_exponential_range range[2], uint32_t max_size);

/* How many signs a stream's instrument takes: 1 or 2. */
static inline uint32_t hae_exponential_signs(const struct hae_stream_data *stream)
{
    return hae_kind_is_monotonic(stream->kind) ? 1 : 2;
}

/* Where a bucket is counted. The sum is above 0 for all indices that there are. */
static inline uint32_t hae_exponential_slot(uint32_t max_size, int32_t index)
{
    return ((uint32_t)index + hae_exponential_slot_bias(max_size)) % max_size;
}

/* Bytes of the buckets of a cell, or of a piece of one. */
static inline size_t hae_exponential_buckets_size(const struct hae_stream_data *stream)
{
    return sizeof(struct hae_exponential_buckets) +
           hae_exponential_signs(stream) * (size_t)stream->max_size * sizeof(uint64_t);
}

static inline struct hae_exponential_range
hae_exponential_range_of(const struct hae_exponential_buckets *buckets, uint32_t sign)
{
    /* Relaxed: this thread is the only writer, or any moment will do. */
    return hae_range_of_word(atomic_load_explicit(&buckets->range[sign], memory_order_relaxed));
}

/* Where a bucket of a sign is counted. */
static inline _Atomic uint64_t *hae_exponential_count_at(const struct hae_stream_data *stream,
                                                         struct hae_exponential_buckets *buckets,
                                                         uint32_t sign, int32_t index)
{
    return &buckets
                ->counts[sign * stream->max_size + hae_exponential_slot(stream->max_size, index)];
}

static inline int32_t hae_exponential_scale(const struct hae_stream *stream, uint64_t down)
{
    return stream->max_scale - (int32_t)down;
}

static inline uint64_t hae_exponential_word(const _Atomic uint64_t *word)
{
    /* Acquire: keeps the loads of a picture in their order. */
    return atomic_load_explicit(word, memory_order_acquire);
}

/* Buckets as they were at one moment. */
struct hae_exponential_picture {
    uint32_t scale_down;
    struct hae_exponential_range range[2];
    uint64_t counts[2][HAE_EXPONENTIAL_SIZE_MAX]; /* from the first of the range on */
};

/* Reads buckets while threads may be adding to them: those of a cell or a piece, or of a scratch,
 * where they begin at the lowest one. */
void hae_exponential_look_at(const struct hae_stream_data *stream,
                             const struct hae_exponential_buckets *buckets, bool in_scratch,
                             struct hae_exponential_picture *picture);

/* Gives a picture its scale. One that no stream has makes it empty. */
void hae_exponential_set_scale(const struct hae_stream_data *stream, uint64_t down,
                               struct hae_exponential_picture *picture);

/* How many buckets of a sign a scratch has room for. */
static inline uint32_t hae_exponential_scratch_size(const struct hae_stream_data *stream)
{
    return stream->max_size / 2u + 1;
}

#endif
