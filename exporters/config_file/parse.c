/* SPDX-License-Identifier: Apache-2.0 */
#include "parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "substitute.h"

struct anchor {
    char *name;
    struct haetae_config_node *node;
};

struct builder {
    struct hae_faults *faults;
    const char *(*lookup)(haetae_string name);
    struct haetae_config_node *root;
    struct haetae_config_node *open; /* the list or map that is being filled */
    char *key;                       /* of the next node in a map; NULL: the key comes next */
    unsigned depth;
    unsigned node_count;
    size_t text_bytes; /* of all values, with what variables and aliases stand for */
    bool has_document;
    struct anchor anchors[HAE_YAML_ANCHORS_MAX];
    size_t anchor_count;
};

static uint32_t line_of(const yaml_event_t *event)
{
    return (uint32_t)event->start_mark.line + 1;
}

static bool fail(struct builder *builder, const yaml_event_t *event, haetae_status status,
                 const char *what)
{
    hae_fault_at_line(builder->faults, status, line_of(event), "%s", what);
    return false;
}

static bool no_memory(struct builder *builder, const yaml_event_t *event)
{
    return fail(builder, event, HAETAE_ENOMEM, "out of memory");
}

/* ---- Adding nodes -------------------------------------------------------------------------------
 */

/* Puts a node into the list or map that is open, or makes it the root. Takes it over in any case.
 */
static bool place(struct builder *builder, const yaml_event_t *event,
                  struct haetae_config_node *node)
{
    if (node == NULL) {
        return no_memory(builder, event);
    }
    if (builder->open == NULL) {
        builder->root = node;
        return true;
    }
    hae_node_add(builder->open, builder->key, node);
    builder->key = NULL;
    return true;
}

static bool count_node(struct builder *builder, const yaml_event_t *event)
{
    if (++builder->node_count > HAE_YAML_NODES_MAX) {
        return fail(builder, event, HAETAE_EFORMAT, "there are more than 20000 nodes");
    }
    return true;
}

/* False: this text is one too many. */
static bool count_text(struct builder *builder, const yaml_event_t *event, const char *text)
{
    builder->text_bytes += strlen(text);
    if (builder->text_bytes > HAE_YAML_TEXT_MAX_BYTES) {
        return fail(builder, event, HAETAE_EFORMAT, "all values together have more than 4 MiB");
    }
    return true;
}

static bool note_anchor(struct builder *builder, const yaml_event_t *event,
                        const yaml_char_t *anchor, struct haetae_config_node *node)
{
    char *name;

    if (anchor == NULL) {
        return true;
    }
    if (builder->anchor_count == HAE_YAML_ANCHORS_MAX) {
        return fail(builder, event, HAETAE_EFORMAT, "there are more than 64 anchors");
    }
    name = strdup((const char *)anchor);
    if (name == NULL) {
        return no_memory(builder, event);
    }
    builder->anchors[builder->anchor_count++] = (struct anchor){name, node};
    return true;
}

/* ---- Scalars ------------------------------------------------------------------------------------
 */

static bool take_key(struct builder *builder, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;

    if (strlen(text) != event->data.scalar.length) {
        return fail(builder, event, HAETAE_EFORMAT, "a key holds a NUL");
    }
    if (builder->open->count == HAE_YAML_KEYS_MAX) {
        return fail(builder, event, HAETAE_EFORMAT, "a map has more than 1000 keys");
    }
    if (haetae_config_node_find(builder->open, text) != NULL) {
        hae_fault_at_line(builder->faults, HAETAE_EFORMAT, line_of(event),
                          "the key \"%.100s\" is there twice", text);
        return false;
    }
    builder->key = strdup(text);
    return builder->key != NULL || no_memory(builder, event);
}

/* How much of a malformed reference is shown: its name only, since a default may be a secret, also
 * one behind a colon without its dash. */
