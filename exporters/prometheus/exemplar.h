/* SPDX-License-Identifier: Apache-2.0 */
/* Which exemplars of a point are shown, and their labels. Specification: "Exemplar Conversion". */
#ifndef HAETAE_PROMETHEUS_EXEMPLAR_H
#define HAETAE_PROMETHEUS_EXEMPLAR_H

#include "label.h"
#include "point.h"

struct hae_prom_exemplars {
    struct hae_prom_exemplar *list;
    size_t count;
    size_t capacity;
    size_t *of_bucket; /* index + 1 of the latest in each bucket; 0: none */
    size_t bucket_capacity;
    struct hae_prom_labels labels;
    bool failed; /* out of memory */
};

void hae_prom_exemplars_init(struct hae_prom_exemplars *exemplars,
                             const struct hae_prom_style *style);
void hae_prom_exemplars_done(struct hae_prom_exemplars *exemplars);

/* Reads those of a point. False: malformed. */
bool hae_prom_exemplars_read(struct hae_prom_exemplars *exemplars,
                             const struct hae_prom_point *point);

/* The latest of all; NULL: there is none. */
const struct hae_prom_exemplar *hae_prom_latest(const struct hae_prom_exemplars *exemplars);

/* Finds the latest of each bucket of a histogram, for hae_prom_latest_in(). */
void hae_prom_exemplars_to_buckets(struct hae_prom_exemplars *exemplars,
                                   const struct hae_prom_point *point);
const struct hae_prom_exemplar *hae_prom_latest_in(const struct hae_prom_exemplars *exemplars,
                                                   size_t bucket);

/* Fills exemplars->labels: trace_id and span_id, and of the filtered attributes those with which
 * all names and values have up to 128 characters, the limit of OpenMetrics. */
void hae_prom_exemplar_labels(struct hae_prom_exemplars *exemplars,
                              const struct hae_prom_exemplar *exemplar);

#endif
