/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/snapshot.h"

#include <sched.h>

#include "wire/wire.h"

/* ---- Numbers ----------------------------------------------------------------------------- */

static void add_number(const struct hae_instrument *instrument, struct hae_point *point,
                       const _Atomic uint64_t *word)
{
    /* Relaxed: the words of a sum are independent, and each grows by itself. */
    uint64_t bits = atomic_load_explicit(word, memory_order_relaxed);

    if (instrument->number_type == HAETAE_NUMBER_INT64) {
        point->bits += bits;
    } else {
        point->bits =
            hae_double_bits(hae_double_from_bits(point->bits) + hae_double_from_bits(bits));
    }
}

static void add_shared_number(const struct hae_instrument *instrument, struct hae_point *point,
                              const struct hae_number_cell *cell)
{
    if (instrument->kind == HAE_GAUGE) {
        point->bits = atomic_load_explicit(&cell->word[0], memory_order_relaxed);
    } else {
        add_number(instrument, point, &cell->word[0]);
        add_number(instrument, point, &cell->word[1]);
    }
}

/* ---- Histograms ---------------------------------------------------------------------------- */

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

/* The buckets first: of a measurement that is recorded meanwhile the sum, minimum and
 * maximum may be seen without the bucket, never the bucket without them. The acquires
 * pair with the releases in hae_cell_observe() and hae_shared_observe(). */
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

/* Tries to see the cell between two changes. Its owner may be stopped in the middle of
 * one, for ever even, so after some time the last picture has to do: it agrees with
 * itself but for a sum that may be ahead by that one measurement. */
static void take_quiet_picture(const struct hae_histogram_cell *cell, uint32_t bucket_count,
                               struct picture *picture)
{
    enum { TRIES = 256, TRIES_PER_TURN = 32 };

    for (int tries = 1; tries <= TRIES; tries++) {
        /* Acquire pairs with the last release of hae_cell_observe(): what an even number
         * stands for is seen whole. */
        uint64_t before = atomic_load_explicit(&cell->as.sequence, memory_order_acquire);

        take_picture(cell, bucket_count, picture);
        /* Relaxed: the acquires of the picture keep this load behind it, and whoever saw
         * part of a change sees its odd number, or a later one. */
        if ((before & 1) == 0 &&
            before == atomic_load_explicit(&cell->as.sequence, memory_order_relaxed)) {
            return;
        }
        if (tries % TRIES_PER_TURN == 0) {
            sched_yield();
        }
    }
}

static void add_picture(struct hae_point *point, uint32_t bucket_count,
                        const struct picture *picture)
{
    for (uint32_t i = 0; i < bucket_count; i++) {
        point->buckets[i] += picture->buckets[i];
        point->count += picture->buckets[i];
    }
    point->sum += picture->sum;
    if (picture->minimum < point->minimum) {
        point->minimum = picture->minimum;
    }
    if (picture->maximum > point->maximum) {
        point->maximum = picture->maximum;
    }
}

static void add_histogram(const struct hae_instrument *instrument, struct hae_point *point,
                          const struct hae_histogram_cell *cell, bool shared)
{
    uint32_t bucket_count = instrument->boundary_count + 1;
    struct picture picture;

    if (shared) {
        take_picture(cell, bucket_count, &picture);
        picture.sum += load_double(&cell->as.sum_too);
    } else {
        take_quiet_picture(cell, bucket_count, &picture);
    }
    add_picture(point, bucket_count, &picture);
}

/* ---- Series ---------------------------------------------------------------------------------- */

static void add_cell(const struct hae_instrument *instrument, struct hae_point *point, void *cell,
                     bool shared)
{
    if (instrument->kind == HAE_HISTOGRAM) {
        add_histogram(instrument, point, cell, shared);
    } else if (shared) {
        add_shared_number(instrument, point, cell);
    } else {
        add_number(instrument, point, cell);
    }
}

static void add_group(struct hae_region *region, const struct hae_instrument *instrument,
                      struct hae_point *point, const _Atomic uint32_t *group)
{
    for (uint32_t i = 0; i < HAE_LANES_PER_GROUP; i++) {
        /* Acquire pairs with the release in hae_cell_of_lane(): the cell has its first
         * minimum and maximum. */
        uint32_t cell = atomic_load_explicit(&group[i], memory_order_acquire);

        if (cell != 0) {
            add_cell(instrument, point, hae_ref_at(region, cell), false);
        }
    }
}

bool hae_snapshot(struct hae_region *region, const struct hae_instrument *instrument,
                  const struct hae_series *series, struct hae_point *ret_point)
{
    /* Acquire pairs with the release in hae_series_start_slow(): a gauge has its value. */
    uint64_t start = atomic_load_explicit(&series->start_unix_ns, memory_order_acquire);

    if (start == 0) {
        return false;
    }
    memset(ret_point, 0, sizeof *ret_point);
    ret_point->start_unix_ns = start;
    ret_point->minimum = __builtin_inf();
    ret_point->maximum = -__builtin_inf();
    add_cell(instrument, ret_point, hae_ref_at(region, series->shared), true);
    for (uint32_t i = 0; i < series->group_count && instrument->kind != HAE_GAUGE; i++) {
        /* Acquire pairs with the release in group_of(). */
        uint32_t group = atomic_load_explicit(&series->groups[i], memory_order_acquire);

        if (group != 0) {
            add_group(region, instrument, ret_point, hae_ref_at(region, group));
        }
    }
    return instrument->kind != HAE_HISTOGRAM || ret_point->count != 0;
}
