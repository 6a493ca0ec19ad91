/* SPDX-License-Identifier: Apache-2.0 */
/* A file in YAML as a tree, with the places of everything. */
#ifndef HAETAE_VIEW_ALERT_TREE_H
#define HAETAE_VIEW_ALERT_TREE_H

#include <stdbool.h>

#include "base/buffer.h"

#define HAE_VIEW_YAML_BYTES_MAX ((size_t)256 * 1024)
#define HAE_VIEW_YAML_NODES_MAX 20000
#define HAE_VIEW_YAML_DEPTH_MAX 8

enum hae_view_node_type { HAE_VIEW_NODE_TEXT, HAE_VIEW_NODE_LIST, HAE_VIEW_NODE_MAP };

struct hae_view_place {
    unsigned line; /* from 1; 0: of the whole file */
    unsigned column;
};

struct hae_view_node {
    enum hae_view_node_type type;
    struct hae_view_place place;
    char *key; /* NULL: not in a map */
    struct hae_view_place key_place;
    char *text; /* NULL: a list or a map */
    struct hae_view_node *parent;
    struct hae_view_node *first;
    struct hae_view_node *last;
    struct hae_view_node *next;
    size_t count;
    bool known; /* it was read */
};

void hae_view_node_free(struct hae_view_node *node);

/* NULL: there is none. */
struct hae_view_node *hae_view_node_find(const struct hae_view_node *map, const char *key);

/* Adds a line to `problems`. */
void hae_view_problem_at(struct hae_buffer *problems, const char *name, struct hae_view_place place,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
