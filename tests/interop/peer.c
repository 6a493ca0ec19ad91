/* SPDX-License-Identifier: Apache-2.0 */
/* Usage: peer SPANS PAD_BYTES PACE_US
 * Records SPANS spans with an attribute of PAD_BYTES and PACE_US between two of them, exports them
 * as the environment says, waits until nothing is held, and prints the library's statistics as
 * JSON. Ends with 1 where the SDK does not start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haetae/haetae.h"
#include "haetae/otlp_grpc.h"
#include "haetae/otlp_http.h"
#include "settle.h"

enum { PAD_MAX = 65536 };

static void record(haetae_sdk *sdk, long spans, const char *pad, long pace_us)
{
    haetae_tracer *tracer = haetae_tracer_named(sdk, "interop/peer");

    for (long seq = 0; seq < spans; seq++) {
        haetae_span span =
            haetae_span_start(tracer, HAETAE_TEXT("peer"), HAETAE_SPAN_KIND_INTERNAL);

        haetae_span_set(span, "seq", (int64_t)seq);
        haetae_span_set(span, "pad", pad);
        haetae_span_end(span);
        if (pace_us != 0) {
            settle_pause_us(pace_us);
        }
    }
}

int main(int argc, char **argv)
{
    static char pad[PAD_MAX + 1];
    haetae_sdk *sdk = NULL;
    long spans = argc == 4 ? strtol(argv[1], NULL, 10) : 0;
    long pad_bytes = argc == 4 ? strtol(argv[2], NULL, 10) : -1;

    if (spans <= 0 || pad_bytes < 0 || pad_bytes > PAD_MAX) {
        fprintf(stderr, "usage: peer SPANS PAD_BYTES PACE_US\n");
        return 2;
    }
    memset(pad, 'p', (size_t)pad_bytes);
    haetae_otlp_http_register();
    haetae_otlp_grpc_register();
    if (haetae_start(NULL, &sdk) != HAETAE_OK) {
        return 1;
    }
    record(sdk, spans, pad, strtol(argv[3], NULL, 10));
    settle_end(sdk);
    return 0;
}
