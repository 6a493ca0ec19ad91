/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/response.h"

#include <stdio.h>

/* What the page may do in a browser: run its own script, look as its own sheet says, and ask this
 * server. Nothing inline, no text made into HTML, in no frame. */
#define CONTENT_POLICY                                                                             \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "                \
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "          \
    "require-trusted-types-for 'script'; trusted-types 'none'"

static const char *const asset_headers[][2] = {
    {MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache"}, /* asked for again by its ETag */
    {MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding"},
    {"Content-Security-Policy", CONTENT_POLICY},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

static void add_asset_headers(struct MHD_Response *response, const struct hae_view_reply *reply)
{
    MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, reply->asset->etag);
    if (reply->packed != NULL && reply->status == MHD_HTTP_OK) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    }
    for (size_t i = 0; i < sizeof asset_headers / sizeof asset_headers[0]; i++) {
        MHD_add_response_header(response, asset_headers[i][0], asset_headers[i][1]);
    }
}

static struct MHD_Response *make_response(const struct hae_view_reply *reply)
{
    if (reply->asset != NULL && reply->status == MHD_HTTP_OK) {
        /* The bytes are the program's: not copied, and nothing writes to them. */
        const struct hae_buffer *packed = reply->packed;
        return MHD_create_response_from_buffer(
            packed != NULL ? packed->length : reply->asset->length,
            packed != NULL ? packed->data : (void *)reply->asset->data, MHD_RESPMEM_PERSISTENT);
    }
    return MHD_create_response_from_buffer(reply->body.length, reply->body.data,
                                           MHD_RESPMEM_MUST_COPY);
}

enum MHD_Result hae_view_send_reply(struct MHD_Connection *connection,
                                    const struct hae_view_reply *reply)
{
    struct MHD_Response *response = make_response(reply);
    if (response == NULL) {
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                            reply->asset != NULL ? reply->asset->type
                                                 : hae_view_dialect_type(reply->dialect));
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (reply->asset != NULL) {
        add_asset_headers(response, reply);
    }
    if (reply->allow != NULL) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, reply->allow);
    }
    if (reply->retry_after_s > 0) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%u", reply->retry_after_s);
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}
