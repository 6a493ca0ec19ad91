/* SPDX-License-Identifier: Apache-2.0 */
/* The spools of an SDK's exporters. */
#ifndef HAETAE_SDK_ATTACH_SPOOL_H
#define HAETAE_SDK_ATTACH_SPOOL_H

#include "pipeline/exporter.h"
#include "sdk/sdk_internal.h"

/* Whether the configuration asks for spools. */
bool hae_sdk_has_spools(const haetae_sdk *sdk, const haetae_config *config);

/* Looks whether the directory can serve. Errors: HAETAE_EVALUE, HAETAE_EIO, HAETAE_ENOMEM, which
 * haetae_config_error() explains. */
haetae_status hae_sdk_check_spools(const haetae_sdk *sdk, haetae_config *config);

/* Makes the spool of an exporter that gets these signals. *ret_spool is NULL when it has none.
 * Ownership: the caller's. Errors: HAETAE_ENOMEM. */
haetae_status hae_sdk_spool_of(haetae_sdk *sdk, const haetae_config *config,
                               const haetae_exporter *exporter, uint32_t signals,
                               haetae_exporter **ret_spool);

#endif
