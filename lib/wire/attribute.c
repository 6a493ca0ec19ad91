/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/attribute.h"

#include "wire/short_attribute.h"

enum hae_put hae_put_attribute(struct hae_sink *sink, unsigned field,
                               const haetae_attribute *attribute, struct hae_value_limits limits)
{
    return hae_put_attribute_inline(sink, field, attribute, &limits);
}

void hae_put_attributes(struct hae_sink *sink, unsigned field, const haetae_attribute *attributes,
                        size_t count, const struct hae_limits *limits, uint32_t *dropped_count)
{
    uint32_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (hae_attribute_is_duplicate(attributes, count, i)) {
            continue;
        }
        if (kept < limits->count &&
            hae_put_attribute(sink, field, &attributes[i], limits->value) == HAE_PUT_OK) {
            kept++;
        } else {
            (*dropped_count)++;
        }
    }
}
