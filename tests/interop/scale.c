/* SPDX-License-Identifier: Apache-2.0 */
/* Usage: scale TRACES SPANS NUMBER
 * Process NUMBER, from 0, of a service whose requests pass through several: records SPANS spans of
 * each of TRACES traces, the same traces in all processes. In process 0 every tenth trace has an
 * error. Exports as the environment says, and prints the library's statistics as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haetae/haetae.h"
#include "haetae/otlp_grpc.h"
#include "haetae/otlp_http.h"
#ifdef INTEROP_KAFKA
#include "haetae/kafka.h"
#endif
#include "settle.h"

enum { ERROR_EVERY = 10, PACE_EVERY = 32, HELD_MAX = 12000 };

/* The id of a trace by its number: spread over all bits, as random ids are. */
static haetae_span_context context_of(uint64_t number)
{
    haetae_span_context context = {.trace_flags = HAETAE_TRACE_FLAG_SAMPLED, .is_remote = 1};
    uint64_t halves[2];

    for (int i = 0; i < 2; i++) {
        uint64_t bits = (number * 2 + (uint64_t)i + 1) * UINT64_C(0x9e3779b97f4a7c15);

        bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
        halves[i] = bits ^ (bits >> 31);
    }
    memcpy(context.trace_id, halves, sizeof context.trace_id);
    memcpy(context.span_id, halves, sizeof context.span_id);
    return context;
}

static void record_span(haetae_tracer *tracer, uint64_t trace, bool is_error)
{
    const haetae_span_context parent = context_of(trace);
    const haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .kind = HAETAE_SPAN_KIND_SERVER, .parent = &parent);
    haetae_span span = haetae_span_start_with(tracer, HAETAE_TEXT("GET /rides/{id}"), &options);

    haetae_span_set(span, "http.request.method", "GET");
    haetae_span_set(span, "url.path", "/rides/4711");
    haetae_span_set(span, "http.response.status_code", (int64_t)(is_error ? 500 : 200));
    haetae_span_set(span, "server.address", "dispatch.example");
    haetae_span_set(span, "trace.number", (int64_t)trace);
    if (is_error) {
        haetae_span_set_status(span, HAETAE_SPAN_STATUS_ERROR, HAETAE_TEXT("no driver"));
    }
    haetae_span_end(span);
}

int main(int argc, char **argv)
{
    unsigned long traces = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;
    unsigned long spans = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
    bool has_errors = argc == 4 && strcmp(argv[3], "0") == 0;
    haetae_sdk *sdk = NULL;
    haetae_tracer *tracer;

    if (traces == 0 || spans == 0) {
        fprintf(stderr, "usage: scale TRACES SPANS NUMBER\n");
        return 2;
    }
    haetae_otlp_http_register();
    haetae_otlp_grpc_register();
#ifdef INTEROP_KAFKA
    haetae_kafka_register();
#endif
    if (haetae_start(NULL, &sdk) != HAETAE_OK) {
        return 1;
    }
    tracer = haetae_tracer_named(sdk, "interop/scale");
    for (uint64_t trace = 0; trace < traces; trace++) {
        for (unsigned long i = 0; i < spans; i++) {
            record_span(tracer, trace, has_errors && i == 0 && trace % ERROR_EVERY == 0);
        }
        if (trace % PACE_EVERY == 0) {
            settle_wait(sdk, HELD_MAX);
        }
    }
    settle_end(sdk);
    return 0;
}
