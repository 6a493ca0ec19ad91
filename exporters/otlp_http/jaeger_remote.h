/* SPDX-License-Identifier: Apache-2.0 */
/* The sampler "jaeger_remote": it asks a sampling service of Jaeger, by HTTP, how the spans of a
 * service are sampled. The worker asks; a span's start reads the last answer (strategy.h).
 * OTEL_TRACES_SAMPLER_ARG is a list: endpoint=http://host:port (default http://localhost:5778; one
 * without a path gets /sampling), pollingIntervalMs (60000), initialSamplingRate (0.001), which
 * counts until the first answer. When a request fails, the last answer stays. */
#ifndef HAETAE_OTLP_HTTP_JAEGER_REMOTE_H
#define HAETAE_OTLP_HTTP_JAEGER_REMOTE_H

#include "haetae/sampler.h"

/* As haetae_sampler_create. Errors: HAETAE_EVALUE (the argument), HAETAE_ENOMEM, HAETAE_EIO,
 * HAETAE_EUNSUPPORTED. */
haetae_status hae_jaeger_remote_create(void *user, haetae_config *config,
                                       haetae_string service_name, haetae_sampler **ret_sampler);

#endif
