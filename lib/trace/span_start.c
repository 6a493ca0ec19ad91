/* SPDX-License-Identifier: Apache-2.0 */
#include "context/current.h"
#include "trace/span_fields.h"
#include "trace/trace_state.h"
#include "wire/otlp.h"

/* What a start is made of, whichever call it came by. */
struct start {
    haetae_tracer *tracer;
    const char *name;
    size_t name_length;
    const struct hae_current *parent; /* NULL: a root */
    uint64_t start_unix_ns;           /* 0: now       */
    int32_t kind;
};

/* Of a root, or of a child: `parent` NULL, or not. */
static HAE_ALWAYS_INLINE void fill_ids(struct hae_recorder *recorder, struct hae_entry entry,
                                       struct hae_slot *slot, const struct hae_current *parent)
{
    struct hae_span_head *head = hae_span_head(slot);
    uint64_t trace[2];

    if (parent != NULL) {
        trace[0] = parent->trace_id[0];
        trace[1] = parent->trace_id[1];
        head->parent_span_id = parent->span_id;
        head->parent_is_remote = parent->is_remote;
    } else {
        trace[0] = hae_new_id(recorder, entry);
        trace[1] = hae_new_id(recorder, entry);
        head->parent_span_id = 0;
        head->parent_is_remote = 0;
    }
    /* Release pairs with the acquire loads in hae_open_identify(): who reads one of these
     * by a handle of the slot's last use sees that its generation is over. */
    atomic_store_explicit(&slot->identity[HAE_IDENTITY_TRACE_ID], trace[0], memory_order_release);
    atomic_store_explicit(&slot->identity[HAE_IDENTITY_TRACE_ID + 1], trace[1],
                          memory_order_release);
    atomic_store_explicit(&slot->identity[HAE_IDENTITY_SPAN_ID], hae_new_id(recorder, entry),
                          memory_order_release);
}

static HAE_ALWAYS_INLINE void fill_start(struct hae_recorder *recorder, struct hae_span_head *head,
                                         const struct start *start)
{
    const struct hae_clock *clock = &recorder->region->clock;

    if (HAE_LIKELY(start->start_unix_ns == 0)) {
        head->start_tick = hae_clock_tick(clock);
        head->start_unix_ns = hae_clock_unix_ns(clock, head->start_tick);
    } else {
        head->start_tick = 0;
        head->start_unix_ns = start->start_unix_ns;
    }
    head->kind =
        start->kind >= HAETAE_SPAN_KIND_INTERNAL && start->kind <= HAETAE_SPAN_KIND_CONSUMER
            ? (uint8_t)start->kind
            : HAETAE_SPAN_KIND_INTERNAL;
}

static HAE_ALWAYS_INLINE void clear_fields(struct hae_span_head *head, uint32_t slot)
{
    head->key_filter = 0;
    head->last_slot = slot;
    head->attribute_count = 0;
    head->event_count = 0;
    head->link_count = 0;
    head->dropped_attribute_count = 0;
    head->dropped_event_count = 0;
    head->dropped_link_count = 0;
    head->status_code = HAETAE_SPAN_STATUS_UNSET;
}

static HAE_ALWAYS_INLINE bool decide(const struct start *start, struct hae_slot *slot)
{
    uint64_t trace_low = hae_span_word(slot, HAE_IDENTITY_TRACE_ID + 1);
    bool sampled = hae_sampled(&start->tracer->provider->sampler, start->parent, trace_low);

    /* Flags other than "sampled", such as "random", are the whole trace's. */
    uint64_t flags = start->parent != NULL
                         ? start->parent->trace_flags & ~(uint64_t)HAETAE_TRACE_FLAG_SAMPLED
                         : 0;

    if (sampled) {
        flags |= HAE_SPAN_RECORDING | HAETAE_TRACE_FLAG_SAMPLED;
    }
    /* Release pairs with the acquire loads in hae_open_identify(), as in fill_ids(). */
    atomic_store_explicit(&slot->identity[HAE_IDENTITY_FLAGS], flags, memory_order_release);
    return sampled;
}

