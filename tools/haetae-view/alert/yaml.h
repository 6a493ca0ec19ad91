/* SPDX-License-Identifier: Apache-2.0 */
/* Reads YAML, with libyaml. Without it all is refused. */
#ifndef HAETAE_VIEW_ALERT_YAML_H
#define HAETAE_VIEW_ALERT_YAML_H

#include "alert/tree.h"

/* Reads a text. NULL: it adds "NAME:LINE:COLUMN: what is wrong" and a line end to `problems`.
 * Anchors, aliases, tags, more than one document and keys that are there twice are refused. */
struct hae_view_node *hae_view_yaml_read(const char *text, size_t length, const char *name,
                                         struct hae_buffer *problems);

#endif
