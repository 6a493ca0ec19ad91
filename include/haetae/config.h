/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: options by name.
 *
 * Code and environment use the same keys: the specification's OTEL_* names, and HAETAE_*
 * for what the specification does not have. Values are text, as in the environment.
 * docs/config.md lists each key with its unit and default.
 * A value set by haetae_config_set() wins over the environment, which wins over one set by
 * haetae_config_set_default(), which wins over the key's default.
 * White space at the ends of a value does not count.
 * Threads: a configuration may be used by one thread at a time.
 * Specification: "Environment Variable Specification", "OTLP Exporter". */
#ifndef HAETAE_CONFIG_H
#define HAETAE_CONFIG_H

#include "resource.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* Makes a configuration with all keys at their defaults. It does not read the
 * environment: haetae_config_load_env() does.
 * Ownership: the caller frees it with haetae_config_free(). Output untouched on failure.
 * Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_config_new(haetae_config **ret_config);

/* Frees a configuration, and the exporters that were added to it and that no SDK owns.
 * NULL: does nothing. */
HAETAE_API void haetae_config_free(haetae_config *config);

/* Sets a key to a value. Both end with NUL and are copied. A NULL or empty value removes what was
 * set, so that the environment or the default holds again.
 * Errors: HAETAE_EKEY (unknown key), HAETAE_EVALUE (malformed value; the key keeps the value that
 * it had), HAETAE_EINVAL, HAETAE_ENOMEM. haetae_config_error() then names the key and the value.
 * A malformed value of type URL, PATH or SECRET, or of a protocol of OTLP, leaves the key without a
 * value until it is set again or removed: data never goes to another place, or in another way, than
 * configured. See haetae_config_require(). A key of an exporter may end with two underscores and a
 * label in capital letters: OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL is for the exporter otlp/seoul
 * alone. At most 16 labels have settings: HAETAE_ELIMIT. */
HAETAE_API haetae_status haetae_config_set(haetae_config *config, const char *key,
                                           const char *value);

/* The same for a value that counts if neither code nor environment sets the key: the default of a
 * program. haetae_config_is_set() does not count it. Errors: as haetae_config_set(). */
HAETAE_API haetae_status haetae_config_set_default(haetae_config *config, const char *key,
                                                   const char *value);

/* The same for a value of a configuration file: it loses to code and to the environment, and wins
 * over a default set in code. For haetae/config_file.h, and other readers of files. Errors: as
 * haetae_config_set(). */
HAETAE_API haetae_status haetae_config_set_from_file(haetae_config *config, const char *key,
                                                     const char *value);

/* Reads every known key that is set in the environment. It leaves a malformed value out, so that
 * the default holds, and goes on. But if data would then go elsewhere, or without its headers,
 * certificates or keys, a start that needs the value fails: see haetae_config_require().
 * In a program that runs with more rights than the user who started it (setuid, setgid, file
 * capabilities) it reads nothing, and haetae_config_warnings() says so: the variables decide where
 * the telemetry goes, and in which directory files are read and removed. See
 * haetae_config_trust_env().
 * It ignores unknown OTEL_ variables, which belong to other libraries, and unknown HAETAE_
 * variables. haetae_config_warnings() has one line for each value left out and each unknown HAETAE_
 * variable; a start reports it.
 * Where OTEL_CONFIG_FILE is set, the file that it names is loaded, and all other variables are
 * ignored, except those that the file refers to. When the file cannot be used, this call fails, and
 * so does every start with this configuration until a later call succeeds: nothing takes the place
 * of the file. haetae_config_error() says what is wrong in which line. A file is loaded once:
 * later calls leave what it said. It needs the library haetae-config-file: see
 * haetae/config_file.h.
 * Errors: HAETAE_EINVAL, HAETAE_ENOMEM; HAETAE_EUNSUPPORTED (OTEL_CONFIG_FILE is set, and no reader
 * is linked), HAETAE_ECONFLICT (it names another file than the one that was loaded before), or
 * those of the reader. Specification: "Declarative configuration". */
HAETAE_API haetae_status haetae_config_load_env(haetae_config *config);

/* Makes haetae_config_load_env() read the environment even in a program with more rights than its
 * caller: for a program that has cleared the environment, or set it itself.
 * Errors: HAETAE_EINVAL. */
HAETAE_API haetae_status haetae_config_trust_env(haetae_config *config);

/* Sets the function that loads the file which OTEL_CONFIG_FILE names, for the whole process; the
 * library haetae-config-file does this when it is loaded. The function returns a status, and
 * reports errors by haetae_config_add_error().
 * Threads: any. Errors: HAETAE_EINVAL, HAETAE_ECONFLICT (another one is registered). */
