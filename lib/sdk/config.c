/* SPDX-License-Identifier: Apache-2.0 */
#include "haetae/config.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cancel.h"
#include "base/diagnostics.h"
#include "base/privilege.h"
#include "base/trim.h"
#include "sdk/components.h"
#include "sdk/config_error.h"
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

static void forget(struct hae_config_setting *setting)
{
    hae_free((void *)setting->value.text);
    hae_free(setting->refused);
    setting->value.text = NULL;
    setting->refused = NULL;
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
            forget(&config->settings[i][source]);
        }
    }
    hae_components_done(config);
    hae_resource_done(&config->resource);
    for (size_t i = 0; i < config->detector_count; i++) {
        hae_own_detector_unref(config->detectors[i]);
    }
    hae_free(config);
}

/* ---- Setting ------------------------------------------------------------ */

/* Parses a value into memory of its own. On failure `text` has one line more, and an error about
 * lack of memory is one of the configuration's. */
static haetae_status parse(haetae_config *config, struct hae_config_text *text, size_t key,
                           const char *value, struct hae_config_value *ret_value)
{
    const haetae_config_key *def = hae_config_def(key);
    size_t length = strnlen(value, HAE_CONFIG_VALUE_MAX + 1);
    char fault[HAE_CONFIG_FAULT_BYTES];
    char *buffer;

    if (length > HAE_CONFIG_VALUE_MAX) {
        hae_config_text_value(text, key, value, "this is too long");
        return HAETAE_EVALUE;
    }
    buffer = hae_malloc(hae_config_room(def, length));
    if (buffer == NULL) {
        hae_config_error_add(config, "%s: out of memory", def->name);
        return HAETAE_ENOMEM;
    }
    if (!hae_config_parse(def, value, buffer, fault, ret_value)) {
        hae_config_text_value(text, key, value, fault);
        hae_free(buffer);
        return HAETAE_EVALUE;
    }
    return HAETAE_OK;
}

/* Remembers a value that cannot be used, where it matters. */
static haetae_status refuse(haetae_config *config, struct hae_config_setting *setting, size_t key,
                            const char *value)
{
    size_t length = strnlen(value, HAE_CONFIG_VALUE_MAX + 1);
    char *refused;

    if (!hae_config_is_vital(key)) {
        return HAETAE_EVALUE;
    }
    refused = hae_malloc(length + 1);
    if (refused == NULL) {
        hae_config_error_add(config, "%s: out of memory", hae_config_def(key)->name);
        return HAETAE_ENOMEM;
    }
    memcpy(refused, value, length);
    refused[length] = '\0';
    hae_free(setting->refused);
    setting->refused = refused;
    return HAETAE_EVALUE;
}

static bool is_blank(const char *value)
{
    return value == NULL || hae_trimmed(haetae_string_of(value)).length == 0;
}

/* Keeps a value of one source. On failure the source keeps what it had, and `text` has one line
 * more. */
static haetae_status put_value(haetae_config *config, struct hae_config_text *text, size_t key,
                               enum hae_config_source source, const char *value)
{
    struct hae_config_setting *setting = &config->settings[key][source];
    struct hae_config_value parsed;
    haetae_status status;

    if (is_blank(value)) {
        forget(setting);
        return HAETAE_OK;
    }
    status = parse(config, text, key, value, &parsed);
    if (status == HAETAE_EVALUE) {
        status = refuse(config, setting, key, value);
    } else if (status == HAETAE_OK) {
        forget(setting);
        setting->value = parsed;
    }
    return status;
}

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
        hae_config_text_unknown(&config->errors, key);
        return HAETAE_EKEY;
    }
    return put_value(config, &config->errors, found, source, value);
}

haetae_status haetae_config_set(haetae_config *config, const char *key, const char *value)
{
    return set(config, HAE_CONFIG_CODE, key, value);
}

haetae_status haetae_config_set_default(haetae_config *config, const char *key, const char *value)
{
    return set(config, HAE_CONFIG_FALLBACK, key, value);
}

/* ---- The environment ---------------------------------------------------- */

/* Warns of variables with our prefix that no key has: most likely they are misspelt. */
static void warn_of_unknown(haetae_config *config)
{
    enum { NAME_BYTES = 256 };
    static const char prefix[] = "HAETAE_";

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
            hae_config_text_unknown(&config->warnings, name);
        }
    }
}

static haetae_status load_variable(haetae_config *config, size_t key)
{
    forget(&config->settings[key][HAE_CONFIG_ENV]);
    return put_value(config, &config->warnings, key, HAE_CONFIG_ENV,
                     getenv(hae_config_def(key)->name));
}

haetae_status haetae_config_trust_env(haetae_config *config)
{
    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    config->env_trusted = true;
    return HAETAE_OK;
}

haetae_status haetae_config_load_env(haetae_config *config)
{
    HAE_HOLD_CANCELLATION();

    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    hae_config_error_start(config);
    hae_config_forget_warnings(config);
    if (hae_has_more_rights() && !config->env_trusted) {
        hae_config_warn(config,
                        "the environment was not read, as this program has more rights than "
                        "the user who started it");
        return HAETAE_OK;
    }
    /* In the order of the names, which is the order of the warnings. */
    for (size_t key = hae_config_next_key(""); key != HAE_CONFIG_NO_KEY;
         key = hae_config_next_key(hae_config_def(key)->name)) {
        if (load_variable(config, key) == HAETAE_ENOMEM) {
            return HAETAE_ENOMEM;
        }
    }
    warn_of_unknown(config);
    return HAETAE_OK;
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
