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

/* Counts a measurement that would have made a sum infinite. It changes nothing: a sum that is
 * infinite, or not a number, would stay so for ever. Returns false. */
HAE_COLD bool hae_cell_refuse(struct hae_recorder *recorder);

/* Adds what cells hold, or what a point holds less. A result that is too large for a double
 * stops at the largest one. */
double hae_add_finite(double a, double b);

/* ---- Shared ones ----
 * A measurement that other threads keep out too often is given up, and counted. */

/* Adds to either of two words, which together are the sum. False: it was refused, and counted. */
bool hae_cell_share_double(struct hae_recorder *recorder, _Atomic uint64_t *one,
                           _Atomic uint64_t *other, double value);

/* Lowers a minimum, or raises a maximum. */
void hae_cell_share_minimum(struct hae_recorder *recorder, _Atomic uint64_t *word, double value);
void hae_cell_share_maximum(struct hae_recorder *recorder, _Atomic uint64_t *word, double value);

#endif
