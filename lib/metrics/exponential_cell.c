/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/exponential_cell.h"

#include "metrics/exponential_index.h"

static struct hae_exponential_buckets *buckets_of(struct hae_exponential_cell *cell)
{
    return (struct hae_exponential_buckets *)(void *)(cell + 1);
}

static struct hae_exponential_buckets *scratch_of(struct hae_exponential_cell *cell)
{
    return (struct hae_exponential_buckets *)(void *)((uint8_t *)cell + (int64_t)cell->scratch);
}

void hae_exponential_give_scratch(void *memory, void *scratch)
{
    struct hae_exponential_cell *cell = memory;

    cell->scratch = (uint64_t)((uint8_t *)scratch - (uint8_t *)memory);
}

/* What the owner alone writes. Release: keeps the stores of rescale() in their order. */
static void put(_Atomic uint64_t *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_release);
}

static void add(_Atomic uint64_t *word, uint64_t count)
{
    put(word, atomic_load_explicit(word, memory_order_relaxed) + count);
}

/* Writes the buckets to the scratch, at a scale that is lower by `down`. */
static void merge_to_scratch(const struct hae_stream_data *stream,
                             struct hae_exponential_cell *cell, uint32_t down)
{
    struct hae_exponential_buckets *buckets = buckets_of(cell);
    struct hae_exponential_buckets *scratch = scratch_of(cell);

    for (uint32_t sign = 0; sign < hae_exponential_signs(stream); sign++) {
        struct hae_exponential_range range = hae_exponential_range_of(buckets, sign);
        struct hae_exponential_range lower = hae_range_lower(range, down);
        _Atomic uint64_t *to = &scratch->counts[sign * hae_exponential_scratch_size(stream)];

        for (uint32_t i = 0; i < lower.count; i++) {
            put(&to[i], 0);
        }
        for (uint32_t i = 0; i < range.count; i++) {
            int32_t index = range.first + (int32_t)i;

            add(&to[(index >> down) - lower.first],
                atomic_load_explicit(hae_exponential_count_at(stream, buckets, sign, index),
                                     memory_order_relaxed));
        }
        put(&scratch->range[sign], hae_range_word(lower));
    }
}

static void copy_from_scratch(const struct hae_stream_data *stream,
                              struct hae_exponential_cell *cell)
{
    struct hae_exponential_buckets *buckets = buckets_of(cell);
    struct hae_exponential_buckets *scratch = scratch_of(cell);

    for (uint32_t sign = 0; sign < hae_exponential_signs(stream); sign++) {
        struct hae_exponential_range range = hae_exponential_range_of(scratch, sign);

        for (uint32_t i = 0; i < stream->max_size; i++) {
            put(&buckets->counts[sign * stream->max_size + i], 0);
        }
        for (uint32_t i = 0; i < range.count; i++) {
            put(hae_exponential_count_at(stream, buckets, sign, range.first + (int32_t)i),
                atomic_load_explicit(
                    &scratch->counts[sign * hae_exponential_scratch_size(stream) + i],
                    memory_order_relaxed));
        }
        put(&buckets->range[sign], hae_range_word(range));
    }
}

/* A reader that finds an even `state` reads the cell, else the scratch, and takes what it read if
 * `state` is the same afterwards. It only ever grows. So a thread that is stopped here, or dies,
 * leaves what a reader can read. The stores are releases and pair with the acquire of
 * hae_exponential_word(): a reader that sees a later one sees the `state` before it. */
static void rescale(const struct hae_stream_data *stream, struct hae_exponential_cell *cell,
                    uint32_t down)
{
    uint64_t state = atomic_load_explicit(&cell->state, memory_order_relaxed) + 2 * (uint64_t)down;

    merge_to_scratch(stream, cell, down);
    put(&cell->state, state | 1);
    copy_from_scratch(stream, cell);
    put(&cell->state, state);
}

/* Makes room for an index outside of the range, and returns what it is then. */
static HAE_COLD int32_t make_room(const struct hae_stream_data *stream,
                                  struct hae_exponential_cell *cell, uint32_t sign, int32_t index)
{
    struct hae_exponential_buckets *buckets = buckets_of(cell);
    struct hae_exponential_range range[2] = {hae_exponential_range_of(buckets, 0),
                                             hae_exponential_range_of(buckets, 1)};
    uint32_t down;

