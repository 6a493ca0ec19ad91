/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/keys.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "util/time_text.h"

void hae_view_note_problem(struct hae_view_reader *reader, struct hae_view_place place,
                           const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (++reader->problem_count <= HAE_VIEW_PROBLEMS_MAX) {
        hae_view_problem_at(reader->problems, reader->name, place, "%s", text);
    }
}

static const char *key_of(const struct hae_view_node *node)
{
    for (; node != NULL; node = node->parent) {
        if (node->key != NULL) {
            return node->key;
        }
    }
    return "";
}

static const char *value_of(const struct hae_view_node *node)
{
    return node->type == HAE_VIEW_NODE_TEXT  ? node->text
           : node->type == HAE_VIEW_NODE_MAP ? "(a map)"
                                             : "(a list)";
}

void hae_view_node_expect(struct hae_view_reader *reader, const struct hae_view_node *node,
                          const char *expected)
{
    hae_view_note_problem(reader, node->place, "%s: '%.80s': %s is expected", key_of(node),
                          value_of(node), expected);
}

void hae_view_expect_secret(struct hae_view_reader *reader, const struct hae_view_node *node,
                            const char *expected)
{
    hae_view_note_problem(reader, node->place, "%s: %s is expected", key_of(node), expected);
}

static struct hae_view_node *ask(struct hae_view_node *map, const char *key)
{
    struct hae_view_node *node = hae_view_node_find(map, key);
    if (node != NULL) {
        node->known = true;
    }
    return node;
}

struct hae_view_node *hae_view_key_node(struct hae_view_reader *reader, struct hae_view_node *map,
                                        const char *key, enum hae_view_node_type type)
{
    struct hae_view_node *node = ask(map, key);
    if (node != NULL && node->type != type) {
        hae_view_node_expect(reader, node, type == HAE_VIEW_NODE_MAP ? "a map" : "a list");
        return NULL;
    }
    return node;
}

static bool can_be_shown(const char *text)
{
    size_t length = strlen(text);
    while (length > 0) {
        struct hae_character c = hae_next_character(text, length);
        if (!c.printable) {
            return false;
        }
        text += c.size;
        length -= c.size;
    }
    return true;
}

bool hae_view_key_text(struct hae_view_reader *reader, struct hae_view_node *map, const char *key,
                       size_t max_bytes, char **ret_value)
{
    const struct hae_view_node *node = ask(map, key);
    if (node == NULL) {
        return false;
    }
    if (node->type != HAE_VIEW_NODE_TEXT || node->text[0] == '\0' ||
        strlen(node->text) > max_bytes || !can_be_shown(node->text)) {
        char expected[80];
        snprintf(expected, sizeof expected, "a line of text of 1 to %zu bytes", max_bytes);
        hae_view_node_expect(reader, node, expected);
        return false;
    }
    char *copy = strdup(node->text);
    if (copy == NULL) {
        reader->no_memory = true;
        return false;
    }
    free(*ret_value);
    *ret_value = copy;
    return true;
}

/* Reads a whole text as a finite number. */
static bool read_number(const char *text, double *ret_value)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value) ||
        strspn(text, "+-.eE0123456789") != strlen(text)) {
        return false;
    }
    *ret_value = value;
    return true;
}

bool hae_view_key_number(struct hae_view_reader *reader, struct hae_view_node *map, const char *key,
                         double min, double max, double *ret_value)
{
    const struct hae_view_node *node = ask(map, key);
    double value;
    if (node == NULL) {
        return false;
    }
    if (node->type != HAE_VIEW_NODE_TEXT || !read_number(node->text, &value) || value < min ||
        value > max) {
        char expected[80] = "a number";
        if (max < 1e18) {
            snprintf(expected, sizeof expected, "a number from %g to %g", min, max);
        }
        hae_view_node_expect(reader, node, expected);
        return false;
    }
    *ret_value = value;
    return true;
}

bool hae_view_key_time(struct hae_view_reader *reader, struct hae_view_node *map, const char *key,
                       int64_t min_ns, int64_t max_ns, int64_t *ret_ns)
{
    const struct hae_view_node *node = ask(map, key);
    int64_t value;
    if (node == NULL) {
        return false;
    }
    if (node->type != HAE_VIEW_NODE_TEXT || !hae_view_read_time(node->text, &value) ||
        value < min_ns || value > max_ns) {
        char expected[96];
        snprintf(expected, sizeof expected, "a time such as 90s, 5m or 2h, from %gs to %gs",
                 (double)min_ns / 1e9, (double)max_ns / 1e9);
        hae_view_node_expect(reader, node, expected);
        return false;
    }
    *ret_ns = value;
    return true;
}

bool hae_view_key_choice(struct hae_view_reader *reader, struct hae_view_node *map, const char *key,
                         const char *const *names, int *ret_value)
{
    const struct hae_view_node *node = ask(map, key);
    if (node == NULL) {
        return false;
    }
    char expected[200] = "one of";
    for (int i = 0; names[i] != NULL; i++) {
        if (node->type == HAE_VIEW_NODE_TEXT && strcmp(node->text, names[i]) == 0) {
            *ret_value = i;
            return true;
        }
        size_t length = strlen(expected);
        snprintf(expected + length, sizeof expected - length, " %s", names[i]);
    }
    hae_view_node_expect(reader, node, expected);
    return false;
}

bool hae_view_key_labels(struct hae_view_reader *reader, struct hae_view_node *map, const char *key,
                         bool plain, struct hae_view_labels *ret_labels)
{
    enum { LABELS_MAX = 12 }; /* there is room for those of what is measured */
    struct hae_view_node *node = hae_view_key_node(reader, map, key, HAE_VIEW_NODE_MAP);
    if (node == NULL) {
        return false;
    }
    if (node->count > LABELS_MAX) {
        hae_view_note_problem(reader, node->place, "%s: there are more than %d", key, LABELS_MAX);
        return false;
    }
    for (struct hae_view_node *item = node->first; item != NULL; item = item->next) {
        item->known = true;
        if (plain && !hae_view_label_name_is_good(item->key)) {
            hae_view_note_problem(reader, item->key_place,
                                  "%s: '%.80s': the name of a label is letters, digits and _, no "
                                  "digit first, at most %d",
                                  key, item->key, HAE_VIEW_LABEL_NAME_MAX);
        } else if (item->type != HAE_VIEW_NODE_TEXT || !can_be_shown(item->text) ||
                   strlen(item->text) > HAE_VIEW_LABEL_VALUE_MAX) {
            hae_view_node_expect(reader, item, "a line of text of up to 256 bytes");
        } else if (!(plain ? hae_view_labels_set : hae_view_labels_set_raw)(ret_labels, item->key,
                                                                            item->text)) {
            reader->no_memory = true;
        }
    }
    return true;
}

void hae_view_keys_end(struct hae_view_reader *reader, const struct hae_view_node *map)
{
    for (const struct hae_view_node *node = map->first; node != NULL; node = node->next) {
        if (!node->known) {
            hae_view_note_problem(reader, node->key_place, "'%.60s' is not known here", node->key);
        }
    }
}
