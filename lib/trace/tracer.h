/* SPDX-License-Identifier: Apache-2.0 */
/* Makes tracer providers and tracers. */
#ifndef HAETAE_TRACE_TRACER_H
#define HAETAE_TRACE_TRACER_H

#include "trace/provider.h"

/* Makes a provider that is not enabled. The caller fills `sampling`, `limits` and `resource`
 * afterwards, and enables it. Errors: HAETAE_ENOMEM. */
haetae_status hae_tracer_provider_init(struct hae_tracer_provider *provider,
                                       struct hae_recorder *recorder);
void hae_tracer_provider_done(struct hae_tracer_provider *provider);

haetae_status hae_tracer_get(struct hae_tracer_provider *provider,
                             const haetae_scope_options *scope, haetae_tracer **ret_tracer);

#endif
