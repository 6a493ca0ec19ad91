/* SPDX-License-Identifier: Apache-2.0 */
/* Samplers that OTEL_TRACES_SAMPLER names and another library has; and the work of samplers. */
#ifndef HAETAE_SDK_NAMED_SAMPLER_H
#define HAETAE_SDK_NAMED_SAMPLER_H

#include "sdk/config_internal.h"
#include "sdk/sdk_internal.h"

/* Makes the sampler of the key and gives it to the configuration, unless that has one or the core
 * has what the key names. One that nothing has is left out, with a warning.
 * *ret_made: it was made. Errors: those of its create(), with the reason in the configuration. */
haetae_status hae_named_sampler_make(haetae_config *config, haetae_string service_name,
                                     bool *ret_made);

/* Frees it again, when the start has failed. */
void hae_named_sampler_drop(haetae_config *config);

/* Has the worker work for the samplers of the SDK, before it starts. Without memory it does not. */
void hae_sampler_work_begin(haetae_sdk *sdk);

/* Undoes that, when the worker was not started. */
void hae_sampler_work_undo(haetae_sdk *sdk);

#endif
