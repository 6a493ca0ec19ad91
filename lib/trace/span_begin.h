/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a span's start, which the ways to start one have in common: the trace id first,
 * then the decision, and only then a slot and, for a span that is recorded, the clock. */
#ifndef HAETAE_TRACE_SPAN_BEGIN_H
#define HAETAE_TRACE_SPAN_BEGIN_H

#include "recorder/identity_slot.h"
#include "trace/provider.h"
#include "trace/span_fields.h"
#include "trace/span_site.h"
#include "wire/otlp.h"

/* What a start is made of, whichever call it came by. */
struct hae_start {
    haetae_tracer *tracer;
    const char *name;
    size_t name_length;
    const struct hae_current *parent; /* NULL: a root */
    uint64_t start_unix_ns;           /* 0: now */
    int32_t kind;
    /* NULL, or the site whose prepared name and constants replace `name`. */
    const struct hae_span_site_room *site;
};

/* The rare part of hae_begin_options(). */
void hae_begin_read_options(struct hae_recorder *recorder, const haetae_span_options *given,
                            haetae_span_options *ret_known);

/* The options as this library knows them: the caller's own, or those that are read into `room`,
 * where the caller knows fewer or more. */
static inline const haetae_span_options *hae_begin_options(struct hae_recorder *recorder,
                                                           const haetae_span_options *given,
                                                           haetae_span_options *room)
{
    if (HAE_LIKELY(given != NULL && given->struct_size == sizeof *given)) {
        return given;
    }
    hae_begin_read_options(recorder, given, room);
    return room;
}

/* Starts a span with options that name a parent context, in that context. */
haetae_span hae_begin_in_context(haetae_tracer *tracer, const char *name, size_t name_length,
                                 const haetae_span_options *options);

/* Takes over what the options say of a start, which has the tracer and the name. `parent` is the
 * context that they lead to. */
static inline void hae_begin_take_options(struct hae_start *start,
                                          const haetae_span_options *options,
                                          const struct hae_current *parent)
{
    start->parent = parent->valid && !options->root ? parent : NULL;
    start->start_unix_ns = options->start_time_unix_ns;
    start->kind = options->kind;
}

/* Fills what the options have for the context of the span. */
static inline void hae_begin_give_context(const haetae_span_options *options, haetae_span span)
{
    if (HAE_UNLIKELY(options->ret_context != NULL)) {
        (void)haetae_span_get_context(span, options->ret_context);
    }
}

/* The same from the slot of a span that nobody else has yet. False, and nothing has happened: its
 * tracestate has to be found. */
bool hae_begin_copy_context(const struct hae_slot *slot, haetae_span_context *ret_context);

/* Adds links and attributes of the options. */
void hae_begin_put_options(const haetae_tracer *tracer, uint32_t index,
                           const haetae_span_options *options);

/* Adds a tracestate, which has this number in the store, to a span without recording as well. */
void hae_begin_put_trace_state(const haetae_tracer *tracer, uint32_t index,
                               const haetae_trace_state *trace_state, uint64_t number);

/* The same: `given`, if it is valid, else the parent's, as they are after a decision by the
 * built-in rule. For spans that have a parent with a tracestate, or are given one; `parent` NULL: a
 * root. */
void hae_begin_pass_trace_state(const haetae_tracer *tracer, uint32_t index,
                                const struct hae_current *parent, haetae_string given);

/* Takes a threshold away that does not describe the decision of the built-in rule. */
void hae_begin_fit_threshold(const struct hae_tracer_provider *provider,
                             const struct hae_current *parent, const uint64_t trace_id[2],
                             haetae_trace_state *trace_state);

/* Where no span can start: a handle that carries the context of the parent on, if the options name
 * one, with the tracestate that they have for it. HAETAE_SPAN_NONE for a root (`parent` NULL), and
 * for a child of the current span, which stays current. */
haetae_span hae_begin_relay(const struct hae_current *parent, const haetae_span_options *options);