HAETAE_API haetae_status haetae_config_register_file_reader(
    haetae_status (*load)(haetae_config *config, const char *path));

/* ---- Reading ----------------------------------------------------------------
 *
 * The library checks and parses a value when it is set. These functions return the value that holds
 * now. A NULL `config` stands for one with all keys at their defaults. A key with a label returns
 * the value for the exporter of that label: OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL is the value that
 * was set for it alone, else the one for all. */

/* The value as text, in its canonical form; "" when there is none. NULL for an
 * unknown key. Secrets are masked, so that the text may be shown: a SECRET is "(hidden)", and in
 * a URL "***" stands for user, password and query. The text is valid until the configuration
 * changes. */
HAETAE_API const char *haetae_config_get(const haetae_config *config, const char *key);

/* The same with its secrets, for exporters: for keys of the types SECRET and URL. */
HAETAE_API const char *haetae_config_get_secret(const haetae_config *config, const char *key);

/* True when code or environment sets the key, also to a value that cannot be used. False for an
 * unknown key. */
HAETAE_API bool haetae_config_is_set(const haetae_config *config, const char *key);

/* For exporters: checks whether a value that the exporter needs can be used. Call it for keys of
 * the types URL, PATH and SECRET before reading them, and for protocols: a key that was set to a
 * malformed value has no value. The call adds the error to the text of haetae_config_error(), and
 * create() returns its status.
 * Errors: HAETAE_EVALUE, HAETAE_EKEY (unknown key), HAETAE_EINVAL. */
HAETAE_API haetae_status haetae_config_require(haetae_config *config, const char *key);

/* The next functions get the value of a key of the types named there.
 * Output untouched on failure. Errors: HAETAE_EKEY (unknown key), HAETAE_EVALUE (the key is
 * not set and has no default), HAETAE_EINVAL (a key of another type, or NULL). */

/* BOOL. */
HAETAE_API haetae_status haetae_config_get_bool(const haetae_config *config, const char *key,
                                                bool *ret_value);

/* DURATION and TIMEOUT, in milliseconds; COUNT, BYTES, SEVERITY; for CHOICE, the index
 * of the value among the key's choices, from 0. */
HAETAE_API haetae_status haetae_config_get_int(const haetae_config *config, const char *key,
                                               int64_t *ret_value);

/* RATIO. */
HAETAE_API haetae_status haetae_config_get_double(const haetae_config *config, const char *key,
                                                  double *ret_value);

/* One name of a LIST. Indexes begin with 0; HAETAE_EVALUE after the last. The name is valid
 * until the configuration changes, and does not end with NUL. */
HAETAE_API haetae_status haetae_config_get_item(const haetae_config *config, const char *key,
                                                size_t index, haetae_string *ret_item);

/* ---- What else a configuration has ------------------------------------------ */

/* Adds an attribute of any type to the resource. It wins over OTEL_RESOURCE_ATTRIBUTES
 * and over attributes that the library detects. The attribute is copied.
 * Errors: HAETAE_EINVAL (empty key), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_config_add_resource_attribute(haetae_config *config,
                                                              const haetae_attribute *attribute);

/* Adds the attributes of a resource in the same way, and its schema URL. The resource is copied. If
 * the detected attributes have another schema URL, a start warns, and the SDK's resource has none.
 * Errors: HAETAE_ECONFLICT (another one with another schema URL was added before: the attributes
 * were added, and no schema URL remains), HAETAE_EINVAL, HAETAE_ENOMEM. Specification: "Merge". */
HAETAE_API haetae_status haetae_config_add_resource(haetae_config *config,
                                                    const haetae_resource *resource);

/* Makes the SDK use a copy of this resource, unchanged, in place of all that was added before: no
 * detector runs, and no key counts, not even OTEL_SERVICE_NAME. What is added afterwards counts.
 * NULL: the SDK puts the resource together again.
 * Errors: HAETAE_EINVAL, HAETAE_ENOMEM (nothing has changed then). */
HAETAE_API haetae_status haetae_config_set_resource(haetae_config *config,
                                                    const haetae_resource *resource);

