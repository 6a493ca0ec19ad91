/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/config_set.h"

#include "base/alloc.h"
#include "base/trim.h"
#include "sdk/config_error.h"
#include "sdk/config_read.h"

void hae_config_forget(struct hae_config_setting *setting)
{
    hae_free((void *)setting->value.text);
    hae_free(setting->refused);
    setting->value.text = NULL;
    setting->refused = NULL;
}

/* Parses a value into memory of its own. On failure `text` has one line more, and an error about
 * lack of memory is one of the configuration's. */
static haetae_status parse(haetae_config *config, struct hae_config_text *text,
                           const struct hae_config_place *place, const char *value,
                           struct hae_config_value *ret_value)
{
    const haetae_config_key *def = hae_config_def(place->key);
    size_t length = strnlen(value, HAE_CONFIG_VALUE_MAX + 1);
    char fault[HAE_CONFIG_FAULT_BYTES];
    char *buffer;

    if (length > HAE_CONFIG_VALUE_MAX) {
        hae_config_text_value(text, place->key, place->suffix, value, "this is too long");
        return HAETAE_EVALUE;
    }
    buffer = hae_malloc(hae_config_room(def, length));
    if (buffer == NULL) {
        hae_config_error_add(config, "%s: out of memory", def->name);
        return HAETAE_ENOMEM;
    }
    if (!hae_config_parse(def, value, buffer, fault, ret_value)) {
        hae_config_text_value(text, place->key, place->suffix, value, fault);
        hae_free(buffer);
        return HAETAE_EVALUE;
    }
    return HAETAE_OK;
}

/* Remembers a value that cannot be used, where it matters. */
static haetae_status refuse(haetae_config *config, const struct hae_config_place *place,
                            const char *value)
{
    size_t length = strnlen(value, HAE_CONFIG_VALUE_MAX + 1);
    char *refused;

    if (!hae_config_is_vital(place->key)) {
        return HAETAE_EVALUE;
    }
    refused = hae_malloc(length + 1);
    if (refused == NULL) {
        hae_config_error_add(config, "%s: out of memory", hae_config_def(place->key)->name);
        return HAETAE_ENOMEM;
    }
    memcpy(refused, value, length);
    refused[length] = '\0';
    hae_free(place->setting->refused);
    place->setting->refused = refused;
    return HAETAE_EVALUE;
}

static bool is_blank(const char *value)
{
    return value == NULL || hae_trimmed(haetae_string_of(value)).length == 0;
}

haetae_status hae_config_put(haetae_config *config, struct hae_config_text *text,
                             const struct hae_config_place *place, const char *value)
{
    struct hae_config_value parsed;
    haetae_status status;

    if (is_blank(value)) {
        hae_config_forget(place->setting);
        return HAETAE_OK;
    }
    status = parse(config, text, place, value, &parsed);
    if (status == HAETAE_EVALUE) {
        status = refuse(config, place, value);
    } else if (status == HAETAE_OK) {
        hae_config_forget(place->setting);
        place->setting->value = parsed;
    }
    return status;
}

haetae_status hae_config_put_value(haetae_config *config, struct hae_config_text *text, size_t key,
                                   enum hae_config_source source, const char *value)
{
    struct hae_config_place place = {key, "", &config->settings[key][source]};

    return hae_config_put(config, text, &place, value);
}