    range[sign] = hae_range_with(range[sign], index);
    down = hae_range_excess(range, stream->max_size);
    if (down != 0) {
        rescale(stream, cell, down);
        index >>= down;
        range[sign] = hae_range_with(hae_exponential_range_of(buckets, sign), index);
    }
    put(&buckets->range[sign], hae_range_word(range[sign]));
    return index;
}

/* Returns where a measurement that is not 0 is counted. */
static inline _Atomic uint64_t *find_count(const struct hae_stream *stream,
                                           struct hae_exponential_cell *cell, uint32_t sign,
                                           double magnitude)
{
    struct hae_exponential_buckets *buckets = buckets_of(cell);
    uint64_t down = atomic_load_explicit(&cell->state, memory_order_relaxed) / 2;
    int32_t index = hae_exponential_index(magnitude, hae_exponential_scale(stream, down));
    struct hae_exponential_range range = hae_exponential_range_of(buckets, sign);

    if (HAE_UNLIKELY((uint32_t)index - (uint32_t)range.first >= range.count)) {
        index = make_room(stream->data, cell, sign, index);
    }
    return &buckets->counts[sign * stream->max_size +
                            ((uint32_t)index + stream->slot_bias) % stream->max_size];
}

/* The stores are ordered as in hae_cell_observe(): the bucket comes last. */
bool hae_exponential_observe(const struct hae_stream *stream, struct hae_exponential_cell *cell,
                             double value)
{
    struct hae_exponential_head *head = &cell->head;
    uint64_t sequence = atomic_load_explicit(&head->as.sequence, memory_order_relaxed);
    /* There is no sum of what may be negative: see hae_histogram_has_sum(). */
    double sum =
        hae_cell_own_double(&head->sum) + (hae_exponential_signs(stream->data) == 1 ? value : 0);
    double magnitude = __builtin_fabs(value);
    uint32_t sign = value < 0;

    if (HAE_UNLIKELY(!__builtin_isfinite(sum) || sign >= hae_exponential_signs(stream->data))) {
        return false;
    }
    atomic_store_explicit(&head->as.sequence, sequence + 1, memory_order_relaxed);
    put(&head->sum, hae_double_bits(sum));
    if (value < hae_cell_own_double(&head->minimum)) {
        put(&head->minimum, hae_double_bits(value));
    }
    if (value > hae_cell_own_double(&head->maximum)) {
        put(&head->maximum, hae_double_bits(value));
    }
    if (HAE_LIKELY(magnitude > stream->data->zero_threshold)) {
        add(find_count(stream, cell, sign, magnitude), 1);
    } else {
        add(&head->zero_count, 1);
    }
    put(&head->as.sequence, sequence + 2);
    return true;
}

void hae_exponential_look(const struct hae_stream_data *stream,
                          const struct hae_exponential_cell *cell,
                          struct hae_exponential_picture *picture)
{
    /* An owner rescales a cell some thirty times at most. */
    enum { TRIES = 128 };
    struct hae_exponential_cell *own = (struct hae_exponential_cell *)(uintptr_t)cell;
    uint64_t state = 0;

    for (int tries = 0; tries < TRIES; tries++) {
        /* Acquire pairs with the release of put(). */
        state = hae_exponential_word(&cell->state);
        hae_exponential_look_at(stream, state & 1 ? scratch_of(own) : buckets_of(own), state & 1,
                                picture);
        /* Relaxed: the acquires of the picture keep this load behind it. */
        if (state == atomic_load_explicit(&cell->state, memory_order_relaxed)) {
            break;
        }
    }
    hae_exponential_set_scale(stream, state / 2, picture);
}

bool hae_exponential_cell_valid(const struct hae_exponential_cell *cell, hae_holds_callback holds,
                                void *user)
{
    /* Relaxed: the owner makes the scratch before the cell. */
    return (atomic_load_explicit(&cell->state, memory_order_relaxed) & 1) == 0 ||
           holds(user, cell, cell->scratch, HAE_EXPONENTIAL_SCRATCH_SIZE);
}
