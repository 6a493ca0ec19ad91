/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/samples.h"

#include <stdlib.h>
#include <string.h>

bool hae_view_samples_init(struct hae_view_samples *samples)
{
    memset(samples, 0, sizeof *samples);
    samples->items = calloc(HAE_VIEW_SAMPLES_MAX, sizeof *samples->items);
    return samples->items != NULL;
}

void hae_view_samples_clear(struct hae_view_samples *samples)
{
    for (size_t i = 0; i < samples->count; i++) {
        hae_view_labels_done(&samples->items[i].labels);
    }
    samples->count = 0;
    samples->left_out = 0;
    samples->no_memory = false;
    samples->problem[0] = '\0';
}

void hae_view_samples_done(struct hae_view_samples *samples)
{
    hae_view_samples_clear(samples);
    free(samples->items);
    samples->items = NULL;
}

struct hae_view_sample *hae_view_samples_add(struct hae_view_samples *samples, double value)
{
    if (samples->count == HAE_VIEW_SAMPLES_MAX) {
        samples->left_out++;
        return NULL;
    }
    struct hae_view_sample *sample = &samples->items[samples->count++];
    memset(sample, 0, sizeof *sample);
    sample->value = value;
    sample->score = value;
    return sample;
}

void hae_view_sample_label(struct hae_view_samples *samples, struct hae_view_sample *sample,
                           const char *name, const char *value)
{
    if (sample != NULL && value != NULL && value[0] != '\0' &&
        !hae_view_labels_set(&sample->labels, name, value)) {
        samples->no_memory = true;
    }
}
