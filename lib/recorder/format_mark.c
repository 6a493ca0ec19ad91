/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/format_mark.h"

#include "base/random.h"

uint64_t hae_format_mark_add(uint64_t mark, const struct hae_format_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mark ^= (uint64_t)fields[i].offset << 32 | fields[i].size_bytes;
        mark = hae_splitmix(&mark);
    }
    return mark;
}

uint64_t hae_format_mark(void)
{
    static const struct hae_format_field fields[] = {
        HAE_FORMAT_FIELDS(HAE_FORMAT_FIELD, HAE_FORMAT_LAST)};

    return hae_format_mark_add(0, fields, sizeof fields / sizeof fields[0]);
}
