/* SPDX-License-Identifier: Apache-2.0 */
/* What the generated code does not have. */
#ifndef HAE_OTLP_REQUESTS_H
#define HAE_OTLP_REQUESTS_H

#include <protobuf-c/protobuf-c.h>

#include "otlp.pb-c.h"

enum { HAE_OTLP_REQUEST_COUNT = 3 };

/* The requests that carry traces, metrics and logs, in the order of the public signals. */
extern const ProtobufCMessageDescriptor *const hae_otlp_requests[HAE_OTLP_REQUEST_COUNT];

#endif
