/* SPDX-License-Identifier: Apache-2.0 */
/* The tree that a file is parsed into. */
#ifndef HAETAE_CONFIG_FILE_NODE_H
#define HAETAE_CONFIG_FILE_NODE_H

#include "haetae/config_file.h"

struct haetae_config_node {
    haetae_config_node_type type;
    uint32_t line;
    char *key;    /* in a map; NULL: none     */
    char *text;   /* of a scalar; NULL: none  */
    size_t index; /* in a list                */
    bool boolean;
    int64_t integer;
    double real;
    struct haetae_config_node *parent, *next, *first, *last;
    size_t count;
};

/* It never changes, and has a reference for its caller and each sampler that reads its rules. */
struct haetae_config_model {
    _Atomic size_t references;
    struct haetae_config_node *root;
    char *name;
};

/* Another reference, for haetae_config_model_free(). */
haetae_config_model *hae_model_ref(haetae_config_model *model);

/* NULL: out of memory. */
struct haetae_config_node *hae_node_new(haetae_config_node_type type, uint32_t line);

/* Frees a node with all that is in it, but does not take it out of its parent. */
void hae_node_free(struct haetae_config_node *node);

/* Takes `key` over. */
void hae_node_add(struct haetae_config_node *parent, char *key, struct haetae_config_node *node);

/* Gives a scalar without quotes its type, by its text. Specification: YAML 1.2, "Core Schema". */
void hae_node_resolve(struct haetae_config_node *node);

/* The way to a node: tracer_provider.processors[0].batch. */
enum { HAE_NODE_PATH_BYTES = 320 };
void hae_node_path(const struct haetae_config_node *node, char ret_path[HAE_NODE_PATH_BYTES]);

static inline bool hae_node_is(const struct haetae_config_node *node, haetae_config_node_type type)
{
    return node->type == type;
}

#endif
