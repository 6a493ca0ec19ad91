/* SPDX-License-Identifier: Apache-2.0 */
/* Checks an OTLP body against the schema before anything of it is read, so that whatever reads it
 * meets valid fields only: their wire types, UTF-8 in texts, how deep and how often messages nest.
 */
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
    HAE_VIEW_CHECK_TOO_LARGE /* it has more messages or items than allowed */
};

/* An empty message takes two bytes and some time; an item that is kept takes more of it. */
struct hae_view_check {
    size_t part_limit;    /* nested messages of a resource, scope, span, log record or metric */
    size_t message_limit; /* nested messages of a body */
    size_t item_limit;    /* spans, log records, metrics and data points of a body */
    char problem[160];    /* what is wrong, with the field's name */
    size_t merges;
    size_t messages;
    size_t items;
    size_t part_messages;
};

enum hae_view_check_result hae_view_check(struct hae_view_check *check,
                                          const ProtobufCMessageDescriptor *request,
                                          struct hae_view_bytes body);

#endif
