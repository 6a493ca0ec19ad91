/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of OTLP exporters: secrets, which no fault shows. */
#ifndef HAETAE_CONFIG_FILE_APPLY_HEADERS_H
#define HAETAE_CONFIG_FILE_APPLY_HEADERS_H

#include "apply.h"

/* headers_list is applied before headers, which win. */
void hae_apply_headers_list(struct hae_apply *apply, const haetae_config_node *node,
                            const struct hae_type *type);
void hae_apply_headers(struct hae_apply *apply, const haetae_config_node *node,
                       const struct hae_type *type);

#endif
