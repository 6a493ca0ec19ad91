/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/attach_spool.h"

#include <unistd.h>

#include "pipeline/spooling.h"
#include "sdk/attach_recovery.h"
#include "sdk/config_read.h"

bool hae_sdk_has_spools(const haetae_sdk *sdk, const haetae_config *config)
{
    return sdk->recovers_only == NULL &&
           hae_config_text(config, HAE_KEY_HAETAE_SPOOL_DIR)[0] != '\0';
}

haetae_status hae_sdk_check_spools(const haetae_sdk *sdk, haetae_config *config)
{
    const char *path = hae_config_text(config, HAE_KEY_HAETAE_SPOOL_DIR);
    struct hae_file_fault fault = {NULL, 0};
    int directory;

    if (config == NULL || !hae_sdk_has_spools(sdk, config)) {
        return HAETAE_OK;
    }
    directory = hae_region_directory_open(path, &fault);
    if (directory < 0) {
        return hae_sdk_report_file_fault(config, "HAETAE_SPOOL_DIR=", path, &fault);
    }
    close(directory);
    return HAETAE_OK;
}

haetae_status hae_sdk_spool_of(haetae_sdk *sdk, const haetae_config *config,
                               const haetae_exporter *exporter, uint32_t signals,
                               haetae_exporter **ret_spool)
{
    const struct hae_spooling_options options = {
        .path = hae_config_text(config, HAE_KEY_HAETAE_SPOOL_DIR),
        .bytes_max = (uint64_t)hae_config_int(config, HAE_KEY_HAETAE_SPOOL_BYTES),
        .age_max_ms = (uint64_t)hae_config_int(config, HAE_KEY_HAETAE_SPOOL_MAX_AGE_MS),
        .after_ms = (uint64_t)hae_config_int(config, HAE_KEY_HAETAE_SPOOL_AFTER_MS),
        .diagnostics = &sdk->diagnostics};

    if (exporter->ops.signals != 0) {
        signals &= exporter->ops.signals;
    }
    *ret_spool = NULL;
    return hae_sdk_has_spools(sdk, config) && signals != 0
               ? hae_spooling_new(&options, exporter->title, signals, ret_spool)
               : HAETAE_OK;
}
