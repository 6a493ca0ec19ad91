/* SPDX-License-Identifier: Apache-2.0 */
#include "store/model.h"

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
