/* SPDX-License-Identifier: Apache-2.0 */
/* The first program: a span, a log record and a counter, shipped over OTLP.
 *
 *     cc quickstart.c $(pkg-config --cflags --libs haetae-otlp-http) -o quickstart
 *     OTEL_SERVICE_NAME=quickstart ./quickstart
 *
 * It sends to http://localhost:4318, or to OTEL_EXPORTER_OTLP_ENDPOINT.
 * Without a receiver it still runs and ends: haetae never harms its host. */
#include <haetae/haetae.h>
#include <haetae/otlp_http.h>
#include <stdio.h>

int main(void)
{
    haetae_sdk *sdk = NULL;      /* if the start fails, NULL is valid and records nothing */
    haetae_otlp_http_register(); /* the exporter that this program is linked with */
    haetae_start(NULL, &sdk);    /* configured by the environment; prints errors on stderr */
    haetae_counter *greetings = NULL;
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("greetings"));
    haetae_counter_create(haetae_meter_named(sdk, "quickstart"), &options, &greetings);
    {
        HAETAE_SPAN_SCOPE(span, haetae_tracer_named(sdk, "quickstart"), "greet",
                          HAETAE_SPAN_KIND_INTERNAL);
        haetae_span_set(span, "who", "world");
        haetae_log(haetae_logger_named(sdk, "quickstart"), HAETAE_SEVERITY_INFO,
                   HAETAE_TEXT("hello"), NULL, 0); /* carries the span's ids */
        haetae_counter_add(greetings, 1, HAETAE_ATTRS(HAETAE_ATTR("who", "world")));
    }                                                      /* the span ends here */
    haetae_status status = haetae_sdk_shutdown(sdk, 5000); /* milliseconds, at most */
    printf("quickstart: %s\n", sdk != NULL ? haetae_status_text(status) : "not started");
    haetae_sdk_free(sdk);
    return status == HAETAE_OK ? 0 : 1;
}
