/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/tree.h"

#include <stdlib.h>
#include <string.h>

#include "util/text.h"

void hae_view_node_free(struct hae_view_node *node)
{
    while (node != NULL) {
        struct hae_view_node *next = node->next;
        hae_view_node_free(node->first); /* at most HAE_VIEW_YAML_DEPTH_MAX deep */
        free(node->key);
        free(node->text);
        free(node);
        node = next;
    }
}

struct hae_view_node *hae_view_node_find(const struct hae_view_node *map, const char *key)
{
    for (struct hae_view_node *node = map->first; node != NULL; node = node->next) {
        if (node->key != NULL && strcmp(node->key, key) == 0) {
            return node;
        }
    }
    return NULL;
}

void hae_view_problem_at(struct hae_buffer *problems, const char *name, struct hae_view_place place,
                         const char *format, ...)
{
    struct hae_buffer line = HAE_BUFFER_INIT;
    va_list arguments;
    va_start(arguments, format);
    hae_buffer_format_list(&line, format, arguments);
    va_end(arguments);
    char shown[512];
    hae_view_text_clean(shown, sizeof shown, line.failed ? "out of memory" : line.data,
                        line.failed ? strlen("out of memory") : line.length);
    hae_buffer_done(&line);
    if (place.line > 0) {
        hae_buffer_format(problems, "%s:%u:%u: %s\n", name, place.line, place.column, shown);
    } else {
        hae_buffer_format(problems, "%s: %s\n", name, shown);
    }
}
