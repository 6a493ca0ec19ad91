/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/config_read.h"

#include "sdk/config_label.h"

/* ---- For the SDK -------------------------------------------------------- */

bool hae_config_is_vital(size_t key)
{
    const haetae_config_key *def = hae_config_def(key);

    return def->type == HAETAE_CONFIG_URL || def->type == HAETAE_CONFIG_PATH ||
           def->type == HAETAE_CONFIG_SECRET || key == HAE_KEY_OTEL_EXPORTER_OTLP_PROTOCOL ||
           key == HAE_KEY_OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ||
           key == HAE_KEY_OTEL_EXPORTER_OTLP_METRICS_PROTOCOL ||
           key == HAE_KEY_OTEL_EXPORTER_OTLP_LOGS_PROTOCOL;
}

/* The first of the sources from `first` to `last` that says something; NULL: none does. */
static const struct hae_config_setting *
first_setting(const struct hae_config_setting settings[HAE_CONFIG_SOURCE_COUNT],
              enum hae_config_source first, enum hae_config_source last)
{
    for (int source = (int)first; source <= (int)last; source++) {
        if (settings[source].refused != NULL || settings[source].value.text != NULL) {
            return &settings[source];
        }
    }
    return NULL;
}

/* A key as an exporter with a label sees it, or one without. */
struct key_view {
    const haetae_config *config;
    size_t key;
    bool is_labelled;
    const struct hae_config_named *named; /* the label's own settings; NULL: it has none */
};

static const struct hae_config_setting *
find_between(const struct key_view *view, enum hae_config_source first, enum hae_config_source last)
{
    const struct hae_config_setting *own =
        view->named != NULL ? first_setting(view->named->settings[view->key], first, last) : NULL;

    if (own != NULL || (view->is_labelled && !hae_config_is_shared(view->key))) {
        return own;
    }
    return first_setting(view->config->settings[view->key], first, last);
}

/* What says something of the sources up to `last`: a label's own before those of all, but for
 * defaults set in code. NULL: none does. */
static const struct hae_config_setting *find_in_view(const struct key_view *view,
                                                     enum hae_config_source last)
{
    const struct hae_config_setting *found;

    if (view->config == NULL) {
        return NULL;
    }
    found = find_between(view, HAE_CONFIG_CODE, HAE_CONFIG_FILE);
    if (found == NULL && last == HAE_CONFIG_FALLBACK) {
        found = find_between(view, HAE_CONFIG_FALLBACK, HAE_CONFIG_FALLBACK);
    }
    return found;
}

/* A key as the exporter that is being made sees it. */
static struct key_view view_of(const haetae_config *config, size_t key)
{
    struct key_view view = {.config = config, .key = key};

    if (config != NULL) {
        view.is_labelled = config->is_labelled;
        view.named = config->current;
    }
    return view;
}

static const struct hae_config_setting *find_setting(const haetae_config *config, size_t key,
                                                     enum hae_config_source last)
{
    struct key_view view = view_of(config, key);

    return find_in_view(&view, last);
}

const char *hae_config_suffix(const haetae_config *config, size_t key)
{
    const struct hae_config_setting *found = find_setting(config, key, HAE_CONFIG_FALLBACK);

    return found != NULL && config->current != NULL && found >= config->current->settings[key] &&
                   found < config->current->settings[key] + HAE_CONFIG_SOURCE_COUNT
               ? config->current->suffix
               : "";
}

static const struct hae_config_value *value_in_view(const struct key_view *view)
{
    static const struct hae_config_value none = {.text = "", .shown = "", .integer = -1};
    const struct hae_config_setting *setting = find_in_view(view, HAE_CONFIG_FALLBACK);

    if (setting == NULL) {
        return hae_config_default(view->key);
    }
    return setting->refused == NULL ? &setting->value : &none;
}

static const struct hae_config_value *value_of(const haetae_config *config, size_t key)
{
    struct key_view view = view_of(config, key);

    return value_in_view(&view);
}

const char *hae_config_refused(const haetae_config *config, size_t key)
{
    const struct hae_config_setting *setting = find_setting(config, key, HAE_CONFIG_FALLBACK);

    return setting != NULL ? setting->refused : NULL;
}

const char *hae_config_text(const haetae_config *config, size_t key)
{
    return value_of(config, key)->text;
}

bool hae_config_is_set(const haetae_config *config, size_t key)
{
    return find_setting(config, key, HAE_CONFIG_FILE) != NULL;
}

size_t hae_config_either(const haetae_config *config, size_t specific, size_t general)
{
    bool chosen = hae_config_is_set(config, specific) ||
                  (!hae_config_is_set(config, general) &&
                   find_setting(config, specific, HAE_CONFIG_FALLBACK) != NULL);

    return chosen ? specific : general;
}

bool hae_config_bool(const haetae_config *config, size_t key)
{
    return hae_config_int(config, key) == 1;
}

