/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of metrics of an OTLP exporter, and the keys that say what it is like.
 * Specification: "OTLP Exporter" of metrics, "Additional Environment Variable Configuration". */
#ifndef HAETAE_OTLP_METRIC_READER_H
#define HAETAE_OTLP_METRIC_READER_H

#include "haetae/config.h"
#include "haetae/reader.h"

/* Two rows of an exporter's table of keys. */
#define HAE_OTLP_METRIC_READER_KEYS                                                                \
    HAETAE_OPTIONS(haetae_config_key,                                                              \
                   .name = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",             \
                   .type = HAETAE_CONFIG_CHOICE, .default_value = "explicit_bucket_histogram",     \
                   .choices = "explicit_bucket_histogram|base2_exponential_bucket_histogram",      \
                   .help = "The aggregation of histograms for which no view sets one"),            \
        HAETAE_OPTIONS(                                                                            \
            haetae_config_key, .name = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",        \
            .type = HAETAE_CONFIG_CHOICE, .default_value = "cumulative",                           \
            .choices = "cumulative|delta|lowmemory",                                               \
            .help = "Whether points count from the start (cumulative) or from the last point "     \
                    "(delta; sums that also fall stay cumulative, and with lowmemory all that is " \
                    "observed)")

/* Makes the reader that the keys ask for. With their defaults, and for an exporter without metrics,
 * there is none, and the output is untouched: the SDK's own serves all such exporters.
 * Ownership: the caller's. Errors: those of haetae_metric_reader_new(). */
haetae_status hae_otlp_metric_reader_new(const haetae_config *config, uint32_t signals,
                                         haetae_metric_reader **ret_reader);

#endif
