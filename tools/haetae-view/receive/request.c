/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/request.h"

#include <string.h>

#include "api/events.h"

/* All bodies that arrive at the same time may together hold this many times the limit of
 * one; for more, those make room of which nothing has come for the longest time. */
#define BODIES_AT_ONCE 4
/* A refused body is read to its end, so that the sender reads the answer; but no further
 * than this. */
#define DISCARD_MAX_BYTES ((size_t)1024 * 1024 * 1024)

/* Takes a request out of the list of those whose bodies are arriving. */
static void take_out(struct hae_view_request *request)
{
    struct hae_view_endpoint *endpoint = request->endpoint;
    if (request->more_silent != NULL) {
        request->more_silent->less_silent = request->less_silent;
    } else if (endpoint->longest_silent == request) {
        endpoint->longest_silent = request->less_silent;
    }
    if (request->less_silent != NULL) {
        request->less_silent->more_silent = request->more_silent;
    } else if (endpoint->newest == request) {
        endpoint->newest = request->more_silent;
    }
    request->more_silent = NULL;
    request->less_silent = NULL;
}

static void put_last(struct hae_view_request *request)
{
    struct hae_view_endpoint *endpoint = request->endpoint;
    request->more_silent = endpoint->newest;
    if (endpoint->newest != NULL) {
        endpoint->newest->less_silent = request;
    } else {
        endpoint->longest_silent = request;
    }
    endpoint->newest = request;
}

void hae_view_request_drop_body(struct hae_view_request *request)
{
    take_out(request);
    request->endpoint->held_body_bytes -= request->body.length;
    hae_buffer_done(&request->body);
}

void hae_view_request_refuse(struct hae_view_request *request, unsigned status, const char *message)
{
    hae_view_reply_error(&request->reply, status, message);
    hae_view_request_drop_body(request);
    if (request->is_otlp) {
        hae_view_store_refusal(request->endpoint->store, status, message, false);
    }
}

void hae_view_request_refuse_for_now(struct hae_view_request *request, const char *why)
{
    request->reply.retry_after_s = 1;
    hae_view_request_refuse(request, 503, why);
}

/* Makes room for so many more bytes of a body. A sender that stops amid large ones must not lock
 * out all others for as long as it likes. */
static bool make_room(struct hae_view_request *request, size_t length)
{
    struct hae_view_endpoint *endpoint = request->endpoint;
    while (length > endpoint->max_body_bytes * BODIES_AT_ONCE - endpoint->held_body_bytes) {
        struct hae_view_request *silent = endpoint->longest_silent;
        hae_view_request_refuse_for_now(silent != NULL ? silent : request,
                                        "too many large bodies at the same time");
        if (silent == NULL || silent == request) {
            return false;
        }
    }
    return true;
}

bool hae_view_request_receive(struct hae_view_request *request, const char *data, size_t length)
{
    struct hae_view_endpoint *endpoint = request->endpoint;
    request->received_bytes += length;
    if (request->reply.status != 0 || request->page != NULL ||
        (request->is_api && request->method == HAE_VIEW_GET)) {
        return request->received_bytes <= DISCARD_MAX_BYTES;
    }
    size_t most = request->is_api ? HAE_VIEW_API_BODY_MAX : endpoint->max_body_bytes;
    if (length > most - request->body.length) {
        hae_view_request_refuse(request, 413,
                                request->is_api
                                    ? "the body is longer than 16 KiB"
                                    : "the body is larger than this receiver accepts (--max-body)");
        return true;
    }
    if (!request->is_api) { /* another thread reads those of questions */
        take_out(request);
        put_last(request);
    }
    if (!make_room(request, length)) {
        return true;
    }
    endpoint->held_body_bytes += length;
    hae_buffer_add(&request->body, data, length);
    if (request->body.failed) {
        endpoint->held_body_bytes -= length; /* they were not added */
        hae_view_request_refuse(request, 503, "out of memory");
    }
    return true;
}

bool hae_view_request_asks(const struct hae_view_request *request)
{
    return request->reply.status == 0 && (request->page != NULL || request->is_api);
}

bool hae_view_request_listens(const struct hae_view_request *request)
{
    return request->reply.status == 0 && request->is_api &&
           strcmp(request->path, HAE_VIEW_EVENTS_PATH) == 0;
}

void hae_view_request_answer(struct hae_view_request *request, struct hae_view_arrival arrival)
{
    struct hae_view_reply *reply = &request->reply;
    if (request->is_api) {
        struct hae_view_api api = {request->endpoint->store, request->endpoint->alerts};
        if (request->body.length > 0) {
            hae_view_arguments_add_json(&request->arguments, request->body.data,
                                        request->body.length);
        }
        reply->status = hae_view_api_answer(&api, request->method, request->path,
                                            &request->arguments, arrival.unix_ns, &reply->body);
        reply->retry_after_s = reply->status == 503 ? 1 : 0;
        if (reply->status == 200 && hae_view_api_is_lines(request->path)) {
            reply->dialect = HAE_VIEW_JSON_LINES;
        }
        return;
    }
    reply->status = 200;
    reply->dialect = request->page->dialect;
    if (!request->page->write(request->page->user, &reply->body)) {
        reply->retry_after_s = 1;
        hae_view_reply_error(reply, 503, "busy, or out of memory");
    }
}

void hae_view_request_done(struct hae_view_request *request)
{
    hae_view_request_drop_body(request);
    hae_buffer_done(&request->reply.body);
    hae_view_arguments_done(&request->arguments);
}
