/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/cell.h"

#include <float.h>

#include "recorder/call.h"

/* Failed exchanges after which a measurement is given up, and counted. Each means that
 * another thread got its own through. */
enum { TRIES_MAX = 4096 };

bool hae_cell_refuse(struct hae_recorder *recorder)
{
    hae_count_misuse(recorder, HAETAE_MISUSE_MEASUREMENT);
    return false;
}

double hae_add_finite(double a, double b)
{
    double sum = a + b;

    if (__builtin_isfinite(sum)) {
        return sum;
    }
    return sum > 0 ? DBL_MAX : -DBL_MAX;
}

/* Relaxed, here and below: all that is asked of a word is that each change is in it. */
bool hae_cell_share_double(struct hae_recorder *recorder, _Atomic uint64_t *one,
                           _Atomic uint64_t *other, double value)
{
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        _Atomic uint64_t *word = tries & 1 ? other : one;
        uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);
        double sum = hae_double_from_bits(seen) + value;

        if (!__builtin_isfinite(sum)) {
            hae_cell_refuse(recorder);
            return false;
        }
        if (atomic_compare_exchange_weak_explicit(word, &seen, hae_double_bits(sum),
                                                  memory_order_relaxed, memory_order_relaxed)) {
            return true;
        }
    }
    hae_count_misuse(recorder, HAETAE_MISUSE_CONTENDED);
    return false;
}

static void widen(struct hae_recorder *recorder, _Atomic uint64_t *word, double value, bool raise)
{
    uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);

    for (int tries = 0; tries < TRIES_MAX; tries++) {
        double now = hae_double_from_bits(seen);

        if (raise ? value <= now : value >= now) {
            return;
        }
        if (atomic_compare_exchange_weak_explicit(word, &seen, hae_double_bits(value),
                                                  memory_order_relaxed, memory_order_relaxed)) {
            return;
        }
    }
    hae_count_misuse(recorder, HAETAE_MISUSE_CONTENDED);
}

void hae_cell_share_minimum(struct hae_recorder *recorder, _Atomic uint64_t *word, double value)
{
    widen(recorder, word, value, false);
}

void hae_cell_share_maximum(struct hae_recorder *recorder, _Atomic uint64_t *word, double value)
{
    widen(recorder, word, value, true);
}
