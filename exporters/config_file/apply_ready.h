/* SPDX-License-Identifier: Apache-2.0 */
/* The ready processors of haetae, which the schema does not have: NAME/haetae. */
#ifndef HAETAE_CONFIG_FILE_APPLY_READY_H
#define HAETAE_CONFIG_FILE_APPLY_READY_H

#include "apply.h"

void hae_apply_span_metrics(struct hae_apply *apply, const haetae_config_node *node,
                            const struct hae_type *type);
void hae_apply_baggage_attributes(struct hae_apply *apply, const haetae_config_node *node,
                                  const struct hae_type *type);
void hae_apply_redaction(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type);

#endif
