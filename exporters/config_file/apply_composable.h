/* SPDX-License-Identifier: Apache-2.0 */
/* Composable samplers of a file, and the rules by which they are chosen. */
#ifndef HAETAE_CONFIG_FILE_APPLY_COMPOSABLE_H
#define HAETAE_CONFIG_FILE_APPLY_COMPOSABLE_H

#include "apply.h"
#include "haetae/sampler.h"

/* Makes the composable that a map with one key names. On failure a fault says why. */
haetae_status hae_make_composable(struct hae_apply *apply, const haetae_config_node *node,
                                  haetae_composable **ret_composable);

#endif
