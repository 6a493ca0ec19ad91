/* SPDX-License-Identifier: Apache-2.0 */
/* Views as they are kept: checked, and with all that their options point to. */
#ifndef HAETAE_METRICS_VIEW_OPTIONS_H
#define HAETAE_METRICS_VIEW_OPTIONS_H

#include "haetae/view.h"
#include "metrics/filter.h"
#include "metrics/stream_init.h"

/* Constant, but for `matched`. A text whose data is NULL, and a zero, are not given. */
struct hae_view {
    struct hae_view *next;
    /* ---- Which instruments ---- */
    haetae_string instrument_name; /* a pattern in lower case */
    haetae_string unit;
    haetae_string meter_name;
    haetae_string meter_version;
    haetae_string meter_schema_url;
    uint8_t kind; /* a hae_instrument_kind */
    /* ---- The stream ---- */
    uint8_t aggregation; /* a haetae_aggregation */
    bool omits_extremes;
    int8_t max_scale; /* of an exponential histogram, as the next one */
    uint16_t max_size;
    _Atomic bool matched; /* some instrument; written under the provider's lock, relaxed */
    struct hae_metric_text name;
    struct hae_metric_text description;
    const struct hae_key_filter *filter; /* NULL: keeps every attribute */
    struct hae_key_filter included;
    struct hae_key_filter excluded;
    const double *boundaries; /* NULL: the defaults */
    uint32_t boundary_count;
    uint32_t series_limit;
    struct hae_reservoir_plan reservoir;
    haetae_exemplar_reservoir_ops reservoir_ops; /* what the plan may lead to */
};

/* Checks the options and makes a view of them. On HAETAE_EINVAL and HAETAE_EUNSUPPORTED *ret_why
 * is why.
 * Ownership: the caller frees it with hae_free(). Errors: those, and HAETAE_ENOMEM. */
haetae_status hae_view_new(const haetae_view_options *options, struct hae_view **ret_view,
                           const char **ret_why);

/* The name of a view for people: that of its instruments, or "*". */
haetae_string hae_view_shown(const struct hae_view *view);

#endif
