/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_file/file_exporter.h"

#include "otlp_json/otlp_json.h"
#include "otlp_requests.h"
#include "otlp_unpack/unpack.h"

/* Appends a request as a line. Returns NULL, or the reason why it failed. */
static const char *append(struct hae_line_file *file, const ProtobufCMessage *message)
{
    struct hae_buffer line = HAE_BUFFER_INIT;
    struct hae_json json = HAE_JSON_INIT(&line);
    const char *why_not = NULL;

    hae_buffer_char(&line, '\n'); /* for hae_line_file_append() */
    hae_otlp_json(&json, message);
    hae_buffer_char(&line, '\n');
    if (line.failed) {
        why_not = "out of memory";
    } else if (!hae_line_file_append(file, line.data, line.length)) {
        why_not = file->error;
    }
    hae_buffer_done(&line);
    return why_not;
}

/* A request that is not in the file is retried: only what is written may be dropped
 * elsewhere. */
static haetae_verdict write_request(struct hae_line_file *file, const haetae_delivery *delivery,
                                    const char **ret_why_not)
{
    ProtobufCMessage *message = NULL;

    switch (hae_unpack(hae_otlp_requests[haetae_delivery_signal(delivery)],
                       haetae_delivery_data(delivery), haetae_delivery_size(delivery), &message)) {
    case HAE_UNPACKED:
        *ret_why_not = append(file, message);
        hae_unpack_free(message);
        return *ret_why_not == NULL ? HAETAE_VERDICT_OK : HAETAE_VERDICT_RETRY;
    case HAE_UNPACK_TOO_LARGE:
        *ret_why_not = "it takes too much memory to decode";
        return HAETAE_VERDICT_TOO_LARGE;
    case HAE_UNPACK_NO_MEMORY:
        *ret_why_not = "out of memory";
        return HAETAE_VERDICT_RETRY;
    default:
        *ret_why_not = "it could not be decoded";
        return HAETAE_VERDICT_RETRY;
    }
}

static void send_to_file(void *self, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .retry_after_ms = -1);

    result.verdict = (int32_t)write_request(self, delivery, &result.message);
    haetae_delivery_complete(delivery, &result);
}

haetae_status hae_file_exporter_new(struct hae_line_file *file, haetae_exporter **ret_exporter)
{
    const haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "file", .component_type = "otlp_file",
                       .send = send_to_file, .blocks = 1);

    return haetae_exporter_new(&ops, file, ret_exporter);
}
