/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/config_keys.h"

#include <string.h>

#include "haetae/config.h"

static const struct hae_config_def defs[HAE_CONFIG_KEY_COUNT] = {
#define DEF(key, kind, value, least, most, list, text)                                             \
    {.name = #key,                                                                                 \
     .default_value = (value),                                                                     \
     .choices = (list),                                                                            \
     .help = (text),                                                                               \
     .min = (least),                                                                               \
     .max = (most),                                                                                \
     .type = HAE_CONFIG_##kind},
    HAE_CONFIG_MAP(DEF)
#undef DEF
};

const struct hae_config_def *hae_config_def(enum hae_config_key key)
{
    return &defs[key];
}

enum hae_config_key hae_config_find(const char *name)
{
    size_t low = 0;
    size_t high = HAE_CONFIG_KEY_COUNT;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, defs[middle].name);

        if (order == 0) {
            return (enum hae_config_key)middle;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return HAE_CONFIG_KEY_COUNT;
}

void haetae_config_keys(void (*visit)(void *user, const char *key, const char *default_value,
                                      const char *help),
                        void *user)
{
    if (visit == NULL) {
        return;
    }
    for (size_t i = 0; i < HAE_CONFIG_KEY_COUNT; i++) {
        visit(user, defs[i].name, defs[i].default_value, defs[i].help);
    }
}

/* ---- The nearest name --------------------------------------------------- */

enum {
    NAME_MAX_LENGTH = 64,
    FAR = NAME_MAX_LENGTH + 1,
    /* How many letters may be wrong, and in how many one of them. */
    WRONG_MAX = 4,
    LETTERS_PER_WRONG = 5
};

/* otel.service-name is meant as OTEL_SERVICE_NAME. */
static char normal_letter(char c)
{
    if (c == '.' || c == '-') {
        return '_';
    }
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;

    return least < c ? least : c;
}

/* Levenshtein distance: how many letters to change, add or leave out. */
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
    for (size_t i = 0; i < HAE_CONFIG_KEY_COUNT; i++) {
        unsigned far = distance(name, length, defs[i].name, strlen(defs[i].name));

        if (far < least) {
            least = far;
            nearest = defs[i].name;
        }
    }
    return least <= WRONG_MAX && least * LETTERS_PER_WRONG <= length ? nearest : NULL;
}
