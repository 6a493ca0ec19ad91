/* SPDX-License-Identifier: Apache-2.0 */
/* Values of each source: checked, parsed and kept. */
#ifndef HAETAE_SDK_CONFIG_SET_H
#define HAETAE_SDK_CONFIG_SET_H

#include "sdk/config_internal.h"

/* A key, its suffix for some exporters alone, "" for all, and what a source says of it. */
struct hae_config_place {
    size_t key;
    const char *suffix;
    struct hae_config_setting *setting;
};

/* Keeps a value of one source; a blank one removes what it had. On failure the source keeps what it
 * had, and `text` has one line more. Errors: HAETAE_EVALUE, HAETAE_ENOMEM. */
haetae_status hae_config_put(haetae_config *config, struct hae_config_text *text,
                             const struct hae_config_place *place, const char *value);

/* The same of a setting for all. */
haetae_status hae_config_put_value(haetae_config *config, struct hae_config_text *text, size_t key,
                                   enum hae_config_source source, const char *value);

/* Removes what a source said. */
void hae_config_forget(struct hae_config_setting *setting);

#endif
