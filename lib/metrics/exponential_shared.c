/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/exponential_shared.h"

#include "metrics/exponential_index.h"

static size_t piece_size(const struct hae_stream_data *stream)
{
    return sizeof(struct hae_exponential_piece) + hae_exponential_buckets_size(stream);
}

/* Adds to a bucket. Release pairs with the acquires of the reader, which reads the buckets first:
 * it sees the sum, minimum and maximum of all that it counts. */
static void share_one(_Atomic uint64_t *count)
{
    atomic_fetch_add_explicit(count, 1, memory_order_release);
}

static struct hae_exponential_buckets *piece_buckets(const struct hae_exponential_piece *piece)
{
    return (struct hae_exponential_buckets *)(uintptr_t)(piece + 1);
}

static const struct hae_exponential_piece *piece_at(const void *from, uint64_t distance)
{
    return distance == 0 ? NULL : (const void *)((const uint8_t *)from + (int64_t)distance);
}

/* Relaxed: whoever finds a piece in a cell finds it as it was made. */
static uint64_t piece_next(const struct hae_exponential_piece *piece)
{
    return atomic_load_explicit(&piece->next, memory_order_relaxed);
}

static uint64_t distance_to(const void *from, const void *to)
{
    return to == NULL ? 0 : (uint64_t)((const uint8_t *)to - (const uint8_t *)from);
}

/* Acquire pairs with the releases in begin_piece(): the piece is as it was made. */
static const struct hae_exponential_piece *newest_piece(const struct hae_exponential_shared *cell)
{
    return piece_at(cell, atomic_load_explicit(&cell->newest, memory_order_acquire));
}

/* Counts in a piece, if the index fits. Ranges only grow, so what fits once stays. */
static bool share_in_piece(const struct hae_stream_data *stream,
                           const struct hae_exponential_piece *piece, uint32_t sign, int32_t index)
{
    struct hae_exponential_buckets *buckets = piece_buckets(piece);
    uint64_t word = atomic_load_explicit(&buckets->range[sign], memory_order_relaxed);
    struct hae_exponential_range wider;

    /* A failed exchange means that the range has grown, and it has an end. Relaxed: the release of
     * share_one() comes after it. */
    do {
        wider = hae_range_with(hae_range_of_word(word), index);
        if (wider.count > stream->max_size) {
            return false;
        }
    } while (hae_range_word(wider) != word &&
             !atomic_compare_exchange_weak_explicit(&buckets->range[sign], &word,
                                                    hae_range_word(wider), memory_order_relaxed,
                                                    memory_order_relaxed));
    share_one(hae_exponential_count_at(stream, buckets, sign, index));
    return true;
}

/* Pieces of cells that were given back. The tag of the head changes with every pop, as in reuse.c.
 */
static struct hae_exponential_piece *pop_piece(const struct hae_stream *stream)
{
    hae_tagged_head *head = &stream->reserve->pieces;
    /* Acquire pairs with the release in push_piece(). */
    uint64_t seen = atomic_load_explicit(head, memory_order_acquire);

    while ((uint32_t)seen != 0) {
        struct hae_exponential_piece *piece = hae_ref_at(stream->region, (uint32_t)seen);
        /* Relaxed: nonsense if another thread has popped it, and then the exchange fails. */
        uint64_t next = atomic_load_explicit(&piece->next, memory_order_relaxed);

        if (atomic_compare_exchange_weak_explicit(head, &seen,
                                                  ((seen >> 32) + 1) << 32 | (uint32_t)next,
                                                  memory_order_acquire, memory_order_acquire)) {
            return piece;
        }
    }
    return NULL;
}

static void push_piece(const struct hae_stream *stream, struct hae_exponential_piece *piece)
{
    hae_tagged_head *head = &stream->reserve->pieces;
    uint64_t seen = atomic_load_explicit(head, memory_order_relaxed);

    do {
        atomic_store_explicit(&piece->next, (uint32_t)seen, memory_order_relaxed);
    } while (!atomic_compare_exchange_weak_explicit(
        head, &seen, seen >> 32 << 32 | hae_ref_of(stream->region, piece), memory_order_release,
        memory_order_relaxed));
}

void hae_exponential_leave_shared(const struct hae_stream *stream, void *memory)
{
    struct hae_exponential_shared *cell = memory;
    const void *from = cell;
    uint64_t distance = atomic_load_explicit(&cell->newest, memory_order_acquire);
    uint64_t spare = atomic_load_explicit(&cell->spare, memory_order_acquire);

    if (spare != 0) {
        push_piece(stream, (struct hae_exponential_piece *)(uintptr_t)piece_at(cell, spare));
    }
    while (distance != 0) {
        struct hae_exponential_piece *piece =
            (struct hae_exponential_piece *)(uintptr_t)piece_at(from, distance);

        from = piece;
        distance = piece_next(piece);
        push_piece(stream, piece);
    }
}

/* Memory for a piece; NULL: there is none. */
static struct hae_exponential_piece *take_piece(const struct hae_stream *stream,
                                                struct hae_exponential_shared *cell)
{
    /* Acquire pairs with the release in begin_piece(): who put it there writes it no more. */
    uint64_t spare = atomic_exchange_explicit(&cell->spare, 0, memory_order_acquire);
    struct hae_metrics_budget *budget = stream->reserve->budget;
    struct hae_exponential_piece *piece;

    if (spare != 0) {
        return (struct hae_exponential_piece *)(uintptr_t)piece_at(cell, spare);
    }
    piece = pop_piece(stream);
    return piece != NULL
               ? piece
               : hae_metrics_at(budget, hae_metrics_take(budget, piece_size(stream->data)));
}

