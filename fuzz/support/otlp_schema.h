/* SPDX-License-Identifier: Apache-2.0 */
/* The schema of OTLP requests, as far as the library writes them. */
#ifndef HAETAE_FUZZ_SUPPORT_OTLP_SCHEMA_H
#define HAETAE_FUZZ_SUPPORT_OTLP_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haetae/signal.h"

enum otlp_kind {
    OTLP_TEXT,
    OTLP_BYTES,
    OTLP_TRACE_ID,
    OTLP_SPAN_ID,
    OTLP_VARINT,
    OTLP_INT,
    OTLP_FIXED32,
    OTLP_FIXED64,
    OTLP_SFIXED64,
    OTLP_DOUBLE,
    OTLP_PACKED, /* numbers of 64 bits */
    OTLP_MESSAGE,
    OTLP_SKIPPED /* messages that are read by themselves, or are not known ahead: only checked */
};

struct otlp_field {
    uint32_t number;
    enum otlp_kind kind;
    const char *name;
    const struct otlp_schema *message;
    bool repeated;
    bool is_set;   /* attributes: in any order, each key once   */
    bool in_oneof; /* one of a message's choices                */
    bool optional; /* says something even when it is 0 or empty */
};

struct otlp_schema {
    const char *name;
    const struct otlp_field *fields;
    size_t count;
    uint32_t required; /* a bit set of 1 << number */
};

/* The data of a metric. */
struct otlp_data {
    uint32_t number; /* in the metric */
    const struct otlp_schema *schema;
    uint32_t points; /* in the data */
    const struct otlp_schema *point;
};

struct otlp_signal {
    const struct otlp_schema *request;
    const struct otlp_schema *resource; /* ResourceSpans and so on */
    uint32_t scope_number;
    const struct otlp_schema *scope; /* ScopeSpans and so on */
    uint32_t record_number;
    const struct otlp_schema *record; /* NULL: metrics */
};

enum { OTLP_DATA_COUNT = 3 };

extern const struct otlp_data otlp_data[OTLP_DATA_COUNT];
extern const struct otlp_schema otlp_metric_head; /* without its points */
extern const struct otlp_signal otlp_signals[HAETAE_SIGNAL_COUNT];

#endif