/* Adds any name. Of one that does not fit the beginning is kept. */
void hae_begin_put_name(const haetae_tracer *tracer, uint32_t index, const char *name,
                        size_t name_length);

/* The trace id: the parent's, or a new one for a root. Returns the flags of the whole trace, which
 * are those other than "sampled". */
static HAE_ALWAYS_INLINE uint64_t hae_begin_trace_id(struct hae_recorder *recorder,
                                                     struct hae_entry entry,
                                                     const struct hae_current *parent,
                                                     uint64_t ret_trace_id[2])
{
    if (parent != NULL) {
        ret_trace_id[0] = parent->trace_id[0];
        ret_trace_id[1] = parent->trace_id[1];
        return parent->trace_flags & ~(uint64_t)HAETAE_TRACE_FLAG_SAMPLED;
    }
    hae_new_long_id(recorder, entry, ret_trace_id);
    return HAETAE_TRACE_FLAG_RANDOM;
}

/* Makes the identity of the span in a slot that is not open. `flags` are HAE_SPAN_… and those of
 * the trace. */
static HAE_ALWAYS_INLINE void hae_begin_identify(struct hae_entry entry,
                                                 const struct hae_start *start,
                                                 struct hae_slot *slot, const uint64_t trace_id[2],
                                                 uint64_t flags)
{
    slot->scope = start->tracer->scope;
    slot->signal = HAETAE_SIGNAL_TRACES;
    /* Release pairs with the acquire loads in hae_open_identify(): a thread that reads one of
     * these by a handle of the slot's last use sees that its generation is over. */
    atomic_store_explicit(&slot->identity[HAE_IDENTITY_TRACE_ID], trace_id[0],
                          memory_order_release);
    atomic_store_explicit(&slot->identity[HAE_IDENTITY_TRACE_ID + 1], trace_id[1],
                          memory_order_release);
    atomic_store_explicit(&slot->identity[HAE_IDENTITY_SPAN_ID],
                          hae_new_id(start->tracer->recorder, entry), memory_order_release);
    atomic_store_explicit(&slot->identity[HAE_IDENTITY_FLAGS], flags, memory_order_release);
}

/* Takes a slot, and makes the identity of the span there. Returns 0 when there is no slot, which
 * is counted. */
static HAE_ALWAYS_INLINE uint32_t hae_begin_take_slot(struct hae_entry entry,
                                                      const struct hae_start *start,
                                                      const uint64_t trace_id[2], uint64_t flags)
{
    struct hae_recorder *recorder = start->tracer->recorder;
    uint32_t index = hae_slot_take(recorder, entry.lane);

    if (HAE_UNLIKELY(index == 0)) {
        hae_count_dropped(recorder, entry.lane, HAETAE_SIGNAL_TRACES, HAETAE_DROP_NO_SLOT);
        return 0;
    }
    hae_begin_identify(entry, start, hae_slot_at(recorder, index), trace_id, flags);
    return index;
}

/* What all spans have, with or without recording: an empty run of fields. */
static HAE_ALWAYS_INLINE void hae_begin_clear_run(struct hae_slot *slot, uint32_t index)
{
    struct hae_span_head *head = hae_span_head(slot);

    slot->used = sizeof *head;
    head->last_slot = index;
    head->size_bytes = 0;
}

/* A span that is not recorded: it carries its context on. It reads no clock, at its end neither:
 * its times are 0. */
static HAE_ALWAYS_INLINE void hae_begin_fill_silent(struct hae_recorder *recorder, uint32_t index)
{
    struct hae_slot *slot = hae_slot_at(recorder, index);
    struct hae_span_head *head = hae_span_head(slot);

    hae_begin_clear_run(slot, index);
    head->start_tick = 0;
    head->start_unix_ns = 0;
}

/* A slot of the lane for a span that is not recorded, which was not used for one before. 0: there
 * is none. */
uint32_t hae_begin_new_identity_slot(struct hae_recorder *recorder, struct hae_lane *lane);

