/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/yaml.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAE_VIEW_YAML

#include <yaml.h>

struct builder {
    const char *name;
    struct hae_buffer *problems;
    struct hae_view_node *root;
    struct hae_view_node *open; /* the list or map that is being filled */
    char *key;                  /* of the next node in a map; NULL: the key comes next */
    struct hae_view_place key_place;
    unsigned depth;
    unsigned nodes;
    bool has_document;
};

static struct hae_view_place place_of(yaml_mark_t mark)
{
    return (struct hae_view_place){(unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

static bool fail(struct builder *builder, const yaml_event_t *event, const char *what)
{
    hae_view_problem_at(builder->problems, builder->name, place_of(event->start_mark), "%s", what);
    return false;
}

static bool wants_key(const struct builder *builder)
{
    return builder->open != NULL && builder->open->type == HAE_VIEW_NODE_MAP &&
           builder->key == NULL;
}

static bool take_key(struct builder *builder, const yaml_event_t *event, const char *text)
{
    if (hae_view_node_find(builder->open, text) != NULL) {
        hae_view_problem_at(builder->problems, builder->name, place_of(event->start_mark),
                            "the key '%.60s' is there twice", text);
        return false;
    }
    builder->key = strdup(text);
    builder->key_place = place_of(event->start_mark);
    return builder->key != NULL || fail(builder, event, "out of memory");
}

static struct hae_view_node *add_node(struct builder *builder, const yaml_event_t *event,
                                      enum hae_view_node_type type)
{
    if (++builder->nodes > HAE_VIEW_YAML_NODES_MAX) {
        fail(builder, event, "there are more than 20000 values");
        return NULL;
    }
    struct hae_view_node *node = calloc(1, sizeof *node);
    if (node == NULL) {
        fail(builder, event, "out of memory");
        return NULL;
    }
    node->type = type;
    node->place = place_of(event->start_mark);
    node->key = builder->key;
    node->key_place = builder->key_place;
    node->parent = builder->open;
    builder->key = NULL;
    if (builder->open == NULL) {
        builder->root = node;
        return node;
    }
    if (builder->open->last != NULL) {
        builder->open->last->next = node;
    } else {
        builder->open->first = node;
    }
    builder->open->last = node;
    builder->open->count++;
    return node;
}

static bool take_scalar(struct builder *builder, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    if (event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL) {
        return fail(builder, event, "anchors and tags are not accepted");
    }
    if (strlen(text) != event->data.scalar.length) {
        return fail(builder, event, "a text holds a NUL");
    }
    if (wants_key(builder)) {
        return take_key(builder, event, text);
    }
    struct hae_view_node *node = add_node(builder, event, HAE_VIEW_NODE_TEXT);
    if (node == NULL) {
        return false;
    }
    node->text = strdup(text);
    return node->text != NULL || fail(builder, event, "out of memory");
}

static bool begin(struct builder *builder, const yaml_event_t *event, enum hae_view_node_type type,
                  bool marked)
{
    if (marked) {
        return fail(builder, event, "anchors and tags are not accepted");
    }
    if (wants_key(builder)) {
        return fail(builder, event, "a key is no text");
    }
    if (builder->depth == HAE_VIEW_YAML_DEPTH_MAX) {
        return fail(builder, event, "values are more than 8 deep");
    }
    struct hae_view_node *node = add_node(builder, event, type);
    if (node == NULL) {
        return false;
    }
    builder->depth++;
    builder->open = node;
    return true;
}

static bool take_event(struct builder *builder, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (builder->has_document) {
            return fail(builder, event, "there is more than one document");
        }
        builder->has_document = true;
        return true;
    case YAML_SCALAR_EVENT:
        return take_scalar(builder, event);
    case YAML_ALIAS_EVENT:
        return fail(builder, event, "aliases are not accepted");
    case YAML_SEQUENCE_START_EVENT:
        return begin(builder, event, HAE_VIEW_NODE_LIST,
                     event->data.sequence_start.anchor != NULL ||
                         event->data.sequence_start.tag != NULL);
    case YAML_MAPPING_START_EVENT:
        return begin(builder, event, HAE_VIEW_NODE_MAP,
                     event->data.mapping_start.anchor != NULL ||
                         event->data.mapping_start.tag != NULL);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        builder->depth--;
        builder->open = builder->open->parent;
        return true;
    default:
        return true;
    }
}

static bool run(struct builder *builder, yaml_parser_t *parser)
{
    bool good = true;
    for (bool at_end = false; good && !at_end;) {
        yaml_event_t event;
        if (yaml_parser_parse(parser, &event) == 0) {
            const char *problem = parser->problem != NULL ? parser->problem : "this is no YAML";
            hae_view_problem_at(builder->problems, builder->name, place_of(parser->problem_mark),
                                "%s", problem);
            return false;
        }
        at_end = event.type == YAML_STREAM_END_EVENT;
        good = take_event(builder, &event);
        yaml_event_delete(&event);
    }
    return good;
}

struct hae_view_node *hae_view_yaml_read(const char *text, size_t length, const char *name,
                                         struct hae_buffer *problems)
{
    struct builder builder = {.name = name, .problems = problems};
    const struct hae_view_place whole = {0, 0};
    yaml_parser_t parser;
    if (length > HAE_VIEW_YAML_BYTES_MAX) {
        hae_view_problem_at(problems, name, whole, "it has more than 256 KiB");
        return NULL;
    }
    if (yaml_parser_initialize(&parser) == 0) {
        hae_view_problem_at(problems, name, whole, "out of memory");
        return NULL;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    bool good = run(&builder, &parser);
    yaml_parser_delete(&parser);
    free(builder.key);
    if (good && builder.root == NULL) {
        hae_view_problem_at(problems, name, whole, "it is empty");
    }
    if (!good) {
        hae_view_node_free(builder.root);
        return NULL;
    }
    return builder.root;
}

#else

struct hae_view_node *hae_view_yaml_read(const char *text, size_t length, const char *name,
                                         struct hae_buffer *problems)
{
    (void)text;
    (void)length;
    hae_view_problem_at(problems, name, (struct hae_view_place){0, 0},
                        "rules need libyaml (Debian package: libyaml-dev), and this haetae-view "
                        "was built without it");
    return NULL;
}

#endif
