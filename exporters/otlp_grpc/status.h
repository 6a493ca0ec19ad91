/* SPDX-License-Identifier: Apache-2.0 */
/* The status codes of gRPC.
 * Specification: "OTLP/gRPC", "Failures"; gRPC, "Status codes and their use in gRPC" and
 * "HTTP to gRPC Status Code Mapping". */
#ifndef HAETAE_OTLP_GRPC_STATUS_H
#define HAETAE_OTLP_GRPC_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hae_grpc_status {
    HAE_GRPC_OK = 0,
    HAE_GRPC_CANCELLED = 1,
    HAE_GRPC_UNKNOWN = 2,
    HAE_GRPC_INVALID_ARGUMENT = 3,
    HAE_GRPC_DEADLINE_EXCEEDED = 4,
    HAE_GRPC_NOT_FOUND = 5,
    HAE_GRPC_ALREADY_EXISTS = 6,
    HAE_GRPC_PERMISSION_DENIED = 7,
    HAE_GRPC_RESOURCE_EXHAUSTED = 8,
    HAE_GRPC_FAILED_PRECONDITION = 9,
    HAE_GRPC_ABORTED = 10,
    HAE_GRPC_OUT_OF_RANGE = 11,
    HAE_GRPC_UNIMPLEMENTED = 12,
    HAE_GRPC_INTERNAL = 13,
    HAE_GRPC_UNAVAILABLE = 14,
    HAE_GRPC_DATA_LOSS = 15,
    HAE_GRPC_UNAUTHENTICATED = 16,
    HAE_GRPC_STATUS_COUNT = 17
};

/* Reads the value of grpc-status. What is none of the codes is UNKNOWN. */
enum hae_grpc_status hae_grpc_status_read(const char *value, size_t size_bytes);

/* The code that stands for an HTTP status where the answer has no grpc-status. */
enum hae_grpc_status hae_grpc_status_of_http(long http_status);

const char *hae_grpc_status_name(enum hae_grpc_status status);

/* The verdict on a status, a haetae_verdict. `recovers`: the server says when it can take more
 * (RetryInfo). */
int32_t hae_grpc_status_verdict(enum hae_grpc_status status, bool recovers);

#endif
