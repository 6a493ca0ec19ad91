/* SPDX-License-Identifier: Apache-2.0 */
#include "haetae/config.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/diagnostics.h"
#include "sdk/config_error.h"

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

static void forget(struct hae_config_value *value)
{
    hae_free((void *)value->text);
    value->text = NULL;
}

void haetae_config_free(haetae_config *config)
{
    if (config == NULL) {
        return;
    }
    for (size_t i = 0; i < config->exporter_count; i++) {
        haetae_exporter_free(config->exporters[i]);
    }
    for (size_t i = 0; i < HAE_CONFIG_KEYS_MAX; i++) {
        forget(&config->slots[i].code);
        forget(&config->slots[i].env);
    }
    hae_resource_done(&config->resource);
    hae_free(config);
}

/* ---- Setting ------------------------------------------------------------ */

/* Checks, parses and keeps a value, in one of the key's two slots. On failure the slot
 * keeps what it had, and the error text has one line more. */
static haetae_status put_value(haetae_config *config, size_t key, struct hae_config_value *slot,
                               const char *value)
{
    size_t length = strnlen(value, HAE_CONFIG_VALUE_MAX + 1);
    char fault[HAE_CONFIG_FAULT_BYTES];
    struct hae_config_value parsed;
    char *buffer;

    if (length > HAE_CONFIG_VALUE_MAX) {
        hae_config_error_value(config, key, value, "this is too long");
        return HAETAE_EVALUE;
    }
    buffer = hae_malloc(length + HAE_CONFIG_VALUE_EXTRA);
    if (buffer == NULL) {
        hae_config_error_add(config, "%s: out of memory", hae_config_def(key)->name);
        return HAETAE_ENOMEM;
    }
    if (!hae_config_parse(hae_config_def(key), value, buffer, fault, &parsed)) {
        hae_config_error_value(config, key, value, fault);
        hae_free(buffer);
        return HAETAE_EVALUE;
    }
    forget(slot);
    *slot = parsed;
    return HAETAE_OK;
}

haetae_status haetae_config_set(haetae_config *config, const char *key, const char *value)
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
        hae_config_error_unknown(config, key);
        return HAETAE_EKEY;
    }
    if (value == NULL || *value == '\0') {
        forget(&config->slots[found].code);
        return HAETAE_OK;
    }
    return put_value(config, found, &config->slots[found].code, value);
}

/* ---- The environment ---------------------------------------------------- */

/* Reports variables with our prefix that no key has: most likely they are misspelt. */
static haetae_status report_unknown(haetae_config *config)
{
    enum { NAME_BYTES = 256 };
    static const char prefix[] = "HAETAE_";
    haetae_status status = HAETAE_OK;

    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        char name[NAME_BYTES];
        size_t length = strcspn(*variable, "=");

        if (strncmp(*variable, prefix, sizeof prefix - 1) != 0) {
            continue;
        }
        length = length < sizeof name ? length : sizeof name - 1;
        memcpy(name, *variable, length);
        name[length] = '\0';
        if (hae_config_find(name) == HAE_CONFIG_NO_KEY) {
            hae_config_error_unknown(config, name);
            status = HAETAE_EKEY;
        }
    }
    return status;
}

static haetae_status load_variable(haetae_config *config, size_t key)
{
    const char *value = getenv(hae_config_def(key)->name);
    struct hae_config_value *slot = &config->slots[key].env;

    forget(slot);
    return value != NULL && *value != '\0' ? put_value(config, key, slot, value) : HAETAE_OK;
}

haetae_status haetae_config_load_env(haetae_config *config)
{
    haetae_status worst = HAETAE_OK;

    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    hae_config_error_start(config);
    /* In the order of the names, which is the order of the errors. */
    for (size_t key = hae_config_next_key(""); key != HAE_CONFIG_NO_KEY;
         key = hae_config_next_key(hae_config_def(key)->name)) {
        haetae_status status = load_variable(config, key);

        if (status == HAETAE_ENOMEM) {
            return status;
        }
        worst = status != HAETAE_OK ? status : worst;
    }
    if (report_unknown(config) != HAETAE_OK && worst == HAETAE_OK) {
        worst = HAETAE_EKEY;
    }
    return worst;
}

/* ---- What is added ------------------------------------------------------ */

haetae_status haetae_config_add_resource_attribute(haetae_config *config,
                                                   const haetae_attribute *attribute)
{
    haetae_status status;

    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    hae_config_error_start(config);
    if (attribute == NULL) {
        hae_config_error_add(config, "the resource attribute is NULL");
        return HAETAE_EINVAL;
    }
    status = hae_resource_put(&config->resource, attribute);
    if (status != HAETAE_OK) {
        hae_config_error_add(config, "resource attribute: %s",
                             status == HAETAE_ENOMEM ? "out of memory"
                                                     : "an empty key or an invalid length");
    }
    return status;
}

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
    config->exporters[config->exporter_count++] = exporter;
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
