/* SPDX-License-Identifier: Apache-2.0 */
/* How the SDK reads a configuration: the values in force, already parsed. `key` is the
 * number of a key, such as HAE_KEY_OTEL_SERVICE_NAME. A NULL configuration is one of
 * defaults. */
#ifndef HAETAE_SDK_CONFIG_READ_H
#define HAETAE_SDK_CONFIG_READ_H

#include "sdk/config_internal.h"

/* The places of the choices of the keys, as hae_config_int() gives them. */
enum hae_processor_name { /* HAETAE_TRACES_PROCESSOR, HAETAE_LOGS_PROCESSOR */
                          HAE_PROCESSOR_BATCH,
                          HAE_PROCESSOR_SIMPLE
};

enum hae_sampler_name { /* OTEL_TRACES_SAMPLER */
                        HAE_SAMPLER_ALWAYS_ON,
                        HAE_SAMPLER_ALWAYS_OFF,
                        HAE_SAMPLER_RATIO,
                        HAE_SAMPLER_PARENT_ALWAYS_ON,
                        HAE_SAMPLER_PARENT_ALWAYS_OFF,
                        HAE_SAMPLER_PARENT_RATIO,
                        HAE_SAMPLER_JAEGER,
                        HAE_SAMPLER_PARENT_JAEGER
};
enum hae_queue_full_mode { HAE_QUEUE_DROP_NEWEST, HAE_QUEUE_DROP_OLDEST }; /* HAETAE_QUEUE_FULL */
enum hae_worker_mode { HAE_WORKER_THREAD, HAE_WORKER_MANUAL };             /* HAETAE_WORKER */
enum hae_view_matching { HAE_VIEW_MATCHING_INDEPENDENT, HAE_VIEW_MATCHING_COMPOSABLE };
enum hae_clock_mode { HAE_CLOCK_MODE_AUTO, HAE_CLOCK_MODE_SYSTEM }; /* HAETAE_CLOCK */

/* The canonical text of the value in force; "" when there is none. */
const char *hae_config_text(const haetae_config *config, size_t key);

/* The suffix of the key that has the value in force; "": it is the same for all exporters. */
const char *hae_config_suffix(const haetae_config *config, size_t key);

/* Whether code, environment or a file sets the key; a default set in code does not count. */
bool hae_config_is_set(const haetae_config *config, size_t key);

/* The key that holds, of a specific one and the general one that it replaces: the specific one
 * where it is set, or where only it has a default set in code. */
size_t hae_config_either(const haetae_config *config, size_t specific, size_t general);

/* Whether the key says where data go, and how: a URL, a path, a secret, a protocol of OTLP. When
 * its value cannot be used, it has none, rather than a value that was not meant. */
bool hae_config_is_vital(size_t key);

/* The value of a vital key that cannot be used; NULL: there is none. */
const char *hae_config_refused(const haetae_config *config, size_t key);

bool hae_config_bool(const haetae_config *config, size_t key);

/* Milliseconds, a count, bytes, a severity, or the place of a choice; -1 when there is
 * no value, not even a default. */
int64_t hae_config_int(const haetae_config *config, size_t key);

/* A ratio; `otherwise` when there is no value. */
double hae_config_real(const haetae_config *config, size_t key, double otherwise);

/* The specific key where it is set, else the general one, else their defaults in this
 * order. Specification: "Attribute limits". */
int64_t hae_config_int_or(const haetae_config *config, size_t specific, size_t general);

#endif
