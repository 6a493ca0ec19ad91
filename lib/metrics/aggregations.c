/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/aggregations.h"

#include "haetae/reader.h"
#include "metrics/aggregation_exponential.h"
#include "metrics/aggregation_histogram.h"
#include "metrics/aggregation_last_value.h"
#include "metrics/aggregation_sum.h"

static const struct hae_aggregation *const aggregations[] = {
    &hae_aggregation_sum, &hae_aggregation_last_value, &hae_aggregation_histogram,
    &hae_aggregation_exponential, &hae_aggregation_observed_sum};

const struct hae_aggregation *hae_aggregation_of(uint8_t id)
{
    for (size_t i = 0; i < sizeof aggregations / sizeof aggregations[0]; i++) {
        if (aggregations[i]->id == id) {
            return aggregations[i];
        }
    }
    return NULL;
}

const struct hae_aggregation *hae_aggregation_chosen(uint8_t choice, uint8_t kind)
{
    switch (choice) {
    case HAETAE_AGGREGATION_DEFAULT:
        return hae_aggregation_of_kind(kind);
    case HAETAE_AGGREGATION_SUM:
        return &hae_aggregation_sum;
    case HAETAE_AGGREGATION_LAST_VALUE:
        return &hae_aggregation_last_value;
    case HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM:
        return &hae_aggregation_histogram;
    case HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM:
        return &hae_aggregation_exponential;
    default:
        return NULL;
    }
}

/* Specification: "Default aggregation". */
const struct hae_aggregation *hae_aggregation_of_kind(uint8_t kind)
{
    switch (kind) {
    case HAE_GAUGE:
    case HAE_OBSERVABLE_GAUGE:
        return &hae_aggregation_last_value;
    case HAE_HISTOGRAM:
        return &hae_aggregation_histogram;
    case HAE_OBSERVABLE_COUNTER:
    case HAE_OBSERVABLE_UP_DOWN_COUNTER:
        return &hae_aggregation_observed_sum;
    default:
        return &hae_aggregation_sum;
    }
}

const struct hae_aggregation *hae_aggregation_observed(const struct hae_aggregation *aggregation)
{
    return aggregation == &hae_aggregation_sum ? &hae_aggregation_observed_sum : aggregation;
}

bool hae_aggregation_suits(uint8_t choice, uint8_t kind)
{
    switch (choice) {
    case HAETAE_AGGREGATION_LAST_VALUE:
        return kind == HAE_GAUGE || hae_kind_is_observable(kind);
    case HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM:
    case HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM:
        return !hae_kind_is_observable(kind);
    default:
        return true;
    }
}