/* Adds a detector, which runs when an SDK starts, unless HAETAE_RESOURCE_DETECTORS names others
 * only. See resource.h.
 * Ownership: on HAETAE_OK the library calls done() some time after haetae_config_free(); on failure
 * `user` stays the caller's. The struct is copied.
 * Errors: HAETAE_EINVAL (no name, one that cannot be used, no detect(), an invalid struct_size),
 * HAETAE_ECONFLICT (one of this name was added), HAETAE_ELIMIT (more than 8), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_config_add_resource_detector(
    haetae_config *config, const haetae_resource_detector *detector);

/* Adds an exporter. OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER and OTEL_LOGS_EXPORTER
 * each list the names of the exporters that get every batch of the signal, separated by
 * commas: "otlp", "console", "none". When a key is not set, all added exporters get it. A name
 * that no exporter has is ignored, with a warning. An exporter with a label, see
 * haetae_exporter_set_label(), has the name "name/label" there.
 * haetae_start() makes exporters by their names; only others have to be added.
 * Ownership: on HAETAE_OK the configuration owns the exporter, and after a successful
 * haetae_sdk_start() or haetae_start() the SDK does; on failure the caller still owns it.
 * Errors: HAETAE_EINVAL, HAETAE_ELIMIT (more than 8). */
HAETAE_API haetae_status haetae_config_add_exporter(haetae_config *config,
                                                    haetae_exporter *exporter);

/* Text about the last call on this configuration that had errors, one line for each: the
 * key, the value and what was expected; "" when there was none. A success does not clear it.
 * It shows no value of a key that may hold a secret. Valid until the next call on the
 * configuration. */
HAETAE_API const char *haetae_config_error(const haetae_config *config);

/* Text about what was ignored, in the same form: variables that haetae_config_load_env() left
 * out, names of exporters that no exporter has. "" when there was none. The next
 * haetae_config_load_env() starts it again. haetae_start() and haetae_sdk_start() give each line
 * to the configuration's diagnostics, once. Valid until the next call on the configuration. */
HAETAE_API const char *haetae_config_warnings(const haetae_config *config);

/* For exporters: adds a line to the text of haetae_config_error(), KEY="value": why; with a NULL
 * key, `why` alone. A newline in `why` is shown as \x0a. The line shows no value of a secret,
 * and `why` must hold none. */
HAETAE_API void haetae_config_add_error(haetae_config *config, const char *key, const char *why);

/* For exporters and readers of files: adds a line to the text of haetae_config_warnings(), unless
 * it is there. It must hold no secret. */
HAETAE_API void haetae_config_add_warning(haetae_config *config, const char *text);

/* The severity of a diagnostic. */
typedef enum haetae_diagnostic_level {
    HAETAE_DIAGNOSTIC_ERROR = 1, /* telemetry is being lost         */
    HAETAE_DIAGNOSTIC_WARN = 2,  /* something is wrong but handled  */
    HAETAE_DIAGNOSTIC_INFO = 3   /* a change of state worth knowing */
} haetae_diagnostic_level;

/* Receives a diagnostic: one line of text without a final newline, valid during the call.
 * The worker thread calls it, and so do threads inside calls that return a status, one at a time
 * and limited in rate: three for each kind of event, then one in ten seconds. Calls that record
 * never call it. The callback may record, for example if it writes to a log that is bridged to
 * haetae; the rate also limits the diagnostics that such a record causes. It must not flush, step,
 * shut down or free the SDK. */
typedef void (*haetae_diagnostics)(void *user, haetae_diagnostic_level level, const char *text);

/* Sets the callback for diagnostics; NULL: none. The default writes errors and warnings
 * to standard error.
 * Errors: HAETAE_EINVAL (NULL `config`). */
HAETAE_API haetae_status haetae_config_set_diagnostics(haetae_config *config,
                                                       haetae_diagnostics callback, void *user);

/* Sets a function that the worker thread calls once, before it does anything else: to set
 * a CPU affinity or a priority. NULL: none. The thread has all signals blocked, and a stack of
 * 1 MiB, which callbacks share with exporters.
 * Errors: HAETAE_EINVAL (NULL `config`). */
HAETAE_API haetae_status haetae_config_set_worker_start(haetae_config *config,
                                                        void (*callback)(void *user), void *user);

/* ---- Keys --------------------------------------------------------------------- */

/* The type of a key's value. docs/config.md says how each is written. */
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
    HAETAE_CONFIG_PATH = 12,    /* a file's path, of any bytes but white space at its ends */
    HAETAE_CONFIG_SECRET = 13   /* text that is never shown                           */
} haetae_config_type;
/* As of this header: see docs/abi.md. */
#define HAETAE_CONFIG_TYPE_COUNT 14

/* The description of a key. HAETAE_OPTIONS sets struct_size. */
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

/* Calls `visit` for each known key, in alphabetical order, with its default ("": none) and
 * one line of help. All text is static. Threads: any. */
HAETAE_API void haetae_config_keys(void (*visit)(void *user, const char *key,
                                                 const char *default_value, const char *help),
                                   void *user);

HAETAE_END_DECLS

#endif
