/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration files: any text becomes a model and a configuration, or is refused with lines that
 * say why. Input: the text of a file. Variables are those of this process. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "haetae/config_file.h"
#include "support/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lines without control characters, which are valid UTF-8. */
static void check_lines(const char *text)
{
    FUZZ_CHECK(hae_utf8_valid((const uint8_t *)text, strlen(text)), "%s", text);
    for (; *text != '\0'; text++) {
        FUZZ_CHECK(*text == '\n' || ((unsigned char)*text >= 0x20 && *text != 0x7F), "a byte");
    }
}

/* Visits all nodes: they are as many as their parent says, and no deeper than the limit. */
static size_t visit(const haetae_config_node *node, unsigned depth)
{
    size_t seen = 1;

    FUZZ_CHECK(depth <= 33, "depth");
    FUZZ_CHECK(haetae_config_node_line(node) > 0, "line");
    for (size_t i = 0; i < haetae_config_node_count(node); i++) {
        const haetae_config_node *child = haetae_config_node_at(node, i);

        FUZZ_CHECK(child != NULL, "child");
        if (haetae_config_node_type_of(node) == HAETAE_CONFIG_NODE_MAP) {
            FUZZ_CHECK(haetae_config_node_find(node, haetae_config_node_key(child)) == child,
                       "a key is there twice");
        }
        seen += visit(child, depth + 1);
    }
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    haetae_config *config = NULL;
    haetae_config_model *model = NULL;
    haetae_status status;

    FUZZ_CHECK(haetae_config_new(&config) == HAETAE_OK, "memory");
    status = haetae_config_model_parse(config, "f.yaml", (const char *)data, size, &model);
    FUZZ_CHECK((status == HAETAE_OK) == (model != NULL), "a model");
    if (model != NULL) {
        FUZZ_CHECK(visit(haetae_config_model_root(model), 1) <= 20000, "nodes");
        status = haetae_config_model_create(model, config);
    }
    FUZZ_CHECK((status == HAETAE_OK) == (haetae_config_error(config)[0] == '\0'), "status %d: %s",
               (int)status, haetae_config_error(config));
    check_lines(haetae_config_error(config));
    check_lines(haetae_config_warnings(config));
    haetae_config_model_free(model);
    haetae_config_free(config);
    return 0;
}
