/* SPDX-License-Identifier: Apache-2.0 */
/* The providers of tracers, meters and loggers of an SDK that starts, and its readers of metrics.
 */
#ifndef HAETAE_SDK_START_PROVIDERS_H
#define HAETAE_SDK_START_PROVIDERS_H

#include "sdk/sdk_internal.h"

/* Needs the SDK's recorder and resource. On failure there is nothing to stop.
 * Errors: those of haetae_sdk_start(). */
haetae_status hae_sdk_start_providers(haetae_sdk *sdk, haetae_config *config);

/* Frees what that has made, and the metrics of the host. */
void hae_sdk_stop_providers(haetae_sdk *sdk);

#endif
