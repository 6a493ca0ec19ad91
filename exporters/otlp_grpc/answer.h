/* SPDX-License-Identifier: Apache-2.0 */
/* What a server answers to a call, and the verdict that follows from it.
 * Specification: "OTLP/gRPC Response", "OTLP/gRPC Throttling"; gRPC over HTTP2, "Responses". */
#ifndef HAETAE_OTLP_GRPC_ANSWER_H
#define HAETAE_OTLP_GRPC_ANSWER_H

#include "otlp/response.h"

/* The functions of a struct hae_http_binding. */
void hae_grpc_read_header(struct hae_http_response *response, const char *line, size_t size_bytes,
                          time_t now);
bool hae_grpc_is_answered(const struct hae_http_response *response);
haetae_result hae_grpc_result(const struct hae_http_response *response, uint64_t item_count,
                              const struct curl_slist *secrets, struct hae_http_text *message);

#endif
