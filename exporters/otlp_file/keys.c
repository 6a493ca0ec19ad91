/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_file/keys.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "otlp/metric_reader.h"

#define PREFIX "HAETAE_OTLP_FILE_"

#define KEY(which, kind, value, most, text)                                                        \
    HAETAE_OPTIONS(haetae_config_key, .name = PREFIX which, .type = HAETAE_CONFIG_##kind,          \
                   .default_value = (value), .max = (most), .help = (text))

#define OUTPUT_OF(infix, items)                                                                    \
    KEY(infix "OUTPUT", PATH, "", 0, "As the general key, for " items " only, used as it is")

const haetae_config_key hae_otlp_file_keys[HAE_OTLP_FILE_KEY_COUNT] = {
    KEY("MAX_BACKUPS", COUNT, "100", 1000000,
        "How many rotated files of each signal are kept; 0: all"),
    KEY("MAX_BYTES", BYTES, "104857600", INT64_MAX,
        "The most bytes in a file before it is rotated; 0: no limit"),
    KEY("MAX_DAYS", COUNT, "0", 36500, "For how many days rotated files are kept; 0: no limit"),
    KEY("OUTPUT", PATH, "stdout", 0,
        "The file that lines are appended to, with traces, metrics or logs before its extension; "
        "or stdout"),
    KEY("ROTATE_INTERVAL", TIMEOUT, "0", INT64_MAX / 1000000,
        "How long a file is written to before the next line rotates it"),
    OUTPUT_OF("LOGS_", "logs"),
    OUTPUT_OF("METRICS_", "metrics"),
    OUTPUT_OF("TRACES_", "traces"),
    HAE_OTLP_METRIC_READER_KEYS,
};

static haetae_status get(const haetae_config *config, const char *key, uint64_t *ret_value)
{
    int64_t value = 0;
    haetae_status status = haetae_config_get_int(config, key, &value);

    *ret_value = value > 0 ? (uint64_t)value : 0;
    return status;
}

haetae_status hae_otlp_file_rules(const haetae_config *config, struct hae_output_rules *ret_rules)
{
    struct hae_output_rules rules;
    haetae_status status = get(config, PREFIX "MAX_BYTES", &rules.max_bytes);

    if (status == HAETAE_OK) {
        status = get(config, PREFIX "ROTATE_INTERVAL", &rules.interval_ms);
    }
    if (status == HAETAE_OK) {
        status = get(config, PREFIX "MAX_BACKUPS", &rules.max_backups);
    }
    if (status == HAETAE_OK) {
        status = get(config, PREFIX "MAX_DAYS", &rules.max_days);
    }
    if (status == HAETAE_OK) {
        *ret_rules = rules;
    }
    return status;
}

/* "telemetry.jsonl" becomes "telemetry.traces.jsonl". */
static char *with_signal(const char *path, haetae_signal signal)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *point = strrchr(name, '.');
    const char *signal_name = haetae_signal_name(signal);
    size_t size = strlen(path) + strlen(signal_name) + 2;
    char *made = hae_malloc(size);
    size_t stem = point != NULL && point != name ? (size_t)(point - path) : strlen(path);

    if (made != NULL) {
        snprintf(made, size, "%.*s.%s%s", (int)stem, path, signal_name, path + stem);
    }
    return made;
}

haetae_status hae_otlp_file_path(haetae_config *config, haetae_signal signal, char **ret_path,
                                 const char **ret_key)
{
    static const char *const own[HAETAE_SIGNAL_COUNT] = {
        [HAETAE_SIGNAL_TRACES] = PREFIX "TRACES_OUTPUT",
        [HAETAE_SIGNAL_METRICS] = PREFIX "METRICS_OUTPUT",
        [HAETAE_SIGNAL_LOGS] = PREFIX "LOGS_OUTPUT"};
    const char *key = own[signal];
    haetae_status status = haetae_config_require(config, key);
    const char *value;
    char *path;

    if (status != HAETAE_OK) {
        return status;
    }
    value = haetae_config_get(config, key);
    if (value == NULL || value[0] == '\0') {
        key = PREFIX "OUTPUT";
        status = haetae_config_require(config, key);
        value = haetae_config_get(config, key);
    }
    if (status != HAETAE_OK || value == NULL || strcmp(value, "stdout") == 0) {
        *ret_path = NULL;
        *ret_key = key;
        return status;
    }
    path = key == own[signal] ? hae_strdup(value) : with_signal(value, signal);
    if (path == NULL) {
        return HAETAE_ENOMEM;
    }
    *ret_path = path;
    *ret_key = key;
    return HAETAE_OK;
}
