/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of one HTTP request, apart from the HTTP library: which path and
 * headers are served, how the body is taken in, and what is answered. */
#ifndef HAETAE_VIEW_RECEIVE_REQUEST_H
#define HAETAE_VIEW_RECEIVE_REQUEST_H

#include "decode/decode.h"
#include "receive/reply.h"

/* The limit that the OTLP specification recommends for one body. */
#define HAE_VIEW_DEFAULT_MAX_BODY ((size_t)64 * 1024 * 1024)

/* Something else to serve: GET and HEAD only. */
struct hae_view_page {
    const char *path;
    enum hae_view_dialect dialect;
    void (*write)(void *user, struct hae_buffer *out);
    void *user;
};

/* What all requests share. Used by one thread at a time. */
struct hae_view_endpoint {
    struct hae_view_store *store;
    struct hae_view_decoder *decoder;
    const struct hae_view_page *pages;
    size_t page_count;
    size_t max_body_bytes;     /* of one body, as it comes and decompressed */
    unsigned fail_per_million; /* this share of the OTLP requests fails... */
    unsigned fail_status;      /* ...with this status                      */
    unsigned retry_after_s;    /* told with 429 and 503; 0: not told       */
    /* State. */
    uint64_t request_count; /* OTLP requests that came to their end */
    size_t held_body_bytes; /* of bodies that are still coming in */
    struct hae_buffer inflated;
};

/* The headers that matter; NULL where there is none. */
struct hae_view_headers {
    const char *content_type;
    const char *content_encoding;
    const char *content_length;
};

struct hae_view_request {
    struct hae_view_endpoint *endpoint;
    const struct hae_view_page *page; /* NULL: not one of those */
    bool is_otlp;                     /* to be counted when refused */
    enum hae_view_signal signal;
    bool gzip;
    size_t received_bytes;
    struct hae_buffer body;
    struct hae_view_reply reply; /* its status is 0 until it is decided */
};

/* Looks at the request line and the headers. Afterwards the reply may be decided
 * already; the body, if one comes, is then thrown away. */
void hae_view_request_begin(struct hae_view_request *request, struct hae_view_endpoint *endpoint,
                            const char *method, const char *path,
                            const struct hae_view_headers *headers);

/* Takes a piece of the body. False: too much comes behind a refusal, give up the
 * connection. */
bool hae_view_request_receive(struct hae_view_request *request, const char *data, size_t length);

/* The body is complete: decides the reply. */
void hae_view_request_finish(struct hae_view_request *request, struct hae_view_arrival arrival);

void hae_view_request_done(struct hae_view_request *request);

#endif
