/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/exponential_buckets.h"

/* ---- Ranges ------------------------------------------------------------------------------ */

static struct hae_exponential_range range_between(int64_t first, int64_t last)
{
    uint64_t count = (uint64_t)(last - first) + 1;

    return (struct hae_exponential_range){(int32_t)first,
                                          count < UINT32_MAX ? (uint32_t)count : UINT32_MAX};
}

static int64_t last_of(struct hae_exponential_range range)
{
    return (int64_t)range.first + range.count - 1;
}

struct hae_exponential_range hae_range_union(struct hae_exponential_range a,
                                             struct hae_exponential_range b)
{
    if (a.count == 0 || b.count == 0) {
        return a.count == 0 ? b : a;
    }
    return range_between(a.first < b.first ? a.first : b.first,
                         last_of(a) > last_of(b) ? last_of(a) : last_of(b));
}

struct hae_exponential_range hae_range_with(struct hae_exponential_range range, int32_t index)
{
    return hae_range_union(range, (struct hae_exponential_range){index, 1});
}

struct hae_exponential_range hae_range_lower(struct hae_exponential_range range, uint32_t down)
{
    return range.count == 0 ? range
                            : range_between((int64_t)range.first >> down, last_of(range) >> down);
}

uint32_t hae_range_excess(const struct hae_exponential_range range[2], uint32_t max_size)
{
    uint32_t down = 0;

    while (hae_range_lower(range[0], down).count > max_size ||
           hae_range_lower(range[1], down).count > max_size) {
        down++;
    }
    return down;
}

/* ---- Reading ------------------------------------------------------------------------------ */

/* The ranges come first: what is counted beyond them meanwhile is not seen. */
void hae_exponential_look_at(const struct hae_stream_data *stream,
                             const struct hae_exponential_buckets *buckets, bool in_scratch,
                             struct hae_exponential_picture *picture)
{
    uint32_t size = in_scratch ? hae_exponential_scratch_size(stream) : stream->max_size;

    picture->range[1].count = 0;
    for (uint32_t sign = 0; sign < hae_exponential_signs(stream); sign++) {
        struct hae_exponential_range range =
            hae_range_of_word(hae_exponential_word(&buckets->range[sign]));
        const _Atomic uint64_t *counts = &buckets->counts[sign * size];

        if (range.count > size) {
            range.count = 0;
        }
        picture->range[sign] = range;
        for (uint32_t i = 0; i < range.count; i++) {
            uint32_t index = (uint32_t)range.first + i;

            picture->counts[sign][i] = hae_exponential_word(
                &counts[in_scratch ? i : hae_exponential_slot(size, (int32_t)index)]);
        }
    }
}

void hae_exponential_set_scale(const struct hae_stream_data *stream, uint64_t down,
                               struct hae_exponential_picture *picture)
{
    picture->scale_down = (uint32_t)down;
    if (down > (uint64_t)(stream->max_scale - HAE_EXPONENTIAL_SCALE_MIN)) {
        picture->scale_down = 0;
        picture->range[0].count = 0;
        picture->range[1].count = 0;
    }
}
