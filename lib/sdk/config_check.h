/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration says as a whole: which exporters it chooses, and whether its
 * values fit together. */
#ifndef HAETAE_SDK_CONFIG_CHECK_H
#define HAETAE_SDK_CONFIG_CHECK_H

#include "sdk/config_internal.h"

/* Which exporters OTEL_<SIGNAL>_EXPORTER chooses: bit i stands for exporters[i]. Names that no
 * exporter has are ignored; a list of such names alone counts as unset. What an exporter itself
 * takes is not looked at. */
uint32_t hae_config_exporters(const haetae_config *config, haetae_signal signal);

/* OTEL_<SIGNAL>_EXPORTER. */
size_t hae_config_exporter_key(haetae_signal signal);

/* Whether an exporter of this name was added. */
bool hae_config_has_exporter(const haetae_config *config, haetae_string name);

/* Warns of each name in these keys that no added exporter has. */
void hae_config_warn_of_exporters(haetae_config *config);

/* HAETAE_EINVAL, with an error, when an SDK has taken the exporters that were added. */
haetae_status hae_config_check_owner(haetae_config *config);

/* HAETAE_EVALUE, with an error, when a key's value cannot be used and nothing else may be used in
 * its place: see hae_config_is_vital(). */
haetae_status hae_config_require(haetae_config *config, size_t key);

/* HAETAE_EVALUE when values contradict each other, or the core needs one that cannot be used; an
 * error reports each. A value that was left to its default never contradicts another: the SDK
 * takes the lesser of the two. */
haetae_status hae_config_check(haetae_config *config);

#endif
