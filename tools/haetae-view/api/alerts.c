/* SPDX-License-Identifier: Apache-2.0 */
#include "api/alerts.h"

#include <string.h>

#include "alert/alerts.h"
#include "util/time_text.h"

#define SECOND_NS INT64_C(1000000000)
#define FOR_MAX   (INT64_C(31) * 86400 * SECOND_NS)
#define MATCH     "match."

int hae_view_api_alerts(struct hae_view_call *call)
{
    hae_view_alerts_put(call->alerts, &call->json, call->now_ns);
    return SQLITE_OK;
}

/* All arguments "match.NAME=VALUE". False: one is wrong, and refused. */
static bool read_match(struct hae_view_call *call, struct hae_view_labels *match)
{
    const struct hae_view_arguments *arguments = call->arguments;
    for (size_t i = 0; i < arguments->count; i++) {
        const char *name = arguments->text.data + arguments->names[i];
        const char *value = arguments->text.data + arguments->values[i];
        if (strncmp(name, MATCH, strlen(MATCH)) != 0) {
            continue;
        }
        name += strlen(MATCH);
        if (!hae_view_label_name_is_good(name) || strlen(value) > HAE_VIEW_LABEL_VALUE_MAX) {
            hae_view_call_refuse(call, 400,
                                 "match.NAME=VALUE: a label's name and value is expected");
            return false;
        }
        if (!hae_view_labels_set(match, name, value)) {
            hae_view_call_refuse(call, 503, "out of memory");
            return false;
        }
    }
    if (match->count == 0) {
        hae_view_call_refuse(call, 400, "match.NAME=VALUE is missing: which alerts are silenced?");
    }
    return match->count > 0;
}

int hae_view_api_silence(struct hae_view_call *call)
{
    const char *by = hae_view_argument(call->arguments, "by");
    const char *time = hae_view_call_text(call, "for");
    struct hae_view_labels match = {.count = 0};
    int64_t for_ns = 0;
    if (time == NULL) {
        return SQLITE_OK;
    }
    if (!hae_view_read_time(time, &for_ns) || for_ns < SECOND_NS || for_ns > FOR_MAX) {
        hae_view_call_expect(call, "for", time, "a time such as 30m, 2h or 7d");
        return SQLITE_OK;
    }
    if (call->alerts == NULL) {
        hae_view_call_refuse(call, 404,
                             "there are no alerts: haetae-view was started without --rules");
    } else if (read_match(call, &match)) {
        int64_t id = hae_view_alerts_silence(call->alerts, &match, call->now_ns + for_ns,
                                             by != NULL ? by : "");
        hae_view_put_digits(&call->json, "id", id);
        if (id == 0) {
            hae_view_call_refuse(call, 503, "there are too many silences");
        }
    }
    hae_view_labels_done(&match);
    return SQLITE_OK;
}

int hae_view_api_unsilence(struct hae_view_call *call)
{
    int64_t id = 0;
    if (hae_view_call_text(call, "id") == NULL ||
        !hae_view_call_number(call, "id", 1, INT64_MAX, &id)) {
        return SQLITE_OK;
    }
    if (call->alerts == NULL || !hae_view_alerts_unsilence(call->alerts, id)) {
        hae_view_call_refuse(call, 404, "there is no silence of this number");
    }
    return SQLITE_OK;
}
