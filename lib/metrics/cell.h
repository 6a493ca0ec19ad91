/* SPDX-License-Identifier: Apache-2.0 */
/* The words that cells consist of: a lane's, which only its owner writes, and shared ones. */
#ifndef HAETAE_METRICS_CELL_H
#define HAETAE_METRICS_CELL_H

#include <string.h>

#include "recorder/recorder.h"
#include "wire/wire.h"

/* ---- A lane's ---- */

/* What the owner reads back, only the owner has written: a plain read, which comes as a
 * double right away. */
static inline double hae_cell_own_double(const _Atomic uint64_t *word)
{
    double value;

    memcpy(&value, (const void *)word, sizeof value);
    return value;
}

/* ---- Shared ones ----
 * A measurement that other threads keep out too often is given up, and counted. */

/* Adds to either of two words, which together are the sum. */
void hae_cell_share_double(struct hae_recorder *recorder, _Atomic uint64_t *one,
                           _Atomic uint64_t *other, double value);

/* Lowers a minimum, or raises a maximum. */
void hae_cell_share_minimum(struct hae_recorder *recorder, _Atomic uint64_t *word, double value);
void hae_cell_share_maximum(struct hae_recorder *recorder, _Atomic uint64_t *word, double value);

#endif
