/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: options by name.
 *
 * One vocabulary for code and environment: the specification's OTEL_* names, and
 * HAETAE_* for what is ours. Values are text, as in the environment. docs/config.md
 * lists every key with its unit and default.
 * A value set by haetae_config_set() wins over the environment, which wins over
 * the default.
 * Threads: one at a time uses a configuration.
 * Specification: "Environment Variable Specification", "OTLP Exporter". */
#ifndef HAETAE_CONFIG_H
#define HAETAE_CONFIG_H

#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

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

/* Reads every known key that is set in the environment. A malformed value is left out, and the
 * default is used; reading continues, and the status is HAETAE_EVALUE. haetae_config_error() then
 * has one line for each error. Unknown OTEL_ variables belong to other libraries and are ignored;
 * an unknown HAETAE_ variable is reported as HAETAE_EKEY. */
HAETAE_API haetae_status haetae_config_load_env(haetae_config *config);

/* ---- Reading ----------------------------------------------------------------
 *
 * A value is checked and parsed when it is set. These functions return the value in
 * force; a NULL `config` is one of defaults. */

/* The value as text, in its canonical form; "" when there is none. NULL for an
 * unknown key. The text is valid until the configuration changes. */
HAETAE_API const char *haetae_config_get(const haetae_config *config, const char *key);

/* Whether code or environment sets the key; false for an unknown one. */
HAETAE_API bool haetae_config_is_set(const haetae_config *config, const char *key);

/* The parsed value of a key whose type is one of those named. Output untouched on failure.
 * Errors of all four: HAETAE_EKEY (unknown key), HAETAE_EVALUE (no value is set, and there is no
 * default), HAETAE_EINVAL (a key of another type, or NULL). */

/* BOOL. */
HAETAE_API haetae_status haetae_config_get_bool(const haetae_config *config, const char *key,
                                                bool *ret_value);

/* DURATION and TIMEOUT in milliseconds, COUNT, BYTES, SEVERITY; of CHOICE the place among
 * the key's choices, from 0. */
HAETAE_API haetae_status haetae_config_get_int(const haetae_config *config, const char *key,
                                               int64_t *ret_value);

/* RATIO. */
HAETAE_API haetae_status haetae_config_get_double(const haetae_config *config, const char *key,
                                                  double *ret_value);

/* One name of a LIST, from index 0 on; HAETAE_EVALUE after the last. The name is valid until
 * the configuration changes, and does not end with NUL. */
HAETAE_API haetae_status haetae_config_get_item(const haetae_config *config, const char *key,
                                                size_t index, haetae_string *ret_item);

/* ---- What else a configuration has ------------------------------------------ */

/* Adds an attribute of any type to the resource; it wins over
 * OTEL_RESOURCE_ATTRIBUTES and detected attributes. Copied.
 * Errors: HAETAE_EINVAL (empty key), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_config_add_resource_attribute(haetae_config *config,
                                                              const haetae_attribute *attribute);

/* Adds an exporter. OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER and OTEL_LOGS_EXPORTER choose the
 * exporters of each signal: a comma-separated list of names ("otlp", "console", "none"). A signal
 * whose key is unset goes to all exporters that were added. haetae_start() makes exporters by
 * their names, so that only those of one's own have to be added.
 * Ownership: on HAETAE_OK the configuration's, and the SDK's after a successful haetae_sdk_start()
 * or haetae_start(); on failure still the caller's.
 * Errors: HAETAE_EINVAL, HAETAE_ELIMIT (more than 8). */
HAETAE_API haetae_status haetae_config_add_exporter(haetae_config *config,
                                                    haetae_exporter *exporter);

/* Text about the last call on this configuration that had errors, one a line: key, value and what
 * was expected; "" when there was none. A success does not clear it. Values of keys that may hold
 * secrets are not shown. Valid until the next call on the configuration. */
HAETAE_API const char *haetae_config_error(const haetae_config *config);

/* For exporters: adds a line to that text, KEY="value": why, or `why` alone with a NULL key.
 * The value of a secret is not shown; `why` must hold none. */
HAETAE_API void haetae_config_add_error(haetae_config *config, const char *key, const char *why);

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

/* ---- The vocabulary --------------------------------------------------------- */

/* What values look like. docs/config.md says how each is written. */
typedef enum haetae_config_type {
    HAETAE_CONFIG_BOOL = 0,     /* true or false                                      */
    HAETAE_CONFIG_DURATION = 1, /* milliseconds                                       */
    HAETAE_CONFIG_TIMEOUT = 2,  /* milliseconds; 0: no limit                          */
    HAETAE_CONFIG_COUNT = 3,    /* a number                                           */
    HAETAE_CONFIG_BYTES = 4,    /* a size; k, m and g multiply by 1024                */
    HAETAE_CONFIG_RATIO = 5,    /* a decimal fraction from 0 to 1                     */
    HAETAE_CONFIG_SEVERITY = 6, /* 0 to 24, or trace, debug, info, warn, error, fatal */
    HAETAE_CONFIG_CHOICE = 7,   /* one of `choices`                                   */
    HAETAE_CONFIG_LIST = 8,     /* comma-separated names                              */
    HAETAE_CONFIG_PAIRS = 9,    /* key=value,key=value, percent-encoded               */
    HAETAE_CONFIG_TEXT = 10,    /* UTF-8 without control characters                   */
    HAETAE_CONFIG_URL = 11,     /* text without spaces, which may hold a password     */
    HAETAE_CONFIG_PATH = 12,    /* a file's path, of any bytes                        */
    HAETAE_CONFIG_SECRET = 13   /* text that is never shown                           */
} haetae_config_type;
#define HAETAE_CONFIG_TYPE_COUNT 14

/* The description of a key. */
typedef struct haetae_config_key {
    size_t struct_size;
    const char *name;          /* begins with OTEL_ or HAETAE_, at most 64 letters      */
    int32_t type;              /* a haetae_config_type                                  */
    int32_t reserved;          /* zero                                                  */
    const char *default_value; /* in its canonical form; "": none                       */
    const char *choices;       /* CHOICE: the words it takes, separated by |; else NULL */
    const char *help;          /* one line                                              */
    int64_t min;               /* DURATION, TIMEOUT, COUNT, BYTES, SEVERITY: the range  */
    int64_t max;
} haetae_config_key;

/* Walks over the vocabulary: calls `visit` for each key with its default ("" for
 * none) and one line of help, in alphabetical order. */
HAETAE_API void haetae_config_keys(void (*visit)(void *user, const char *key,
                                                 const char *default_value, const char *help),
                                   void *user);

HAETAE_END_DECLS

#endif
