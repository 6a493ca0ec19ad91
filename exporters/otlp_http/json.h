/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol "http/json": the specification's "JSON Protobuf Encoding". */
#ifndef HAETAE_OTLP_HTTP_JSON_H
#define HAETAE_OTLP_HTTP_JSON_H

#include "otlp/protocol.h"

extern const struct hae_http_protocol hae_http_json;

#endif
