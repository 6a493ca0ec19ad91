/* SPDX-License-Identifier: Apache-2.0 */
#include "store/model.h"

#include "base/clock.h"

const char *hae_view_signal_path(enum hae_view_signal signal)
{
    static const char *const paths[HAE_VIEW_SIGNALS] = {"/v1/traces", "/v1/metrics", "/v1/logs"};
    return paths[signal];
}

const char *hae_view_signal_resources(enum hae_view_signal signal)
{
    static const char *const names[HAE_VIEW_SIGNALS] = {"resourceSpans", "resourceMetrics",
                                                        "resourceLogs"};
    return names[signal];
}

struct hae_view_arrival hae_view_arrival_now(void)
{
    return (struct hae_view_arrival){hae_time_ns(CLOCK_MONOTONIC), hae_time_ns(CLOCK_REALTIME)};
}

enum hae_view_severity hae_view_severity_of(int number)
{
    if (number < 1 || number > 24) {
        return HAE_VIEW_SEVERITY_UNSPECIFIED;
    }
    return (enum hae_view_severity)(HAE_VIEW_SEVERITY_TRACE + (number - 1) / 4);
}

const char *hae_view_severity_name(enum hae_view_severity severity)
{
    static const char *const names[HAE_VIEW_SEVERITIES] = {"unspecified", "trace", "debug", "info",
                                                           "warn",        "error", "fatal"};
    return names[severity];
}

const char *hae_view_metric_kind_name(enum hae_view_metric_kind kind)
{
    static const char *const names[] = {"gauge",     "up_down_counter",       "counter",
                                        "histogram", "exponential_histogram", "summary"};
    return names[kind];
}

const char *hae_view_temporality_name(enum hae_view_temporality temporality)
{
    static const char *const names[] = {"unspecified", "delta", "cumulative"};
    return names[temporality];
}
