/* SPDX-License-Identifier: Apache-2.0 */
#include "status.h"

#include "haetae/exporter.h"

/* A code, and what the specification has a client do then. */
static const struct {
    const char *name;
    haetae_verdict verdict;
} statuses[HAE_GRPC_STATUS_COUNT] = {
    [HAE_GRPC_OK] = {"OK", HAETAE_VERDICT_OK},
    [HAE_GRPC_CANCELLED] = {"CANCELLED", HAETAE_VERDICT_RETRY},
    [HAE_GRPC_UNKNOWN] = {"UNKNOWN", HAETAE_VERDICT_DROP},
    [HAE_GRPC_INVALID_ARGUMENT] = {"INVALID_ARGUMENT", HAETAE_VERDICT_INVALID},
    [HAE_GRPC_DEADLINE_EXCEEDED] = {"DEADLINE_EXCEEDED", HAETAE_VERDICT_RETRY},
    [HAE_GRPC_NOT_FOUND] = {"NOT_FOUND", HAETAE_VERDICT_DROP},
    [HAE_GRPC_ALREADY_EXISTS] = {"ALREADY_EXISTS", HAETAE_VERDICT_DROP},
    [HAE_GRPC_PERMISSION_DENIED] = {"PERMISSION_DENIED", HAETAE_VERDICT_DROP},
    [HAE_GRPC_RESOURCE_EXHAUSTED] = {"RESOURCE_EXHAUSTED", HAETAE_VERDICT_DROP},
    [HAE_GRPC_FAILED_PRECONDITION] = {"FAILED_PRECONDITION", HAETAE_VERDICT_DROP},
    [HAE_GRPC_ABORTED] = {"ABORTED", HAETAE_VERDICT_RETRY},
    [HAE_GRPC_OUT_OF_RANGE] = {"OUT_OF_RANGE", HAETAE_VERDICT_RETRY},
    [HAE_GRPC_UNIMPLEMENTED] = {"UNIMPLEMENTED", HAETAE_VERDICT_DROP},
    [HAE_GRPC_INTERNAL] = {"INTERNAL", HAETAE_VERDICT_DROP},
    [HAE_GRPC_UNAVAILABLE] = {"UNAVAILABLE", HAETAE_VERDICT_RETRY},
    [HAE_GRPC_DATA_LOSS] = {"DATA_LOSS", HAETAE_VERDICT_RETRY},
    [HAE_GRPC_UNAUTHENTICATED] = {"UNAUTHENTICATED", HAETAE_VERDICT_DROP},
};

enum hae_grpc_status hae_grpc_status_read(const char *value, size_t size_bytes)
{
    unsigned code = 0;

    if (size_bytes == 0 || size_bytes > 2) {
        return HAE_GRPC_UNKNOWN;
    }
    for (size_t i = 0; i < size_bytes; i++) {
        if (value[i] < '0' || value[i] > '9') {
            return HAE_GRPC_UNKNOWN;
        }
        code = code * 10 + (unsigned)(value[i] - '0');
    }
    return code < HAE_GRPC_STATUS_COUNT ? (enum hae_grpc_status)code : HAE_GRPC_UNKNOWN;
}

enum hae_grpc_status hae_grpc_status_of_http(long http_status)
{
    switch (http_status) {
    case 400:
        return HAE_GRPC_INTERNAL;
    case 401:
        return HAE_GRPC_UNAUTHENTICATED;
    case 403:
        return HAE_GRPC_PERMISSION_DENIED;
    case 404:
        return HAE_GRPC_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
        return HAE_GRPC_UNAVAILABLE;
    default:
        return HAE_GRPC_UNKNOWN;
    }
}

const char *hae_grpc_status_name(enum hae_grpc_status status)
{
    return statuses[status].name;
}

int32_t hae_grpc_status_verdict(enum hae_grpc_status status, bool recovers)
{
    return status == HAE_GRPC_RESOURCE_EXHAUSTED && recovers ? HAETAE_VERDICT_RETRY
                                                             : (int32_t)statuses[status].verdict;
}
