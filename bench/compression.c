/* SPDX-License-Identifier: Apache-2.0 */
/* What the compression of a request costs: requests of spans with five attributes, as the pipeline
 * makes them, through each codec that the exporter was built with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "otlp/compress.h"
#include "setup.h"
#include "workload.h"

enum { SPANS = 8192, ROUNDS = 30 };

struct body {
    uint8_t *data;
    size_t size_bytes;
    uint64_t span_count;
};

/* Keeps a copy of the largest request. */
static void keep(void *user, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_OK);
    struct body *body = user;

    if (haetae_delivery_size(delivery) > body->size_bytes) {
        free(body->data);
        body->size_bytes = haetae_delivery_size(delivery);
        body->span_count = haetae_delivery_item_count(delivery);
        body->data = malloc(body->size_bytes);
        if (body->data == NULL) {
            exit(2);
        }
        memcpy(body->data, haetae_delivery_data(delivery), body->size_bytes);
    }
    haetae_delivery_complete(delivery, &result);
}

static struct body record_spans(void)
{
    struct body body = {NULL, 0, 0};
    haetae_exporter_ops ops = HAETAE_OPTIONS(haetae_exporter_ops, .name = "keep", .send = keep);
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    haetae_sdk *sdk = NULL;
    haetae_tracer *tracer;

    must(haetae_config_new(&config), "configuration");
    must(haetae_config_set(config, "OTEL_SERVICE_NAME", "dispatch"), "name");
    must(haetae_exporter_new(&ops, &body, &exporter), "exporter");
    must(haetae_config_add_exporter(config, exporter), "exporter");
    must(haetae_sdk_start(config, &sdk), "start");
    haetae_config_free(config);
    tracer = haetae_tracer_named(sdk, "bench");
    for (int i = 0; i < SPANS; i++) {
        workload_span(tracer);
        if (i % 256 == 255) {
            nanosleep(&(struct timespec){0, 500000}, NULL);
        }
    }
    flush_sdk(sdk);
    check_nothing_dropped(sdk);
    must(haetae_sdk_shutdown(sdk, 10000), "shutdown");
    haetae_sdk_free(sdk);
    return body;
}

/* ---- Measuring ----------------------------------------------------------------------- */

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void measure(const char *name, enum hae_http_codec codec, const struct body *body)
{
    struct hae_http_compressor *compressor = NULL;
    size_t packed_bytes = 0;
    double least = 1e18;

    must(hae_http_compressor_new(1U << codec, &compressor), name);
    for (int i = 0; i < ROUNDS; i++) {
        struct hae_http_buffer packed;
        double begin = now_ns();
        double time;

        must(hae_http_compressor_pack(compressor, codec, body->data, (uint32_t)body->size_bytes,
                                      &packed),
             name);
        time = now_ns() - begin;
        least = time < least ? time : least;
        packed_bytes = packed.size_bytes;
        hae_http_compressor_give_back(compressor, &packed);
    }
    hae_http_compressor_free(compressor);
    printf("%-14s %6.0f ns a span, 1/%.2f of the size\n", name, least / (double)body->span_count,
           (double)body->size_bytes / (double)packed_bytes);
}

int main(void)
{
    struct body body = record_spans();
    char name[32];

    printf("compression of a request of %llu spans, %.0f bytes each\n",
           (unsigned long long)body.span_count, (double)body.size_bytes / (double)body.span_count);
    snprintf(name, sizeof name, "gzip, %s", hae_http_gzip_library);
    measure(name, HAE_HTTP_GZIP, &body);
    if (hae_http_zstd_is_built()) {
        measure("zstd", HAE_HTTP_ZSTD, &body);
    }
    free(body.data);
    return 0;
}
