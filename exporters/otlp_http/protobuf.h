/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol "http/protobuf": the specification's "Binary Protobuf Encoding". */
#ifndef HAETAE_OTLP_HTTP_PROTOBUF_H
#define HAETAE_OTLP_HTTP_PROTOBUF_H

#include "otlp/protocol.h"

extern const struct hae_http_protocol hae_http_protobuf;

#endif
