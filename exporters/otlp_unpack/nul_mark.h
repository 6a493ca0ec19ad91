/* SPDX-License-Identifier: Apache-2.0 */
/* Strings with a NUL inside, at which protobuf-c would end them. */
#ifndef HAETAE_OTLP_UNPACK_NUL_MARK_H
#define HAETAE_OTLP_UNPACK_NUL_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

/* Puts HAE_UTF8_NUL_MARK (base/utf8.h) in the place of each NUL of a message's strings, in `copy`,
 * a copy of the message; NULL: only looks. Where a string has that byte, another that is no part of
 * UTF-8 takes its place. Whether there is anything to put. Recurses as deep as messages nest, which
 * the caller has checked. */
bool hae_mark_nuls(const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t size_bytes,
                   uint8_t *copy);

#endif