/* Of a name that is too long, or for which there is no memory, so many code points are
 * kept: they fit into the first slot. */
enum { NAME_KEPT = 80 };

/* Any name. */
static HAE_NOINLINE void put_name(struct hae_recorder *recorder, const struct start *start,
                                  uint32_t index)
{
    haetae_string name = {start->name, start->name_length};
    struct hae_fields fields;

    hae_fields_begin(&fields, recorder, index, &start->tracer->provider->limits);
    if (HAE_UNLIKELY(!hae_put_text_field(&fields.chain.sink, HAE_OTLP_SPAN_NAME, name))) {
        hae_count_misuse(recorder, HAETAE_MISUSE_ARGUMENT);
        if (hae_string_valid(name)) {
            name.length = hae_text_of(name, NAME_KEPT).consumed;
            (void)hae_put_text_field(&fields.chain.sink, HAE_OTLP_SPAN_NAME, name);
        }
    }
    hae_fields_end(&fields);
}

/* The usual name, short and valid, right behind the head. False: it is another, and
 * nothing has changed. */
static HAE_ALWAYS_INLINE bool put_short_name(struct hae_slot *slot, const struct start *start)
{
    struct hae_span_head *head = hae_span_head(slot);
    uint32_t size = hae_put_short_text(slot->data + sizeof *head, HAE_OTLP_SPAN_NAME, start->name,
                                       start->name_length);

    slot->used = (uint16_t)(sizeof *head + size);
    head->size_bytes = size;
    return size != 0;
}

/* Takes a slot and fills it, all but the options that only few starts have. The
 * span is nobody else's until hae_open_publish(). Returns 0 when there is no slot. */
static HAE_ALWAYS_INLINE uint32_t make_span(struct hae_entry entry, const struct start *start,
                                            bool *ret_recording)
{
    struct hae_recorder *recorder = start->tracer->recorder;
    uint32_t index = hae_slot_take(recorder, entry.lane);
    struct hae_slot *slot;
    struct hae_span_head *head;

    if (HAE_UNLIKELY(index == 0)) {
        hae_count_dropped(recorder, entry.lane, HAETAE_SIGNAL_TRACES, HAETAE_DROP_NO_SLOT);
        return 0;
    }
    slot = hae_slot_at(recorder, index);
    head = hae_span_head(slot);
    slot->scope = start->tracer->scope;
    slot->signal = HAETAE_SIGNAL_TRACES;
    clear_fields(head, index);
    fill_ids(recorder, entry, slot, start->parent);
    fill_start(recorder, head, start);
    *ret_recording = decide(start, slot);
    if (!put_short_name(slot, start) && *ret_recording) {
        put_name(recorder, start, index);
    }
    return index;
}

/* A child goes on with its parent's trace_state, as long as the parent is open. */
static void inherit_trace_state(const haetae_tracer *tracer, uint32_t index, haetae_span parent)
{
    char text[HAETAE_TRACE_STATE_MAX];
    haetae_string state = {text, hae_span_trace_state(parent, text)};
    struct hae_fields fields;

    hae_fields_begin(&fields, tracer->recorder, index, &tracer->provider->limits);
    hae_fields_trace_state(&fields, state);
    hae_fields_end(&fields);
}

/* Whether `tracer` starts spans at all. */
static inline bool starts_spans(const haetae_tracer *tracer)
{
    return HAE_LIKELY(tracer != NULL) && HAE_LIKELY(tracer->provider->enabled);
}

/* The same now; a start after shutdown is counted. */
static inline bool starts_now(const haetae_tracer *tracer)
{
    if (HAE_UNLIKELY(!hae_admits(tracer->recorder))) {
        hae_count_rejected(tracer->recorder, HAETAE_SIGNAL_TRACES);
        return false;
    }
    return true;
}

