/* SPDX-License-Identifier: Apache-2.0 */
/* A program that Prometheus scrapes: http://localhost:9464/metrics shows how many rides there were,
 * how long they took, and how many people wait. It ends with its input. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <haetae/haetae.h>
#include <haetae/prometheus.h>

/* Metrics are scraped; nothing else is exported, unless the environment says otherwise. */
static haetae_sdk *start(void)
{
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;

    if (haetae_prometheus_register() == HAETAE_OK && haetae_config_new(&config) == HAETAE_OK) {
        haetae_config_set_default(config, "OTEL_SERVICE_NAME", "rides");
        haetae_config_set_default(config, "OTEL_METRICS_EXPORTER", "prometheus");
        haetae_config_set_default(config, "OTEL_TRACES_EXPORTER", "none");
        haetae_config_set_default(config, "OTEL_LOGS_EXPORTER", "none");
        if (haetae_config_load_env(config) != HAETAE_OK ||
            haetae_start(config, &sdk) != HAETAE_OK) {
            fprintf(stderr, "%s\n", haetae_config_error(config));
        }
    }
    haetae_config_free(config);
    return sdk;
}

int main(void)
{
    static const double bounds[] = {0.1, 0.5, 1, 5, 10};
    haetae_instrument_options options = HAETAE_OPTIONS(
        haetae_instrument_options, .name = haetae_string_of("ride.duration"),
        .unit = haetae_string_of("s"), .description = haetae_string_of("How long rides take"),
        .number_type = HAETAE_NUMBER_DOUBLE, .boundaries = bounds, .boundary_count = 5);
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    haetae_histogram *duration = NULL;
    haetae_sdk *sdk = start();
    char ignored[256];

    if (sdk == NULL) {
        return EXIT_FAILURE;
    }
    haetae_meter *meter = haetae_meter_named(sdk, "example.rides");
    haetae_counter *rides = haetae_counter_named(meter, "rides", "{ride}");
    haetae_histogram_create(meter, &options, &duration);
    printf("http://localhost:%u/metrics\n", (unsigned)haetae_prometheus_port(NULL));
    fflush(stdout);
    for (int i = 0; poll(&input, 1, 100) == 0 || read(STDIN_FILENO, ignored, sizeof ignored) > 0;
         i++) {
        haetae_counter_add(rides, 1,
                           HAETAE_ATTRS(HAETAE_ATTR("ride.kind", i % 3 ? "single" : "shared")));
        haetae_histogram_record_double(duration, 0.05 * (i % 100), NULL, 0);
    }
    haetae_sdk_shutdown(sdk, 5000);
    haetae_sdk_free(sdk);
    return EXIT_SUCCESS;
}
