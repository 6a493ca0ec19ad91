/* SPDX-License-Identifier: Apache-2.0 */
/* Spans: each call beside what it must have done. */
#include <string.h>

#include "calls/calls.h"

/* Beyond this a span gets no more: the library may cut what is longer than a record may be. */
enum { SPAN_NOTE_MAX = 6000 };

static void forget(struct calls_span *span)
{
    note_done(&span->name);
    note_done(&span->events);
    note_done(&span->links);
    note_done(&span->message);
    for (int i = 0; i < CALLS_KEYS; i++) {
        note_done(&span->keys[i]);
        note_done(&span->values[i]);
    }
    *span = (struct calls_span){.handle = span->handle, .ids = span->ids};
}

/* ---- Attributes ---------------------------------------------------------------------------- */

/* The place of a key, or behind the last one. */
static uint32_t place(const struct calls_span *span, const struct note *key)
{
    uint32_t i = 0;

    while (i < span->attribute_count && strcmp(note_text(&span->keys[i]), note_text(key)) != 0) {
        i++;
    }
    return i;
}

static void expect_set(struct calls_span *span, const haetae_attribute *attribute)
{
    const struct calls_limits *limits = &span->owner->span_limits;
    struct note key = {NULL, 0, 0};
    struct note value = {NULL, 0, 0};
    bool valid = attribute->key.length != 0 && expect_valid(attribute->key);
    uint32_t at;

    valid = valid && expect_value(&value, &attribute->value, limits->length);
    if (valid) {
        expect_text(&key, attribute->key, SIZE_MAX);
    }
    at = place(span, &key);
    if (!valid || (at == span->attribute_count && span->attribute_count >= limits->count)) {
        span->dropped_attributes++;
        note_done(&key);
        note_done(&value);
        return;
    }
    note_done(&span->keys[at]);
    note_done(&span->values[at]);
    span->keys[at] = key;
    span->values[at] = value;
    span->attribute_count += at == span->attribute_count;
}

static void expect_all(struct calls_span *span, const haetae_attribute *list, size_t count)
{
    for (size_t i = 0; span->recording && i < count; i++) {
        expect_set(span, &list[i]);
    }
}

static void set_attributes(struct calls *calls, struct calls_span *span)
{
    size_t count;
    const haetae_attribute *list = calls_attributes(calls, true, &count);
    const haetae_attribute *one = count > 0 ? &list[0] : NULL;
    uint8_t how = fuzz_byte(&calls->input);

    if (how % 2 == 0 || one == NULL) {
        haetae_span_set_attributes(span->handle, list, count);
        expect_all(span, list, count);
        return;
    }
    switch (one->value.type) {
    case HAETAE_VALUE_STRING:
        haetae_span_set_string(span->handle, one->key.data, one->key.length,
                               one->value.as.string.data, one->value.as.string.length);
        break;
    case HAETAE_VALUE_BOOL:
        haetae_span_set_bool(span->handle, one->key.data, one->key.length, one->value.as.boolean);
        break;
    case HAETAE_VALUE_INT64:
        haetae_span_set_int64(span->handle, one->key.data, one->key.length, one->value.as.int64);
        break;
    case HAETAE_VALUE_DOUBLE:
        haetae_span_set_double(span->handle, one->key.data, one->key.length, one->value.as.real);
        break;
    default:
        haetae_span_set_attribute(span->handle, one->key.data, one->key.length, &one->value);
        break;
    }
    expect_all(span, one, 1);
}

/* ---- Events, links, status --------------------------------------------------------------------
 */

/* Notes the fields of an event, which has either time or NOTE_ANY. */
static void expect_event(struct calls_span *span, haetae_string name, uint64_t time,
                         const haetae_attribute *list, size_t count)
{
    struct note *note = &span->events;

    if (!span->recording) {
        return;
    }
    if (span->event_count >= span->owner->event_max || !expect_valid(name)) {
        span->dropped_events++;
        return;
    }
    span->event_count++;
    note_add(note, " events={");
    note_add(note, time != 0 ? " time=%llu" : " time=" NOTE_ANY, (unsigned long long)time);
    expect_text_field(note, "name", name);
    expect_attributes(note, list, count, span->owner->event_limits);
    note_add(note, "}");
}

static void add_event(struct calls *calls, struct calls_span *span)
{
    haetae_string name = calls_odd_text(calls);
    uint64_t time = fuzz_number(&calls->input);
    size_t count;
    const haetae_attribute *list = calls_attributes(calls, true, &count);

    haetae_span_add_event(span->handle, name.data, name.length, time, list, count);
    expect_event(span, name, time, list, count);
}

