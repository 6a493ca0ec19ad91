/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/start_providers.h"

#include "sdk/components.h"
#include "sdk/options.h"
#include "sdk/span_metrics.h"

haetae_status hae_sdk_start_providers(haetae_sdk *sdk, haetae_config *config)
{
    haetae_status status = hae_meter_provider_init(&sdk->metrics, sdk->recorder);

    if (status != HAETAE_OK) {
        return status;
    }
    status = hae_readers_init(&sdk->readers, config, &sdk->metrics);
    if (status != HAETAE_OK) {
        goto done_metrics;
    }
    status = hae_options_of_metrics(config, &sdk->metrics);
    if (status != HAETAE_OK) {
        goto done_reader;
    }
    status = hae_tracer_provider_init(&sdk->traces, sdk->recorder);
    if (status != HAETAE_OK) {
        goto done_reader;
    }
    status = hae_logger_provider_init(&sdk->logs, sdk->recorder);
    if (status != HAETAE_OK) {
        goto done_traces;
    }
    sdk->metrics.diagnostics = &sdk->diagnostics;
    hae_options_of_traces(config, &sdk->traces);
    sdk->traces.resource = sdk->resource.bytes;
    sdk->traces.resource_size_bytes = sdk->resource.size_bytes;
    sdk->logs.resource = sdk->resource.bytes;
    sdk->logs.resource_size_bytes = sdk->resource.size_bytes;
    hae_options_of_logs(config, &sdk->logs);
    hae_components_lend(config, sdk);
    hae_span_metrics_begin(&sdk->traces.processors, &sdk->metrics);
    return HAETAE_OK;
done_traces:
    hae_tracer_provider_done(&sdk->traces);
done_reader:
    hae_readers_done(&sdk->readers);
done_metrics:
    hae_meter_provider_done(&sdk->metrics);
    return status;
}

void hae_sdk_stop_providers(haetae_sdk *sdk)
{
    hae_readers_done(&sdk->readers);
    hae_meter_provider_done(&sdk->metrics);
    hae_host_metrics_done(&sdk->host_metrics);
    hae_logger_provider_done(&sdk->logs);
    hae_tracer_provider_done(&sdk->traces);
}
