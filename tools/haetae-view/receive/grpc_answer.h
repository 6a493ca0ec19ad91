/* SPDX-License-Identifier: Apache-2.0 */
/* A call of gRPC and how it is answered; private to grpc_session.c. */
#ifndef HAETAE_VIEW_RECEIVE_GRPC_ANSWER_H
#define HAETAE_VIEW_RECEIVE_GRPC_ANSWER_H

#include <nghttp2/nghttp2.h>

#include "receive/request.h"

/* Before each message: whether it is compressed, and its length. */
enum { HAE_VIEW_GRPC_PREFIX = 5 };

struct hae_view_grpc_call {
    struct hae_view_grpc_call *next;
    struct hae_view_grpc_call *previous;
    int32_t id;
    char path[80];
    char content_type[64];
    char encoding[32];
    size_t header_bytes;
    bool begun; /* `request` is one */
    struct hae_view_request request;
    uint8_t prefix[HAE_VIEW_GRPC_PREFIX];
    size_t prefix_bytes;
    uint32_t message_bytes; /* that it has in all */
    uint32_t bytes;         /* that came */
    const char *broken;     /* what is wrong with the frames of gRPC; NULL: nothing */
    struct hae_buffer reply;
    size_t reply_sent;
};

/* Answers a complete call. Not 0: its stream must be reset. */
int hae_view_grpc_answer(nghttp2_session *http2, struct hae_view_grpc_call *call,
                         struct hae_view_endpoint *endpoint);

#endif
