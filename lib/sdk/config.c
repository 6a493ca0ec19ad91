/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/config_set.h"

#include "base/alloc.h"
#include "base/cancel.h"
#include "base/diagnostics.h"
#include "base/trim.h"
#include "pipeline/exporter.h"
#include "sdk/components.h"
#include "sdk/config_error.h"
#include "sdk/config_named.h"
#include "sdk/config_read.h"

haetae_status haetae_config_new(haetae_config **ret_config)
{
    haetae_config *config;

    if (ret_config == NULL) {
        return HAETAE_EINVAL;
    }
    config = hae_calloc(1, sizeof *config);
    if (config == NULL) {
        return HAETAE_ENOMEM;
    }
    config->diagnostics = hae_diagnostics_to_stderr;
    *ret_config = config;
    return HAETAE_OK;
}

void haetae_config_free(haetae_config *config)
{
    HAE_HOLD_CANCELLATION();
    if (config == NULL) {
        return;
    }
    for (size_t i = 0; i < config->exporter_count; i++) {
        haetae_exporter_free(config->exporters[i]);
    }
    for (size_t i = 0; i < HAE_CONFIG_KEYS_MAX; i++) {
        for (int source = 0; source < HAE_CONFIG_SOURCE_COUNT; source++) {
            hae_config_forget(&config->settings[i][source]);
        }
    }
    hae_config_named_done(config);
    hae_components_done(config);
    hae_free(config->file_loaded);
    hae_resource_done(&config->resource);
    for (size_t i = 0; i < config->detector_count; i++) {
        hae_own_detector_unref(config->detectors[i]);
    }
    hae_free(config);
}

/* ---- Setting ------------------------------------------------------------ */

static haetae_status set(haetae_config *config, enum hae_config_source source, const char *key,
                         const char *value)
{
    size_t found;

    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    hae_config_error_start(config);
    if (key == NULL) {
        hae_config_error_add(config, "the key is NULL");
        return HAETAE_EINVAL;
    }
    found = hae_config_find(key);
    if (found == HAE_CONFIG_NO_KEY) {
        return hae_config_put_named(config, &config->errors, key, source, value);
    }
    return hae_config_put_value(config, &config->errors, found, source, value);
}

haetae_status haetae_config_set(haetae_config *config, const char *key, const char *value)
{
    return set(config, HAE_CONFIG_CODE, key, value);
}

haetae_status haetae_config_set_default(haetae_config *config, const char *key, const char *value)
{
    return set(config, HAE_CONFIG_FALLBACK, key, value);
}

haetae_status haetae_config_set_from_file(haetae_config *config, const char *key, const char *value)
{
    return set(config, HAE_CONFIG_FILE, key, value);
}

/* ---- What is added ------------------------------------------------------ */

haetae_status haetae_config_add_exporter(haetae_config *config, haetae_exporter *exporter)
{
    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    hae_config_error_start(config);
    if (exporter == NULL) {
        hae_config_error_add(config, "the exporter is NULL");
        return HAETAE_EINVAL;
    }
    if (exporter->is_backup) {
        hae_config_error_add(config, "the exporter is the backup of another one");
        return HAETAE_EINVAL;
    }
    for (size_t i = 0; i < config->exporter_count; i++) {
        if (config->exporters[i] == exporter) {
            hae_config_error_add(config, "the exporter was added before");
            return HAETAE_EINVAL;
        }
    }
    if (config->exporter_count == HAE_CONFIG_EXPORTERS_MAX) {
        hae_config_error_add(config, "no more than %d exporters can be added",
                             HAE_CONFIG_EXPORTERS_MAX);
        return HAETAE_ELIMIT;
    }
    exporter->is_added = true;
    config->exporters[config->exporter_count++] = exporter;
    config->exporters_gone = false;
    return HAETAE_OK;
}

haetae_status haetae_config_set_diagnostics(haetae_config *config, haetae_diagnostics callback,
                                            void *user)
{
    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    config->diagnostics = callback;
    config->diagnostics_user = user;
    return HAETAE_OK;
}

haetae_status haetae_config_set_worker_start(haetae_config *config, void (*callback)(void *user),
                                             void *user)
{
    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    config->worker_start = callback;
    config->worker_start_user = user;
    return HAETAE_OK;
}
