/* SPDX-License-Identifier: Apache-2.0 */
/* Handles one HTTP request, independent of the HTTP library: which paths and headers are
 * served, how the body is read, and what is answered. */
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
    struct hae_buffer inflated;
};

/* The headers that matter; NULL where there is none. */
struct hae_view_headers {
    const char *content_type;
    const char *content_encoding;
    const char *content_length;
    const char *host;
    const char *accept;
    const char *accept_encoding;
    const char *if_none_match;
    const char *origin;
    const char *haetae;     /* X-Haetae */
    const char *fetch_site; /* Sec-Fetch-Site */
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
    struct hae_view_reply reply; /* its status is 0 until it is decided */
};

/* Reads the request line and the headers. The reply may be decided then; the body, if one
 * comes, is thrown away. */
void hae_view_request_begin(struct hae_view_request *request, struct hae_view_endpoint *endpoint,
                            const char *method, const char *path,
                            const struct hae_view_headers *headers);

/* Takes a piece of the body. False: the connection must be closed, since too much comes
 * after a refusal. */
bool hae_view_request_receive(struct hae_view_request *request, const char *data, size_t length);

/* Whether the reply is made by hae_view_request_answer(): pages and questions. */
bool hae_view_request_asks(const struct hae_view_request *request);

/* Makes the reply of one that asks. Threads: any, one at a time for a request. */
void hae_view_request_answer(struct hae_view_request *request, struct hae_view_arrival arrival);

/* Whether the reply is a stream of events (api/events.h), which goes on. */
bool hae_view_request_listens(const struct hae_view_request *request);

/* Replies that it cannot be done now: `why` is a line for the sender. */
void hae_view_request_is_busy(struct hae_view_request *request, const char *why);

/* Called when the body is complete. Decides the reply, unless it asks. */
void hae_view_request_finish(struct hae_view_request *request, struct hae_view_arrival arrival);

void hae_view_request_done(struct hae_view_request *request);

#endif