/* Begins a piece that has room for what the newest one has, and for an index at that one's scale.
 * Without one the new piece has the highest scale. False: there is no memory. */
static HAE_COLD bool begin_piece(const struct hae_stream *stream,
                                 struct hae_exponential_shared *cell,
                                 const struct hae_exponential_piece *newest, uint32_t sign,
                                 int32_t index)
{
    struct hae_exponential_piece *piece = take_piece(stream, cell);
    struct hae_exponential_range range[2] = {{0, 0}, {0, 0}};
    uint64_t seen = distance_to(cell, newest);
    uint32_t down = 0;

    if (piece == NULL) {
        return false;
    }
    if (newest != NULL) {
        range[0] = hae_exponential_range_of(piece_buckets(newest), 0);
        range[1] = hae_exponential_range_of(piece_buckets(newest), 1);
        range[sign] = hae_range_with(range[sign], index);
        down = hae_range_excess(range, stream->data->max_size);
    }
    /* All but `next`: a thread that pops may still look at it. */
    memset(&piece->scale_down, 0,
           piece_size(stream->data) - offsetof(struct hae_exponential_piece, scale_down));
    piece->scale_down = (newest != NULL ? newest->scale_down : 0) + down;
    /* Relaxed: as below. */
    atomic_store_explicit(&piece->next, distance_to(piece, newest), memory_order_relaxed);
    for (int i = 0; i < 2; i++) {
        /* Relaxed: the release below publishes it. */
        atomic_store_explicit(&piece_buckets(piece)->range[i],
                              hae_range_word(hae_range_lower(range[i], down)),
                              memory_order_relaxed);
    }
    /* Release pairs with the acquire in newest_piece(). */
    if (!atomic_compare_exchange_strong_explicit(&cell->newest, &seen, distance_to(cell, piece),
                                                 memory_order_release, memory_order_relaxed)) {
        /* Another thread began one. Release pairs with the acquire in take_piece(). */
        atomic_store_explicit(&cell->spare, distance_to(cell, piece), memory_order_release);
    }
    return true;
}

/* Counts a measurement that is not 0. Each piece has a lower scale than the one before, so there
 * are at most some thirty. */
static void share_bucket(const struct hae_stream *stream, struct hae_exponential_shared *cell,
                         uint32_t sign, double magnitude)
{
    for (;;) {
        const struct hae_exponential_piece *piece = newest_piece(cell);
        int32_t index = hae_exponential_index(
            magnitude, hae_exponential_scale(stream, piece != NULL ? piece->scale_down : 0));

        if (piece != NULL && share_in_piece(stream->data, piece, sign, index)) {
            return;
        }
        if (!begin_piece(stream, cell, piece, sign, index)) {
            share_one(&cell->coarse[2 * sign + (magnitude > 1)]);
            return;
        }
    }
}

bool hae_exponential_share(const struct hae_stream *stream, struct hae_exponential_shared *cell,
                           double value)
{
    struct hae_recorder *recorder = stream->recorder;
    struct hae_exponential_head *head = &cell->head;
    double magnitude = __builtin_fabs(value);
    uint32_t sign = value < 0;

    if (sign >= hae_exponential_signs(stream->data)) {
        hae_cell_refuse(recorder);
        return false;
    }
    if (hae_exponential_signs(stream->data) == 1 &&
        !hae_cell_share_double(recorder, &head->sum, &head->as.sum_too, value)) {
        return false;
    }
    hae_cell_share_minimum(recorder, &head->minimum, value);
    hae_cell_share_maximum(recorder, &head->maximum, value);
    if (magnitude > stream->data->zero_threshold) {
        share_bucket(stream, cell, sign, magnitude);
    } else {
        share_one(&head->zero_count);
    }
    return true;
}

const struct hae_exponential_piece *hae_exponential_look_shared(
    const struct hae_stream_data *stream, const struct hae_exponential_shared *cell,
    const struct hae_exponential_piece *piece, struct hae_exponential_picture *picture)
{
    if (piece != NULL) {
        hae_exponential_look_at(stream, piece_buckets(piece), false, picture);
        hae_exponential_set_scale(stream, piece->scale_down, picture);
        return piece_at(piece, piece_next(piece));
    }
    picture->scale_down = (uint32_t)(stream->max_scale - HAE_EXPONENTIAL_SCALE_MIN);
    for (uint32_t sign = 0; sign < 2; sign++) {
        picture->counts[sign][0] = hae_exponential_word(&cell->coarse[2 * sign]);
        picture->counts[sign][1] = hae_exponential_word(&cell->coarse[2 * sign + 1]);
        picture->range[sign] = (struct hae_exponential_range){-1, 2};
        if (picture->counts[sign][0] + picture->counts[sign][1] == 0 ||
            sign >= hae_exponential_signs(stream)) {
            picture->range[sign].count = 0;
        }
    }
    return newest_piece(cell);
}

bool hae_exponential_shared_valid(const struct hae_stream_data *stream,
                                  const struct hae_exponential_shared *cell,
                                  hae_holds_callback holds, void *user)
{
    enum { PIECES_MAX = HAE_EXPONENTIAL_SCALE_MAX - HAE_EXPONENTIAL_SCALE_MIN + 1 };
    const void *from = cell;
    /* Acquire: as in newest_piece(). */
    uint64_t distance = atomic_load_explicit(&cell->newest, memory_order_acquire);

    for (int count = 0; distance != 0; count++) {
        if (count == PIECES_MAX || !holds(user, from, distance, piece_size(stream))) {
            return false;
        }
        from = piece_at(from, distance);
        distance = piece_next(from);
    }
    return true;
}
