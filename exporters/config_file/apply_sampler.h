/* SPDX-License-Identifier: Apache-2.0 */
/* Samplers of a file. */
#ifndef HAETAE_CONFIG_FILE_APPLY_SAMPLER_H
#define HAETAE_CONFIG_FILE_APPLY_SAMPLER_H

#include "apply.h"

/* tracer_provider.sampler: sets OTEL_TRACES_SAMPLER where that can say it, else a sampler. */
void hae_apply_sampler(struct hae_apply *apply, const haetae_config_node *node,
                       const struct hae_type *type);

/* tracer_provider.id_generator */
void hae_apply_id_generator(struct hae_apply *apply, const haetae_config_node *node,
                            const struct hae_type *type);

#endif
