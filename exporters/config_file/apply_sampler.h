/* SPDX-License-Identifier: Apache-2.0 */
/* Samplers of a file. */
#ifndef HAETAE_CONFIG_FILE_APPLY_SAMPLER_H
#define HAETAE_CONFIG_FILE_APPLY_SAMPLER_H

#include "apply.h"

/* One that OTEL_TRACES_SAMPLER names. */
void hae_apply_sampler(struct hae_apply *apply, const haetae_config_node *node,
                       const struct hae_type *type);

/* One of these under the parent's decision. */
void hae_apply_parent_based(struct hae_apply *apply, const haetae_config_node *node,
                            const struct hae_type *type);

#endif
