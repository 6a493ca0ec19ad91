/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/decode.h"

#include <stdlib.h>
#include <string.h>

#include "otlp.pb-c.h"

/* Memory for the structures around a response's text. It is far more than a real response needs,
 * and keeps a body of millions of tiny fields from growing a hundredfold. */
enum { OVERHEAD_MAX_BYTES = 16 * 1024 };

struct allowance {
    size_t left_bytes;
};

static void *bounded_alloc(void *user, size_t size_bytes)
{
    struct allowance *allowance = user;

    if (size_bytes > allowance->left_bytes) {
        return NULL;
    }
    allowance->left_bytes -= size_bytes;
    return malloc(size_bytes);
}

static void bounded_free(void *user, void *block)
{
    (void)user;
    free(block);
}

/* Memory freed while decoding does not count as free again, so the allowance bounds the work as
 * well. */
static ProtobufCAllocator bounded_allocator(struct allowance *allowance, size_t size_bytes)
{
    allowance->left_bytes = size_bytes + OVERHEAD_MAX_BYTES;
    return (ProtobufCAllocator){bounded_alloc, bounded_free, allowance};
}

bool hae_http_decode_response(const uint8_t *body, size_t size_bytes,
                              const struct curl_slist *secrets, uint64_t *ret_rejected,
                              struct hae_http_text *message)
{
    struct allowance allowance;
    ProtobufCAllocator allocator = bounded_allocator(&allowance, size_bytes);
    /* The responses of the three signals differ only in the names of their fields, so one decoder
     * reads all. */
    HaeOtlp__ExportTraceServiceResponse *response =
        hae_otlp__export_trace_service_response__unpack(&allocator, size_bytes, body);
    const HaeOtlp__ExportTracePartialSuccess *partial;

    if (response == NULL) {
        return false;
    }
    partial = response->partial_success;
    *ret_rejected = 0;
    if (partial != NULL) {
        if (partial->rejected_spans > 0) {
            *ret_rejected = (uint64_t)partial->rejected_spans;
        }
        if (partial->error_message != NULL) {
            hae_http_text_add_foreign(message, partial->error_message,
                                      strlen(partial->error_message), secrets);
        }
    }
    hae_otlp__export_trace_service_response__free_unpacked(response, &allocator);
    return true;
}

bool hae_http_decode_status(const uint8_t *body, size_t size_bytes,
                            const struct curl_slist *secrets, struct hae_http_text *message)
{
    struct allowance allowance;
    ProtobufCAllocator allocator = bounded_allocator(&allowance, size_bytes);
    HaeOtlp__RpcStatus *status = hae_otlp__rpc_status__unpack(&allocator, size_bytes, body);

    if (status == NULL) {
        return false;
    }
    if (status->message != NULL) {
        hae_http_text_add_foreign(message, status->message, strlen(status->message), secrets);
    }
    hae_otlp__rpc_status__free_unpacked(status, &allocator);
    return true;
}
