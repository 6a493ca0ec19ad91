/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/config_registry.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/minmax.h"
#include "base/option_struct.h"

enum { NAME_MAX_LENGTH = HAE_CONFIG_NAME_BYTES - 1 };

static const haetae_config_key core_keys[HAE_CONFIG_CORE_COUNT] = {
#define DEF(key, kind, value, least, most, list, text)                                             \
    HAETAE_OPTIONS(haetae_config_key, .name = #key, .type = HAETAE_CONFIG_##kind,                  \
                   .default_value = (value), .choices = (list), .help = (text), .min = (least),    \
                   .max = (most)),
    HAE_CONFIG_MAP(DEF)
#undef DEF
};

/* Entries are only ever added, by one thread at a time. An entry below key_count never
 * changes. */
static struct {
    haetae_config_key key;
    struct hae_config_value value; /* the default */
} entries[HAE_CONFIG_KEYS_MAX];
static _Atomic size_t key_count;

/* ---- Adding ------------------------------------------------------------- */

static size_t find_among(const char *name, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, entries[i].key.name) == 0) {
            return i;
        }
    }
    return HAE_CONFIG_NO_KEY;
}

/* A prefix, and something behind it: capital letters, digits and _. */
static bool is_key_name(const char *name)
{
    static const char *const prefixes[] = {"OTEL_", "HAETAE_"};
    size_t length = strlen(name);

    for (size_t i = 0; i < 2; i++) {
        size_t prefix = strlen(prefixes[i]);

        if (strncmp(name, prefixes[i], prefix) == 0) {
            return length > prefix && length <= NAME_MAX_LENGTH &&
                   strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == length;
        }
    }
    return false;
}

static bool is_whole(const haetae_config_key *key)
{
    return key->name != NULL && is_key_name(key->name) && key->default_value != NULL &&
           key->help != NULL && key->help[0] != '\0' && key->type >= 0 &&
           key->type < HAETAE_CONFIG_TYPE_COUNT &&
           (key->type == HAETAE_CONFIG_CHOICE) == (key->choices != NULL);
}

/* Parses the default of a key. False: it is not canonical. */
static bool parse_default(const haetae_config_key *key, struct hae_config_value *ret_value)
{
    enum { DEFAULT_MAX_LENGTH = 255 };
    char canonical[2 * (DEFAULT_MAX_LENGTH + HAE_CONFIG_VALUE_EXTRA)];
    char fault[HAE_CONFIG_FAULT_BYTES];

    *ret_value = (struct hae_config_value){.integer = -1};
    if (key->default_value[0] != '\0' &&
        (strlen(key->default_value) > DEFAULT_MAX_LENGTH ||
         !hae_config_parse(key, key->default_value, canonical, fault, ret_value) ||
         strcmp(canonical, key->default_value) != 0)) {
        return false;
    }
    ret_value->text = key->default_value;
    ret_value->shown = key->default_value;
    return true;
}

/* Whether two descriptions of a key take the same values and mean the same without one. */
static bool same_values(const haetae_config_key *a, const haetae_config_key *b)
{
    return a->type == b->type && a->min == b->min && a->max == b->max &&
           strcmp(a->default_value, b->default_value) == 0 &&
           strcmp(a->choices != NULL ? a->choices : "", b->choices != NULL ? b->choices : "") == 0;
}

/* Puts a key at *count, unless it is known. */
static haetae_status put_entry(const haetae_config_key *given, size_t *count)
{
    haetae_config_key key;
    size_t known;

    if (HAE_OPTION_STRUCT_READ(haetae_config_key, &key, given) == HAE_OPTION_STRUCT_REJECTED ||
        !is_whole(&key)) {
        return HAETAE_EINVAL;
    }
    known = find_among(key.name, *count);
    if (known != HAE_CONFIG_NO_KEY) {
        return same_values(&entries[known].key, &key) ? HAETAE_OK : HAETAE_ECONFLICT;
    }
    if (*count == HAE_CONFIG_KEYS_MAX) {
        return HAETAE_ELIMIT;
    }
    if (!parse_default(&key, &entries[*count].value)) {
        return HAETAE_EINVAL;
    }
    entries[(*count)++].key = key;
    return HAETAE_OK;
}

static haetae_status add_keys(const haetae_config_key *keys, size_t count, size_t stride,
                              size_t *ret_key)
{
    haetae_status status = HAETAE_OK;
    /* Relaxed: only this thread changes it now. */
    size_t total = atomic_load_explicit(&key_count, memory_order_relaxed);

    for (size_t i = 0; i < count && status == HAETAE_OK; i++) {
        const void *key = (const char *)keys + i * stride;

        status = put_entry(key, &total);
        *ret_key = i;
    }
    if (status == HAETAE_OK) {
        /* Release pairs with the acquire in hae_config_key_count(): whoever sees the
         * count sees the entries below it. */
        atomic_store_explicit(&key_count, total, memory_order_release);
    }
    return status;
}

