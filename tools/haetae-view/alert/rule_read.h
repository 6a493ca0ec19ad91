/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one rule from its map in a file. */
#ifndef HAETAE_VIEW_ALERT_RULE_READ_H
#define HAETAE_VIEW_ALERT_RULE_READ_H

#include "alert/keys.h"
#include "alert/rule.h"

/* `rule` is empty before. What is wrong with it, the reader notes. */
void hae_view_rule_read(struct hae_view_reader *reader, struct hae_view_node *map,
                        struct hae_view_rule *rule);

#endif
