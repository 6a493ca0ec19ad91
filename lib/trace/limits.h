/* SPDX-License-Identifier: Apache-2.0 */
/* How much a span keeps. Specification: "Span limits". */
#ifndef HAETAE_TRACE_LIMITS_H
#define HAETAE_TRACE_LIMITS_H

#include "recorder/state.h"
#include "wire/value.h"

struct hae_span_limits {
    struct hae_limits attributes;
    struct hae_limits event_attributes;
    struct hae_limits link_attributes;
    uint32_t event_count;
    uint32_t link_count;
};

/* Those for the spans of each recorder. Written while no span of it exists: when its tracer
 * provider is made. */
extern const struct hae_span_limits *hae_span_limits_of[HAE_RECORDERS_MAX];

#endif
