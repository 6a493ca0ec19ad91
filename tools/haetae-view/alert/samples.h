/* SPDX-License-Identifier: Apache-2.0 */
/* What one evaluation of a rule has measured: a value for each service, route, series or error. */
#ifndef HAETAE_VIEW_ALERT_SAMPLES_H
#define HAETAE_VIEW_ALERT_SAMPLES_H

#include <stdint.h>

#include "alert/labels.h"

/* Of one rule. Further ones are counted and left out. */
#define HAE_VIEW_SAMPLES_MAX 100

struct hae_view_sample {
    struct hae_view_labels labels;
    int64_t error; /* the number of a group of errors, which says which one it is; 0: labels do */
    double value;  /* for people */
    double score;  /* what is compared with the threshold */
};

struct hae_view_samples {
    struct hae_view_sample *items; /* HAE_VIEW_SAMPLES_MAX of them */
    size_t count;
    size_t left_out;
    bool no_memory;
    char problem[160]; /* "": none */
};

/* False: out of memory. */
bool hae_view_samples_init(struct hae_view_samples *samples);
void hae_view_samples_clear(struct hae_view_samples *samples);
void hae_view_samples_done(struct hae_view_samples *samples);

/* Adds one, without labels; its score is the value. NULL: there are too many. */
struct hae_view_sample *hae_view_samples_add(struct hae_view_samples *samples, double value);

/* Gives one a label; NULL and "" as a value do nothing, as does a sample that is NULL. */
void hae_view_sample_label(struct hae_view_samples *samples, struct hae_view_sample *sample,
                           const char *name, const char *value);

#endif
