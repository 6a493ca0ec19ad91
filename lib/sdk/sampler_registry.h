/* SPDX-License-Identifier: Apache-2.0 */
/* What another library has for a name of OTEL_TRACES_SAMPLER. */
#ifndef HAETAE_SDK_SAMPLER_REGISTRY_H
#define HAETAE_SDK_SAMPLER_REGISTRY_H

#include "haetae/sampler.h"

/* The only name that the key has and the core has no sampler for. */
#define HAE_REMOTE_SAMPLER "jaeger_remote"

/* What makes it; NULL: no library has it. */
haetae_sampler_create hae_sampler_registered(void **ret_user);

#endif
