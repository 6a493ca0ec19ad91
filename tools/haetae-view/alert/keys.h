/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the keys of a map, each with its type and bounds. What is wrong is noted with its place,
 * key and value, and reading goes on, so that a person sees all of it at once. */
#ifndef HAETAE_VIEW_ALERT_KEYS_H
#define HAETAE_VIEW_ALERT_KEYS_H

#include <stdint.h>

#include "alert/labels.h"
#include "alert/tree.h"

#define HAE_VIEW_PROBLEMS_MAX 20

struct hae_view_reader {
    const char *name; /* of the file */
    struct hae_buffer *problems;
    unsigned problem_count;
    bool no_memory;
};

/* Notes that the value of a key is not what is expected. */
void hae_view_node_expect(struct hae_view_reader *reader, const struct hae_view_node *node,
                          const char *expected);
/* The same without the value, which is a secret. */
void hae_view_expect_secret(struct hae_view_reader *reader, const struct hae_view_node *node,
                            const char *expected);
void hae_view_note_problem(struct hae_view_reader *reader, struct hae_view_place place,
                           const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Each gives the value of a key, if it is there. False: it is not, or it is wrong, and *ret_value
 * is left alone. */

/* A copy, which the caller frees. */
bool hae_view_key_text(struct hae_view_reader *reader, struct hae_view_node *map, const char *key,
                       size_t max_bytes, char **ret_value);
bool hae_view_key_number(struct hae_view_reader *reader, struct hae_view_node *map, const char *key,
                         double min, double max, double *ret_value);
/* "500ms", "90s", "5m", "2h", "1d" in nanoseconds. */
bool hae_view_key_time(struct hae_view_reader *reader, struct hae_view_node *map, const char *key,
                       int64_t min_ns, int64_t max_ns, int64_t *ret_ns);
/* One of `names`, which a NULL ends. */
bool hae_view_key_choice(struct hae_view_reader *reader, struct hae_view_node *map, const char *key,
                         const char *const *names, int *ret_value);
/* A map of texts; with `plain` the names must be valid for labels. */
bool hae_view_key_labels(struct hae_view_reader *reader, struct hae_view_node *map, const char *key,
                         bool plain, struct hae_view_labels *ret_labels);
/* A map or a list. NULL: it is missing, or of another type. */
struct hae_view_node *hae_view_key_node(struct hae_view_reader *reader, struct hae_view_node *map,
                                        const char *key, enum hae_view_node_type type);

/* Notes each key of a map that nothing has read. */
void hae_view_keys_end(struct hae_view_reader *reader, const struct hae_view_node *map);

#endif
