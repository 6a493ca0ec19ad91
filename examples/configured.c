/* SPDX-License-Identifier: Apache-2.0 */
/* A program that leaves it to a file what becomes of its telemetry.
 *
 *     OTEL_CONFIG_FILE=examples/config_file/getting-started.yaml OTEL_SERVICE_NAME=shop
 * ./configured
 *
 * It reads a part of the file itself, too: which instrumentation is wanted. */
#include <haetae/config_file.h>
#include <haetae/console.h>
#include <haetae/haetae.h>
#include <haetae/otlp_http.h>
#include <stdio.h>
#include <stdlib.h>

/* Whether the file at `path` has instrumentation/development.general.greetings: true. */
static bool wants_greetings(haetae_config *config, const char *path)
{
    haetae_config_model *model = NULL;
    const haetae_config_node *node;
    bool wanted = false;

    if (haetae_config_model_load(config, path, &model) == HAETAE_OK) {
        node =
            haetae_config_node_find(haetae_config_model_root(model), "instrumentation/development");
        node = haetae_config_node_find(haetae_config_node_find(node, "general"), "greetings");
        (void)haetae_config_node_bool(node, &wanted);
    }
    haetae_config_model_free(model);
    return wanted;
}

/* Registers what a file may name, and starts the SDK that the file describes. */
static haetae_status start(haetae_config *config, const char *path, haetae_sdk **ret_sdk)
{
    haetae_status status = haetae_otlp_http_register();

    if (status == HAETAE_OK) {
        status = haetae_console_register();
    }
    if (status == HAETAE_OK) {
        status = haetae_config_file_load(config, path);
    }
    return status == HAETAE_OK ? haetae_start(config, ret_sdk) : status;
}

static haetae_status run(haetae_config *config, const char *path)
{
    haetae_sdk *sdk = NULL;
    haetae_status status = start(config, path, &sdk);

    if (status != HAETAE_OK) {
        fprintf(stderr, "%s\n", haetae_config_error(config)); /* file, line, key: what is wrong */
        return status;
    }
    if (wants_greetings(config, path)) {
        haetae_log(haetae_logger_named(sdk, "shop"), HAETAE_SEVERITY_INFO, HAETAE_TEXT("hello"),
                   NULL, 0);
    }
    haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "shop"), HAETAE_TEXT("open"),
                                      HAETAE_SPAN_KIND_INTERNAL));
    haetae_counter_add(haetae_counter_named(haetae_meter_named(sdk, "shop"), "opened", NULL), 1,
                       NULL, 0);
    status = haetae_sdk_shutdown(sdk, 5000);
    haetae_sdk_free(sdk);
    return status;
}

int main(void)
{
    const char *path = getenv("OTEL_CONFIG_FILE");
    haetae_config *config = NULL;
    haetae_status status = haetae_config_new(&config);

    if (status == HAETAE_OK) {
        status = run(config, path != NULL ? path : "getting-started.yaml");
    }
    haetae_config_free(config);
    printf("configured: %s\n", haetae_status_text(status));
    return status == HAETAE_OK ? 0 : 1;
}
