/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration keys of metrics. The columns are explained in
 * sdk/config_registry.h. */
#ifndef HAETAE_METRICS_KEYS_H
#define HAETAE_METRICS_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define HAE_METRICS_KEYS(X)                                                                        \
    X(HAETAE_EXEMPLAR_BYTES, BYTES, "1048576", 4096, INT64_C(4294967296), NULL,                    \
      "Memory for exemplars; series that find none left have no exemplars")                        \
    X(HAETAE_METRICS_CALLBACK_TIMEOUT, DURATION, "1000", 1, INT32_MAX, NULL,                       \
      "How long a collection waits for the callbacks of observables, and for metric producers")    \
    X(HAETAE_METRICS_CARDINALITY_LIMIT, COUNT, "2000", 1, 16777216, NULL,                          \
      "The most series of one instrument; further attribute sets share one more, the overflow "    \
      "series")                                                                                    \
    X(HAETAE_METRICS_SERIES_UNUSED_INTERVALS, COUNT, "0", 0, 1000000, NULL,                        \
      "After how many collections by every reader an unused series is given back and makes room "  \
      "for another one; 0: never")                                                                 \
    X(HAETAE_VIEW_MATCHING, CHOICE, "independent", 0, 0, "independent|composable",                 \
      "Whether each view that matches an instrument makes a stream of its own, or all of them "    \
      "make one")                                                                                  \
    X(OTEL_METRICS_EXEMPLAR_FILTER, CHOICE, "trace_based", 0, 0,                                   \
      "trace_based|always_on|always_off", "Which measurements may become exemplars")               \
    X(OTEL_METRIC_EXPORT_INTERVAL, DURATION, "60000", 1, INT32_MAX, NULL,                          \
      "How often metrics are collected and exported")

#endif
