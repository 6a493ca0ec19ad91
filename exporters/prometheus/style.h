/* SPDX-License-Identifier: Apache-2.0 */
/* How a page is written: what the scraper asked for, and what the exporter is set to. */
#ifndef HAETAE_PROMETHEUS_STYLE_H
#define HAETAE_PROMETHEUS_STYLE_H

#include <stdbool.h>
#include <stddef.h>

#include "haetae/types.h"

enum hae_prom_format {
    HAE_PROM_TEXT,        /* text format 0.0.4, or 1.0.0 where names may be UTF-8 */
    HAE_PROM_OPENMETRICS, /* OpenMetrics text 1.0.0 (0.0.1 has the same lines)     */
    HAE_PROM_PROTOBUF     /* io.prometheus.client.MetricFamily, each after its length */
};

/* What becomes of names that are not [a-zA-Z_:][a-zA-Z0-9_:]*. Prometheus, "Escaping schemes". */
enum hae_prom_escaping {
    HAE_PROM_ESCAPE_UNDERSCORES,
    HAE_PROM_ALLOW_UTF8,
    HAE_PROM_ESCAPE_DOTS,
    HAE_PROM_ESCAPE_VALUES
};

/* Specification: "Translation Strategy". In the order of the configuration key's choices. */
enum hae_prom_strategy {
    HAE_PROM_UNDERSCORES_WITH_SUFFIXES,
    HAE_PROM_UNDERSCORES_WITHOUT_SUFFIXES,
    HAE_PROM_UTF8_WITH_SUFFIXES,
    HAE_PROM_NO_TRANSLATION
};

/* Patterns of attribute keys (base/wildcard.h). They stay as they are. */
struct hae_prom_patterns {
    const haetae_string *list;
    size_t count;
};

struct hae_prom_options {
    enum hae_prom_strategy strategy;
    bool scope_info;  /* otel_scope_… on each series           */
    bool target_info; /* a series with the resource            */
    bool created;     /* OpenMetrics: …_created series         */
    /* Resource attributes that each series has: those that match one of `included` and none of
     * `excluded`. */
    struct hae_prom_patterns included;
    struct hae_prom_patterns excluded;
};

struct hae_prom_style {
    enum hae_prom_format format;
    enum hae_prom_escaping escaping;
    const struct hae_prom_options *options;
};

/* The type of a family; in the order of the names in text.c. */
enum hae_prom_type {
    HAE_PROM_COUNTER,
    HAE_PROM_GAUGE,
    HAE_PROM_HISTOGRAM,
    HAE_PROM_SUMMARY,
    HAE_PROM_UNKNOWN,
    HAE_PROM_INFO
};

#endif
