/* SPDX-License-Identifier: Apache-2.0 */
#include "apply_headers.h"

#include <stdlib.h>

#include "base/percent.h"

static const char headers_key[] = "OTEL_EXPORTER_OTLP_%_HEADERS";

void hae_apply_headers_list(struct hae_apply *apply, const haetae_config_node *node,
                            const struct hae_type *type)
{
    char key[HAE_KEY_BYTES];

    (void)type;
    hae_apply_key_name(apply, headers_key, key);
    hae_apply_key(apply, node, key, node->text);
}

/* Percent-encodes what has a meaning in the list. */
static char *put_encoded(char *at, const char *text)
{
    for (; *text != '\0'; text++) {
        if (hae_is_baggage_octet(*text) && *text != '=' && *text != '%') {
            *at++ = *text;
        } else {
            *at++ = '%';
            *at++ = hae_hex_digit((uint8_t)*text >> 4);
            *at++ = hae_hex_digit((uint8_t)*text & 15);
        }
    }
    return at;
}

/* Whether a member of the list has this name, in any case. */
static bool has_name(const char *member, size_t length, const char *name)
{
    size_t blank = strspn(member, " \t");
    size_t name_length = strlen(name);

    return blank + name_length < length && strncasecmp(member + blank, name, name_length) == 0 &&
           strchr("= \t", member[blank + name_length]) != NULL;
}

/* Copies the members of the list whose names `headers` does not have. */
static char *put_others(char *at, const char *list, const haetae_config_node *headers)
{
    while (*list != '\0') {
        size_t length = strcspn(list, ",");
        bool replaced = false;

        for (const haetae_config_node *one = headers->first; one != NULL; one = one->next) {
            replaced =
                replaced || has_name(list, length,
                                     haetae_config_node_text(haetae_config_node_find(one, "name")));
        }
        if (!replaced && length != 0) {
            memcpy(at, list, length);
            at += length;
            *at++ = ',';
        }
        list += length + (list[length] == ',');
    }
    return at;
}

/* Entries of `headers` win over those of headers_list, which was applied before. */
void hae_apply_headers(struct hae_apply *apply, const haetae_config_node *node,
                       const struct hae_type *type)
{
    const char *list;
    size_t size = 2;
    char key[HAE_KEY_BYTES];
    char *text, *at;

    (void)type;
    hae_apply_key_name(apply, headers_key, key);
    list = haetae_config_get_secret(apply->target, key);
    list = list != NULL ? list : "";
    size += strlen(list) + 1;
    for (const haetae_config_node *one = node->first; one != NULL; one = one->next) {
        size += 3 * strlen(haetae_config_node_text(haetae_config_node_find(one, "name"))) +
                3 * strlen(haetae_config_node_text(haetae_config_node_find(one, "value"))) + 2;
    }
    text = malloc(size);
    if (text == NULL) {
        hae_fault(apply->faults, HAETAE_ENOMEM, node, "out of memory");
        return;
    }
    at = put_others(text, list, node);
    for (const haetae_config_node *one = node->first; one != NULL; one = one->next) {
        const haetae_config_node *value = haetae_config_node_find(one, "value");

        if (haetae_config_node_type_of(value) != HAETAE_CONFIG_NODE_NULL) {
            at = put_encoded(at, haetae_config_node_text(haetae_config_node_find(one, "name")));
            *at++ = '=';
            at = put_encoded(at, haetae_config_node_text(value));
            *at++ = ',';
        }
    }
    *at = '\0';
    hae_apply_key(apply, node, key, text);
    explicit_bzero(text, size);
    free(text);
}
