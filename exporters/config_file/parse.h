/* SPDX-License-Identifier: Apache-2.0 */
/* From YAML to a tree, within limits. */
#ifndef HAETAE_CONFIG_FILE_PARSE_H
#define HAETAE_CONFIG_FILE_PARSE_H

#include "faults.h"

enum {
    HAE_YAML_BYTES_MAX = 1 << 20,
    HAE_YAML_DEPTH_MAX = 32,
    HAE_YAML_TEXT_MAX_BYTES = 4 * 1024 * 1024, /* of all values */
    HAE_YAML_NODES_MAX = 20000,                /* with those that aliases stand for */
    HAE_YAML_ANCHORS_MAX = 64,
    HAE_YAML_KEYS_MAX = 1000 /* of one map: each is compared with all before it */
};

/* Parses a text; its values have their variables put in. NULL: *faults says why.
 * Ownership: the caller's, for hae_node_free(). */
struct haetae_config_node *hae_yaml_parse(const char *text, size_t length,
                                          const char *(*lookup)(haetae_string name),
                                          struct hae_faults *faults);

#endif
