/* SPDX-License-Identifier: Apache-2.0 */
/* Views. */
#ifndef HAETAE_CONFIG_FILE_APPLY_VIEW_H
#define HAETAE_CONFIG_FILE_APPLY_VIEW_H

#include "apply.h"

void hae_apply_views(struct hae_apply *apply, const haetae_config_node *node,
                     const struct hae_type *type);

#endif
