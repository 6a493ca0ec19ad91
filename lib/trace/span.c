/* SPDX-License-Identifier: Apache-2.0 */
/* Calls on a span that was started. */
#include "context/relay.h"
#include "recorder/registry.h"
#include "trace/span_again.h"
#include "trace/span_end.h"
#include "trace/span_event.h"
#include "wire/exception.h"

/* A change of an open span, from acquire to release. */
struct change {
    struct hae_recorder *recorder;
    haetae_span span;
    struct hae_fields fields;
};

/* Whether the handle is of a span that records. Calls ask this before anything that saves
 * registers. */
static inline bool records(haetae_span span)
{
    return HAE_LIKELY(span != HAETAE_SPAN_NONE && (span & HAE_HANDLE_NOT_RECORDING) == 0);
}

/* Gets the right to change a span that records, and returns its slot. 0: the handle is stale, or
 * other threads kept the span too long; that is counted. */
static HAE_ALWAYS_INLINE uint32_t acquire(haetae_span span, struct hae_recorder **ret_recorder)
{
    struct hae_recorder *recorder = hae_handle_recorder(span);
    uint32_t slot;
    bool contended;

    if (HAE_UNLIKELY(recorder == NULL)) {
        hae_registry_count_misuse(span);
        return 0;
    }
    slot = hae_open_acquire(recorder, span, &contended);
    if (HAE_UNLIKELY(slot == 0)) {
        hae_count_misuse(recorder, contended ? HAETAE_MISUSE_CONTENDED : HAETAE_MISUSE_ENDED_SPAN);
    }
    *ret_recorder = recorder;
    return slot;
}

/* False when there is nothing to change: no span, not recording, or a stale handle. */
static bool change_begin(struct change *change, haetae_span span)
{
    uint32_t slot = records(span) ? acquire(span, &change->recorder) : 0;

    if (slot == 0) {
        return false;
    }
    change->span = span;
    hae_fields_begin(&change->fields, change->recorder, slot);
    return true;
}

static void change_end(struct change *change)
{
    hae_fields_end(&change->fields);
    hae_open_release(change->recorder, change->span);
}

static HAE_NOINLINE void set_all(haetae_span span, const haetae_attribute *attributes, size_t count)
{
    struct hae_recorder *recorder;
    uint32_t slot = acquire(span, &recorder);

    if (HAE_UNLIKELY(slot == 0)) {
        return;
    }
    hae_span_put_attributes(recorder, slot, attributes, count);
    hae_open_release(recorder, span);
}

void haetae_span_set_attributes(haetae_span span, const haetae_attribute *attributes, size_t count)
{
    if (records(span)) {
        set_all(span, attributes, count);
    }
}

static HAE_NOINLINE void set_one(haetae_span span, const char *key, size_t key_length,
                                 haetae_value value)
{
    haetae_attribute attribute = {{key, key_length}, value};

    set_all(span, &attribute, 1);
}

void haetae_span_set_attribute(haetae_span span, const char *key, size_t key_length,
                               const haetae_value *value)
{
    if (records(span)) {
        set_one(span, key, key_length, value != NULL ? *value : haetae_value_empty());
    }
}

void haetae_span_set_string(haetae_span span, const char *key, size_t key_length, const char *value,
                            size_t value_length)
{
    if (records(span)) {
        set_one(span, key, key_length, haetae_value_text(value, value_length));
    }
}

void haetae_span_set_bool(haetae_span span, const char *key, size_t key_length, bool value)
{
    if (records(span)) {
        set_one(span, key, key_length, haetae_value_bool(value));
    }
}

void haetae_span_set_int64(haetae_span span, const char *key, size_t key_length, int64_t value)
{
    if (records(span)) {
        set_one(span, key, key_length, haetae_value_int64(value));
    }
}

void haetae_span_set_double(haetae_span span, const char *key, size_t key_length, double value)
{
    if (records(span)) {
        set_one(span, key, key_length, haetae_value_double(value));
    }
}

static void add_event(haetae_span span, struct hae_event *event)
{
    struct change change;

    if (change_begin(&change, span)) {
        if (event->time_unix_ns == 0) {
            event->time_unix_ns =
                hae_span_now_unix_ns(&change.recorder->region->clock, change.fields.head);
        }
        hae_fields_event(&change.fields, event);
        change_end(&change);
    }
}

void haetae_span_add_event(haetae_span span, const char *name, size_t name_length,
                           uint64_t time_unix_ns, const haetae_attribute *attributes,
                           size_t attribute_count)
{
    struct hae_event event = {.name = {name, name_length},
                              .time_unix_ns = time_unix_ns,
                              .attributes = attributes,
                              .attribute_count = attribute_count};

    add_event(span, &event);
}

void haetae_span_add_link(haetae_span span, const haetae_link *link)
{
    struct change change;

    if (link != NULL && change_begin(&change, span)) {
        hae_fields_link(&change.fields, link);
        change_end(&change);
    }
}

