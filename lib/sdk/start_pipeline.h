/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline of an SDK that starts: its sources, exporters and worker. */
#ifndef HAETAE_SDK_START_PIPELINE_H
#define HAETAE_SDK_START_PIPELINE_H

#include "sdk/sdk_internal.h"

/* Starts pipeline and worker, the last of an SDK's parts. Ownership: on HAETAE_OK the exporters are
 * the pipeline's; on failure they stay the configuration's, and there is nothing to stop.
 * Errors: those of haetae_sdk_start(). */
haetae_status hae_sdk_start_pipeline(haetae_sdk *sdk, haetae_config *config);

#endif
