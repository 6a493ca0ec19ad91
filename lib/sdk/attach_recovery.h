/* SPDX-License-Identifier: Apache-2.0 */
/* Gives an SDK the recovery of what dead processes left. */
#ifndef HAETAE_SDK_ATTACH_RECOVERY_H
#define HAETAE_SDK_ATTACH_RECOVERY_H

#include "sdk/sdk_internal.h"

/* Reports in haetae_config_error() why a directory can't serve; `key` may be "". Returns the
 * status: a fault of the directory is a fault of the configuration, a full disk is not. */
haetae_status hae_sdk_report_file_fault(haetae_config *config, const char *key,
                                        const char *directory, const struct hae_file_fault *fault);

/* Tells a directory that can never serve from a system that refused this time. */
haetae_status hae_sdk_status_of_fault(const struct hae_file_fault *fault);

/* Makes sdk->recovery or sdk->spool_recovery, if there is a directory to recover from, and
 * exporters to do it with. */
haetae_status hae_sdk_attach_recovery(haetae_sdk *sdk, haetae_config *config);

#endif