void haetae_span_set_status(haetae_span span, haetae_span_status code, const char *description,
                            size_t description_length)
{
    haetae_string text = {description, description_length};
    struct change change;

    if (change_begin(&change, span)) {
        if ((int)code >= HAETAE_SPAN_STATUS_UNSET && (int)code <= HAETAE_SPAN_STATUS_ERROR) {
            hae_fields_status(&change.fields, code, text);
        } else {
            hae_count_misuse(change.recorder, HAETAE_MISUSE_ARGUMENT);
        }
        change_end(&change);
    }
}

/* Reads the caller's struct. False: nothing can be recorded of it. */
static bool read_exception(haetae_span span, const haetae_exception *given,
                           haetae_exception *ret_known)
{
    struct hae_recorder *recorder = hae_handle_recorder(span);

    if (recorder == NULL) {
        return false;
    }
    if (!HAE_READ_OPTIONS(recorder, haetae_exception, ret_known, given)) {
        hae_count_misuse(recorder, HAETAE_MISUSE_ARGUMENT);
        return false;
    }
    return true;
}

/* Fills the event, whose defaults have room for three. False: nothing can be recorded of it. Not
 * inline: a handler of a fault may have little stack, and the copy of the struct is not needed
 * later. */
static HAE_NOINLINE bool fill_event(haetae_span span, const haetae_exception *exception,
                                    struct hae_event *event, haetae_attribute *defaults)
{
    haetae_exception known;

    if (!read_exception(span, exception, &known)) {
        return false;
    }
    event->default_count = hae_exception_attributes(&known, defaults);
    event->defaults = defaults;
    event->attributes = known.attributes;
    event->attribute_count = known.attribute_count;
    return true;
}

void haetae_span_record_exception(haetae_span span, const haetae_exception *exception)
{
    struct hae_event event = {.name = {"exception", sizeof "exception" - 1}};
    haetae_attribute defaults[HAE_EXCEPTION_ATTRIBUTES];

    if (exception != NULL && fill_event(span, exception, &event, defaults)) {
        add_event(span, &event);
    }
}

/* The usual name is exchanged in place; any other is changed as all fields are. */
static void set_name(struct hae_recorder *recorder, uint32_t slot, haetae_string name)
{
    struct hae_fields fields;

    if (HAE_UNLIKELY(!hae_span_name_again(recorder, slot, name))) {
        hae_fields_begin(&fields, recorder, slot);
        if (!hae_fields_name(&fields, name)) {
            hae_count_misuse(recorder, HAETAE_MISUSE_ARGUMENT);
        }
        hae_fields_end(&fields);
    }
}

void haetae_span_update_name(haetae_span span, const char *name, size_t name_length)
{
    struct hae_recorder *recorder;
    uint32_t slot = records(span) ? acquire(span, &recorder) : 0;

    if (slot != 0) {
        set_name(recorder, slot, (haetae_string){name, name_length});
        hae_open_release(recorder, span);
    }
}

/* The handle is of no recorder. */
static HAE_NOINLINE void end_relay(haetae_span span)
{
    if (!hae_relay_end(span)) {
        hae_registry_count_misuse(span);
    }
}

void haetae_span_end_at(haetae_span span, uint64_t end_time_unix_ns)
{
    struct hae_recorder *recorder = hae_handle_recorder(span);

    if (HAE_UNLIKELY(recorder == NULL)) {
        end_relay(span);
    } else if (HAE_LIKELY((span & HAE_HANDLE_NOT_RECORDING) == 0)) {
        hae_span_end(recorder, span, end_time_unix_ns);
    } else {
        hae_span_end_silent(recorder, span);
    }
}

uint64_t haetae_span_end_timed(haetae_span span)
{
    struct hae_recorder *recorder = records(span) ? hae_handle_recorder(span) : NULL;

    if (HAE_UNLIKELY(recorder == NULL)) {
        haetae_span_end_at(span, 0);
        return 0;
    }
    return hae_span_end_timed(recorder, span);
}

void haetae_span_end(haetae_span span)
{
    haetae_span_end_at(span, 0);
}

void haetae_span_end_with(haetae_span span, const haetae_attribute *attributes, size_t count)
{
    struct hae_recorder *recorder = records(span) ? hae_handle_recorder(span) : NULL;

    if (HAE_UNLIKELY(recorder == NULL || count == 0)) {
        haetae_span_end_at(span, 0);
    } else {
        hae_span_end_with(recorder, span, attributes, count);
    }
}

void haetae_span_end_site(haetae_span span, const haetae_span_site *site,
                          const haetae_value *values, size_t value_count)
{
    struct hae_recorder *recorder = records(span) ? hae_handle_recorder(span) : NULL;

    if (HAE_UNLIKELY(recorder == NULL || site == NULL || site->key_count + value_count == 0)) {
        if (recorder != NULL && value_count != 0) {
            hae_count_misuse(recorder, HAETAE_MISUSE_ARGUMENT); /* values without a site */
        }
        haetae_span_end_at(span, 0);
    } else {
        hae_span_end_site(recorder, span, site, values, value_count);
    }
}

bool haetae_span_is_recording(haetae_span span)
{
    uint64_t words[HAE_IDENTITY_WORDS];

    return hae_open_identify(span, words) && (words[HAE_IDENTITY_FLAGS] & HAE_SPAN_RECORDING) != 0;
}
