/* SPDX-License-Identifier: Apache-2.0 */
/* The three export requests have one shape, with the same field numbers: a request holds
 * resource blocks; a resource block holds a resource, scope blocks and a schema URL; a
 * scope block holds a scope, items and a schema URL. Code that handles requests of any
 * signal uses these names. */
#ifndef HAETAE_WIRE_ENVELOPE_H
#define HAETAE_WIRE_ENVELOPE_H

#include "wire/otlp.h"

enum {
    HAE_ENVELOPE_RESOURCES = HAE_OTLP_EXPORT_TRACE_SERVICE_REQUEST_RESOURCE_SPANS,
    HAE_ENVELOPE_RESOURCE = HAE_OTLP_RESOURCE_SPANS_RESOURCE,
    HAE_ENVELOPE_SCOPES = HAE_OTLP_RESOURCE_SPANS_SCOPE_SPANS,
    HAE_ENVELOPE_SCOPE = HAE_OTLP_SCOPE_SPANS_SCOPE,
    HAE_ENVELOPE_ITEMS = HAE_OTLP_SCOPE_SPANS_SPANS,
    HAE_ENVELOPE_SCHEMA_URL = HAE_OTLP_SCOPE_SPANS_SCHEMA_URL
};

/* What profilers read: ProcessContext of OTEP 4719, which the schema of OTLP does not have. */
enum { HAE_ENVELOPE_PROCESS_RESOURCE = 1, HAE_ENVELOPE_PROCESS_ATTRIBUTES = 2 };

#define HAE_SAME_FIELD(name, logs, metrics)                                                        \
    _Static_assert((int)HAE_ENVELOPE_##name == (int)HAE_OTLP_##logs &&                             \
                       (int)HAE_ENVELOPE_##name == (int)HAE_OTLP_##metrics,                        \
                   "the three requests differ in " #name)

HAE_SAME_FIELD(RESOURCES, EXPORT_LOGS_SERVICE_REQUEST_RESOURCE_LOGS,
               EXPORT_METRICS_SERVICE_REQUEST_RESOURCE_METRICS);
HAE_SAME_FIELD(RESOURCE, RESOURCE_LOGS_RESOURCE, RESOURCE_METRICS_RESOURCE);
HAE_SAME_FIELD(SCOPES, RESOURCE_LOGS_SCOPE_LOGS, RESOURCE_METRICS_SCOPE_METRICS);
HAE_SAME_FIELD(SCOPE, SCOPE_LOGS_SCOPE, SCOPE_METRICS_SCOPE);
HAE_SAME_FIELD(ITEMS, SCOPE_LOGS_LOG_RECORDS, SCOPE_METRICS_METRICS);
HAE_SAME_FIELD(SCHEMA_URL, SCOPE_LOGS_SCHEMA_URL, SCOPE_METRICS_SCHEMA_URL);

#undef HAE_SAME_FIELD

#endif
