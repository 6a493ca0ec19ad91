/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that a file has: docs/alerts.md. */
#ifndef HAETAE_VIEW_ALERT_RULES_H
#define HAETAE_VIEW_ALERT_RULES_H

#include <stdint.h>

#include "alert/rule.h"
#include "alert/targets.h"

#define HAE_VIEW_RULES_MAX 256

struct hae_view_rules {
    int64_t every_ns;
    struct hae_view_labels labels; /* of all alerts */
    struct hae_view_rule *items;
    size_t count;
    struct hae_view_targets targets;
};

/* Reads a file, or a text. NULL: it adds "NAME:LINE:COLUMN: what is wrong" and a line end to
 * `problems`, for each thing that is wrong. */
struct hae_view_rules *hae_view_rules_load(const char *path, struct hae_buffer *problems);
struct hae_view_rules *hae_view_rules_read(const char *text, size_t length, const char *name,
                                           struct hae_buffer *problems);
void hae_view_rules_free(struct hae_view_rules *rules);

#endif
