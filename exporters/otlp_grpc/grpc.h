/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP over gRPC, as the other protocols of OTLP. */
#ifndef HAETAE_OTLP_GRPC_GRPC_H
#define HAETAE_OTLP_GRPC_GRPC_H

#include "otlp/protocol.h"

extern const struct hae_http_protocol hae_grpc;

#endif
