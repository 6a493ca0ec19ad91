/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacks a request with limits on what it may cost, which protobuf-c does not
 * set: how deep messages nest (it recurses) and how much memory they take (a
 * two-byte message becomes a struct of hundreds). */
#ifndef HAE_CONSOLE_DECODE_H
#define HAE_CONSOLE_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

/* AnyValue nests 8 deep in what haetae records, in three messages each. */
#define HAE_CON_DECODE_DEPTH_MAX  64
#define HAE_CON_DECODE_MEMORY_MAX ((size_t)64 << 20)

enum hae_con_decode_status {
    HAE_CON_DECODE_OK,
    HAE_CON_DECODE_MALFORMED, /* not a message of this type, or nested too deep */
    HAE_CON_DECODE_TOO_LARGE, /* more than HAE_CON_DECODE_MEMORY_MAX                */
    HAE_CON_DECODE_NO_MEMORY
};

/* On HAE_CON_DECODE_OK *ret_message is the caller's, for hae_con_decode_free(); else it
 * is untouched. */
enum hae_con_decode_status hae_con_decode(const ProtobufCMessageDescriptor *type,
                                          const uint8_t *data, size_t size,
                                          ProtobufCMessage **ret_message);
void hae_con_decode_free(ProtobufCMessage *message);

#endif
