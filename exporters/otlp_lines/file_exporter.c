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
    struct hae_file_target *target = self;

    result.verdict = (int32_t)write_request(&target->file, delivery, &result.message);
    haetae_delivery_complete(delivery, &result);
}

static void forget(void *self)
{
    struct hae_file_target *target = self;

    /* Release pairs with the load in hae_file_target_close(). */
    atomic_store_explicit(&target->is_used, false, memory_order_release);
}

haetae_status hae_file_exporter_new(struct hae_file_target *target, haetae_exporter **ret_exporter)
{
    const haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "file", .component_type = "otlp_file",
                       .send = send_to_file, .free = forget, .blocks = 1);
    haetae_status status = haetae_exporter_new(&ops, target, ret_exporter);

    /* Relaxed: no other thread has the exporter yet. */
    atomic_store_explicit(&target->is_used, status == HAETAE_OK, memory_order_relaxed);
    return status;
}

bool hae_file_target_close(struct hae_file_target *target)
{
    /* Acquire pairs with the release in forget(). */
    return atomic_load_explicit(&target->is_used, memory_order_acquire) ||
           hae_line_file_close(&target->file);
}
