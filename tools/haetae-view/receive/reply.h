/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies of answers: protobuf, JSON or text, as the request was. */
#ifndef HAETAE_VIEW_RECEIVE_REPLY_H
#define HAETAE_VIEW_RECEIVE_REPLY_H

#include "base/buffer.h"
#include "receive/asset.h"
#include "store/model.h"

enum hae_view_dialect {
    HAE_VIEW_PLAIN_TEXT,
    HAE_VIEW_PROTOBUF,
    HAE_VIEW_JSON,
    HAE_VIEW_JSON_LINES
};

struct hae_view_reply {
    unsigned status;
    enum hae_view_dialect dialect;
    bool is_question;       /* errors are as those of the API */
    unsigned retry_after_s; /* 0: no such header */
    const char *allow;      /* NULL: no such header */
    const struct hae_view_asset
        *asset;                      /* with status 200 its bytes are the body; NULL: `body` is */
    const struct hae_buffer *packed; /* its bytes in gzip; NULL: as they are */
    struct hae_buffer body;
};

const char *hae_view_dialect_type(enum hae_view_dialect dialect);

/* The dialect of a Content-Type; NULL: there is none. */
enum hae_view_dialect hae_view_dialect_of(const char *content_type);

/* Answers 200 with the empty Export…ServiceResponse of a signal. */
void hae_view_reply_accepted(struct hae_view_reply *reply, enum hae_view_signal signal);

/* Answers an error with google.rpc.Status as its body. `message` is a line for the sender. */
void hae_view_reply_error(struct hae_view_reply *reply, unsigned status, const char *message);

#endif
