/* SPDX-License-Identifier: Apache-2.0 */
/* A program that ends without a shutdown, while the exporter has a client with TLS: the client is
 * ended before the TLS library, and what comes afterwards is dropped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haetae/haetae.h"
#include "haetae/kafka.h"

static haetae_sdk *sdk;
static char diagnostics[4096];

static void keep(void *user, haetae_diagnostic_level level, const char *text)
{
    size_t length = strlen(diagnostics);

    (void)user;
    (void)level;
    snprintf(diagnostics + length, sizeof diagnostics - length, "%s\n", text);
}

static void record(void)
{
    haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "test"), HAETAE_TEXT("work"),
                                      HAETAE_SPAN_KIND_INTERNAL));
}

static void fail(const char *what)
{
    fprintf(stderr, "%s\n%s", what, diagnostics);
    _exit(1);
}

/* Runs after the exit handler of the exporter, which was registered later. */
static void at_the_end(void)
{
    record();
    if (haetae_sdk_force_flush(sdk, 20000) != HAETAE_ELOST) {
        fail("what was recorded at the end was not refused at once");
    }
    (void)haetae_sdk_shutdown(sdk, 20000);
    haetae_sdk_free(sdk);
    if (strstr(diagnostics, "the process is at its end") == NULL) {
        fail("no diagnostic says why");
    }
}

static void set(haetae_config *config, const char *key, const char *value)
{
    if (haetae_config_set(config, key, value) != HAETAE_OK) {
        fail(haetae_config_error(config));
    }
}

int main(void)
{
    haetae_config *config = NULL;

    if (atexit(at_the_end) != 0 || haetae_kafka_register() != HAETAE_OK ||
        haetae_config_new(&config) != HAETAE_OK) {
        fail("no exporter");
    }
    haetae_config_set_diagnostics(config, keep, NULL);
    set(config, "OTEL_TRACES_EXPORTER", "kafka");
    set(config, "OTEL_METRICS_EXPORTER", "none");
    set(config, "OTEL_LOGS_EXPORTER", "none");
    set(config, "OTEL_BSP_SCHEDULE_DELAY", "3600000");
    set(config, "HAETAE_KAFKA_SECURITY_PROTOCOL", "ssl");
    set(config, "HAETAE_KAFKA_BROKERS", "127.0.0.1:1");
    if (haetae_start(config, &sdk) != HAETAE_OK) {
        fail(haetae_config_error(config));
    }
    haetae_config_free(config);
    return 0;
}
