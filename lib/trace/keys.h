/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration keys of traces. The columns are explained in
 * sdk/config_registry.h. */
#ifndef HAETAE_TRACE_KEYS_H
#define HAETAE_TRACE_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define HAE_TRACE_KEYS(X)                                                                          \
    X(HAETAE_EXPORT_OPEN_SPANS, BOOL, "true", 0, 0, NULL,                                          \
      "Whether the shutdown exports spans that have not ended, marked by haetae.recovered.open")   \
    X(OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT, COUNT, "", 0, INT32_MAX, NULL,                             \
      "The most attributes of a span event; unset: OTEL_ATTRIBUTE_COUNT_LIMIT")                    \
    X(OTEL_LINK_ATTRIBUTE_COUNT_LIMIT, COUNT, "", 0, INT32_MAX, NULL,                              \
      "The most attributes of a link; unset: OTEL_ATTRIBUTE_COUNT_LIMIT")                          \
    X(OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, COUNT, "", 0, INT32_MAX, NULL,                              \
      "The most attributes of a span; unset: OTEL_ATTRIBUTE_COUNT_LIMIT")                          \
    X(OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT, COUNT, "", 0, INT32_MAX, NULL,                       \
      "As OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT, for spans with their events and links; unset: that "  \
      "key")                                                                                       \
    X(OTEL_SPAN_EVENT_COUNT_LIMIT, COUNT, "128", 0, INT32_MAX, NULL, "The most events of a span")  \
    X(OTEL_SPAN_LINK_COUNT_LIMIT, COUNT, "128", 0, INT32_MAX, NULL, "The most links of a span")    \
    X(OTEL_TRACES_SAMPLER, CHOICE, "parentbased_always_on", 0, 0,                                  \
      "always_on|always_off|traceidratio|parentbased_always_on|parentbased_always_off|"            \
      "parentbased_traceidratio|jaeger_remote|parentbased_jaeger_remote",                          \
      "Which traces are recorded")                                                                 \
    X(OTEL_TRACES_SAMPLER_ARG, RATIO, "", 0, 1, NULL,                                              \
      "The share of traces that the traceidratio samplers take, unset: 1; or pairs for "           \
      "jaeger_remote")

#endif
