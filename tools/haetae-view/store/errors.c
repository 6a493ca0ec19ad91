/* SPDX-License-Identifier: Apache-2.0 */
#include "store/errors.h"

#include <string.h>

#include "util/text.h"

void hae_view_errors_init(struct hae_view_errors *errors, struct hae_view_hash_key key)
{
    memset(errors, 0, sizeof *errors);
    errors->key = key;
}

/* The hash of an error without the digits of its text: "ride 17 failed" and "ride 18
 * failed" are one error. */
static uint64_t group_of(const struct hae_view_errors *errors,
                         const struct hae_view_error_report *report)
{
    char essence[HAE_VIEW_ERROR_TEXT + 8];
    memcpy(essence, &report->service, 4);
    essence[4] = report->is_log ? 1 : 0;
    size_t used = 5;
    for (const char *c = report->text; *c != '\0' && used < sizeof essence; c++) {
        if (*c < '0' || *c > '9') {
            essence[used++] = *c;
        }
    }
    return hae_view_hash(errors->key, essence, used);
}

static struct hae_view_error *place_for(struct hae_view_errors *errors, uint64_t group)
{
    struct hae_view_error *oldest = &errors->items[0];
    for (uint32_t i = 0; i < errors->count; i++) {
        if (errors->items[i].group == group) {
            return &errors->items[i];
        }
        if (errors->items[i].order < oldest->order) {
            oldest = &errors->items[i];
        }
    }
    if (errors->count < HAE_VIEW_ERROR_GROUPS) {
        oldest = &errors->items[errors->count++];
    }
    memset(oldest, 0, sizeof *oldest);
    oldest->group = group;
    return oldest;
}

void hae_view_errors_add(struct hae_view_errors *errors, const struct hae_view_error_report *report)
{
    struct hae_view_error *error = place_for(errors, group_of(errors, report));
    error->count++;
    error->order = errors->next_order++;
    error->last_unix_ns = report->unix_ns;
    error->service = report->service;
    error->is_log = report->is_log;
    error->has_trace = report->trace_id != NULL;
    if (report->trace_id != NULL) {
        memcpy(error->trace_id, report->trace_id, sizeof error->trace_id);
    }
    hae_view_text_clean(error->text, sizeof error->text, report->text, strlen(report->text));
}

size_t hae_view_errors_latest(const struct hae_view_errors *errors, struct hae_view_error *out,
                              size_t max)
{
    size_t copied = 0;
    uint64_t before = UINT64_MAX;
    while (copied < max && copied < errors->count) {
        const struct hae_view_error *next = NULL;
        for (uint32_t i = 0; i < errors->count; i++) {
            const struct hae_view_error *item = &errors->items[i];
            if (item->order < before && (next == NULL || item->order > next->order)) {
                next = item;
            }
        }
        if (next == NULL) {
            break;
        }
        before = next->order;
        out[copied++] = *next;
    }
    return copied;
}
