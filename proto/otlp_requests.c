/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_requests.h"

const ProtobufCMessageDescriptor *const hae_otlp_requests[HAE_OTLP_REQUEST_COUNT] = {
    &hae_otlp__export_trace_service_request__descriptor,
    &hae_otlp__export_metrics_service_request__descriptor,
    &hae_otlp__export_logs_service_request__descriptor,
};
