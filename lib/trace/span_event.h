/* SPDX-License-Identifier: Apache-2.0 */
/* Events and links of a span. */
#ifndef HAETAE_TRACE_SPAN_EVENT_H
#define HAETAE_TRACE_SPAN_EVENT_H

#include "trace/span_fields.h"

struct hae_event {
    haetae_string name;
    uint64_t time_unix_ns;
    const haetae_attribute *attributes;
    size_t attribute_count;
    /* Of different keys; they stand before the attributes, but for those that are there as well. */
    const haetae_attribute *defaults;
    size_t default_count;
};

/* Whether a list of links can be meant. */
static inline bool hae_links_valid(const haetae_link *links, size_t count)
{
    return count == 0 || (links != NULL && count <= (size_t)PTRDIFF_MAX / sizeof *links);
}

/* Add one, or count it as dropped. */
void hae_fields_event(struct hae_fields *fields, const struct hae_event *event);
void hae_fields_link(struct hae_fields *fields, const haetae_link *link);

#endif
