/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/carrier.h"

#include <string.h>

bool hae_header(const struct hae_getter *getter, const char *key, size_t index,
                haetae_string *ret_value)
{
    const char *text;

    if (getter->ops != NULL) {
        *ret_value = (haetae_string){NULL, 0};
        if (getter->ops->get == NULL ||
            !getter->ops->get(getter->carrier, key, strlen(key), index, ret_value)) {
            return false;
        }
        if (ret_value->data == NULL) {
            *ret_value = (haetae_string){"", 0};
        }
        return true;
    }
    if (getter->get_all != NULL) {
        text = getter->get_all(getter->carrier, key, index);
    } else {
        text = index == 0 ? getter->get(getter->carrier, key) : NULL;
    }
    *ret_value = haetae_string_of(text);
    return text != NULL;
}

bool hae_header_only(const struct hae_getter *getter, const char *key, haetae_string *ret_value)
{
    haetae_string second;

    /* The second first: looking for it would end the first. */
    return !hae_header(getter, key, 1, &second) && hae_header(getter, key, 0, ret_value);
}

static char normal(char c)
{
    if (c == '_') {
        return '-';
    }
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool begins_with(haetae_string text, const char *prefix)
{
    for (size_t i = 0; prefix[i] != '\0'; i++) {
        if (i == text.length || normal(text.data[i]) != normal(prefix[i])) {
            return false;
        }
    }
    return true;
}

bool hae_header_with_prefix(const struct hae_getter *getter, const char *prefix, size_t *index,
                            haetae_string *ret_rest)
{
    size_t length = strlen(prefix);
    haetae_string key;

    if (getter->ops == NULL || getter->ops->key == NULL) {
        return false;
    }
    while (getter->ops->key(getter->carrier, (*index)++, &key)) {
        if (key.length > length && key.data != NULL && begins_with(key, prefix)) {
            *ret_rest = (haetae_string){key.data + length, key.length - length};
            return true;
        }
    }
    return false;
}

/* Writes a prefix and a rest with a NUL, and returns their length; 0: they are too long. */
static size_t join(char name[HAE_HEADER_NAME_MAX + 1], const char *prefix, haetae_string rest)
{
    size_t length = strlen(prefix);

    if (rest.length > HAE_HEADER_NAME_MAX - length) {
        return 0;
    }
    memcpy(name, prefix, length);
    memcpy(name + length, rest.data, rest.length);
    name[length + rest.length] = '\0';
    return length + rest.length;
}

bool hae_header_named(const struct hae_getter *getter, const char *prefix, haetae_string rest,
                      haetae_string *ret_value)
{
    char name[HAE_HEADER_NAME_MAX + 1];

    return join(name, prefix, rest) != 0 && hae_header(getter, name, 0, ret_value);
}

void hae_set_header(const struct hae_setter *setter, const char *key, haetae_string value)
{
    if (setter->ops == NULL) {
        setter->set(setter->carrier, key, value.data);
    } else if (setter->ops->set != NULL) {
        setter->ops->set(setter->carrier, key, strlen(key), value.data, value.length);
    }
}

void hae_set_header_named(const struct hae_setter *setter, const char *prefix, haetae_string rest,
                          haetae_string value)
{
    char name[HAE_HEADER_NAME_MAX + 1];

    if (join(name, prefix, rest) != 0) {
        hae_set_header(setter, name, value);
    }
}

/* ---- For formats of a program's own ----------------------------------------------------- */

static bool get_by(void *getter, const char *key, size_t key_length, size_t index,
                   haetae_string *ret_value)
{
    (void)key_length;
    return hae_header(getter, key, index, ret_value);
}

static void set_by(void *setter, const char *key, size_t key_length, const char *value,
                   size_t value_length)
{
    (void)key_length;
    hae_set_header(setter, key, (haetae_string){value, value_length});
}

const haetae_carrier_ops hae_getter_ops = {.struct_size = sizeof(haetae_carrier_ops),
                                           .get = get_by};
const haetae_carrier_ops hae_setter_ops = {.struct_size = sizeof(haetae_carrier_ops),
                                           .set = set_by};
