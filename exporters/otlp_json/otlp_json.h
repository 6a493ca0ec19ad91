/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP messages as JSON. Specification: "JSON Protobuf Encoding": names in lowerCamelCase,
 * trace and span ids in hexadecimal, other bytes in base64, 64-bit integers as strings, enums as
 * numbers. Driven by the messages' descriptors.
 *
 * This folder includes lib/base and protobuf-c. */
#ifndef HAETAE_OTLP_JSON_OTLP_JSON_H
#define HAETAE_OTLP_JSON_OTLP_JSON_H

#include <protobuf-c/protobuf-c.h>

#include "base/json.h"

/* Writes a message that hae_unpack() has made, as the outermost value or as an element of an array.
 * It recurses as deep as the message nests; hae_unpack() limits that. */
void hae_otlp_json(struct hae_json *json, const ProtobufCMessage *message);

#endif
