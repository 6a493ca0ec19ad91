/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/config_label.h"

#include "sdk/config_registry.h"

static const char separator[] = "__";

/* ---- Names of keys ------------------------------------------------------ */

static bool is_of_exporters(size_t key)
{
    return key >= HAE_CONFIG_CORE_COUNT || key == HAE_KEY_HAETAE_EXPORTER_SCOPES ||
           key == HAE_KEY_OTEL_EXPORTER_OTLP_PROTOCOL ||
           key == HAE_KEY_OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ||
           key == HAE_KEY_OTEL_EXPORTER_OTLP_METRICS_PROTOCOL ||
           key == HAE_KEY_OTEL_EXPORTER_OTLP_LOGS_PROTOCOL;
}

static bool is_suffix(const char *text)
{
    size_t length = strnlen(text, HAE_LABEL_BYTES);

    return length != 0 && length < HAE_LABEL_BYTES &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == length;
}

bool hae_config_split(const char *name, size_t *ret_key, const char **ret_suffix)
{
    const char *at = strstr(name, separator);
    char first[HAE_CONFIG_NAME_BYTES];
    size_t key;

    if (at == NULL || (size_t)(at - name) >= sizeof first ||
        !is_suffix(at + sizeof separator - 1)) {
        return false;
    }
    memcpy(first, name, (size_t)(at - name));
    first[at - name] = '\0';
    key = hae_config_find(first);
    if (key == HAE_CONFIG_NO_KEY || !is_of_exporters(key)) {
        return false;
    }
    *ret_key = key;
    *ret_suffix = at + sizeof separator - 1;
    return true;
}

/* ---- Labels ------------------------------------------------------------- */

void hae_config_split_exporter(haetae_string name, haetae_string *ret_name,
                               haetae_string *ret_label)
{
    const char *slash = memchr(name.data, '/', name.length);
    size_t length = slash != NULL ? (size_t)(slash - name.data) : name.length;

    *ret_name = (haetae_string){name.data, length};
    *ret_label = slash != NULL ? (haetae_string){slash + 1, name.length - length - 1}
                               : (haetae_string){"", 0};
}

struct hae_config_named *hae_config_find_named(const haetae_config *config, const char *suffix)
{
    for (size_t i = 0; i < config->named_count; i++) {
        if (strcmp(config->named[i]->suffix, suffix) == 0) {
            return config->named[i];
        }
    }
    return NULL;
}
