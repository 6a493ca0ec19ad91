/* SPDX-License-Identifier: Apache-2.0 */
/* The whole start in one call, by the public interface alone. */
#include <stdio.h>

#include "haetae/config.h"
#include "haetae/exporter.h"
#include "haetae/otlp_http.h"
#include "haetae/sdk.h"
#include "otlp_http/error.h"

/* As the SDK does with its diagnostics when nobody else takes them. */
static void warn(const haetae_config *config)
{
    fprintf(stderr, "haetae: warning: %s\n", haetae_config_error(config));
}

static haetae_status add_exporter(haetae_config *config)
{
    haetae_exporter *exporter;
    haetae_status status = haetae_otlp_http_new(config, &exporter);

    if (status != HAETAE_OK) {
        return status;
    }
    status = haetae_config_add_exporter(config, exporter);
    if (status != HAETAE_OK) {
        haetae_exporter_free(exporter);
        hae_http_keep_error(haetae_status_text(status));
    }
    return status;
}

static haetae_status start_sdk(haetae_config *config, haetae_sdk **ret_sdk)
{
    haetae_status status = haetae_sdk_start(config, ret_sdk);

    if (status == HAETAE_EVALUE) {
        hae_http_keep_error(haetae_config_error(config));
    } else if (status != HAETAE_OK) {
        hae_http_keep_error(haetae_status_text(status));
    }
    return status;
}

haetae_status haetae_otlp_http_start(haetae_sdk **ret_sdk)
{
    haetae_config *config;
    haetae_status status = ret_sdk != NULL ? haetae_config_new(&config) : HAETAE_EINVAL;

    if (status != HAETAE_OK) {
        hae_http_keep_error(haetae_status_text(status));
        return status;
    }
    status = haetae_config_load_env(config);
    if (status == HAETAE_EVALUE || status == HAETAE_EKEY) {
        warn(config);
    }
    status = add_exporter(config);
    if (status == HAETAE_OK) {
        status = start_sdk(config, ret_sdk);
    }
    haetae_config_free(config);
    return status;
}
