/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations: known and unknown keys with usual and odd values. What the model depends on is
 * read back. */
#include <string.h>

#include "calls/calls.h"

/* Keys whose values decide what is recorded, or which limits hold. */
static const char *const usual_keys[] = {
    "OTEL_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "OTEL_SPAN_LINK_COUNT_LIMIT",
    "OTEL_TRACES_SAMPLER",
    "HAETAE_LOGS_MIN_SEVERITY",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_BLRP_MAX_QUEUE_SIZE",
    "HAETAE_RETRY_ELAPSED_MS",
    "HAETAE_MAX_REQUEST_BYTES",
    "HAETAE_QUEUE_BYTES",
    "OTEL_SDK_DISABLED",
    "OTEL_TRACES_EXPORTER",
    "OTEL_LOGS_EXPORTER",
    "OTEL_METRICS_EXPORTER",
};

static const char *const values[] = {
    "0",      "1",    "2",         "3",          "5",
    "100",    "",     "always_on", "always_off", "parentbased_always_off",
    "true",   "none", "fuzz",      "4096",       "300k",
    "500000", "-1",   "a=b,c=d",   " 4 ",        "parentbased_traceidratio",
    "0.5"};

/* What would leave the model: a worker thread, files, memory of another size, exporters that are
 * not there. */
static bool is_left_out(const char *key, const char *text)
{
    size_t length = strlen(key);

    if (length > 9 && strcmp(key + length - 9, "_EXPORTER") == 0) {
        return strcmp(text, "none") != 0 && strcmp(text, "fuzz") != 0;
    }
    return strncmp(key, "HAETAE_RECORDER", 15) == 0 || strcmp(key, "HAETAE_WORKER") == 0 ||
           strcmp(key, "HAETAE_LANE_COUNT") == 0 ||
           strcmp(key, "HAETAE_METRICS_CARDINALITY_LIMIT") == 0;
}

struct choice {
    unsigned left;
    const char *key;
};

static void choose(void *user, const char *key, const char *default_value, const char *help)
{
    struct choice *choice = user;

    (void)default_value;
    (void)help;
    if (choice->left-- == 0) {
        choice->key = key;
    }
}

static const char *any_key(struct calls *calls)
{
    struct choice choice = {fuzz_byte(&calls->input), NULL};

    if (choice.left >= 128) {
        return usual_keys[choice.left % (sizeof usual_keys / sizeof usual_keys[0])];
    }
    haetae_config_keys(choose, &choice);
    return choice.key != NULL ? choice.key : "OTEL_NO_SUCH_KEY";
}

static void set_any(struct calls *calls, haetae_config *config)
{
    const char *key = any_key(calls);
    unsigned which = fuzz_byte(&calls->input);
    char text[64] = "";
    haetae_string odd;
    haetae_status status;

    if (which < 200) {
        snprintf(text, sizeof text, "%s", values[which % (sizeof values / sizeof values[0])]);
    } else {
        odd = calls_text(calls);
        snprintf(text, sizeof text, "%.*s", (int)(odd.length < 60 ? odd.length : 60),
                 odd.data != NULL ? odd.data : "");
    }
    if (is_left_out(key, text)) {
        return;
    }
    status = haetae_config_set(config, key, text);
    if (status != HAETAE_OK) {
        FUZZ_CHECK(haetae_config_error(config)[0] != '\0', "%s=%s fails without a text", key, text);
    } else {
        FUZZ_CHECK(haetae_config_get(config, key) != NULL, "%s has no value", key);
    }
}

static int64_t number(const haetae_config *config, const char *key, int64_t otherwise)
{
    int64_t value;

    return haetae_config_get_int(config, key, &value) == HAETAE_OK ? value : otherwise;
}

static struct calls_limits limits(const haetae_config *config, const char *count,
                                  const char *length)
{
    int64_t kept = number(config, "OTEL_ATTRIBUTE_COUNT_LIMIT", 128);
    int64_t cut = number(config, "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", -1);

    kept = number(config, count, kept);
    cut = number(config, length, cut);
    return (struct calls_limits){(size_t)kept, cut < 0 ? SIZE_MAX : (size_t)cut};
}

/* Whether the exporter gets a signal. */
static bool is_on(const haetae_config *config, const char *key)
{
    haetae_string item;

    return haetae_config_get_item(config, key, 0, &item) != HAETAE_OK ||
           (item.length == 4 && memcmp(item.data, "fuzz", 4) == 0);
}

static void read_back(struct calls_sdk *sdk, const haetae_config *config)
{
    static const char span_length[] = "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT";
    int minimum = (int)number(config, "HAETAE_LOGS_MIN_SEVERITY", 0);

    sdk->span_limits = limits(config, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", span_length);
    sdk->event_limits = limits(config, "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", span_length);
    sdk->link_limits = limits(config, "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", span_length);
    sdk->log_limits = limits(config, "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
                             "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT");
    sdk->event_max = (size_t)number(config, "OTEL_SPAN_EVENT_COUNT_LIMIT", 128);
    sdk->link_max = (size_t)number(config, "OTEL_SPAN_LINK_COUNT_LIMIT", 128);
    sdk->sampler = (int)number(config, "OTEL_TRACES_SAMPLER", 0);
    sdk->is_on[HAETAE_SIGNAL_TRACES] = is_on(config, "OTEL_TRACES_EXPORTER");
    sdk->is_on[HAETAE_SIGNAL_METRICS] = is_on(config, "OTEL_METRICS_EXPORTER");
    sdk->is_on[HAETAE_SIGNAL_LOGS] = is_on(config, "OTEL_LOGS_EXPORTER");
    for (int i = 0; i < CALLS_SCOPES; i++) {
        sdk->min_severity[i] = minimum;
    }
}

static haetae_config *new_config(struct calls_sdk *sdk)
{
    haetae_config *config = NULL;

    FUZZ_CHECK(haetae_config_new(&config) == HAETAE_OK, "no configuration");
    haetae_config_set_diagnostics(config, NULL, NULL);
    FUZZ_CHECK(haetae_config_set(config, "HAETAE_WORKER", "manual") == HAETAE_OK &&
                   haetae_config_set(config, "HAETAE_CLOCK", "system") == HAETAE_OK &&
                   haetae_config_set(config, "HAETAE_RECORDER_BYTES", "2m") == HAETAE_OK &&
                   haetae_config_add_exporter(config, calls_exporter(sdk)) == HAETAE_OK,
               "%s", haetae_config_error(config));
    return config;
}

void calls_start(struct calls *calls, struct calls_sdk *sdk)
{
    haetae_config *config = new_config(sdk);
    haetae_status status;

    *sdk = (struct calls_sdk){.started = true};
    for (unsigned count = fuzz_below(&calls->input, 8); count > 0; count--) {
        set_any(calls, config);
    }
    status = haetae_sdk_start(config, &sdk->sdk);
    if (status != HAETAE_OK) {
        FUZZ_CHECK(status == HAETAE_EVALUE && haetae_config_error(config)[0] != '\0', "%s",
                   haetae_status_name(status));
        haetae_config_free(config);
        config = new_config(sdk);
        FUZZ_CHECK(haetae_sdk_start(config, &sdk->sdk) == HAETAE_OK, "%s",
                   haetae_config_error(config));
    }
    read_back(sdk, config);
    haetae_config_free(config);
}