/* Starts a span that is not recorded in a slot that is there for such. */
static HAE_ALWAYS_INLINE haetae_span hae_begin_identity_in(struct hae_entry entry,
                                                           const struct hae_start *start,
                                                           uint32_t index,
                                                           const uint64_t trace_id[2],
                                                           uint64_t flags)
{
    struct hae_recorder *recorder = start->tracer->recorder;

    hae_begin_identify(entry, start, hae_slot_at(recorder, index), trace_id, flags);
    return hae_identity_open(recorder, entry.lane, index);
}

/* The same in any of these slots. HAETAE_SPAN_NONE: all are in use. */
static HAE_ALWAYS_INLINE haetae_span hae_begin_identity(struct hae_entry entry,
                                                        const struct hae_start *start,
                                                        const uint64_t trace_id[2], uint64_t flags)
{
    struct hae_recorder *recorder = start->tracer->recorder;
    uint32_t index = hae_identity_slot(recorder, entry.lane);

    if (HAE_UNLIKELY(index == 0)) {
        index = hae_begin_new_identity_slot(recorder, entry.lane);
    }
    return HAE_LIKELY(index != 0) ? hae_begin_identity_in(entry, start, index, trace_id, flags)
                                  : HAETAE_SPAN_NONE;
}

static HAE_ALWAYS_INLINE void hae_begin_fill_time(struct hae_recorder *recorder,
                                                  struct hae_span_head *head,
                                                  uint64_t start_unix_ns)
{
    const struct hae_clock *clock = &recorder->region->clock;

    if (HAE_LIKELY(start_unix_ns == 0)) {
        head->start_tick = hae_clock_tick(clock);
        head->start_unix_ns = hae_clock_unix_ns(clock, head->start_tick);
    } else {
        head->start_tick = 0;
        head->start_unix_ns = start_unix_ns;
    }
}

/* Name and constant attributes, as a site has them prepared. */
static HAE_ALWAYS_INLINE void hae_begin_fill_site(struct hae_slot *slot, struct hae_span_head *head,
                                                  const struct hae_span_site_room *site)
{
    hae_copy_pieces(slot->data + sizeof *head, site->fields, site->run_size);
    slot->used = (uint16_t)(sizeof *head + site->run_size);
    head->size_bytes = site->run_size;
    head->attribute_count = site->attribute_count;
    head->key_filter = site->attribute_filter;
}

/* A span that is recorded: all but the options that only few starts have. It is nobody else's
 * until it is opened. */
static HAE_ALWAYS_INLINE void hae_begin_fill_recording(struct hae_recorder *recorder,
                                                       uint32_t index,
                                                       const struct hae_start *start)
{
    struct hae_slot *slot = hae_slot_at(recorder, index);
    struct hae_span_head *head = hae_span_head(slot);
    uint32_t size;

    head->parent_span_id = start->parent != NULL ? start->parent->span_id : 0;
    head->parent_is_remote = start->parent != NULL ? start->parent->is_remote : 0;
    head->key_filter = 0;
    head->last_slot = index;
    head->attribute_count = 0;
    head->event_count = 0;
    head->link_count = 0;
    head->dropped_attribute_count = 0;
    head->dropped_event_count = 0;
    head->dropped_link_count = 0;
    head->status_code = HAETAE_SPAN_STATUS_UNSET;
    head->kind = (uint8_t)hae_span_kind(start->kind);
    hae_begin_fill_time(recorder, head, start->start_unix_ns);
    if (start->site != NULL) {
        hae_begin_fill_site(slot, head, start->site);
        return;
    }
    /* The usual name, short and valid, lies right behind the head. 0: it is another, and nothing
     * has been written. */
    size = hae_put_short_text(slot->data + sizeof *head, HAE_OTLP_SPAN_NAME, start->name,
                              start->name_length);
    slot->used = (uint16_t)(sizeof *head + size);
    head->size_bytes = size;
    if (HAE_UNLIKELY(size == 0)) {
        hae_begin_put_name(start->tracer, index, start->name, start->name_length);
    }
}

#endif
