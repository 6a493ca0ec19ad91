/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/silences.h"

#include <string.h>

#include "util/text.h"

bool hae_view_silences_add(struct hae_view_silences *silences, int64_t id,
                           const struct hae_view_labels *match, int64_t until_ns, const char *by)
{
    if (silences->count == HAE_VIEW_SILENCES_MAX) {
        return false;
    }
    struct hae_view_silence *silence = &silences->items[silences->count];
    memset(silence, 0, sizeof *silence);
    if (!hae_view_labels_add(&silence->match, match)) {
        hae_view_labels_done(&silence->match);
        return false;
    }
    silence->id = id != 0 ? id : silences->last_id + 1;
    silences->last_id = silence->id > silences->last_id ? silence->id : silences->last_id;
    silence->until_ns = until_ns;
    silence->changed = id == 0;
    (void)hae_view_text_clean_string(silence->by, sizeof silence->by, by);
    silences->count++;
    return true;
}

static void remove_at(struct hae_view_silences *silences, size_t at)
{
    hae_view_labels_done(&silences->items[at].match);
    silences->count--;
    memmove(&silences->items[at], &silences->items[at + 1],
            (silences->count - at) * sizeof silences->items[0]);
    silences->removed = true;
}

bool hae_view_silences_remove(struct hae_view_silences *silences, int64_t id)
{
    for (size_t i = 0; i < silences->count; i++) {
        if (silences->items[i].id == id) {
            remove_at(silences, i);
            return true;
        }
    }
    return false;
}

void hae_view_silences_tidy(struct hae_view_silences *silences, int64_t now_ns)
{
    for (size_t i = silences->count; i > 0; i--) {
        if (silences->items[i - 1].until_ns <= now_ns) {
            remove_at(silences, i - 1);
        }
    }
}

void hae_view_silences_done(struct hae_view_silences *silences)
{
    while (silences->count > 0) {
        remove_at(silences, silences->count - 1);
    }
}

static bool covers(const struct hae_view_silence *silence, const struct hae_view_alert *alert)
{
    for (size_t i = 0; i < silence->match.count; i++) {
        const char *value = hae_view_alert_label(alert, silence->match.items[i].name);
        if (value == NULL || strcmp(value, silence->match.items[i].value) != 0) {
            return false;
        }
    }
    return silence->match.count > 0;
}

bool hae_view_silences_cover(const struct hae_view_silences *silences,
                             const struct hae_view_alert *alert, int64_t now_ns)
{
    for (size_t i = 0; i < silences->count; i++) {
        if (silences->items[i].until_ns > now_ns && covers(&silences->items[i], alert)) {
            return true;
        }
    }
    return false;
}
