/* SPDX-License-Identifier: Apache-2.0 */
/* From the configuration to the options of each part of an SDK. A NULL configuration is one of
 * defaults. */
#ifndef HAETAE_SDK_OPTIONS_H
#define HAETAE_SDK_OPTIONS_H

#include "logs/logger.h"
#include "metrics/meter.h"
#include "pipeline/pipeline.h"
#include "sdk/config_read.h"
#include "trace/tracer.h"

struct hae_recorder_options hae_options_of_recorder(const haetae_config *config);

/* The size of each journal in the recorder's file: what the signal's queue may hold, and the
 * headers of its records. */
void hae_options_of_journals(const haetae_config *config,
                             uint64_t ret_size_bytes[HAETAE_SIGNAL_COUNT]);

/* Fill what an initialised provider takes from the configuration. */
void hae_options_of_traces(const haetae_config *config, struct hae_tracer_provider *provider);
/* Errors: HAETAE_ENOMEM. */
haetae_status hae_options_of_metrics(const haetae_config *config,
                                     struct hae_meter_provider *provider);
void hae_options_of_logs(const haetae_config *config, struct hae_logger_provider *provider);

/* The numbers; resource, metrics and diagnostics are left empty. */
struct hae_pipeline_options hae_options_of_pipeline(const haetae_config *config);

/* HAETAE_EVALUE when a resource of this size leaves no room in requests for anything else;
 * haetae_config_error() says so. */
haetae_status hae_options_check_resource(haetae_config *config, size_t resource_size_bytes);

#endif
