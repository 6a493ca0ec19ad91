/* SPDX-License-Identifier: Apache-2.0 */
/* What the decoder hands to the database: one received item at a time. Texts are valid UTF-8
 * without NUL, of any length, and borrowed for the call. Times are Unix nanoseconds. */
#ifndef HAETAE_VIEW_STORE_ROWS_H
#define HAETAE_VIEW_STORE_ROWS_H

#include "store/model.h"

/* data == NULL: there is none. */
struct hae_view_text {
    const char *data;
    size_t length;
};

struct hae_view_resource_row {
    struct hae_view_text service;
    struct hae_view_text instance; /* service.instance.id */
    struct hae_view_text version;  /* service.version */
    struct hae_view_text attributes;
};

struct hae_view_scope_row {
    struct hae_view_text name;
    struct hae_view_text version;
    struct hae_view_text attributes;
};

/* Where items come from; made by hae_view_store_resource() and hae_view_store_scope(). */
struct hae_view_origin {
    int64_t resource;
    int64_t scope;
    struct hae_view_text service;
    uint32_t service_place; /* in the totals */
    uint32_t scope_place;   /* in the service's */
};

struct hae_view_span_row {
    bool valid_ids; /* both of the right length and not all zero */
    uint8_t trace_id[16];
    uint8_t span_id[8];
    uint8_t parent_id[8]; /* all zero: a root span */
    uint8_t kind;
    uint8_t status;
    uint32_t flags;
    uint64_t start_ns;
    uint64_t end_ns;
    struct hae_view_text name;
    struct hae_view_text message; /* of the status */
    struct hae_view_text trace_state;
    struct hae_view_text attributes;
    struct hae_view_text error; /* what went wrong, for people; none: it did not fail */
};

struct hae_view_event_row {
    uint64_t time_ns;
    struct hae_view_text name;
    struct hae_view_text attributes;
};

struct hae_view_link_row {
    bool valid_ids;
    uint8_t trace_id[16];
    uint8_t span_id[8];
    struct hae_view_text attributes;
};

struct hae_view_log_row {
    uint64_t time_ns;
    int severity; /* OTLP's SeverityNumber */
    bool has_trace;
    bool has_span;
    uint8_t trace_id[16];
    uint8_t span_id[8];
    struct hae_view_text event_name;
    struct hae_view_text body;
    struct hae_view_text attributes;
    struct hae_view_text error; /* none: it is not one */
};

struct hae_view_metric_row {
    enum hae_view_metric_kind kind;
    enum hae_view_temporality temporality;
    struct hae_view_text name;
    struct hae_view_text unit;
    struct hae_view_text description;
};

struct hae_view_point_row {
    int64_t series; /* its number; set by the store, as that of exemplars */
    uint64_t start_ns;
    uint64_t time_ns;
    bool no_recorded_value;
    struct hae_view_figures figures;
    struct hae_view_text buckets; /* as JSON; none: not a histogram or summary */
};

struct hae_view_exemplar_row {
    int64_t series;
    uint64_t time_ns;
    double value;
    bool has_trace;
    uint8_t trace_id[16];
    uint8_t span_id[8];
    struct hae_view_text attributes;
};

#endif