/* Apart from the call, which thus returns for a NULL tracer before it saves registers. */
static HAE_NOINLINE haetae_span start_plain(haetae_tracer *tracer, const char *name,
                                            size_t name_length, int32_t kind)
{
    const struct hae_current *current = hae_current();
    struct start start = {tracer, name, name_length, current->valid ? current : NULL, 0, kind};
    haetae_span span = HAETAE_SPAN_NONE;
    struct hae_entry entry;
    bool recording;
    uint32_t index;

    if (HAE_UNLIKELY(!starts_now(tracer))) {
        return HAETAE_SPAN_NONE;
    }
    entry = hae_enter(tracer->recorder);
    index = make_span(entry, &start, &recording);
    if (HAE_LIKELY(index != 0)) {
        /* Also when it is not recorded: what it calls may be. */
        if (HAE_UNLIKELY(start.parent != NULL && current->has_trace_state)) {
            inherit_trace_state(tracer, index, current->span);
        }
        span = hae_open_publish(tracer->recorder, entry.lane, index, recording);
    }
    hae_leave(entry);
    return span;
}

haetae_span haetae_span_start(haetae_tracer *tracer, const char *name, size_t name_length,
                              haetae_span_kind kind)
{
    return starts_spans(tracer) ? start_plain(tracer, name, name_length, (int32_t)kind)
                                : HAETAE_SPAN_NONE;
}

/* The options as this library knows them, from a caller that may know fewer. */
static void read_options(struct hae_recorder *recorder, const haetae_span_options *given,
                         haetae_span_options *ret_known)
{
    if (HAE_LIKELY(given != NULL)) {
        if (HAE_READ_OPTIONS(recorder, haetae_span_options, ret_known, given)) {
            return;
        }
        hae_count_misuse(recorder, HAETAE_MISUSE_ARGUMENT);
    }
    *ret_known = (haetae_span_options)HAETAE_OPTIONS(haetae_span_options);
}

static void put_options(const haetae_tracer *tracer, uint32_t index,
                        const haetae_span_options *options)
{
    struct hae_fields fields;

    hae_fields_begin(&fields, tracer->recorder, index, &tracer->provider->limits);
    hae_fields_trace_state(&fields, options->trace_state);
    hae_fields_attributes(&fields, options->attributes, options->attribute_count);
    if (options->links == NULL || options->link_count > (size_t)PTRDIFF_MAX / sizeof(haetae_link)) {
        fields.head->dropped_link_count += options->link_count != 0;
    } else {
        for (size_t i = 0; i < options->link_count; i++) {
            hae_fields_link(&fields, &options->links[i]);
        }
    }
    hae_fields_end(&fields);
}

haetae_span haetae_span_start_with(haetae_tracer *tracer, const char *name, size_t name_length,
                                   const haetae_span_options *given)
{
    struct start start = {tracer, name, name_length, NULL, 0, 0};
    haetae_span_options options;
    struct hae_current parent;
    haetae_span span = HAETAE_SPAN_NONE;
    struct hae_entry entry;
    bool recording;
    uint32_t index;

    if (HAE_UNLIKELY(!starts_spans(tracer) || !starts_now(tracer))) {
        return HAETAE_SPAN_NONE;
    }
    read_options(tracer->recorder, given, &options);
    parent = options.parent != NULL ? hae_current_from(options.parent) : *hae_current();
    start.parent = parent.valid && !options.root ? &parent : NULL;
    start.start_unix_ns = options.start_time_unix_ns;
    start.kind = options.kind;
    entry = hae_enter(tracer->recorder);
    index = make_span(entry, &start, &recording);
    if (index != 0) {
        if (start.parent != NULL && parent.has_trace_state) {
            inherit_trace_state(tracer, index, parent.span);
        }
        if (start.parent == NULL || parent.has_trace_state) {
            options.trace_state.length = 0; /* it is a remote parent's */
        }
        put_options(tracer, index, &options);
        span = hae_open_publish(tracer->recorder, entry.lane, index, recording);
    }
    hae_leave(entry);
    return span;
}
