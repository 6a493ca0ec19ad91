/* SPDX-License-Identifier: Apache-2.0 */
/* Sends spans with haetae's OTLP/gRPC exporter, configured by the environment: so many as its
 * argument says, and a log record and a point of a metric. */
#include <stdlib.h>

#include "haetae/haetae.h"
#include "haetae/otlp_grpc.h"

#define PATIENCE_MS 60000
#define SPANS_ONCE  100

int main(int argc, char **argv)
{
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    haetae_sdk *sdk = NULL;
    haetae_counter *counter = NULL;
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("sent"));
    if (haetae_otlp_grpc_register() != HAETAE_OK || haetae_start(NULL, &sdk) != HAETAE_OK) {
        return 1;
    }
    haetae_tracer *tracer = haetae_tracer_named(sdk, "sender");
    haetae_counter_create(haetae_meter_named(sdk, "sender"), &options, &counter);
    haetae_counter_add(counter, count, NULL, 0);
    haetae_log(haetae_logger_named(sdk, "sender"), HAETAE_SEVERITY_INFO, HAETAE_TEXT("sent"), NULL,
               0);
    for (long i = 1; i <= count; i++) {
        haetae_span_end(haetae_span_start(tracer, HAETAE_TEXT("work"), HAETAE_SPAN_KIND_SERVER));
        if (i % SPANS_ONCE == 0 && haetae_sdk_force_flush(sdk, PATIENCE_MS) != HAETAE_OK) {
            return 1;
        }
    }
    haetae_status status = haetae_sdk_shutdown(sdk, PATIENCE_MS);
    haetae_sdk_free(sdk);
    return status == HAETAE_OK ? 0 : 1;
}
