/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/layout_mark.h"

uint64_t hae_metrics_mark_add(uint64_t mark)
{
    static const struct hae_format_field fields[] = {
        HAE_METRICS_FIELDS(HAE_FORMAT_FIELD, HAE_FORMAT_LAST)};

    return hae_format_mark_add(mark, fields, sizeof fields / sizeof fields[0]);
}
