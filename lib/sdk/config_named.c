/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/config_named.h"

#include "base/alloc.h"
#include "base/printable.h"
#include "sdk/config_error.h"
#include "sdk/config_set.h"

/* The same, made if there are none. Errors: HAETAE_ELIMIT, HAETAE_ENOMEM; `text` has a line more.
 */
static haetae_status make_named(haetae_config *config, struct hae_config_text *text,
                                const char *suffix, struct hae_config_named **ret_named)
{
    struct hae_config_named *named = hae_config_find_named(config, suffix);

    if (named == NULL && config->named_count == HAE_CONFIG_LABELS_MAX) {
        hae_config_text_add(text, "%s: no more than %d exporters can have settings of their own",
                            suffix, HAE_CONFIG_LABELS_MAX);
        return HAETAE_ELIMIT;
    }
    if (named == NULL) {
        named = hae_calloc(1, sizeof *named);
        if (named == NULL) {
            hae_config_text_add(text, "%s: out of memory", suffix);
            return HAETAE_ENOMEM;
        }
        memcpy(named->suffix, suffix, strlen(suffix) + 1);
        config->named[config->named_count++] = named;
    }
    *ret_named = named;
    return HAETAE_OK;
}

haetae_status hae_config_put_named(haetae_config *config, struct hae_config_text *text,
                                   const char *name, enum hae_config_source source,
                                   const char *value)
{
    struct hae_config_named *named;
    struct hae_config_place place;
    haetae_status status;

    if (!hae_config_split(name, &place.key, &place.suffix)) {
        hae_config_text_unknown(text, name);
        return HAETAE_EKEY;
    }
    status = make_named(config, text, place.suffix, &named);
    if (status != HAETAE_OK) {
        return status;
    }
    place.setting = &named->settings[place.key][source];
    return hae_config_put(config, text, &place, value);
}

static char suffix_letter(char c)
{
    if (c >= 'a' && c <= 'z') {
        return (char)(c - 'a' + 'A');
    }
    return c == '-' || c == '.' || c == '/' ? '_' : c;
}

haetae_status hae_config_use_label(haetae_config *config, haetae_string label)
{
    char suffix[HAE_LABEL_BYTES];
    char shown[HAE_LABEL_BYTES + 16];
    struct hae_config_named *named;

    hae_config_leave_label(config);
    if (label.length == 0) {
        return HAETAE_OK;
    }
    if (label.length >= sizeof suffix) {
        hae_escape(shown, sizeof shown, label.data, label.length);
        hae_config_error_add(config, "%s: a label of an exporter has at most %d letters", shown,
                             HAE_LABEL_BYTES - 1);
        return HAETAE_EVALUE;
    }
    for (size_t i = 0; i < label.length; i++) {
        suffix[i] = suffix_letter(label.data[i]);
    }
    suffix[label.length] = '\0';
    named = hae_config_find_named(config, suffix);
    if (named != NULL) {
        named->used = true;
    }
    config->is_labelled = true;
    config->current = named;
    return HAETAE_OK;
}

void hae_config_leave_label(haetae_config *config)
{
    config->is_labelled = false;
    config->current = NULL;
}

void hae_config_forget_used_labels(haetae_config *config)
{
    for (size_t i = 0; i < config->named_count; i++) {
        config->named[i]->used = false;
    }
}

static bool says_anything(const struct hae_config_named *named)
{
    for (size_t key = 0; key < HAE_CONFIG_KEYS_MAX; key++) {
        for (int source = 0; source < HAE_CONFIG_SOURCE_COUNT; source++) {
            const struct hae_config_setting *setting = &named->settings[key][source];

            if (setting->refused != NULL || setting->value.text != NULL) {
                return true;
            }
        }
    }
    return false;
}

void hae_config_warn_of_labels(haetae_config *config)
{
    for (size_t i = 0; i < config->named_count; i++) {
        struct hae_config_named *named = config->named[i];

        if (!named->used && says_anything(named)) {
            hae_config_warn(config,
                            "the settings that end with __%s are ignored: no exporter of "
                            "this label is named",
                            named->suffix);
        }
    }
}

void hae_config_named_done(haetae_config *config)
{
    for (size_t i = 0; i < config->named_count; i++) {
        for (size_t key = 0; key < HAE_CONFIG_KEYS_MAX; key++) {
            for (int source = 0; source < HAE_CONFIG_SOURCE_COUNT; source++) {
                hae_config_forget(&config->named[i]->settings[key][source]);
            }
        }
        hae_free(config->named[i]);
    }
    config->named_count = 0;
    hae_config_leave_label(config);
}
