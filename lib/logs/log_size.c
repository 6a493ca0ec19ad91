/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/log_size.h"

#include "logs/log_fields.h"
#include "wire/exception.h"

/* Adds the sizes of a list's attributes. False: one of them alone is too large. */
static bool add_sizes(const haetae_attribute *attributes, size_t count,
                      const struct hae_limits *limits, uint64_t *sum)
{
    for (size_t i = 0; i < count && *sum <= limits->value.size_bytes; i++) {
        size_t size;
        enum hae_put put = hae_attribute_size(&attributes[i], limits->value, &size);

        if (put == HAE_PUT_FULL) {
            return false;
        }
        *sum += put == HAE_PUT_OK ? hae_field_size(size) : 0;
    }
    return true;
}

static bool add_exception(const haetae_exception *exception, const struct hae_limits *limits,
                          uint64_t *sum)
{
    haetae_attribute made[HAE_EXCEPTION_ATTRIBUTES];

    return exception == NULL ||
           (add_sizes(exception->attributes, exception->attribute_count, limits, sum) &&
            add_sizes(made, hae_exception_attributes(exception, made), limits, sum));
}

/* In 64 bits, so that no sum wraps. */
bool hae_log_size(const haetae_log_record *record, const struct hae_limits *limits,
                  uint64_t *ret_size)
{
    uint64_t sum = HAE_LOG_FIXED_MAX;
    size_t size;

    if (!hae_string_valid(record->severity_text) || !hae_string_valid(record->event_name) ||
        hae_value_size(&record->body, hae_log_body_limits(limits), &size) != HAE_PUT_OK) {
        return false;
    }
    sum += hae_field_size(size);
    if (!add_sizes(record->attributes, record->attribute_count, limits, &sum) ||
        !add_exception(record->exception, limits, &sum)) {
        return false;
    }
    sum += hae_field_size(hae_text_of(record->severity_text, HAE_NO_LIMIT).size);
    sum += hae_field_size(hae_text_of(record->event_name, HAE_NO_LIMIT).size);
    *ret_size = sum;
    return true;
}
