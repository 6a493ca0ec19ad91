/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP request, independent of the HTTP library, from its first line to its reply:
 *
 *   hae_view_request_begin()    receive/route.h: what the path and the headers ask for
 *   hae_view_request_receive()  for each piece of the body
 *   hae_view_request_finish()   receive/otlp_body.h: takes OTLP; or, where
 *   hae_view_request_asks(), hae_view_request_answer()
 *   hae_view_request_done()
 */
#ifndef HAETAE_VIEW_RECEIVE_REQUEST_H
#define HAETAE_VIEW_RECEIVE_REQUEST_H

#include "api/api.h"
#include "decode/decode.h"
#include "receive/reply.h"

/* The limit that the OTLP specification recommends for one body. */
#define HAE_VIEW_DEFAULT_MAX_BODY ((size_t)64 * 1024 * 1024)

/* Another path to serve: GET and HEAD only. */
struct hae_view_page {
    const char *path;
    enum hae_view_dialect dialect;
    /* False: it cannot be written now. */
    bool (*write)(void *user, struct hae_buffer *out);
    void *user;
};

/* What all requests share. Used by one thread at a time. */
struct hae_view_endpoint {
    struct hae_view_store *store;
    struct hae_view_alerts *alerts; /* NULL: there are no rules */
    struct hae_view_decoder *decoder;
    const struct hae_view_page *pages;
    size_t page_count;
    const struct hae_view_asset *assets;
    struct hae_buffer *packed; /* the same, compressed; NULL: they are not */
    size_t asset_count;
    size_t max_body_bytes;     /* of one body, as sent and decompressed */
    unsigned fail_per_million; /* this share of the OTLP requests fails... */
    unsigned fail_status;      /* ...with this status                      */
    unsigned retry_after_s;    /* sent with 429 and 503; 0: not sent */
    bool loopback;             /* only names of this machine are served under */
    /* Changes with each request. */
    uint64_t request_count; /* OTLP requests that were read to the end */
    size_t held_body_bytes; /* of bodies that are still arriving */
    /* Those of OTLP, from the one of which nothing has come for the longest time on. */
    struct hae_view_request *longest_silent;
    struct hae_view_request *newest;
    struct hae_buffer inflated;
};

struct hae_view_request {
    struct hae_view_endpoint *endpoint;
    const struct hae_view_page *page; /* NULL: not one of those */
    bool is_api;                      /* a question; its method, path and arguments are: */
    enum hae_view_method method;
    char path[64];
    char allow[40]; /* the methods that the path accepts, when another came */
    struct hae_view_arguments arguments;
    bool is_otlp; /* counted when refused */
    enum hae_view_signal signal;
    bool gzip;
    bool zstd;
    size_t received_bytes;
    struct hae_buffer body;
    struct hae_view_request *more_silent; /* among those whose bodies are arriving */
    struct hae_view_request *less_silent;
    struct hae_view_reply reply; /* its status is 0 until it is decided */
};

/* Makes an error the reply, and drops the body. `message` is a line for the sender. */
void hae_view_request_refuse(struct hae_view_request *request, unsigned status,
                             const char *message);
/* The same with status 503, and when to try again. */
void hae_view_request_refuse_for_now(struct hae_view_request *request, const char *message);

/* Takes a piece of the body. False: the connection must be closed, since too much comes
 * after a refusal. */
bool hae_view_request_receive(struct hae_view_request *request, const char *data, size_t length);

/* Whether the reply is made by hae_view_request_answer(): pages and questions. */
bool hae_view_request_asks(const struct hae_view_request *request);

/* Makes the reply of one that asks. Threads: any, one at a time for a request. */
void hae_view_request_answer(struct hae_view_request *request, struct hae_view_arrival arrival);

/* Whether the reply is a stream of events (api/events.h), which goes on. */
bool hae_view_request_listens(const struct hae_view_request *request);

/* Frees the body, when it has been taken or will not be. */
void hae_view_request_drop_body(struct hae_view_request *request);

void hae_view_request_done(struct hae_view_request *request);

#endif
