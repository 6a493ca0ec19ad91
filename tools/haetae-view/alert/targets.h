/* SPDX-License-Identifier: Apache-2.0 */
/* The targets of notifications, as a file of rules has them. */
#ifndef HAETAE_VIEW_ALERT_TARGETS_H
#define HAETAE_VIEW_ALERT_TARGETS_H

#include "alert/keys.h"

/* A target that is not used is NULL. */
struct hae_view_targets {
    char *alertmanager_url; /* without /api/v2/alerts */
    int64_t resend_ns;
    char *webhook_url;
    char **command; /* ended by NULL */
    int64_t timeout_ns;
    char *page_url; /* the URL of this haetae-view for people; NULL: the address where it listens */
};

/* Reads the key "notify" of the whole file, and "page". */
void hae_view_targets_read(struct hae_view_reader *reader, struct hae_view_node *root,
                           struct hae_view_targets *targets);
void hae_view_targets_done(struct hae_view_targets *targets);

#endif
