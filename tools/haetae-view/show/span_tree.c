/* SPDX-License-Identifier: Apache-2.0 */
#include "show/span_tree.h"

#include <stdlib.h>
#include <string.h>

#define LINES_MAX 64

/* An id and the node that has it; sorted, so that parents are found quickly. */
struct entry {
    uint8_t id[8];
    size_t node;
};

static int by_id(const void *a, const void *b)
{
    return memcmp(((const struct entry *)a)->id, ((const struct entry *)b)->id, 8);
}

static size_t parent_of(const struct hae_view_span_node *nodes, size_t node,
                        const struct entry *entries, size_t count)
{
    static const uint8_t none[8];
    struct entry key = {.node = 0};
    memcpy(key.id, nodes[node].parent, sizeof key.id);
    if (memcmp(key.id, none, sizeof none) == 0) {
        return SIZE_MAX;
    }
    const struct entry *found = bsearch(&key, entries, count, sizeof key, by_id);
    return found != NULL && found->node != node ? found->node : SIZE_MAX;
}

/* Links each node to its siblings and children; the first root, with all other roots after it. */
static size_t link_all(struct hae_view_span_node *nodes, const struct entry *entries, size_t count)
{
    size_t first_root = SIZE_MAX;
    for (size_t i = count; i-- > 0;) {
        size_t parent = parent_of(nodes, i, entries, count);
        size_t *head = parent == SIZE_MAX ? &first_root : &nodes[parent].child;
        nodes[i].next = *head;
        *head = i;
    }
    return first_root;
}

struct walk {
    struct hae_view_span_node *nodes;
    size_t *order;
    size_t placed;
    size_t *stack; /* a node for each depth */
};

static void place(struct walk *walk, size_t node, size_t depth, uint64_t lines)
{
    struct hae_view_span_node *here = &walk->nodes[node];
    here->placed = true;
    here->depth = depth;
    here->lines = lines;
    here->last = here->next == SIZE_MAX;
    here->has_children = here->child != SIZE_MAX;
    walk->order[walk->placed++] = node;
    walk->stack[depth] = node;
}

uint64_t hae_view_span_lines_below(const struct hae_view_span_node *node)
{
    return node->lines | (!node->last && node->depth < LINES_MAX ? UINT64_C(1) << node->depth : 0);
}

/* Places a root, and all that is below it. */
static void place_tree(struct walk *walk, size_t root)
{
    size_t depth = 0;
    place(walk, root, 0, 0);
    size_t next = walk->nodes[root].child;
    for (;;) {
        /* A child that has its place already closes a circle. */
        if (next != SIZE_MAX && !walk->nodes[next].placed) {
            uint64_t lines = hae_view_span_lines_below(&walk->nodes[walk->stack[depth]]);
            place(walk, next, ++depth, lines);
            next = walk->nodes[next].child;
        } else if (next != SIZE_MAX) {
            next = walk->nodes[next].next;
        } else if (depth == 0) {
            return;
        } else {
            next = walk->nodes[walk->stack[depth--]].next;
        }
    }
}

bool hae_view_span_tree_make(struct hae_view_span_node *nodes, size_t count, size_t *ret_order)
{
    struct entry *entries = malloc((count > 0 ? count : 1) * sizeof *entries);
    size_t *stack = malloc((count + 1) * sizeof *stack);
    if (entries == NULL || stack == NULL) {
        free(entries);
        free(stack);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(entries[i].id, nodes[i].id, sizeof entries[i].id);
        entries[i].node = i;
        nodes[i].child = SIZE_MAX;
        nodes[i].placed = false;
    }
    qsort(entries, count, sizeof *entries, by_id);
    struct walk walk = {nodes, ret_order, 0, stack};
    for (size_t root = link_all(nodes, entries, count); root != SIZE_MAX; root = nodes[root].next) {
        place_tree(&walk, root);
    }
    for (size_t i = 0; i < count; i++) {
        if (!nodes[i].placed) { /* it is in a circle, or below one */
            place_tree(&walk, i);
        }
    }
    free(entries);
    free(stack);
    return true;
}
