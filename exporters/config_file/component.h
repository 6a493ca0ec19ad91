/* SPDX-License-Identifier: Apache-2.0 */
/* Components that a program has registered. Specification: "PluginComponentProvider". */
#ifndef HAETAE_CONFIG_FILE_COMPONENT_H
#define HAETAE_CONFIG_FILE_COMPONENT_H

#include "haetae/config_file.h"

/* Has the component make what the node names. Errors: HAETAE_EKEY (there is none of this name),
 * those of its create(). */
haetae_status hae_component_create(int kind, haetae_config *config, uint32_t signals,
                                   const haetae_config_node *node);

/* Whether there is one. */
bool hae_component_is_known(int kind, const char *name);

#endif
