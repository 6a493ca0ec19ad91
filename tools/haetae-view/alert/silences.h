/* SPDX-License-Identifier: Apache-2.0 */
/* Silences: until a time, alerts with certain labels are not notified. */
#ifndef HAETAE_VIEW_ALERT_SILENCES_H
#define HAETAE_VIEW_ALERT_SILENCES_H

#include "alert/alert.h"

#define HAE_VIEW_SILENCES_MAX 100

struct hae_view_silence {
    int64_t id;
    struct hae_view_labels match; /* at least one; all must be labels of the alert */
    int64_t until_ns;
    char by[64];
    bool changed; /* since it was kept */
};

struct hae_view_silences {
    struct hae_view_silence items[HAE_VIEW_SILENCES_MAX];
    size_t count;
    int64_t last_id;
    bool removed; /* some since they were kept */
};

/* Adds one; `id` 0 gives it a number. False: there are too many, or no memory. */
bool hae_view_silences_add(struct hae_view_silences *silences, int64_t id,
                           const struct hae_view_labels *match, int64_t until_ns, const char *by);
/* False: there is none of this number. */
bool hae_view_silences_remove(struct hae_view_silences *silences, int64_t id);
/* Removes those that are over. */
void hae_view_silences_tidy(struct hae_view_silences *silences, int64_t now_ns);
void hae_view_silences_done(struct hae_view_silences *silences);

bool hae_view_silences_cover(const struct hae_view_silences *silences,
                             const struct hae_view_alert *alert, int64_t now_ns);

#endif
