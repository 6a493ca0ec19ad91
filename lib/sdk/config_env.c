/* SPDX-License-Identifier: Apache-2.0 */
/* The environment, and the configuration file that it may name. */
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cancel.h"
#include "base/privilege.h"
#include "base/trim.h"
#include "sdk/config_check.h"
#include "sdk/config_error.h"
#include "sdk/config_named.h"
#include "sdk/config_read.h"
#include "sdk/config_set.h"
#include "sdk/readers.h"

typedef haetae_status (*hae_config_reader)(haetae_config *config, const char *path);

/* Reads a variable of single exporters, and warns of others with our prefix that no key has: most
 * likely they are misspelt. */
static haetae_status visit_variable(haetae_config *config, const char *name, const char *value)
{
    static const char prefix[] = "HAETAE_";
    const char *suffix;
    size_t key;

    if (hae_config_split(name, &key, &suffix)) {
        return hae_config_put_named(config, &config->warnings, name, HAE_CONFIG_ENV, value);
    }
    if (strncmp(name, prefix, sizeof prefix - 1) == 0 &&
        hae_config_find(name) == HAE_CONFIG_NO_KEY) {
        hae_config_text_unknown(&config->warnings, name);
    }
    return HAETAE_OK;
}

/* Visits all variables; a name that is too long for any key is cut. */
static haetae_status visit_environment(haetae_config *config)
{
    enum { NAME_BYTES = 256 };

    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        char name[NAME_BYTES];
        size_t length = strcspn(*variable, "=");
        const char *value = *variable + length + ((*variable)[length] == '=');

        length = length < sizeof name ? length : sizeof name - 1;
        memcpy(name, *variable, length);
        name[length] = '\0';
        if (visit_variable(config, name, value) == HAETAE_ENOMEM) {
            return HAETAE_ENOMEM;
        }
    }
    return HAETAE_OK;
}

static haetae_status load_variable(haetae_config *config, size_t key)
{
    return hae_config_put_value(config, &config->warnings, key, HAE_CONFIG_ENV,
                                getenv(hae_config_def(key)->name));
}

/* ---- A configuration file -------------------------------------------------------------------- */

static _Atomic(hae_config_reader) file_reader;

haetae_status haetae_config_register_file_reader(haetae_status (*load)(haetae_config *config,
                                                                       const char *path))
{
    hae_config_reader before = NULL;

    if (load == NULL) {
        return HAETAE_EINVAL;
    }
    /* Relaxed: the reader is code, which is there from the start. */
    if (!atomic_compare_exchange_strong_explicit(&file_reader, &before, load, memory_order_relaxed,
                                                 memory_order_relaxed) &&
        before != load) {
        return HAETAE_ECONFLICT;
    }
    return HAETAE_OK;
}

static bool has_text(const char *value)
{
    return value != NULL && hae_trimmed(haetae_string_of(value)).length != 0;
}

/* Forgets what an earlier call has read of the environment. */
static void forget_env(haetae_config *config)
{
    for (size_t key = 0; key < hae_config_key_count(); key++) {
        hae_config_forget(&config->settings[key][HAE_CONFIG_ENV]);
        for (size_t i = 0; i < config->named_count; i++) {
            hae_config_forget(&config->named[i]->settings[key][HAE_CONFIG_ENV]);
        }
    }
}

static haetae_status read_file(haetae_config *config)
{
    /* Relaxed: see above. */
    hae_config_reader reader = atomic_load_explicit(&file_reader, memory_order_relaxed);
    const char *path = hae_config_text(config, HAE_KEY_OTEL_CONFIG_FILE);

    if (reader == NULL) {
        hae_config_error_add(config,
                             "OTEL_CONFIG_FILE=\"%.256s\": no reader of such files is linked; it "
                             "is in haetae-config-file: link that, and call "
                             "haetae_config_file_register()",
                             path);
        return HAETAE_EUNSUPPORTED;
    }
    return reader(config, path);
}

/* A file adds to a configuration what cannot be taken away again, but for exporters and views: it
 * is loaded once. */
static haetae_status check_loaded(haetae_config *config)
{
    const char *path = hae_config_text(config, HAE_KEY_OTEL_CONFIG_FILE);

    if (strcmp(path, config->file_loaded) == 0) {
        return HAETAE_OK;
    }
    hae_config_error_add(config,
                         "OTEL_CONFIG_FILE=\"%.256s\": this configuration has loaded another "
                         "file already: make a new one",
                         path);
    return HAETAE_ECONFLICT;
}

static haetae_status load_once(haetae_config *config)
{
    size_t added_count = config->exporter_count;
    uint32_t view_count = config->parts.views.count;
    uint32_t reader_count = config->parts.reader_count;
    haetae_status status;

    if (config->file_loaded != NULL) {
        return check_loaded(config);
    }
    status = read_file(config);
    if (status == HAETAE_OK) {
        config->file_loaded = hae_strdup(hae_config_text(config, HAE_KEY_OTEL_CONFIG_FILE));
        status = config->file_loaded != NULL ? HAETAE_OK : HAETAE_ENOMEM;
    }
    while (status != HAETAE_OK && config->exporter_count > added_count) {
        haetae_exporter_free(config->exporters[--config->exporter_count]);
    }
    if (status != HAETAE_OK) {
        hae_views_cut(&config->parts.views, view_count);
        hae_config_readers_cut(config, reader_count);
    }
    return status;
}

/* Specification: "Declarative configuration": all other variables are ignored. */
static haetae_status load_file(haetae_config *config)
{
    haetae_status status;

    forget_env(config);
    status = load_variable(config, HAE_KEY_OTEL_CONFIG_FILE);
    if (status == HAETAE_EVALUE) {
        (void)hae_config_require(config, HAE_KEY_OTEL_CONFIG_FILE);
    } else if (status == HAETAE_OK) {
        status = load_once(config);
    }
    config->file_failed = status != HAETAE_OK;
    return status;
}

/* ---- Reading it --------------------------------------------------------------------------------
 */

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
    config->file_failed = false;
    if (has_text(getenv("OTEL_CONFIG_FILE"))) {
        return load_file(config);
    }
    forget_env(config);
    /* In the order of the names, which is the order of the warnings. */
    for (size_t key = hae_config_next_key(""); key != HAE_CONFIG_NO_KEY;
         key = hae_config_next_key(hae_config_def(key)->name)) {
        if (load_variable(config, key) == HAETAE_ENOMEM) {
            return HAETAE_ENOMEM;
        }
    }
    return visit_environment(config);
}
