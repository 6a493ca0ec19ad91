/* SPDX-License-Identifier: Apache-2.0 */
/* Random lists of attributes: all types, keys and texts with lengths around those at which the
 * encoding changes, duplicate keys, text that is not ASCII or is ill-formed, and invalid
 * attributes. */
#ifndef HAETAE_TESTS_SUPPORT_CORE_ATTRIBUTES_H
#define HAETAE_TESTS_SUPPORT_CORE_ATTRIBUTES_H

#include "base/random.h"
#include "haetae/types.h"

enum { CORE_ATTRIBUTES_MAX = 12, CORE_TEXT_MAX = 700 };

struct core_attributes {
    uint64_t random;
    haetae_attribute list[CORE_ATTRIBUTES_MAX];
    size_t count;
    char texts[2 * CORE_ATTRIBUTES_MAX][CORE_TEXT_MAX];
};

static inline size_t core_below(uint64_t *random, size_t limit)
{
    return (size_t)(hae_splitmix(random) % limit);
}

static inline size_t core_length(uint64_t *random)
{
    static const size_t edges[] = {0, 1, 3, 4, 7, 8, 15, 16, 17, 118, 121, 123, 126, 127, 128, 129};

    switch (core_below(random, 8)) {
    case 0:
        return edges[core_below(random, sizeof edges / sizeof edges[0])];
    case 1:
        return core_below(random, CORE_TEXT_MAX - 8);
    default:
        return 1 + core_below(random, 24);
    }
}

/* Fills `memory` with random text and returns a part of it. */
static inline haetae_string core_text(uint64_t *random, char memory[CORE_TEXT_MAX])
{
    static const char *const odd[] = {"\xEA\xB0\x80", "\xC3\xA9", "\xF0\x9F\x94\xA5",
                                      "\xED\xA0\x80", "\xFF",     "\xE0\x80\x80"};
    size_t length = core_length(random);

    for (size_t i = 0; i < length; i++) {
        memory[i] = (char)('a' + core_below(random, 26));
    }
    if (length != 0 && core_below(random, 6) == 0) {
        const char *piece = odd[core_below(random, sizeof odd / sizeof odd[0])];
        size_t at = core_below(random, length);

        for (size_t i = 0; piece[i] != '\0' && at + i < length; i++) {
            memory[at + i] = piece[i];
        }
    }
    return (haetae_string){core_below(random, 100) != 0 ? memory : NULL, length};
}

static inline haetae_value core_value(uint64_t *random, char memory[CORE_TEXT_MAX])
{
    haetae_string text;

    switch (core_below(random, 9)) {
    case 0:
        return haetae_value_int64((int64_t)hae_splitmix(random) >> core_below(random, 64));
    case 1:
        return haetae_value_bool(core_below(random, 2) != 0);
    case 2:
        return haetae_value_double((double)core_below(random, 1000) / 8);
    case 3:
        text = core_text(random, memory);
        return haetae_value_bytes(text.data, text.length);
    case 4:
        return haetae_value_empty();
    default:
        return haetae_value_of(core_text(random, memory));
    }
}

static inline void core_attributes_next(struct core_attributes *attributes)
{
    uint64_t *random = &attributes->random;

    attributes->count = core_below(random, CORE_ATTRIBUTES_MAX + 1);
    for (size_t i = 0; i < attributes->count; i++) {
        haetae_attribute *a = &attributes->list[i];

        a->key = core_text(random, attributes->texts[2 * i]);
        if (i > 0 && core_below(random, 8) == 0) {
            a->key = attributes->list[core_below(random, i)].key;
        }
        a->value = core_value(random, attributes->texts[2 * i + 1]);
        if (core_below(random, 200) == 0) {
            a->key.length = SIZE_MAX - core_below(random, 200);
        }
        if (a->value.type == HAETAE_VALUE_STRING && core_below(random, 200) == 0) {
            a->value.as.string.length = SIZE_MAX - core_below(random, 200);
        }
    }
}

#endif