static void record_exception(struct calls *calls, struct calls_span *span)
{
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    haetae_attribute all[CALLS_ATTRIBUTES + 2];
    size_t own = 0;

    exception.type = calls_text(calls);
    exception.message = calls_text(calls);
    exception.attributes = calls_attributes(calls, false, &exception.attribute_count);
    if (exception.type.data != NULL && exception.type.length != 0) {
        all[own++] = haetae_attribute_of("exception.type", haetae_value_of(exception.type));
    }
    if (exception.message.data != NULL && exception.message.length != 0) {
        all[own++] = haetae_attribute_of("exception.message", haetae_value_of(exception.message));
    }
    memcpy(all + own, exception.attributes, exception.attribute_count * sizeof all[0]);
    haetae_span_record_exception(span->handle, &exception);
    expect_event(span, haetae_string_of("exception"), 0, all, own + exception.attribute_count);
}

static void expect_link(struct calls_span *span, const haetae_link *link)
{
    struct note *note = &span->links;

    if (!span->recording) {
        return;
    }
    bool says_nothing = !haetae_span_context_is_valid(&link->context) &&
                        link->attribute_count == 0 && link->trace_state.length == 0;

    if (says_nothing || span->link_count >= span->owner->link_max) {
        span->dropped_links++;
        return;
    }
    span->link_count++;
    note_add(note, " links={");
    note_bytes(note, "trace_id", link->context.trace_id, sizeof link->context.trace_id);
    note_bytes(note, "span_id", link->context.span_id, sizeof link->context.span_id);
    expect_text_field(note, "trace_state", link->trace_state);
    expect_attributes(note, link->attributes, link->attribute_count, span->owner->link_limits);
    note_add(note, " flags=%u}",
             link->context.trace_flags | (link->context.is_remote ? 0x300u : 0x100u));
}

static haetae_link a_link(struct calls *calls)
{
    haetae_link link = {.context = calls_span_context(calls)};

    if (fuzz_below(&calls->input, 2) != 0) {
        link.context = calls->spans[fuzz_below(&calls->input, CALLS_SPANS)].ids;
    }
    if (fuzz_below(&calls->input, 2) != 0) {
        link.trace_state = haetae_string_of("vendor=value");
    }
    link.attributes = calls_attributes(calls, true, &link.attribute_count);
    return link;
}

static void set_status(struct calls *calls, struct calls_span *span)
{
    int code = (int)fuzz_below(&calls->input, 5) - 1;
    haetae_string text = calls_odd_text(calls);

    haetae_span_set_status(span->handle, (haetae_span_status)code, text.data, text.length);
    if (span->recording && (code == HAETAE_SPAN_STATUS_OK || code == HAETAE_SPAN_STATUS_ERROR) &&
        span->status != HAETAE_SPAN_STATUS_OK) {
        span->status = (haetae_span_status)code;
        note_done(&span->message);
        if (code == HAETAE_SPAN_STATUS_ERROR && expect_valid(text)) {
            expect_text_field(&span->message, "message", text);
        }
    }
}

static void update_name(struct calls *calls, struct calls_span *span)
{
    haetae_string name = calls_odd_text(calls);

    haetae_span_update_name(span->handle, name.data, name.length);
    if (span->recording && expect_valid(name)) {
        note_done(&span->name);
        expect_text_field(&span->name, "name", name);
    }
}

/* ---- Start and end -------------------------------------------------------------------------- */

static bool records_spans(const struct calls_sdk *sdk)
{
    return sdk->sdk != NULL && !sdk->shut_down && sdk->is_on[HAETAE_SIGNAL_TRACES];
}

