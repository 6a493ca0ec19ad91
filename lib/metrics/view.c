/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/view.h"

#include <stdio.h>

#include "base/alloc.h"
#include "haetae/reader.h"
#include "metrics/aggregations.h"
#include "metrics/view_match.h"
#include "metrics/view_options.h"

enum { VIEWS_MAX = 256 };

haetae_status hae_views_add(struct hae_views *views, const haetae_view_options *options,
                            const char **ret_why)
{
    struct hae_view **link = &views->first;
    haetae_status status;

    *ret_why = NULL;
    if (views->count == VIEWS_MAX) {
        *ret_why = "a configuration has at most 256";
        return HAETAE_ELIMIT;
    }
    while (*link != NULL) {
        link = &(*link)->next;
    }
    status = hae_view_new(options, link, ret_why);
    if (status == HAETAE_OK) {
        views->count++;
    }
    return status;
}

void hae_views_cut(struct hae_views *views, uint32_t count)
{
    struct hae_view **link = &views->first;

    for (uint32_t i = 0; i < count && *link != NULL; i++) {
        link = &(*link)->next;
    }
    while (*link != NULL) {
        struct hae_view *next = (*link)->next;

        hae_free(*link);
        *link = next;
        views->count--;
    }
}

void hae_views_done(struct hae_views *views)
{
    hae_views_cut(views, 0);
    while (views->composed != NULL) {
        struct hae_composed_filter *next = views->composed->next;

        hae_free(views->composed);
        views->composed = next;
    }
}

/* ---- Reports -------------------------------------------------------------------------------- */

static void report_unsuited(const struct hae_views *views, const struct hae_view *view,
                            const struct hae_view_subject *subject,
                            struct hae_diagnostics *diagnostics)
{
    haetae_string shown = hae_view_shown(view);

    hae_diagnose(diagnostics, HAETAE_DIAGNOSTIC_WARN, "view",
                 "the view for \"%.*s\" asks for a %s, which has no meaning for the instrument "
                 "\"%.*s\": %s",
                 (int)shown.length, shown.data,
                 view->aggregation == HAETAE_AGGREGATION_LAST_VALUE ? "last value" : "histogram",
                 (int)subject->name_length, subject->name,
                 views->composable ? "it keeps the aggregation that it has without"
                                   : "the view does not count for it");
}

void hae_views_report(struct hae_views *views, const struct hae_heap *scopes,
                      const struct hae_instrument_request *request,
                      struct hae_diagnostics *diagnostics)
{
    struct hae_view_subject subject;
    uint32_t left_out;

    hae_view_subject_read(&subject, scopes, request);
    for (const struct hae_view *view = views->first; view != NULL; view = view->next) {
        if (!hae_aggregation_suits(view->aggregation, subject.kind) &&
            hae_view_matches(view, &subject)) {
            report_unsuited(views, view, &subject, diagnostics);
        }
    }
    left_out = atomic_exchange_explicit(&views->left_out_count, 0, memory_order_relaxed);
    if (left_out != 0) {
        hae_diagnose(diagnostics, HAETAE_DIAGNOSTIC_WARN, "view streams",
                     "views ask for more than %d streams of one instrument, as of \"%.*s\": %u are "
                     "left out",
                     (int)HAE_STREAMS_PER_INSTRUMENT_MAX, (int)subject.name_length, subject.name,
                     (unsigned)left_out);
    }
}

void hae_views_report_unmatched(const struct hae_views *views, struct hae_diagnostics *diagnostics)
{
    char names[HAE_DIAGNOSTIC_BYTES] = "";
    size_t length = 0;

    for (const struct hae_view *view = views->first; view != NULL; view = view->next) {
        haetae_string shown = hae_view_shown(view);

        if (!atomic_load_explicit(&view->matched, memory_order_relaxed) &&
            length + shown.length + sizeof ", \"\"" <= sizeof names) {
            length += (size_t)snprintf(names + length, sizeof names - length, "%s\"%.*s\"",
                                       length != 0 ? ", " : "", (int)shown.length, shown.data);
        }
    }
    if (length != 0) {
        hae_diagnose(diagnostics, HAETAE_DIAGNOSTIC_INFO, "view unmatched",
                     "these views have matched no instrument: %s", names);
    }
}