static void add_core_keys(void)
{
    size_t key;

    (void)add_keys(core_keys, HAE_CONFIG_CORE_COUNT, sizeof core_keys[0], &key);
}

static void ensure_core_keys(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, add_core_keys);
}

haetae_status hae_config_add_keys(const haetae_config_key *keys, size_t count, size_t stride,
                                  size_t *ret_key)
{
    ensure_core_keys();
    return add_keys(keys, count, stride, ret_key);
}

/* ---- Looking up --------------------------------------------------------- */

size_t hae_config_key_count(void)
{
    ensure_core_keys();
    /* Acquire pairs with the release in add_keys(). */
    return atomic_load_explicit(&key_count, memory_order_acquire);
}

const haetae_config_key *hae_config_def(size_t key)
{
    ensure_core_keys();
    return &entries[key].key;
}

const struct hae_config_value *hae_config_default(size_t key)
{
    ensure_core_keys();
    return &entries[key].value;
}

size_t hae_config_find(const char *name)
{
    return find_among(name, hae_config_key_count());
}

/* Whether a key is one that names a signal behind the prefix, and there is one without it. */
static bool is_of_signal(const char *name, const char *prefix)
{
    static const char *const signals[] = {"TRACES_", "METRICS_", "LOGS_"};
    const char *rest = name + strlen(prefix);
    char general[HAE_CONFIG_NAME_BYTES];

    if (strncmp(name, prefix, strlen(prefix)) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        size_t length = strlen(signals[i]);

        if (strncmp(rest, signals[i], length) == 0) {
            snprintf(general, sizeof general, "%s%s", prefix, rest + length);
            return hae_config_find(general) != HAE_CONFIG_NO_KEY;
        }
    }
    return false;
}

bool hae_config_is_shared(size_t key)
{
    const char *name = hae_config_def(key)->name;

    return !is_of_signal(name, "OTEL_EXPORTER_OTLP_") && !is_of_signal(name, "HAETAE_OTLP_");
}

size_t hae_config_next_key(const char *name)
{
    size_t count = hae_config_key_count();
    size_t next = HAE_CONFIG_NO_KEY;

    for (size_t i = 0; i < count; i++) {
        const char *candidate = entries[i].key.name;

        if (strcmp(candidate, name) > 0 &&
            (next == HAE_CONFIG_NO_KEY || strcmp(candidate, entries[next].key.name) < 0)) {
            next = i;
        }
    }
    return next;
}

void haetae_config_keys(void (*visit)(void *user, const char *key, const char *default_value,
                                      const char *help),
                        void *user)
{
    size_t key = visit != NULL ? hae_config_next_key("") : HAE_CONFIG_NO_KEY;

    while (key != HAE_CONFIG_NO_KEY) {
        const haetae_config_key *def = &entries[key].key;

        visit(user, def->name, def->default_value, def->help);
        key = hae_config_next_key(def->name);
    }
}

/* ---- The nearest name --------------------------------------------------- */

enum {
    FAR = NAME_MAX_LENGTH + 1,
    /* How many letters may be wrong, and in how many one of them. */
    WRONG_MAX = 4,
    LETTERS_PER_WRONG = 5
};

/* So that otel.service-name is found to be close to OTEL_SERVICE_NAME. */
static char normal_letter(char c)
{
    if (c == '.' || c == '-') {
        return '_';
    }
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    return (unsigned)hae_min(hae_min(a, b), c);
}

/* Levenshtein distance: how many letters to change, add or leave out. `b_length` is at
 * most NAME_MAX_LENGTH. */
static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned row[NAME_MAX_LENGTH + 1];

    for (size_t j = 0; j <= b_length; j++) {
        row[j] = (unsigned)j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            unsigned change = diagonal + (normal_letter(a[i - 1]) != b[j - 1]);

            diagonal = row[j];
            row[j] = min3(change, row[j] + 1, row[j - 1] + 1);
        }
    }
    return row[b_length];
}

const char *hae_config_nearest(const char *name)
{
    size_t length = strnlen(name, NAME_MAX_LENGTH + 1);
    const char *nearest = NULL;
    unsigned least = FAR;

    if (length > NAME_MAX_LENGTH) {
        return NULL;
    }
    for (size_t i = 0; i < hae_config_key_count(); i++) {
        const char *known = hae_config_def(i)->name;
        unsigned far = distance(name, length, known, strlen(known));

        if (far < least) {
            least = far;
            nearest = known;
        }
    }
    return least <= WRONG_MAX && least * LETTERS_PER_WRONG <= length ? nearest : NULL;
}
