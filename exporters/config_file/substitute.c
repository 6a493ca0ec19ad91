/* SPDX-License-Identifier: Apache-2.0 */
#include "substitute.h"

#include <stdlib.h>

enum { LENGTH_MAX = 1 << 20 };

struct output {
    char *data;
    size_t length;
    size_t capacity;
};

static haetae_status put(struct output *out, const char *data, size_t length)
{
    size_t needed = out->length + length + 1;

    if (length > LENGTH_MAX || needed > LENGTH_MAX) {
        return HAETAE_ELIMIT;
    }
    if (needed > out->capacity) {
        size_t capacity = 2 * needed;
        char *grown = realloc(out->data, capacity);

        if (grown == NULL) {
            return HAETAE_ENOMEM;
        }
        out->data = grown;
        out->capacity = capacity;
    }
    if (length != 0) {
        memcpy(out->data + out->length, data, length);
    }
    out->length += length;
    out->data[out->length] = '\0';
    return HAETAE_OK;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t name_length(const char *at, const char *end)
{
    size_t length = 0;

    while (at + length < end &&
           (is_letter(at[length]) || (length != 0 && at[length] >= '0' && at[length] <= '9'))) {
        length++;
    }
    return length;
}

/* Printable characters and blanks; what is beyond ASCII counts as printable. */
static bool is_default_value(const char *at, const char *end)
{
    for (; at < end; at++) {
        if (((unsigned char)*at < 0x20 && *at != '\t') || *at == 0x7F) {
            return false;
        }
    }
    return true;
}

/* What stands between ${ and }: [env:]NAME[:-default]. */
static bool parse_reference(haetae_string inner, haetae_string *ret_name,
                            haetae_string *ret_default)
{
    static const char prefix[] = "env:";
    const char *at = inner.data;
    const char *end = inner.data + inner.length;
    size_t length = sizeof prefix - 1;

    /* A variable may be called env, and have a default. */
    if (inner.length > length && memcmp(at, prefix, length) == 0 && at[length] != '-') {
        at += length;
    }
    *ret_name = (haetae_string){at, name_length(at, end)};
    *ret_default = (haetae_string){"", 0};
    at += ret_name->length;
    if (ret_name->length == 0) {
        return false;
    }
    if (at == end) {
        return true;
    }
    if (end - at < 2 || at[0] != ':' || at[1] != '-' || !is_default_value(at + 2, end)) {
        return false;
    }
    *ret_default = (haetae_string){at + 2, (size_t)(end - at - 2)};
    return true;
}

static haetae_status put_variable(struct output *out, haetae_string name, haetae_string otherwise,
                                  const char *(*lookup)(haetae_string name))
{
    const char *value = lookup(name);

    return value != NULL && *value != '\0' ? put(out, value, strlen(value))
                                           : put(out, otherwise.data, otherwise.length);
}

/* A part without $$. */
static haetae_status put_part(struct output *out, haetae_string part,
                              const char *(*lookup)(haetae_string name), haetae_string *ret_bad)
{
    const char *at = part.data;
    const char *end = part.data + part.length;
    haetae_status status = HAETAE_OK;

    while (status == HAETAE_OK && at < end) {
        const char *open = memmem(at, (size_t)(end - at), "${", 2);
        const char *close = open != NULL ? memchr(open, '}', (size_t)(end - open)) : NULL;
        haetae_string name, otherwise;

        if (close == NULL || close == open + 2) { /* ${} is no reference */
            const char *stop = close != NULL ? close + 1 : end;

            status = put(out, at, (size_t)(stop - at));
            at = stop;
            continue;
        }
        if (!parse_reference((haetae_string){open + 2, (size_t)(close - open - 2)}, &name,
                             &otherwise)) {
            *ret_bad = (haetae_string){open, (size_t)(close - open + 1)};
            return HAETAE_EFORMAT;
        }
        status = put(out, at, (size_t)(open - at));
        if (status == HAETAE_OK) {
            status = put_variable(out, name, otherwise, lookup);
        }
        at = close + 1;
    }
    return status;
}

haetae_status hae_substitute(haetae_string text, const char *(*lookup)(haetae_string name),
                             char **ret_text, haetae_string *ret_bad)
{
    struct output out = {NULL, 0, 0};
    const char *at = text.data;
    const char *end = text.data + text.length;
    haetae_status status = put(&out, "", 0);

    /* References do not reach over an escape. */
    while (status == HAETAE_OK && at < end) {
        const char *escape = memmem(at, (size_t)(end - at), "$$", 2);
        const char *stop = escape != NULL ? escape : end;

        status = put_part(&out, (haetae_string){at, (size_t)(stop - at)}, lookup, ret_bad);
        if (status == HAETAE_OK && escape != NULL) {
            status = put(&out, "$", 1);
        }
        at = escape != NULL ? escape + 2 : end;
    }
    if (status != HAETAE_OK) {
        free(out.data);
        return status;
    }
    *ret_text = out.data;
    return HAETAE_OK;
}
