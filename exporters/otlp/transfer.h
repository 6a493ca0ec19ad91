/* SPDX-License-Identifier: Apache-2.0 */
/* One request: from a delivery to a result. */
#ifndef HAETAE_OTLP_TRANSFER_H
#define HAETAE_OTLP_TRANSFER_H

#include <curl/curl.h>

#include "haetae/exporter.h"
#include "otlp/compress.h"
#include "otlp/dial.h"
#include "otlp/fresh.h"
#include "otlp/response.h"
#include "otlp/sockets.h"

/* The limit that the specification recommends for a request, uncompressed. */
enum { HAE_HTTP_REQUEST_MAX_BYTES = 64 * 1024 * 1024 };

struct hae_http_transfer {
    CURL *easy;                /* made when first used, then kept       */
    haetae_delivery *delivery; /* NULL: idle                            */
    const struct hae_http_target *target;
    struct hae_http_compressor *compressor; /* NULL: no signal is compressed */
    enum hae_http_codec codec;              /* of this request               */
    bool again;                             /* it was refused with another   */
    haetae_verdict refusal;                 /* when it could not begin       */
    struct hae_http_buffer made;            /* the body, if it is not the delivery's bytes */
    enum hae_http_dial dial;
    unsigned generation;   /* of connections, when it began                                   */
    bool was_unauthorized; /* it is sent again with newer headers */
    struct hae_http_fresh fresh; /* kept for another try by its caller */
    struct curl_slist encoded;   /* the fresh headers with a line for the codec before them */
    bool is_fresh;      /* it takes a new connection, as those that are there are too old  */
    int64_t overdue_ms; /* monotonic: by then it must have ended; negative: it need not */
    struct hae_http_buffer packed;             /* the compressed body           */
    uint8_t prefix[HAE_HTTP_PREFIX_MAX_BYTES]; /* what comes before the body   */
    size_t read_bytes;                         /* of the prefix and the body, that libcurl has  */
    struct hae_http_opener opener;
    struct hae_http_response response;
    char error[CURL_ERROR_SIZE]; /* mostly libcurl's text, which quotes no header */
};

/* Whether it opens a connection to the target's host, and has not begun to send on it. */
bool hae_http_transfer_is_opening(const struct hae_http_transfer *transfer,
                                  const struct hae_http_target *target);

/* Whether it has ended as there is no connection to join. */
bool hae_http_transfer_found_none(const struct hae_http_transfer *transfer, CURLcode code);

/* Prepares a request for a delivery of at most HAE_HTTP_REQUEST_MAX_BYTES, with the codec and
 * `again` that the caller has set. `easy` is then ready for a loop. False: `error` says why not,
 * `refusal` what follows, and `transfer` is idle again. */
bool hae_http_transfer_begin(struct hae_http_transfer *transfer, haetae_delivery *delivery,
                             const struct hae_http_target *target,
                             const struct hae_http_protocol *protocol,
                             const struct hae_http_fresh_source *source,
                             struct hae_http_body_budget *budget);

/* Whether the receiver did not take the request for its credentials, and others can be had now:
 * then the transfer has them, and may be sent again, once. */
bool hae_http_transfer_renew_headers(struct hae_http_transfer *transfer, CURLcode code,
                                     const struct hae_http_fresh_source *source);

/* The result of a request that libcurl ended with `code`; its message is what
 * has been added to `message`. */
haetae_result hae_http_transfer_result(const struct hae_http_transfer *transfer, CURLcode code,
                                       struct hae_http_text *message);

/* The status of a complete response to a request that libcurl ended with `code`; 0: there is none.
 */
long hae_http_transfer_status(const struct hae_http_transfer *transfer, CURLcode code);

/* Makes a transfer idle that is in no loop. */
void hae_http_transfer_end(struct hae_http_transfer *transfer);

/* Frees the handle, which is in no loop, or in a broken one. The next transfer makes a new one. */
void hae_http_transfer_done(struct hae_http_transfer *transfer);

#endif