int64_t hae_config_int(const haetae_config *config, size_t key)
{
    return value_of(config, key)->integer;
}

double hae_config_real(const haetae_config *config, size_t key, double otherwise)
{
    const struct hae_config_value *value = value_of(config, key);

    return value->text[0] != '\0' ? value->real : otherwise;
}

int64_t hae_config_int_or(const haetae_config *config, size_t specific, size_t general)
{
    if (!hae_config_is_set(config, specific) &&
        (hae_config_is_set(config, general) || hae_config_int(config, specific) < 0)) {
        return hae_config_int(config, general);
    }
    return hae_config_int(config, specific);
}

/* ---- For exporters ------------------------------------------------------ */

/* A key by its name, which may have a label behind it. False: there is no such key. */
static bool find_key(const haetae_config *config, const char *name, struct key_view *ret_view)
{
    const char *suffix;
    size_t key = name != NULL ? hae_config_find(name) : HAE_CONFIG_NO_KEY;

    if (key != HAE_CONFIG_NO_KEY) {
        *ret_view = view_of(config, key);
        return true;
    }
    if (name == NULL || !hae_config_split(name, &key, &suffix)) {
        return false;
    }
    *ret_view = (struct key_view){.config = config, .key = key, .is_labelled = true};
    if (config != NULL) {
        ret_view->named = hae_config_find_named(config, suffix);
    }
    return true;
}

const char *haetae_config_get(const haetae_config *config, const char *key)
{
    struct key_view view;

    return find_key(config, key, &view) ? value_in_view(&view)->shown : NULL;
}

const char *haetae_config_get_secret(const haetae_config *config, const char *key)
{
    struct key_view view;

    return find_key(config, key, &view) ? value_in_view(&view)->text : NULL;
}

bool haetae_config_is_set(const haetae_config *config, const char *key)
{
    struct key_view view;

    return find_key(config, key, &view) && find_in_view(&view, HAE_CONFIG_FILE) != NULL;
}

#define TYPE_BIT(type) (UINT32_C(1) << HAETAE_CONFIG_##type)

/* Finds the value in force for a key whose type is among `types`. */
static haetae_status get_value(const haetae_config *config, const char *key, uint32_t types,
                               const struct hae_config_value **ret_value)
{
    const struct hae_config_value *value;
    struct key_view view;

    if (key == NULL) {
        return HAETAE_EINVAL;
    }
    if (!find_key(config, key, &view)) {
        return HAETAE_EKEY;
    }
    if ((types >> hae_config_def(view.key)->type & 1) == 0) {
        return HAETAE_EINVAL;
    }
    value = value_in_view(&view);
    if (value->text[0] == '\0') {
        return HAETAE_EVALUE;
    }
    *ret_value = value;
    return HAETAE_OK;
}

haetae_status haetae_config_get_bool(const haetae_config *config, const char *key, bool *ret_value)
{
    const struct hae_config_value *value;
    haetae_status status =
        ret_value != NULL ? get_value(config, key, TYPE_BIT(BOOL), &value) : HAETAE_EINVAL;

    if (status == HAETAE_OK) {
        *ret_value = value->integer == 1;
    }
    return status;
}

haetae_status haetae_config_get_int(const haetae_config *config, const char *key,
                                    int64_t *ret_value)
{
    static const uint32_t types = TYPE_BIT(DURATION) | TYPE_BIT(TIMEOUT) | TYPE_BIT(COUNT) |
                                  TYPE_BIT(BYTES) | TYPE_BIT(SEVERITY) | TYPE_BIT(CHOICE);
    const struct hae_config_value *value;
    haetae_status status =
        ret_value != NULL ? get_value(config, key, types, &value) : HAETAE_EINVAL;

    if (status == HAETAE_OK) {
        *ret_value = value->integer;
    }
    return status;
}

haetae_status haetae_config_get_double(const haetae_config *config, const char *key,
                                       double *ret_value)
{
    const struct hae_config_value *value;
    haetae_status status =
        ret_value != NULL ? get_value(config, key, TYPE_BIT(RATIO), &value) : HAETAE_EINVAL;

    if (status == HAETAE_OK) {
        *ret_value = value->real;
    }
    return status;
}

haetae_status haetae_config_get_item(const haetae_config *config, const char *key, size_t index,
                                     haetae_string *ret_item)
{
    const struct hae_config_value *value;
    haetae_status status =
        ret_item != NULL ? get_value(config, key, TYPE_BIT(LIST), &value) : HAETAE_EINVAL;
    const char *list;
    haetae_string item;

    if (status != HAETAE_OK) {
        return status;
    }
    list = value->text;
    while (hae_config_next_name(&list, &item)) {
        if (index-- == 0) {
            *ret_item = item;
            return HAETAE_OK;
        }
    }
    return HAETAE_EVALUE;
}
