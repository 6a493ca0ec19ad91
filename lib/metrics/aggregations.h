/* SPDX-License-Identifier: Apache-2.0 */
/* The aggregations there are. */
#ifndef HAETAE_METRICS_AGGREGATIONS_H
#define HAETAE_METRICS_AGGREGATIONS_H

#include "metrics/aggregation.h"

/* Finds an aggregation by the id that a region keeps; NULL for any other number. */
const struct hae_aggregation *hae_aggregation_of(uint8_t id);

/* The one that a haetae_aggregation means for instruments of a kind. NULL: their measurements are
 * dropped, or it is unknown. */
const struct hae_aggregation *hae_aggregation_chosen(uint8_t choice, uint8_t kind);

/* Whether a haetae_aggregation has a meaning for instruments of a kind: the last of several
 * increments has none, nor has a distribution of totals that a callback observes.
 * Specification: "Measurement processing". */
bool hae_aggregation_suits(uint8_t choice, uint8_t kind);

/* The aggregation of an instrument for which nothing else was asked. */
const struct hae_aggregation *hae_aggregation_of_kind(uint8_t kind);

/* The aggregation that an observable has where another instrument has this one. */
const struct hae_aggregation *hae_aggregation_observed(const struct hae_aggregation *aggregation);

#endif
