/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of metrics. */
#ifndef HAETAE_CONFIG_FILE_APPLY_READER_H
#define HAETAE_CONFIG_FILE_APPLY_READER_H

#include "apply.h"

void hae_apply_periodic(struct hae_apply *apply, const haetae_config_node *node,
                        const struct hae_type *type);
void hae_apply_pull(struct hae_apply *apply, const haetae_config_node *node,
                    const struct hae_type *type);

/* The exporter for Prometheus, and its properties. */
void hae_apply_prometheus(struct hae_apply *apply, const haetae_config_node *node,
                          const struct hae_type *type);
void hae_apply_labels(struct hae_apply *apply, const haetae_config_node *node,
                      const struct hae_type *type);
void hae_apply_translation(struct hae_apply *apply, const haetae_config_node *node,
                           const struct hae_type *type);

/* Properties of the reader's exporter. */
void hae_apply_temporality(struct hae_apply *apply, const haetae_config_node *node,
                           const struct hae_type *type);
void hae_apply_histogram(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type);

/* Gives an exporter of the configuration a reader of its own, if `reader` asks for one. */
void hae_add_reader(struct hae_apply *apply, const struct hae_file_reader *reader,
                    const haetae_config_node *node, haetae_exporter *exporter);

#endif
