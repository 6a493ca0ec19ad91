/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: options by name.
 *
 * One vocabulary for code and environment: the specification's OTEL_* names, and
 * HAETAE_* for what is ours. Values are text, as in the environment. docs/config.md
 * lists every key with its unit and default.
 * A value set by haetae_config_set() wins over the environment, which wins over
 * the default.
 * Specification: "Environment Variable Specification", "OTLP Exporter". */
#ifndef HAETAE_CONFIG_H
#define HAETAE_CONFIG_H

#include "attribute.h"
#include "status.h"

HAETAE_BEGIN_DECLS

/* Not thread-safe: one thread at a time uses a configuration. */
typedef struct haetae_config haetae_config;
typedef struct haetae_exporter haetae_exporter;

/* Makes a configuration of defaults. The environment is not read yet.
 * Ownership: the caller's, for haetae_config_free().
 * Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_config_new(haetae_config **ret_config);

/* Frees a configuration, and the exporters added to it that no SDK has taken.
 * NULL: does nothing. */
HAETAE_API void haetae_config_free(haetae_config *config);

/* Sets a key to a value, both NUL-terminated and copied. A NULL or empty value
 * gives the key back to the environment and the default.
 * Errors: HAETAE_EKEY (unknown key), HAETAE_EVALUE (malformed; the key keeps what it
 * had), HAETAE_EINVAL, HAETAE_ENOMEM. haetae_config_error() then names key and value. */
HAETAE_API haetae_status haetae_config_set(haetae_config *config, const char *key,
                                           const char *value);

/* Reads every known key that is set in the environment. A malformed value is
 * left out, so that the default serves, and the reading goes on; the status is
 * HAETAE_EVALUE then and haetae_config_error() tells of each, one a line.
 * Unknown OTEL_ variables are other libraries' business; an unknown HAETAE_ variable
 * is reported as HAETAE_EKEY. */
HAETAE_API haetae_status haetae_config_load_env(haetae_config *config);

/* The value that is in force for a key, as text; "" when there is none. NULL for
 * an unknown key. The text is valid until the configuration changes. */
HAETAE_API const char *haetae_config_get(const haetae_config *config, const char *key);

/* Adds an attribute of any type to the resource; it wins over
 * OTEL_RESOURCE_ATTRIBUTES and detected attributes. Copied.
 * Errors: HAETAE_EINVAL (empty key), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_config_add_resource_attribute(haetae_config *config,
                                                              const haetae_attribute *attribute);

/* Adds an exporter. Each exporter gets every batch of the signals it is chosen
 * for by OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER and OTEL_LOGS_EXPORTER: a
 * comma-separated list of exporter names ("otlp", "console", "none"); unset, all
 * that were added.
 * Ownership: on HAETAE_OK the configuration's, and the SDK's from a successful
 * haetae_sdk_start() on; on failure still the caller's.
 * Errors: HAETAE_EINVAL, HAETAE_ENOMEM, HAETAE_ELIMIT (more than 8). */
HAETAE_API haetae_status haetae_config_add_exporter(haetae_config *config,
                                                    haetae_exporter *exporter);

/* Text about the last error of this configuration: key, value and what was
 * expected; "" when there was none. A success does not clear it. Values of keys that may hold
 * secrets are not shown. Valid until the next call on the configuration. */
HAETAE_API const char *haetae_config_error(const haetae_config *config);

/* How serious a diagnostic is. */
typedef enum haetae_diagnostic_level {
    HAETAE_DIAGNOSTIC_ERROR = 1, /* telemetry is being lost         */
    HAETAE_DIAGNOSTIC_WARN = 2,  /* something is wrong but handled  */
    HAETAE_DIAGNOSTIC_INFO = 3   /* a change of state worth knowing */
} haetae_diagnostic_level;

/* Receives diagnostics: one line of text without a final newline, valid during
 * the call. Called by the worker thread and by threads in cold calls, one at a
 * time, rate-limited; never from a call that records. It must not call haetae. */
typedef void (*haetae_diagnostics)(void *user, haetae_diagnostic_level level, const char *text);

/* Sends diagnostics to a callback. The default writes errors and warnings to
 * standard error; NULL is silent. */
HAETAE_API haetae_status haetae_config_set_diagnostics(haetae_config *config,
                                                       haetae_diagnostics callback, void *user);

/* Called once in the worker thread before it does anything else: to set a CPU
 * affinity or a priority. */
HAETAE_API haetae_status haetae_config_set_worker_start(haetae_config *config,
                                                        void (*callback)(void *user), void *user);

/* Walks over the vocabulary: calls `visit` for each key with its default ("" for
 * none) and one line of help, in alphabetical order. */
HAETAE_API void haetae_config_keys(void (*visit)(void *user, const char *key,
                                                 const char *default_value, const char *help),
                                   void *user);

HAETAE_END_DECLS

#endif
