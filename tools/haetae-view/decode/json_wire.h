/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP in JSON becomes OTLP in protobuf, by the descriptors of the messages: so that what follows,
 * the check and the decoder, is the same for both.
 *
 * Specification: "JSON Protobuf Encoding" of OTLP: trace and span ids are hexadecimal, enums are
 * numbers (their names are understood as well), unknown members are ignored; 64-bit integers may be
 * texts or numbers. Input may be hostile: depth and size are bounded. */
#ifndef HAETAE_VIEW_DECODE_JSON_WIRE_H
#define HAETAE_VIEW_DECODE_JSON_WIRE_H

#include <protobuf-c/protobuf-c.h>

#include "base/buffer.h"
#include "decode/check.h"

enum hae_view_json_result {
    HAE_VIEW_JSON_DONE,
    HAE_VIEW_JSON_MALFORMED,
    HAE_VIEW_JSON_TOO_LARGE, /* more than out->limit */
    HAE_VIEW_JSON_NO_MEMORY
};

#define HAE_VIEW_JSON_PROBLEM 160

/* Writes the message into `out`, which is emptied first. On HAE_VIEW_JSON_MALFORMED `problem` is a
 * line for the sender. */
enum hae_view_json_result hae_view_json_wire(const ProtobufCMessageDescriptor *message,
                                             struct hae_view_bytes json, struct hae_buffer *out,
                                             char problem[HAE_VIEW_JSON_PROBLEM]);

#endif
