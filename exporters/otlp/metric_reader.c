/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/metric_reader.h"

#include "haetae/signal.h"

haetae_status hae_otlp_metric_reader_new(const haetae_config *config, uint32_t signals,
                                         haetae_metric_reader **ret_reader)
{
    haetae_metric_reader_options options = HAETAE_OPTIONS(haetae_metric_reader_options, .pull = 0);
    int64_t preference = 0;
    int64_t exponential = 0;
    haetae_status status = haetae_config_get_int(
        config, "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", &preference);

    if (status == HAETAE_OK) {
        status = haetae_config_get_int(
            config, "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", &exponential);
    }
    if (status != HAETAE_OK || (signals >> HAETAE_SIGNAL_METRICS & 1) == 0 ||
        (preference == 0 && exponential == 0)) {
        return status;
    }
    options.temporality_preference = (int32_t)preference;
    if (exponential != 0) {
        options.aggregation_of[HAETAE_INSTRUMENT_HISTOGRAM] =
            HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM;
    }
    return haetae_metric_reader_new(&options, ret_reader);
}
