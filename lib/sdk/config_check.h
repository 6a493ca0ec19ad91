/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration says as a whole: which exporters it chooses, and whether its
 * values fit together. */
#ifndef HAETAE_SDK_CONFIG_CHECK_H
#define HAETAE_SDK_CONFIG_CHECK_H

#include "sdk/config_internal.h"

/* Which exporters OTEL_<SIGNAL>_EXPORTER chooses: bit i stands for exporters[i]. What
 * an exporter itself takes is not looked at. */
uint32_t hae_config_exporters(const haetae_config *config, haetae_signal signal);

/* OTEL_<SIGNAL>_EXPORTER. */
size_t hae_config_exporter_key(haetae_signal signal);

/* Whether an exporter of this name was added. */
bool hae_config_has_exporter(const haetae_config *config, haetae_string name);

/* HAETAE_EVALUE when values contradict each other or name an exporter that was not
 * added; haetae_config_error() reports each. A value that was left to its default never
 * contradicts another: the SDK takes the lesser of the two. */
haetae_status hae_config_check(haetae_config *config);

#endif
