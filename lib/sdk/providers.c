/* SPDX-License-Identifier: Apache-2.0 */
/* From the SDK's handle to tracers, meters and loggers. */
#include "base/cancel.h"
#include "haetae/logs.h"
#include "haetae/metrics.h"
#include "recorder/call.h"
#include "sdk/sdk_internal.h"

uint64_t haetae_now_unix_ns(const haetae_sdk *sdk)
{
    return sdk != NULL ? hae_clock_now_unix_ns(&sdk->recorder->region->clock)
                       : hae_time_ns(CLOCK_REALTIME);
}

/* A scope of a name only. */
static haetae_scope_options named(const char *name)
{
    haetae_scope_options options = HAETAE_OPTIONS(haetae_scope_options);

    options.name = haetae_string_of(name);
    return options;
}

static bool shut_down(haetae_sdk *sdk)
{
    return !hae_accepting(sdk->recorder) && !hae_recorder_resume_unnamed(sdk->recorder);
}

haetae_status haetae_tracer_get(haetae_sdk *sdk, const haetae_scope_options *scope,
                                haetae_tracer **ret_tracer)
{
    HAE_HOLD_CANCELLATION();
    if (ret_tracer == NULL) {
        return HAETAE_EINVAL;
    }
    if (sdk == NULL) {
        *ret_tracer = NULL;
        return HAETAE_OK;
    }
    return shut_down(sdk) ? HAETAE_ESHUTDOWN : hae_tracer_get(&sdk->traces, scope, ret_tracer);
}

haetae_status haetae_meter_get(haetae_sdk *sdk, const haetae_scope_options *scope,
                               haetae_meter **ret_meter)
{
    HAE_HOLD_CANCELLATION();
    if (ret_meter == NULL) {
        return HAETAE_EINVAL;
    }
    if (sdk == NULL) {
        *ret_meter = NULL;
        return HAETAE_OK;
    }
    return shut_down(sdk) ? HAETAE_ESHUTDOWN : hae_meter_get(&sdk->metrics, scope, ret_meter);
}

haetae_status haetae_logger_get(haetae_sdk *sdk, const haetae_scope_options *scope,
                                haetae_logger **ret_logger)
{
    HAE_HOLD_CANCELLATION();
    if (ret_logger == NULL) {
        return HAETAE_EINVAL;
    }
    if (sdk == NULL) {
        *ret_logger = NULL;
        return HAETAE_OK;
    }
    return shut_down(sdk) ? HAETAE_ESHUTDOWN : hae_logger_get(&sdk->logs, scope, ret_logger);
}

haetae_tracer *haetae_tracer_named(haetae_sdk *sdk, const char *name)
{
    haetae_scope_options options = named(name);
    haetae_tracer *tracer = NULL;

    (void)haetae_tracer_get(sdk, &options, &tracer);
    return tracer;
}

haetae_meter *haetae_meter_named(haetae_sdk *sdk, const char *name)
{
    haetae_scope_options options = named(name);
    haetae_meter *meter = NULL;

    (void)haetae_meter_get(sdk, &options, &meter);
    return meter;
}

haetae_logger *haetae_logger_named(haetae_sdk *sdk, const char *name)
{
    haetae_scope_options options = named(name);
    haetae_logger *logger = NULL;

    (void)haetae_logger_get(sdk, &options, &logger);
    return logger;
}
