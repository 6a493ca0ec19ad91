/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/reply.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "otlp.pb-c.h"
#include "util/text.h"

const char *hae_view_dialect_type(enum hae_view_dialect dialect)
{
    switch (dialect) {
    case HAE_VIEW_PROTOBUF:
        return "application/x-protobuf";
    case HAE_VIEW_JSON:
        return "application/json";
    case HAE_VIEW_JSON_LINES:
        return "application/x-ndjson";
    default:
        return "text/plain; charset=utf-8";
    }
}

/* Compares media types, without case and parameters. */
static bool is_type(const char *content_type, const char *wanted)
{
    size_t length = strlen(wanted);
    if (strncasecmp(content_type, wanted, length) != 0) {
        return false;
    }
    char next = content_type[length];
    return next == '\0' || next == ';' || next == ' ' || next == '\t';
}

enum hae_view_dialect hae_view_dialect_of(const char *content_type)
{
    if (content_type == NULL) {
        return HAE_VIEW_PLAIN_TEXT;
    }
    if (is_type(content_type, "application/x-protobuf")) {
        return HAE_VIEW_PROTOBUF;
    }
    return is_type(content_type, "application/json") ? HAE_VIEW_JSON : HAE_VIEW_PLAIN_TEXT;
}

/* Appends a packed message. */
static void pack(struct hae_buffer *out, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    if (hae_buffer_reserve(out, size)) {
        out->length += protobuf_c_message_pack(message, (uint8_t *)out->data + out->length);
    }
}

void hae_view_reply_accepted(struct hae_view_reply *reply, enum hae_view_signal signal)
{
    HaeOtlp__ExportTraceServiceResponse traces = HAE_OTLP__EXPORT_TRACE_SERVICE_RESPONSE__INIT;
    HaeOtlp__ExportMetricsServiceResponse metrics = HAE_OTLP__EXPORT_METRICS_SERVICE_RESPONSE__INIT;
    HaeOtlp__ExportLogsServiceResponse logs = HAE_OTLP__EXPORT_LOGS_SERVICE_RESPONSE__INIT;
    const ProtobufCMessage *messages[HAE_VIEW_SIGNALS] = {&traces.base, &metrics.base, &logs.base};
    reply->status = 200;
    hae_buffer_clear(&reply->body);
    if (reply->dialect == HAE_VIEW_JSON) {
        hae_buffer_text(&reply->body, "{}");
        return;
    }
    reply->dialect = HAE_VIEW_PROTOBUF;
    pack(&reply->body, messages[signal]);
}

/* The canonical code (google.rpc.Code) of an HTTP status. */
static int rpc_code_of(unsigned status)
{
    switch (status) {
    case 400:
    case 415:
        return 3; /* INVALID_ARGUMENT */
    case 404:
        return 5; /* NOT_FOUND */
    case 405:
        return 12; /* UNIMPLEMENTED */
    case 413:
    case 429:
        return 8; /* RESOURCE_EXHAUSTED */
    case 502:
    case 503:
    case 504:
        return 14; /* UNAVAILABLE */
    default:
        return status < 500 ? 9 : 13; /* FAILED_PRECONDITION, INTERNAL */
    }
}

void hae_view_reply_error(struct hae_view_reply *reply, unsigned status, const char *message)
{
    char text[256];
    reply->status = status;
    hae_buffer_clear(&reply->body);
    if (reply->dialect == HAE_VIEW_PROTOBUF) {
        HaeOtlp__RpcStatus body = HAE_OTLP__RPC_STATUS__INIT;
        hae_view_text_clean_string(text, sizeof text, message);
        body.has_code = 1;
        body.code = rpc_code_of(status);
        body.message = text;
        pack(&reply->body, &body.base);
    } else if (reply->is_question) {
        struct hae_json json = HAE_JSON_INIT(&reply->body);
        hae_json_open(&json, NULL, '{');
        hae_json_text(&json, "error", message);
        hae_json_close(&json, '}');
        hae_buffer_char(&reply->body, '\n');
    } else if (reply->dialect == HAE_VIEW_JSON) {
        struct hae_json json = HAE_JSON_INIT(&reply->body);
        hae_json_open(&json, NULL, '{');
        hae_json_integer(&json, "code", rpc_code_of(status));
        hae_json_text(&json, "message", message);
        hae_json_close(&json, '}');
        hae_buffer_char(&reply->body, '\n');
    } else {
        hae_buffer_format(&reply->body, "%u: %s\n", status, message);
    }
}
