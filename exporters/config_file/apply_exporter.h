/* SPDX-License-Identifier: Apache-2.0 */
/* Exporters of a file. */
#ifndef HAETAE_CONFIG_FILE_APPLY_EXPORTER_H
#define HAETAE_CONFIG_FILE_APPLY_EXPORTER_H

#include "apply.h"

/* Exporters that stand in for each other, the first one first. */
void hae_apply_failover(struct hae_apply *apply, const haetae_config_node *node,
                        const struct hae_type *type);

/* Notes the settings of an OTLP exporter for the signal. */
void hae_apply_otlp_http(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type);
void hae_apply_otlp_grpc(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type);
void hae_apply_otlp_file(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type);
void hae_apply_output_stream(struct hae_apply *apply, const haetae_config_node *node,
                             const struct hae_type *type);
void hae_apply_file(struct hae_apply *apply, const haetae_config_node *node,
                    const struct hae_type *type);

/* Makes an exporter by its name, for the signal alone, and adds it. */
void hae_apply_named_exporter(struct hae_apply *apply, const haetae_config_node *node,
                              const struct hae_type *type);

/* Makes the OTLP exporters that were noted. */
void hae_make_otlp_exporters(struct hae_apply *apply);

#endif
