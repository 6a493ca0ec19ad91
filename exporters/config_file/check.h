/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a tree follows the schema. */
#ifndef HAETAE_CONFIG_FILE_CHECK_H
#define HAETAE_CONFIG_FILE_CHECK_H

#include "faults.h"
#include "type.h"

/* Adds a fault for each node that does not. */
void hae_check_object(const haetae_config_node *node, const struct hae_type *type,
                      struct hae_faults *faults);

/* The field of this name; NULL: the type has none. */
const struct hae_field *hae_field_find(const struct hae_type *type, const char *name);

#endif
