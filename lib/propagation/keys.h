/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration keys of propagation. The columns are explained in
 * sdk/config_registry.h. */
#ifndef HAETAE_PROPAGATION_KEYS_H
#define HAETAE_PROPAGATION_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define HAE_PROPAGATION_KEYS(X)                                                                    \
    X(OTEL_PROPAGATORS, LIST, "tracecontext,baggage", 0, 0, NULL,                                  \
      "How contexts travel in headers: tracecontext, baggage, b3, b3multi, jaeger, xray, "         \
      "ottrace, or none")

#endif
