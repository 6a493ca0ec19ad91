/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacks requests for exporters that look into them. It sets limits on what that may cost,
 * which protobuf-c does not: how deep messages nest (it recurses) and how much memory they take
 * (a two-byte message becomes a struct of hundreds).
 *
 * This folder includes lib/base, lib/wire and the generated schema. */
#ifndef HAETAE_OTLP_UNPACK_UNPACK_H
#define HAETAE_OTLP_UNPACK_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

/* AnyValue nests HAETAE_VALUE_DEPTH_MAX deep in what haetae records, in three messages each. So
 * many levels take less than 256 KiB of stack, of the 1 MiB that the library's threads have. */
enum { HAE_UNPACK_DEPTH_MAX = 200 };

#define HAE_UNPACK_MEMORY_MAX ((size_t)64 << 20)

enum hae_unpacked {
    HAE_UNPACKED,
    HAE_UNPACK_MALFORMED, /* not a message of this type                     */
    HAE_UNPACK_TOO_DEEP,  /* messages nest deeper than HAE_UNPACK_DEPTH_MAX */
    HAE_UNPACK_TOO_LARGE, /* it would take more than HAE_UNPACK_MEMORY_MAX  */
    HAE_UNPACK_NO_MEMORY
};

/* In the strings HAE_UTF8_NUL_MARK (base/utf8.h) stands for a NUL, at which protobuf-c would end
 * them. Where a string has that byte, another that is no part of UTF-8 takes its place. On
 * HAE_UNPACKED *ret_message is the caller's, for hae_unpack_free(); else it is untouched. `data`
 * may be NULL when size_bytes is 0. Threads: any. */
enum hae_unpacked hae_unpack(const ProtobufCMessageDescriptor *type, const uint8_t *data,
                             size_t size_bytes, ProtobufCMessage **ret_message);
void hae_unpack_free(ProtobufCMessage *message);

#endif
