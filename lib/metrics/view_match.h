/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a view is for an instrument. */
#ifndef HAETAE_METRICS_VIEW_MATCH_H
#define HAETAE_METRICS_VIEW_MATCH_H

#include "haetae/types.h"
#include "metrics/instrument_options.h"
#include "recorder/state.h"

struct hae_view;

/* What criteria are compared with. It points into the request and the region. */
struct hae_view_subject {
    char name[HAE_METRIC_NAME_MAX_BYTES]; /* in lower case */
    size_t name_length;
    uint8_t kind;
    haetae_string unit;
    haetae_scope_options meter; /* without its attributes */
};

void hae_view_subject_read(struct hae_view_subject *subject, const struct hae_heap *scopes,
                           const struct hae_instrument_request *request);

/* Specification: "Instrument selection criteria". */
bool hae_view_matches(const struct hae_view *view, const struct hae_view_subject *subject);

#endif
