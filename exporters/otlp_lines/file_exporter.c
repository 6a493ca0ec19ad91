/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_lines/file_exporter.h"

#include "otlp_lines/request_line.h"

/* A request that is not in the file is retried: only what is written may be dropped elsewhere. */
static haetae_verdict write_request(struct hae_line_file *file, const haetae_delivery *delivery,
                                    const char **ret_why_not)
{
    struct hae_buffer line = HAE_BUFFER_INIT;
    haetae_verdict verdict = hae_request_line(delivery, &line, ret_why_not);

    if (verdict == HAETAE_VERDICT_OK && !hae_line_file_append(file, line.data, line.length)) {
        *ret_why_not = file->error;
        verdict = HAETAE_VERDICT_RETRY;
    }
    hae_buffer_done(&line);
    return verdict == HAETAE_VERDICT_DROP ? HAETAE_VERDICT_RETRY : verdict;
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