static int shown_length(haetae_string bad)
{
    enum { SHOWN_MAX = 64, BRACE = 2 };
    static const char shown[] = "0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char prefix[] = "${env:";
    size_t length = BRACE;

    if (bad.length >= sizeof prefix - 1 && memcmp(bad.data, prefix, sizeof prefix - 1) == 0) {
        length = sizeof prefix - 1;
    }

    while (length < bad.length && length < SHOWN_MAX &&
           memchr(shown, bad.data[length], sizeof shown - 1) != NULL) {
        length++;
    }
    return (int)length;
}

static bool put_in_variables(struct builder *builder, const yaml_event_t *event, char **ret_text)
{
    haetae_string text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    haetae_string bad = {"", 0};
    haetae_status status;

    if (memchr(text.data, '\0', text.length) != NULL) {
        return fail(builder, event, HAETAE_EFORMAT, "a value holds a NUL");
    }
    status = hae_substitute(text, builder->lookup, ret_text, &bad);
    if (status == HAETAE_EFORMAT) {
        hae_fault_at_line(builder->faults, status, line_of(event),
                          "\"%.*s...\" is no reference to a variable: ${NAME}, ${env:NAME} or "
                          "${NAME:-default}, and $$ for a $",
                          shown_length(bad), bad.data);
    } else if (status == HAETAE_ELIMIT) {
        return fail(builder, event, HAETAE_EFORMAT, "a value has more than 1 MiB");
    } else if (status != HAETAE_OK) {
        return no_memory(builder, event);
    }
    return status == HAETAE_OK;
}

static bool is_text(const yaml_event_t *event)
{
    const char *tag = (const char *)event->data.scalar.tag;

    return event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
           (tag != NULL && (strcmp(tag, YAML_STR_TAG) == 0 || strcmp(tag, "!") == 0));
}

static bool take_scalar(struct builder *builder, const yaml_event_t *event)
{
    struct haetae_config_node *node;
    char *text;

    if (builder->open != NULL && builder->open->type == HAETAE_CONFIG_NODE_MAP &&
        builder->key == NULL) {
        return take_key(builder, event);
    }
    if (!count_node(builder, event) || !put_in_variables(builder, event, &text)) {
        return false;
    }
    if (!count_text(builder, event, text)) {
        free(text);
        return false;
    }
    node = hae_node_new(HAETAE_CONFIG_NODE_STRING, line_of(event));
    if (node == NULL) {
        free(text);
        return no_memory(builder, event);
    }
    node->text = text;
    if (!is_text(event)) {
        hae_node_resolve(node);
    }
    return place(builder, event, node) &&
           note_anchor(builder, event, event->data.scalar.anchor, node);
}

/* ---- Lists and maps
 * ------------------------------------------------------------------------------ */

static bool begin_collection(struct builder *builder, const yaml_event_t *event,
                             haetae_config_node_type type, const yaml_char_t *anchor)
{
    struct haetae_config_node *node;

    if (builder->open != NULL && builder->open->type == HAETAE_CONFIG_NODE_MAP &&
        builder->key == NULL) {
        return fail(builder, event, HAETAE_EFORMAT, "a key is no text");
    }
    if (++builder->depth > HAE_YAML_DEPTH_MAX) {
        return fail(builder, event, HAETAE_EFORMAT, "nodes are more than 32 deep");
    }
    if (!count_node(builder, event)) {
        return false;
    }
    node = hae_node_new(type, line_of(event));
    if (!place(builder, event, node) || !note_anchor(builder, event, anchor, node)) {
        return false;
    }
    builder->open = node;
    return true;
}

static void end_collection(struct builder *builder)
{
    builder->depth--;
    builder->open = builder->open->parent;
}

/* ---- Aliases
 * ------------------------------------------------------------------------------------- */

/* Copies what an alias stands for into the tree: the limits bound how much that is. */
static bool copy_node(struct builder *builder, const yaml_event_t *event,
                      const struct haetae_config_node *from, unsigned depth)
{
    struct haetae_config_node *node;
    struct haetae_config_node *outer = builder->open;

    if (depth > HAE_YAML_DEPTH_MAX) {
        return fail(builder, event, HAETAE_EFORMAT, "nodes are more than 32 deep");
    }
    if (!count_node(builder, event) ||
        (from->text != NULL && !count_text(builder, event, from->text))) {
        return false;
    }
    node = hae_node_new(from->type, from->line);
    if (node != NULL && from->text != NULL) {
        node->text = strdup(from->text);
        node->boolean = from->boolean;
        node->integer = from->integer;
        node->real = from->real;
        if (node->text == NULL) {
            hae_node_free(node);
            node = NULL;
        }
    }
    if (!place(builder, event, node)) {
        return false;
    }
    builder->open = node;
    for (const struct haetae_config_node *child = from->first; child != NULL; child = child->next) {
        if (child->key != NULL && (builder->key = strdup(child->key)) == NULL) {
            return no_memory(builder, event);
        }
        if (!copy_node(builder, event, child, depth + 1)) {
            return false;
        }
    }
    builder->open = outer;
    return true;
}

static bool is_around(const struct haetae_config_node *node, const struct haetae_config_node *inner)
{
    while (inner != NULL && inner != node) {
        inner = inner->parent;
    }
    return inner == node;
}

static bool take_alias(struct builder *builder, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;

    if (builder->open != NULL && builder->open->type == HAETAE_CONFIG_NODE_MAP &&
        builder->key == NULL) {
        return fail(builder, event, HAETAE_EFORMAT, "a key is an alias");
    }
    for (size_t i = builder->anchor_count; i > 0; i--) {
        const struct anchor *anchor = &builder->anchors[i - 1];

        if (strcmp(anchor->name, name) != 0) {
            continue;
        }
        if (is_around(anchor->node, builder->open)) {
            return fail(builder, event, HAETAE_EFORMAT, "an alias stands for what it is in");
        }
        return copy_node(builder, event, anchor->node, builder->depth + 1);
    }
    return fail(builder, event, HAETAE_EFORMAT, "an alias has no anchor");
}

/* ---- Events
 * -------------------------------------------------------------------------------------- */

static bool take_event(struct builder *builder, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (builder->has_document) {
            return fail(builder, event, HAETAE_EFORMAT, "there is more than one document");
        }
        builder->has_document = true;
        return true;
    case YAML_SCALAR_EVENT:
        return take_scalar(builder, event);
    case YAML_ALIAS_EVENT:
        return take_alias(builder, event);
    case YAML_SEQUENCE_START_EVENT:
        return begin_collection(builder, event, HAETAE_CONFIG_NODE_LIST,
                                event->data.sequence_start.anchor);
    case YAML_MAPPING_START_EVENT:
        return begin_collection(builder, event, HAETAE_CONFIG_NODE_MAP,
                                event->data.mapping_start.anchor);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        end_collection(builder);
        return true;
    default:
        return true;
    }
}

