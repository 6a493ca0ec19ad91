/* SPDX-License-Identifier: Apache-2.0 */
/* Exemplars in wire format: the fields of a data point. */
#ifndef HAETAE_METRICS_EXEMPLAR_PUT_H
#define HAETAE_METRICS_EXEMPLAR_PUT_H

#include "metrics/reservoir.h"

/* One as a field: tag and length; time and value; span and trace; attributes. */
enum { HAE_EXEMPLAR_FIELD_MAX = 3 + 2 * 9 + 10 + 18 + HAE_EXEMPLAR_ATTRIBUTES_BYTES };

/* Keeps the exemplars that belong to a point: those measured at `from_ns` or later (with `after_it`
 * later only), up to `to_ns`. Callbacks of observables run after the time of their collection, so
 * later times of theirs become `to_ns`. */
void hae_exemplars_within(struct hae_exemplars *exemplars, const struct hae_stream_data *stream,
                          uint64_t from_ns, bool after_it, uint64_t to_ns);

size_t hae_exemplars_size(const struct hae_exemplars *exemplars);

/* Writes that many bytes, and returns where they end. `field` is below 16. */
uint8_t *hae_put_exemplars(uint8_t *at, unsigned field, const struct hae_stream_data *stream,
                           const struct hae_exemplars *exemplars);

#endif
