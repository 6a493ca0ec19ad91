/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/targets.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_NS      INT64_C(1000000000)
#define URL_MAX_BYTES  2000
#define ARGUMENTS_MAX  32
#define ARGUMENT_BYTES 4096

/* Its value may hold a password, and so is never shown. */
static void read_url(struct hae_view_reader *reader, struct hae_view_node *map, const char *key,
                     char **ret_url)
{
    struct hae_view_node *node = hae_view_node_find(map, key);
    if (node == NULL) {
        return;
    }
    node->known = true;
    bool good = node->type == HAE_VIEW_NODE_TEXT && strlen(node->text) <= URL_MAX_BYTES &&
                (strncmp(node->text, "http://", 7) == 0 || strncmp(node->text, "https://", 8) == 0);
    for (const char *c = good ? node->text : ""; *c != '\0'; c++) {
        good = good && *c > ' ' && *c < 0x7f;
    }
    if (!good) {
        hae_view_expect_secret(reader, node,
                               "a URL that begins with http:// or https://, without spaces,");
        return;
    }
    free(*ret_url);
    *ret_url = strdup(node->text);
    reader->no_memory |= *ret_url == NULL;
}

/* A program and its arguments. There is no shell. */
static void read_command(struct hae_view_reader *reader, struct hae_view_node *map,
                         struct hae_view_targets *targets)
{
    struct hae_view_node *list = hae_view_key_node(reader, map, "command", HAE_VIEW_NODE_LIST);
    if (list == NULL) {
        return;
    }
    if (list->count == 0 || list->count > ARGUMENTS_MAX) {
        hae_view_note_problem(reader, list->place, "command: 1 to %d texts are expected",
                              ARGUMENTS_MAX);
        return;
    }
    targets->command = calloc(list->count + 1, sizeof *targets->command);
    reader->no_memory |= targets->command == NULL;
    size_t count = 0;
    for (struct hae_view_node *node = list->first; node != NULL && !reader->no_memory;
         node = node->next) {
        if (node->type != HAE_VIEW_NODE_TEXT || strlen(node->text) > ARGUMENT_BYTES ||
            (count == 0 && node->text[0] != '/')) {
            hae_view_expect_secret(reader, node,
                                   count == 0 ? "the path of a program, from / on," : "a text");
            return;
        }
        targets->command[count] = strdup(node->text);
        reader->no_memory |= targets->command[count] == NULL;
        count++;
    }
}

void hae_view_targets_read(struct hae_view_reader *reader, struct hae_view_node *root,
                           struct hae_view_targets *targets)
{
    targets->resend_ns = 60 * SECOND_NS;
    targets->timeout_ns = 10 * SECOND_NS;
    read_url(reader, root, "page", &targets->page_url);
    struct hae_view_node *map = hae_view_key_node(reader, root, "notify", HAE_VIEW_NODE_MAP);
    if (map == NULL) {
        return;
    }
    read_url(reader, map, "alertmanager", &targets->alertmanager_url);
    read_url(reader, map, "webhook", &targets->webhook_url);
    read_command(reader, map, targets);
    (void)hae_view_key_time(reader, map, "resend", 5 * SECOND_NS, 3600 * SECOND_NS,
                            &targets->resend_ns);
    (void)hae_view_key_time(reader, map, "timeout", SECOND_NS, 60 * SECOND_NS,
                            &targets->timeout_ns);
    hae_view_keys_end(reader, map);
}

void hae_view_targets_done(struct hae_view_targets *targets)
{
    free(targets->alertmanager_url);
    free(targets->webhook_url);
    free(targets->page_url);
    for (char **argument = targets->command; argument != NULL && *argument != NULL; argument++) {
        free(*argument);
    }
    free(targets->command);
}
