/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration to a running SDK, and back. */
#ifndef HAETAE_SDK_START_H
#define HAETAE_SDK_START_H

#include "sdk/sdk_internal.h"

/* As haetae_sdk_start(), of which it is the last part: the exporters are chosen, and what the
 * configuration says about them is checked. */
haetae_status hae_sdk_start_with(haetae_config *config, haetae_sdk **ret_sdk);

/* What a start would find wrong with a configuration, the exporters aside. */
haetae_status hae_sdk_check(haetae_config *config);

/* Starts one that only recovers what is in a directory, and is driven by
 * haetae_sdk_step(). `spools`: these of it, which live until it is freed; NULL: recorders' files.
 * As haetae_sdk_start() else. */
haetae_status hae_sdk_start_recovery(haetae_config *config, const char *directory,
                                     const struct hae_spool_entries *spools, haetae_sdk **ret_sdk);

/* Frees what a start has made, and the SDK; nobody uses the pipeline any more. */
void hae_sdk_free_parts(haetae_sdk *sdk);

#endif
