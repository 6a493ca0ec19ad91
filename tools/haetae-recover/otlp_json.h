/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP messages as JSON, as the specification's "JSON Protobuf Encoding" has it: names in
 * lowerCamelCase, trace and span ids in hexadecimal, other bytes in base64, 64-bit integers
 * as strings, enums as numbers. Driven by the messages' descriptors. */
#ifndef HAE_RECOVER_OTLP_JSON_H
#define HAE_RECOVER_OTLP_JSON_H

#include <protobuf-c/protobuf-c.h>
#include <stdio.h>

/* Writes one message, without a newline. What could not be written shows in the stream. */
void hae_rec_json(FILE *out, const ProtobufCMessage *message);

#endif
