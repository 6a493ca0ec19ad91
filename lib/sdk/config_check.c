/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/config_check.h"

#include "base/printable.h"
#include "sdk/config_error.h"
#include "sdk/config_read.h"

/* ---- Exporters ---------------------------------------------------------- */

static const enum hae_config_key exporter_keys[HAETAE_SIGNAL_COUNT] = {
    [HAETAE_SIGNAL_TRACES] = HAE_KEY_OTEL_TRACES_EXPORTER,
    [HAETAE_SIGNAL_METRICS] = HAE_KEY_OTEL_METRICS_EXPORTER,
    [HAETAE_SIGNAL_LOGS] = HAE_KEY_OTEL_LOGS_EXPORTER,
};

/* The exporters of this name, as bits. */
static uint32_t named_exporters(const haetae_config *config, haetae_string name)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < config->exporter_count; i++) {
        const char *own = haetae_exporter_name(config->exporters[i]);

        if (hae_config_same_name(name, haetae_string_of(own))) {
            bits |= UINT32_C(1) << i;
        }
    }
    return bits;
}

size_t hae_config_exporter_key(haetae_signal signal)
{
    return exporter_keys[signal];
}

bool hae_config_has_exporter(const haetae_config *config, haetae_string name)
{
    return named_exporters(config, name) != 0;
}

uint32_t hae_config_exporters(const haetae_config *config, haetae_signal signal)
{
    const char *list = hae_config_text(config, exporter_keys[signal]);
    haetae_string name;
    uint32_t bits = 0;

    if (config == NULL) {
        return 0;
    }
    if (list[0] == '\0') {
        return (UINT32_C(1) << config->exporter_count) - 1;
    }
    while (hae_config_next_name(&list, &name)) {
        bits |= named_exporters(config, name);
    }
    return bits;
}

/* ---- Contradictions ----------------------------------------------------- */

static haetae_status check_exporters(haetae_config *config, size_t key)
{
    enum { SHOWN_BYTES = 64 };
    const char *list = hae_config_text(config, key);
    haetae_status status = HAETAE_OK;
    haetae_string name;

    while (hae_config_next_name(&list, &name)) {
        char shown[SHOWN_BYTES];

        if (hae_config_same_name(name, haetae_string_of("none")) ||
            named_exporters(config, name) != 0) {
            continue;
        }
        hae_escape(shown, sizeof shown, name.data, name.length);
        hae_config_error_add(config, "%s: no exporter named \"%s\" was added",
                             hae_config_def(key)->name, shown);
        status = HAETAE_EVALUE;
    }
    return status;
}

static haetae_status check_order(haetae_config *config, size_t lesser, size_t greater)
{
    if (!hae_config_is_set(config, lesser) || !hae_config_is_set(config, greater) ||
        hae_config_int(config, lesser) <= hae_config_int(config, greater)) {
        return HAETAE_OK;
    }
    hae_config_error_add(config, "%s=\"%s\": expected no more than %s, which is \"%s\"",
                         hae_config_def(lesser)->name, hae_config_text(config, lesser),
                         hae_config_def(greater)->name, hae_config_text(config, greater));
    return HAETAE_EVALUE;
}

haetae_status hae_config_check(haetae_config *config)
{
    static const enum hae_config_key ordered[][2] = {
        {HAE_KEY_OTEL_BSP_MAX_EXPORT_BATCH_SIZE, HAE_KEY_OTEL_BSP_MAX_QUEUE_SIZE},
        {HAE_KEY_OTEL_BLRP_MAX_EXPORT_BATCH_SIZE, HAE_KEY_OTEL_BLRP_MAX_QUEUE_SIZE},
        {HAE_KEY_HAETAE_MAX_REQUEST_BYTES, HAE_KEY_HAETAE_QUEUE_BYTES},
        {HAE_KEY_HAETAE_RETRY_INITIAL_MS, HAE_KEY_HAETAE_RETRY_MAX_MS},
    };
    haetae_status worst = HAETAE_OK;

    hae_config_error_start(config);
    for (size_t i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
        if (check_exporters(config, exporter_keys[i]) != HAETAE_OK) {
            worst = HAETAE_EVALUE;
        }
    }
    for (size_t i = 0; i < sizeof ordered / sizeof ordered[0]; i++) {
        if (check_order(config, ordered[i][0], ordered[i][1]) != HAETAE_OK) {
            worst = HAETAE_EVALUE;
        }
    }
    return worst;
}
