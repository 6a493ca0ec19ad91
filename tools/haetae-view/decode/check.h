/* SPDX-License-Identifier: Apache-2.0 */
/* Checks an OTLP body before protobuf-c unpacks it.
 *
 * protobuf-c trusts its input in ways that this tool must not: it recurses as deep as the
 * input nests, merges repeated singular messages in quadratic time, and accepts any bytes
 * in strings. So the whole body is checked first, against the same descriptors, and then
 * unpacked part by part. */
#ifndef HAETAE_VIEW_DECODE_CHECK_H
#define HAETAE_VIEW_DECODE_CHECK_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than what haetae records: HAETAE_VALUE_DEPTH_MAX values in each other, in three messages
 * each. */
#define HAE_VIEW_CHECK_DEPTH_MAX 200
/* How often a body may repeat singular messages. */
#define HAE_VIEW_CHECK_MERGES_MAX 64

struct hae_view_bytes {
    const uint8_t *data;
    size_t length;
};

enum hae_view_check_result {
    HAE_VIEW_CHECK_GOOD,
    HAE_VIEW_CHECK_MALFORMED,
    HAE_VIEW_CHECK_TOO_LARGE /* a part would take more memory than allowed */
};

struct hae_view_check {
    size_t part_limit;    /* bytes of memory that one unpacked part may take              */
    size_t message_limit; /* nested messages of a body: an empty one takes two bytes and
                           * some time                                                    */
    char problem[160];    /* what is wrong, with the field's name                         */
    size_t merges;
    size_t messages;
    bool has_nul; /* some text has a NUL inside, at which protobuf-c would end it */
};

/* Checks that protobuf-c can unpack a collector request safely, one part (a
 * resource, scope, span, log record or metric) at a time. */
enum hae_view_check_result hae_view_check(struct hae_view_check *check,
                                          const ProtobufCMessageDescriptor *request,
                                          struct hae_view_bytes body);

#endif
