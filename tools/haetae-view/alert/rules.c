/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alert/keys.h"
#include "alert/rule_read.h"
#include "alert/yaml.h"

#define SECOND_NS INT64_C(1000000000)

static void check_names(struct hae_view_reader *reader, const struct hae_view_rules *rules,
                        const struct hae_view_node *list)
{
    const struct hae_view_node *node = list->first;
    for (size_t i = 0; i < rules->count; i++, node = node->next) {
        for (size_t j = 0; j < i && rules->items[i].name != NULL; j++) {
            if (rules->items[j].name != NULL &&
                strcmp(rules->items[i].name, rules->items[j].name) == 0) {
                hae_view_note_problem(reader, node->place,
                                      "name: '%.80s': the rule in line %u has this name",
                                      rules->items[i].name, rules->items[j].line);
            }
        }
    }
}

static void read_rules(struct hae_view_reader *reader, struct hae_view_node *root,
                       struct hae_view_rules *rules)
{
    struct hae_view_node *list = hae_view_key_node(reader, root, "rules", HAE_VIEW_NODE_LIST);
    if (list == NULL || list->count == 0) {
        hae_view_note_problem(reader, list != NULL ? list->place : root->place,
                              "rules: a list with at least one rule is expected");
        return;
    }
    if (list->count > HAE_VIEW_RULES_MAX) {
        hae_view_note_problem(reader, list->place, "rules: there are more than %d",
                              HAE_VIEW_RULES_MAX);
        return;
    }
    rules->items = calloc(list->count, sizeof *rules->items);
    if (rules->items == NULL) {
        reader->no_memory = true;
        return;
    }
    for (struct hae_view_node *node = list->first; node != NULL; node = node->next) {
        struct hae_view_rule *rule = &rules->items[rules->count++];
        if (node->type != HAE_VIEW_NODE_MAP) {
            hae_view_node_expect(reader, node, "a map with name, kind and more");
            continue;
        }
        hae_view_rule_read(reader, node, rule);
    }
    check_names(reader, rules, list);
}

static void read_root(struct hae_view_reader *reader, struct hae_view_node *root,
                      struct hae_view_rules *rules)
{
    rules->every_ns = 15 * SECOND_NS;
    (void)hae_view_key_time(reader, root, "every", SECOND_NS, 3600 * SECOND_NS, &rules->every_ns);
    (void)hae_view_key_labels(reader, root, "labels", true, &rules->labels);
    hae_view_targets_read(reader, root, &rules->targets);
    read_rules(reader, root, rules);
    hae_view_keys_end(reader, root);
}

struct hae_view_rules *hae_view_rules_read(const char *text, size_t length, const char *name,
                                           struct hae_buffer *problems)
{
    struct hae_view_reader reader = {.name = name, .problems = problems};
    struct hae_view_node *root = hae_view_yaml_read(text, length, name, problems);
    if (root == NULL) {
        return NULL;
    }
    struct hae_view_rules *rules = calloc(1, sizeof *rules);
    if (rules == NULL) {
        reader.no_memory = true;
    } else if (root->type != HAE_VIEW_NODE_MAP) {
        hae_view_note_problem(&reader, root->place, "a map with rules is expected");
    } else {
        read_root(&reader, root, rules);
    }
    hae_view_node_free(root);
    if (reader.no_memory) {
        hae_view_note_problem(&reader, (struct hae_view_place){0, 0}, "out of memory");
    }
    if (reader.problem_count > HAE_VIEW_PROBLEMS_MAX) {
        hae_buffer_format(problems, "%s: and %u problems more\n", name,
                          reader.problem_count - HAE_VIEW_PROBLEMS_MAX);
    }
    if (reader.problem_count > 0) {
        hae_view_rules_free(rules);
        return NULL;
    }
    return rules;
}

/* Up to one byte more than there may be. */
static bool read_file(const char *path, struct hae_buffer *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    char piece[8192];
    ssize_t size;
    while ((size = read(fd, piece, sizeof piece)) > 0 && text->length <= HAE_VIEW_YAML_BYTES_MAX) {
        hae_buffer_add(text, piece, (size_t)size);
    }
    int saved = errno;
    close(fd);
    errno = text->failed ? ENOMEM : saved;
    return size >= 0 && !text->failed;
}

struct hae_view_rules *hae_view_rules_load(const char *path, struct hae_buffer *problems)
{
    struct hae_buffer text = HAE_BUFFER_INIT;
    struct hae_view_rules *rules = NULL;
    if (read_file(path, &text)) {
        rules = hae_view_rules_read(text.length > 0 ? text.data : "", text.length, path, problems);
    } else {
        hae_view_problem_at(problems, path, (struct hae_view_place){0, 0}, "cannot be read: %s",
                            strerror(errno));
    }
    hae_buffer_done(&text);
    return rules;
}

void hae_view_rules_free(struct hae_view_rules *rules)
{
    if (rules == NULL) {
        return;
    }
    for (size_t i = 0; i < rules->count; i++) {
        hae_view_rule_done(&rules->items[i]);
    }
    free(rules->items);
    hae_view_labels_done(&rules->labels);
    hae_view_targets_done(&rules->targets);
    free(rules);
}
