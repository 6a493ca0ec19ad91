/* SPDX-License-Identifier: Apache-2.0 */
/* The process may have been killed while it changed a span: what is complete of it is read. */
#include "recovery/dead_span.h"

#include <string.h>

#include "recovery/check.h"
#include "recovery/dead_chain.h"
#include "trace/span_encode.h"
#include "wire/otlp.h"
#include "wire/wire.h"

static uint8_t *put_varint_field(uint8_t *at, unsigned field, uint64_t value)
{
    if (value != 0) {
        *at++ = HAE_TAG(field, HAE_WIRE_VARINT);
        at = hae_put_varint(at, value);
    }
    return at;
}

static uint8_t *put_id(uint8_t *at, unsigned field, const uint64_t *words, size_t size_bytes)
{
    *at++ = HAE_TAG(field, HAE_WIRE_LENGTH);
    *at++ = (uint8_t)size_bytes;
    memcpy(at, words, size_bytes);
    return at + size_bytes;
}

/* Writes all fields that do not lie in the run. */
static uint8_t *put_fixed_fields(uint8_t *at, struct hae_slot *slot, uint64_t end_unix_ns)
{
    const struct hae_span_head *head = hae_span_head(slot);
    uint64_t trace_id[2] = {hae_span_word(slot, HAE_IDENTITY_TRACE_ID),
                            hae_span_word(slot, HAE_IDENTITY_TRACE_ID + 1)};
    uint64_t span_id = hae_span_word(slot, HAE_IDENTITY_SPAN_ID);
    uint64_t flags = hae_span_word(slot, HAE_IDENTITY_FLAGS);

    at = put_id(at, HAE_OTLP_SPAN_TRACE_ID, trace_id, sizeof trace_id);
    at = put_id(at, HAE_OTLP_SPAN_SPAN_ID, &span_id, sizeof span_id);
    if (head->parent_span_id != 0) {
        at = put_id(at, HAE_OTLP_SPAN_PARENT_SPAN_ID, &head->parent_span_id,
                    sizeof head->parent_span_id);
    }
    at = put_varint_field(at, HAE_OTLP_SPAN_KIND, head->kind);
    at = hae_put_fixed64_field(at, HAE_OTLP_SPAN_START_TIME_UNIX_NANO, head->start_unix_ns);
    at = hae_put_fixed64_field(at, HAE_OTLP_SPAN_END_TIME_UNIX_NANO, end_unix_ns);
    at =
        put_varint_field(at, HAE_OTLP_SPAN_DROPPED_ATTRIBUTES_COUNT, head->dropped_attribute_count);
    at = put_varint_field(at, HAE_OTLP_SPAN_DROPPED_EVENTS_COUNT, head->dropped_event_count);
    at = put_varint_field(at, HAE_OTLP_SPAN_DROPPED_LINKS_COUNT, head->dropped_link_count);
    *at++ = HAE_TAG_FIRST(HAE_OTLP_SPAN_FLAGS, HAE_WIRE_FIXED32);
    *at++ = HAE_TAG_SECOND(HAE_OTLP_SPAN_FLAGS);
    return hae_put_fixed32(at, (uint32_t)(flags & HAE_SPAN_TRACE_FLAGS) |
                                   HAE_OTLP_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK |
                                   (uint32_t)(head->parent_is_remote & 1) << 9);
}

uint32_t hae_dead_span(struct hae_dead *dead, uint32_t index)
{
    struct hae_slot *slot = hae_layout_slot(&dead->layout, index);
    uint64_t state = hae_dead_load(&slot->state);
    /* Also a span that another thread was asked to end, and had not ended yet. */
    bool ended = (state & (HAE_SLOT_RECORD | HAE_SLOT_TIMED)) != 0;
    uint64_t end = ended ? hae_dead_load(&slot->end_unix_ns) : dead->last_known_unix_ns;
    uint8_t *run = dead->scratch + HAE_DEAD_SPAN_EXTRA;
    uint8_t fixed[HAE_DEAD_SPAN_EXTRA];
    size_t size = hae_dead_gather(dead, index, sizeof(struct hae_span_head), run,
                                  (size_t)dead->record_size_max);
    size_t whole = hae_check_prefix(HAE_CHECK_SPAN_FIELDS, run, size);
    uint64_t start = hae_span_head(slot)->start_unix_ns;
    uint8_t *at;

    if (whole != size && ended) {
        hae_dead_fault(dead, "a span in slot %u is invalid", (unsigned)index);
    }
    at = put_fixed_fields(fixed, slot, end > start ? end : start);
    memmove(dead->scratch + (at - fixed), run, whole);
    memcpy(dead->scratch, fixed, (size_t)(at - fixed));
    at = dead->scratch + (at - fixed) + whole;
    if (!ended || (hae_span_word(slot, HAE_IDENTITY_FLAGS) & HAE_SPAN_LEFT_OPEN) != 0) {
        dead->record_is_open = true;
        at = hae_span_put_open_mark(at);
    }
    return (uint32_t)(at - dead->scratch);
}
