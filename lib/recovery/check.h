/* SPDX-License-Identifier: Apache-2.0 */
/* Whether bytes of unknown origin are the OTLP message that they should be, as this library
 * writes it. A receiver would refuse a whole request for one invalid message. */
#ifndef HAETAE_RECOVERY_CHECK_H
#define HAETAE_RECOVERY_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hae_checked {
    HAE_CHECK_SPAN,
    HAE_CHECK_SPAN_FIELDS, /* what an open span's slots hold: name, attributes and so on */
    HAE_CHECK_LOG_RECORD,
    HAE_CHECK_SCOPE,
    HAE_CHECK_RESOURCE,
    HAE_CHECK_METRIC_FIELDS,          /* name, description, unit */
    HAE_CHECK_NUMBER_ATTRIBUTES,      /* of a NumberDataPoint    */
    HAE_CHECK_HISTOGRAM_ATTRIBUTES,   /* of a HistogramDataPoint */
    HAE_CHECK_EXPONENTIAL_ATTRIBUTES, /* of an ExponentialHistogramDataPoint */
    /* Those inside them. */
    HAE_CHECK_EVENT,
    HAE_CHECK_LINK,
    HAE_CHECK_STATUS,
    HAE_CHECK_KEY_VALUE,
    HAE_CHECK_ANY_VALUE,
    HAE_CHECK_ARRAY,
    HAE_CHECK_MAP,
    HAE_CHECKED_COUNT
};

/* How many bytes, from the first on, are whole and well-formed fields of the message. */
size_t hae_check_prefix(enum hae_checked message, const uint8_t *data, size_t size_bytes);

static inline bool hae_check(enum hae_checked message, const uint8_t *data, size_t size_bytes)
{
    return hae_check_prefix(message, data, size_bytes) == size_bytes;
}

#endif