static void check_sampled(const struct calls_span *span, bool is_root)
{
    int sampler = span->owner->sampler;

    if (sampler == 0 || (sampler == 3 && is_root)) {
        FUZZ_CHECK(span->recording, "a span is not sampled");
    } else if (sampler == 1) {
        FUZZ_CHECK(!span->recording, "a span is sampled");
    } else if (sampler == 3) {
        FUZZ_CHECK(span->recording ==
                       ((span->parent.ids.trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0),
                   "a child is not sampled like its parent");
    }
}

/* What must be true of a span that has just been started. Where nothing records, it may carry its
 * parent's context on. */
static void check_started(struct calls_span *span, bool is_root)
{
    bool records = records_spans(span->owner);
    haetae_span_context *ids = &span->ids;

    span->open = haetae_span_get_context(span->handle, ids);
    span->recording = haetae_span_is_recording(span->handle);
    FUZZ_CHECK(span->open == (span->handle != HAETAE_SPAN_NONE), "a new span is not open");
    if (!span->open) {
        FUZZ_CHECK(!records, "a span was not started");
        span->recording = false;
        return;
    }
    FUZZ_CHECK(haetae_span_context_is_valid(ids), "a new span has no ids");
    if (is_root) {
        span->parent = (struct calls_context){.span = HAETAE_SPAN_NONE};
    } else {
        FUZZ_CHECK(memcmp(ids->trace_id, span->parent.ids.trace_id, sizeof ids->trace_id) == 0,
                   "a child has another trace id");
    }
    if (records) {
        FUZZ_CHECK(span->recording == ((ids->trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0),
                   "sampled and recording differ");
        check_sampled(span, is_root);
    } else {
        FUZZ_CHECK(!span->recording && !is_root, "a span records though nothing is on");
    }
}

/* A site that is prepared by the call that gets it, or cannot be: it is gone afterwards. */
struct fuzz_site {
    haetae_span_site site;
    haetae_string keys[CALLS_ATTRIBUTES];
    haetae_value values[CALLS_ATTRIBUTES];
    uint64_t room[128];
};

static void make_site(struct calls *calls, struct fuzz_site *site)
{
    unsigned choice = fuzz_byte(&calls->input);

    memset(site, 0, sizeof *site);
    site->site.keys = site->keys;
    site->site.room = site->room;
    site->site.room_bytes = choice & 2 ? sizeof site->room : choice;
}

static void start_at_site(struct calls *calls, const struct calls_scope *scope,
                          struct calls_span *span, haetae_string name)
{
    struct fuzz_site site;

    make_site(calls, &site);
    site.site.kind = span->kind;
    site.site.name = name;
    site.site.attributes = calls_attributes(calls, true, &site.site.attribute_count);
    span->handle = haetae_span_start_site(scope->tracer, &site.site);
    check_started(span, !haetae_span_context_is_valid(&span->parent.ids));
    expect_all(span, site.site.attributes, site.site.attribute_count);
}

static void end_at_site(struct calls *calls, struct calls_span *span)
{
    struct fuzz_site site;
    size_t count;
    const haetae_attribute *list = calls_attributes(calls, true, &count);

    make_site(calls, &site);
    site.site.kind = HAETAE_SPAN_KIND_INTERNAL;
    site.site.name = haetae_string_of("site");
    site.site.key_count = count;
    for (size_t i = 0; i < count; i++) {
        site.keys[i] = list[i].key;
        site.values[i] = list[i].value;
    }
    haetae_span_end_site(span->handle, &site.site, site.values, count);
    expect_all(span, list, count);
}

static void start(struct calls *calls, struct calls_sdk *sdk, struct calls_span *span)
{
    const struct calls_scope *scope = calls_scope(calls, sdk);
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_string name = calls_odd_text(calls);
    unsigned with = fuzz_below(&calls->input, 4);
    haetae_span_context parent;
    haetae_link link;

    forget(span);
    span->owner = sdk;
    span->scope = scope;
    span->parent = calls->current;
    span->kind = (int32_t)fuzz_below(&calls->input, 7);
    if (with == 3) {
        start_at_site(calls, scope, span, name);
    } else if (with == 0) {
        span->handle =
            haetae_span_start(scope->tracer, name.data, name.length, (haetae_span_kind)span->kind);
        check_started(span, !haetae_span_context_is_valid(&span->parent.ids));
    } else {
        options.kind = span->kind;
        options.root = fuzz_below(&calls->input, 4) == 3;
        options.start_time_unix_ns = span->start_unix_ns = fuzz_number(&calls->input);
        if (fuzz_below(&calls->input, 4) == 3) {
            parent = calls_span_context(calls);
            options.parent = &parent;
            span->parent = (struct calls_context){.ids = parent};
        }
        options.attributes = calls_attributes(calls, true, &options.attribute_count);
        link = a_link(calls);
        options.links = &link;
        options.link_count = fuzz_below(&calls->input, 2);
        span->handle = haetae_span_start_with(scope->tracer, name.data, name.length, &options);
        check_started(span, options.root || !haetae_span_context_is_valid(&span->parent.ids));
        expect_all(span, options.attributes, options.attribute_count);
        for (size_t i = 0; i < options.link_count; i++) {
            expect_link(span, &link);
        }
    }
    if (span->recording && expect_valid(name)) {
        expect_text_field(&span->name, "name", name);
    }
}

static void expect_span(const struct calls_span *span, uint64_t end_unix_ns, struct note *note)
{
    struct note_list attributes = {NULL, 0, 0};

    note_bytes(note, "span_id", span->ids.span_id, sizeof span->ids.span_id);
    note_bytes(note, "trace_id", span->ids.trace_id, sizeof span->ids.trace_id);
    if (haetae_span_context_is_valid(&span->parent.ids)) {
        note_bytes(note, "parent", span->parent.ids.span_id, sizeof span->parent.ids.span_id);
    }
    note_add(note, " flags=%u",
             span->ids.trace_flags | (span->parent.ids.is_remote ? 0x300u : 0x100u));
    note_add(note, "%s", note_text(&span->name));
    note_number(note, "kind", span->kind < 1 || span->kind > 5 ? 1 : (uint64_t)span->kind);
    if (span->start_unix_ns != 0) {
        note_number(note, "start", span->start_unix_ns);
    } else {
        note_add(note, " start=" NOTE_ANY);
    }
    if (span->start_unix_ns != 0 && end_unix_ns != 0) {
        note_number(note, "end",
                    end_unix_ns > span->start_unix_ns ? end_unix_ns : span->start_unix_ns);
    } else {
        note_add(note, " end=" NOTE_ANY);
    }
    for (uint32_t i = 0; i < span->attribute_count; i++) {
        note_add(note_list_add(&attributes), " attributes={ key=%s value={%s}}",
                 note_text(&span->keys[i]), note_text(&span->values[i]));
    }
    note_sorted(note, &attributes);
    note_list_done(&attributes);
    note_number(note, "dropped_attributes", span->dropped_attributes);
    note_add(note, "%s", note_text(&span->events));
    note_number(note, "dropped_events", span->dropped_events);
    note_add(note, "%s", note_text(&span->links));
    note_number(note, "dropped_links", span->dropped_links);
    if (span->status != HAETAE_SPAN_STATUS_UNSET) {
        note_add(note, " status={%s code=%d}", note_text(&span->message), (int)span->status);
    }
}

/* An ended span is exported, unless its SDK has been shut down. */
static void expect_end(struct calls_span *span, uint64_t end_unix_ns)
{
    struct calls_sdk *sdk = span->owner;
    struct note note = {NULL, 0, 0};
    struct calls_record *record;

    if (span->open && span->recording && !sdk->shut_down) {
        expect_span(span, end_unix_ns, &note);
        record = calls_record_add(&sdk->spans, &note, span->scope);
        memcpy(record->span_id, span->ids.span_id, sizeof record->span_id);
        sdk->recorded[HAETAE_SIGNAL_TRACES]++;
    }
    forget(span);
}

static void end(struct calls *calls, struct calls_span *span, bool at)
{
    uint64_t time = at ? fuzz_number(&calls->input) : 0;
    unsigned how = at ? 0 : fuzz_below(&calls->input, 3);
    haetae_span_context none;
    size_t count;
    const haetae_attribute *list;

    if (at) {
        haetae_span_end_at(span->handle, time);
    } else if (how == 2) {
        end_at_site(calls, span);
    } else if (how == 1) {
        list = calls_attributes(calls, true, &count);
        haetae_span_end_with(span->handle, list, count);
        expect_all(span, list, count);
    } else {
        haetae_span_end(span->handle);
    }
    expect_end(span, time);
    FUZZ_CHECK(!haetae_span_is_recording(span->handle) &&
                   !haetae_span_get_context(span->handle, &none),
               "an ended span is still open");
}

void calls_end_spans_of(struct calls *calls, struct calls_sdk *sdk, bool recorded)
{
    for (int i = 0; i < CALLS_SPANS; i++) {
        if (calls->spans[i].owner == sdk) {
            if (recorded) {
                haetae_span_end(calls->spans[i].handle);
                expect_end(&calls->spans[i], 0);
            }
            forget(&calls->spans[i]);
        }
    }
}

void calls_on_spans(struct calls *calls, struct calls_sdk *sdk)
{
    struct calls_span *span = &calls->spans[fuzz_below(&calls->input, CALLS_SPANS)];
    unsigned what = fuzz_below(&calls->input, 10);
    haetae_link link;

    if (!span->open) {
        if (what < 5) {
            start(calls, sdk, span);
            return;
        }
        span->recording = false; /* the calls below get a stale handle */
    } else if (span->events.length + span->links.length > SPAN_NOTE_MAX && what < 8) {
        what = 8;
    }
    switch (what) {
    case 0:
    case 1:
    case 2:
        set_attributes(calls, span);
        break;
    case 3:
        add_event(calls, span);
        break;
    case 4:
        link = a_link(calls);
        haetae_span_add_link(span->handle, &link);
        expect_link(span, &link);
        break;
    case 5:
        set_status(calls, span);
        break;
    case 6:
        update_name(calls, span);
        break;
    case 7:
        record_exception(calls, span);
        break;
    default:
        end(calls, span, what == 9);
        break;
    }
}
