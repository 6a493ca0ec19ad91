/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/config_check.h"

#include "base/printable.h"
#include "pipeline/route.h"
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
        if (hae_config_same_name(name, haetae_string_of(config->exporters[i]->title))) {
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

static bool is_none(haetae_string name)
{
    return hae_config_same_name(name, haetae_string_of("none"));
}

/* Whether a list has a name that counts. Specification: "Enum": others are ignored. */
static bool names_any(const haetae_config *config, const char *list)
{
    haetae_string name;

    while (hae_config_next_name(&list, &name)) {
        if (is_none(name) || named_exporters(config, name) != 0) {
            return true;
        }
    }
    return false;
}

uint32_t hae_config_exporters(const haetae_config *config, haetae_signal signal)
{
    const char *list = hae_config_text(config, exporter_keys[signal]);
    haetae_string name;
    uint32_t bits = 0;

    if (config == NULL) {
        return 0;
    }
    if (!names_any(config, list)) {
        return (UINT32_C(1) << config->exporter_count) - 1;
    }
    while (hae_config_next_name(&list, &name)) {
        bits |= named_exporters(config, name);
    }
    return bits;
}

void hae_config_warn_of_exporters(haetae_config *config)
{
    enum { SHOWN_BYTES = 64 };

    for (size_t i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
        const char *list = hae_config_text(config, exporter_keys[i]);
        haetae_string name;

        while (hae_config_next_name(&list, &name)) {
            char shown[SHOWN_BYTES];

            if (!is_none(name) && named_exporters(config, name) == 0) {
                hae_escape(shown, sizeof shown, name.data, name.length);
                hae_config_warn(config, "%s: no exporter named \"%s\" was added; it is ignored",
                                hae_config_def(exporter_keys[i])->name, shown);
            }
        }
    }
}

haetae_status hae_config_check_owner(haetae_config *config)
{
    if (!config->exporters_gone) {
        return HAETAE_OK;
    }
    hae_config_error_add(config, "the exporters that were added belong to the SDK that was started "
                                 "with this configuration: add others for another SDK");
    return HAETAE_EINVAL;
}

/* ---- Values that cannot be used ----------------------------------------- */

haetae_status hae_config_require(haetae_config *config, size_t key)
{
    const char *refused = hae_config_refused(config, key);

    if (refused == NULL) {
        return HAETAE_OK;
    }
    hae_config_text_value(&config->errors, key, hae_config_suffix(config, key), refused,
                          strlen(refused) > HAE_CONFIG_VALUE_MAX ? "this is too long" : "");
    return HAETAE_EVALUE;
}

haetae_status haetae_config_require(haetae_config *config, const char *key)
{
    size_t found;

    if (key == NULL) {
        return HAETAE_EINVAL;
    }
    found = hae_config_find(key);
    if (found == HAE_CONFIG_NO_KEY) {
        return HAETAE_EKEY;
    }
    return config != NULL ? hae_config_require(config, found) : HAETAE_OK;
}

/* ---- Contradictions ----------------------------------------------------- */

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

static haetae_status check_exporter_count(haetae_config *config)
{
    size_t count = 0;

    for (size_t i = 0; i < config->exporter_count; i++) {
        for (const haetae_exporter *e = config->exporters[i]; e != NULL; e = e->backup) {
            count++;
        }
    }
    if (count > HAE_EXPORTERS_MAX) {
        hae_config_error_add(config, "%zu exporters, their backups included: no more than %d",
                             count, HAE_EXPORTERS_MAX);
        return HAETAE_ELIMIT;
    }
    return HAETAE_OK;
}

haetae_status hae_config_check(haetae_config *config)
{
    static const enum hae_config_key ordered[][2] = {
        {HAE_KEY_OTEL_BSP_MAX_EXPORT_BATCH_SIZE, HAE_KEY_OTEL_BSP_MAX_QUEUE_SIZE},
        {HAE_KEY_OTEL_BLRP_MAX_EXPORT_BATCH_SIZE, HAE_KEY_OTEL_BLRP_MAX_QUEUE_SIZE},
        {HAE_KEY_HAETAE_MAX_REQUEST_BYTES, HAE_KEY_HAETAE_QUEUE_BYTES},
        {HAE_KEY_HAETAE_RETRY_INITIAL_MS, HAE_KEY_HAETAE_RETRY_MAX_MS},
    };
    static const enum hae_config_key required[] = {
        HAE_KEY_HAETAE_HOST_ROOT, HAE_KEY_HAETAE_RECORDER_DIR, HAE_KEY_HAETAE_SPOOL_DIR};
    haetae_status worst = HAETAE_OK;

    if (config->file_failed) {
        hae_config_error_add(config,
                             "OTEL_CONFIG_FILE=\"%.256s\": this file could not be used, and "
                             "nothing takes its place",
                             hae_config_text(config, HAE_KEY_OTEL_CONFIG_FILE));
        return HAETAE_EVALUE;
    }
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++) {
        if (hae_config_require(config, required[i]) != HAETAE_OK) {
            worst = HAETAE_EVALUE;
        }
    }
    for (size_t i = 0; i < sizeof ordered / sizeof ordered[0]; i++) {
        if (check_order(config, ordered[i][0], ordered[i][1]) != HAETAE_OK) {
            worst = HAETAE_EVALUE;
        }
    }
    return worst == HAETAE_OK ? check_exporter_count(config) : worst;
}
