/* SPDX-License-Identifier: Apache-2.0 */
/* What a server answers, and the verdict that follows from it.
 * Specification: "OTLP/HTTP Response"; RFC 9110, "Retry-After". */
#ifndef HAETAE_OTLP_RESPONSE_H
#define HAETAE_OTLP_RESPONSE_H

#include <time.h>

#include "haetae/exporter.h"
#include "otlp/body.h"
#include "otlp/protocol.h"

enum {
    HAE_HTTP_RETRY_AFTER_MAX_MS = 10 * 60 * 1000, /* the longest pause that is kept */
    HAE_HTTP_HEADERS_MAX_BYTES = 64 * 1024
};

/* What gRPC says in headers and trailers; nothing of it with plain HTTP. */
struct hae_http_rpc {
    int32_t status;               /* negative: not said            */
    bool is_grpc;                 /* by its Content-Type           */
    bool is_packed;               /* messages may be gzip          */
    struct hae_http_body message; /* percent-encoded               */
    struct hae_http_body details; /* a google.rpc.Status in base64 */
};

struct hae_http_response {
    const struct hae_http_protocol *protocol;
    long status;            /* of HTTP; 0: none seen                  */
    char version;           /* of HTTP: '1', '2'; 0: none seen        */
    int64_t retry_after_ms; /* negative: not said                     */
    bool is_decodable;      /* by its Content-Type                    */
    bool too_large;         /* was broken off for its size            */
    bool is_cut;            /* libcurl failed while it came           */
    size_t header_bytes;    /* received so far, all header lines      */
    struct hae_http_body body;
    struct hae_http_body location; /* where a redirect leads              */
    struct hae_http_rpc rpc;
};

/* Requests and answers as they are. */
extern const struct hae_http_binding hae_http_plain;

void hae_http_response_init(struct hae_http_response *response,
                            const struct hae_http_protocol *protocol,
                            struct hae_http_body_budget *budget);
void hae_http_response_done(struct hae_http_response *response);

/* Reads one header line, as received. Returns false when there are too many: the caller breaks the
 * transfer off. */
bool hae_http_response_header(struct hae_http_response *response, const char *line,
                              size_t size_bytes, time_t now);

/* The trimmed value of a header line with this name; NULL for another line. */
const char *hae_http_header_value(const char *line, size_t size_bytes, const char *name,
                                  size_t *ret_size);

/* The pause that a Retry-After value asks for, in milliseconds, at most
 * HAE_HTTP_RETRY_AFTER_MAX_MS; -1 for a malformed value. */
int64_t hae_http_retry_after_ms(const char *value, size_t size_bytes, time_t now);

/* Keeps the Location of a redirect; false for another header line. */
bool hae_http_response_read_location(struct hae_http_response *response, const char *line,
                                     size_t size_bytes);

/* Adds that a redirect was not followed, and where it leads, without what may be secret in that. A
 * response that is none, or does not say where, adds nothing. */
void hae_http_response_add_redirect(const struct hae_http_response *response,
                                    const struct curl_slist *secrets,
                                    struct hae_http_text *message);

/* The result of a complete response, or of one that was too large, for a delivery of `item_count`
 * items. The status decides, however large the rest is: what the server accepted is not sent again.
 * The reason is added to `message`, with `secrets` hidden; a success without a remark adds
 * nothing. */
haetae_result hae_http_response_result(const struct hae_http_response *response,
                                       uint64_t item_count, const struct curl_slist *secrets,
                                       struct hae_http_text *message);

/* Whether the status decides though the rest was broken off: for its size, or with 413. */
bool hae_http_response_is_answered(const struct hae_http_response *response);

/* What a success says of items: some were rejected, or all accepted with a remark. `said` is the
 * server's text, with secrets hidden; result->rejected_count becomes at most `item_count`. */
void hae_http_response_add_rejected(haetae_result *result, uint64_t item_count,
                                    const struct hae_http_text *said,
                                    struct hae_http_text *message);

#endif