static void report_parser(struct builder *builder, const yaml_parser_t *parser)
{
    if (parser->error == YAML_MEMORY_ERROR) {
        hae_fault_at_line(builder->faults, HAETAE_ENOMEM, 0, "out of memory");
        return;
    }
    hae_fault_at_line(builder->faults, HAETAE_EFORMAT, parser->problem_mark.line + 1, "%s%s%s",
                      parser->context != NULL ? parser->context : "",
                      parser->context != NULL ? ": " : "",
                      parser->problem != NULL ? parser->problem : "this is no YAML");
}

static bool run(struct builder *builder, yaml_parser_t *parser)
{
    bool at_end = false;
    bool ok = true;

    while (ok && !at_end) {
        yaml_event_t event;

        if (yaml_parser_parse(parser, &event) == 0) {
            report_parser(builder, parser);
            return false;
        }
        at_end = event.type == YAML_STREAM_END_EVENT;
        ok = take_event(builder, &event);
        yaml_event_delete(&event);
    }
    return ok;
}

struct haetae_config_node *hae_yaml_parse(const char *text, size_t length,
                                          const char *(*lookup)(haetae_string name),
                                          struct hae_faults *faults)
{
    struct builder builder = {.faults = faults, .lookup = lookup};
    yaml_parser_t parser;
    bool ok;

    if (length > HAE_YAML_BYTES_MAX) {
        hae_fault_at_line(faults, HAETAE_EFORMAT, 0, "it has more than 1 MiB");
        return NULL;
    }
    if (yaml_parser_initialize(&parser) == 0) {
        hae_fault_at_line(faults, HAETAE_ENOMEM, 0, "out of memory");
        return NULL;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    ok = run(&builder, &parser);
    yaml_parser_delete(&parser);
    for (size_t i = 0; i < builder.anchor_count; i++) {
        free(builder.anchors[i].name);
    }
    free(builder.key);
    if (ok && builder.root == NULL) {
        hae_fault_at_line(faults, HAETAE_EFORMAT, 0, "it is empty");
    }
    if (!ok) {
        hae_node_free(builder.root);
        return NULL;
    }
    return builder.root;
}
