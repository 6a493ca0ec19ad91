/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of single exporters: OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL is for the exporter that a list
 * names otlp/seoul. While that one is made, the configuration has its settings in force. */
#ifndef HAETAE_SDK_CONFIG_NAMED_H
#define HAETAE_SDK_CONFIG_NAMED_H

#include "sdk/config_label.h"

/* Keeps a value of one source for the exporters of a label; `name` is that of a key with its
 * suffix. Errors: those of hae_config_put(), HAETAE_EKEY, HAETAE_ELIMIT (of labels). */
haetae_status hae_config_put_named(haetae_config *config, struct hae_config_text *text,
                                   const char *name, enum hae_config_source source,
                                   const char *value);

/* Puts the settings of a label in force, before those of all exporters; an empty one: those
 * alone, as hae_config_leave_label() does. Errors: HAETAE_EVALUE (too long). */
haetae_status hae_config_use_label(haetae_config *config, haetae_string label);
void hae_config_leave_label(haetae_config *config);

/* Before the exporters are made: no label is used yet. */
void hae_config_forget_used_labels(haetae_config *config);

/* Warns of settings whose label no exporter has. */
void hae_config_warn_of_labels(haetae_config *config);

void hae_config_named_done(haetae_config *config);

#endif
