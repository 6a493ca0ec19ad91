/* SPDX-License-Identifier: Apache-2.0 */
/* The resource of a file. */
#ifndef HAETAE_CONFIG_FILE_APPLY_RESOURCE_H
#define HAETAE_CONFIG_FILE_APPLY_RESOURCE_H

#include "apply.h"

void hae_apply_attributes(struct hae_apply *apply, const haetae_config_node *node,
                          const struct hae_type *type);
void hae_apply_schema_url(struct hae_apply *apply, const haetae_config_node *node,
                          const struct hae_type *type);
void hae_apply_patterns(struct hae_apply *apply, const haetae_config_node *node,
                        const struct hae_type *type);
void hae_apply_detectors(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type);

#endif
