/* SPDX-License-Identifier: Apache-2.0 */
/* Providers, their processors and readers, and what stands at the root of a file. */
#ifndef HAETAE_CONFIG_FILE_APPLY_PROVIDER_H
#define HAETAE_CONFIG_FILE_APPLY_PROVIDER_H

#include "apply.h"

/* What holds where a file says nothing: no detectors, no propagators. */
void hae_apply_defaults(struct hae_apply *apply, const haetae_config_node *root);

/* A signal without a provider is not recorded. */
void hae_apply_unused_signals(struct hae_apply *apply, const haetae_config_node *root);

void hae_apply_format(struct hae_apply *apply, const haetae_config_node *node,
                      const struct hae_type *type);
void hae_apply_log_level(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type);
void hae_apply_depth(struct hae_apply *apply, const haetae_config_node *node,
                     const struct hae_type *type);
void hae_apply_provider(struct hae_apply *apply, const haetae_config_node *node,
                        const struct hae_type *type);
void hae_apply_processors(struct hae_apply *apply, const haetae_config_node *node,
                          const struct hae_type *type);
void hae_apply_batch_count(struct hae_apply *apply, const haetae_config_node *node,
                           const struct hae_type *type);
void hae_apply_processor(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type);
void hae_apply_propagator(struct hae_apply *apply, const haetae_config_node *node,
                          const struct hae_type *type);

/* Keys of haetae that the schema does not have: distribution.haetae.HAETAE_... */
void hae_apply_distribution(struct hae_apply *apply, const haetae_config_node *node,
                            const struct hae_type *type);

#endif
