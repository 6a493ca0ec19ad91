/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a program's own that a configuration hands to the SDK which is started with it:
 * sampler, generator of ids, processors, what holds for scopes. */
#ifndef HAETAE_SDK_COMPONENTS_H
#define HAETAE_SDK_COMPONENTS_H

#include "sdk/config_internal.h"
#include "sdk/sdk_internal.h"

/* Gives them to the SDK's providers, on trial: they stay the configuration's. */
void hae_components_lend(const haetae_config *config, haetae_sdk *sdk);

/* The start has failed: takes them back. */
void hae_components_take_back(haetae_sdk *sdk);

/* The start has succeeded: they are the SDK's, and the configuration forgets them. */
void hae_components_hand_over(haetae_config *config);

/* Calls force_flush of all processors, or shutdown, until a deadline in milliseconds of
 * hae_now_ms(). Returns the first failure. */
haetae_status hae_components_flush(haetae_sdk *sdk, uint64_t deadline_ms);
haetae_status hae_components_shut_down(haetae_sdk *sdk, uint64_t deadline_ms);

/* Frees what the configuration still has. */
void hae_components_done(haetae_config *config);

#endif
