/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/span_metrics.h"

#include <string.h>

#include "base/alloc.h"
#include "haetae/metrics.h"
#include "haetae/version.h"
#include "metrics/instrument.h"
#include "recorder/call.h"

enum {
    KEYS_MAX = 8,
    FIXED = 3,            /* name, kind, status */
    TEXT_MAX_BYTES = 128, /* of a name or value: what is longer is cut */
    KEY_MAX_BYTES = 255
};

/* Of durations, in seconds: those of the semantic conventions for HTTP. */
static const double seconds[] = {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                 0.5,   0.75, 1,     2.5,  5,     7.5, 10};

struct span_metrics {
    haetae_counter *calls;
    haetae_histogram *duration;
    size_t key_count;
    haetae_string keys[KEYS_MAX];
    char text[]; /* of the keys */
};

/* By their numbers. */
static const char *const kinds[] = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL",
                                    "SPAN_KIND_SERVER",      "SPAN_KIND_CLIENT",
                                    "SPAN_KIND_PRODUCER",    "SPAN_KIND_CONSUMER"};
static const char *const statuses[] = {"STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"};

/* A text with a byte more than is kept, which shows whether the cut is within a character. */
typedef char longer_text[TEXT_MAX_BYTES + 1];

/* Cuts it before the character that goes beyond TEXT_MAX_BYTES. */
static size_t cut(const char *text, size_t length)
{
    if (length > TEXT_MAX_BYTES) {
        do {
            length--;
        } while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80);
    }
    return length;
}

static haetae_attribute text_of(const char *key, const char *value)
{
    return (haetae_attribute){haetae_string_of(key), haetae_value_of(haetae_string_of(value))};
}

static void on_end(void *user, const haetae_span_view *view)
{
    const struct span_metrics *self = user;
    haetae_attribute attributes[FIXED + KEYS_MAX];
    longer_text text[1 + KEYS_MAX];
    haetae_context_token token;
    size_t count = FIXED;
    size_t length;

    /* Spans that the shutdown ends come when nothing is measured any more. */
    if (self->calls == NULL || !hae_admits(self->calls->instrument.recorder)) {
        return;
    }
    length = haetae_span_view_name(view, text[0], sizeof text[0]);
    attributes[0] = (haetae_attribute){haetae_string_of("span.name"),
                                       haetae_value_text(text[0], cut(text[0], length))};
    attributes[1] = text_of("span.kind", kinds[view->kind]);
    attributes[2] = text_of("status.code", statuses[view->status]);
    for (size_t i = 0; i < self->key_count; i++) {
        haetae_attribute *attribute = &attributes[count];

        if (haetae_span_view_attribute(view, self->keys[i].data, self->keys[i].length, text[1 + i],
                                       sizeof text[0], &attribute->value)) {
            haetae_string *value = &attribute->value.as.string;

            attribute->key = self->keys[i];
            if (attribute->value.type == HAETAE_VALUE_STRING) {
                value->length = cut(value->data, value->length);
            }
            count++;
        }
    }
    /* For exemplars: whatever is current where it ends, this is about the span itself. */
    haetae_context_attach_remote(&view->context, &token);
    haetae_counter_add(self->calls, 1, attributes, count);
    haetae_histogram_record_double(
        self->duration, (double)(view->end_time_unix_ns - view->start_time_unix_ns) * 1e-9,
        attributes, count);
    haetae_context_detach(&token);
}

static void free_self(void *self)
{
    hae_free(self);
}

static void make_instruments(struct span_metrics *self, haetae_meter *meter)
{
    haetae_instrument_options options = HAETAE_OPTIONS(
        haetae_instrument_options, .name = haetae_string_of("traces.span.metrics.calls"),
        .unit = haetae_string_of("{call}"),
        .description = haetae_string_of("Spans that have ended"));

    self->calls = NULL;
    self->duration = NULL;
    (void)haetae_counter_create(meter, &options, &self->calls);
    options = (haetae_instrument_options)HAETAE_OPTIONS(
        haetae_instrument_options, .name = haetae_string_of("traces.span.metrics.duration"),
        .unit = haetae_string_of("s"), .description = haetae_string_of("How long spans took"),
        .number_type = HAETAE_NUMBER_DOUBLE, .boundaries = seconds,
        .boundary_count = sizeof seconds / sizeof seconds[0]);
    (void)haetae_histogram_create(meter, &options, &self->duration);
}

void hae_span_metrics_begin(const struct hae_span_processors *processors,
                            struct hae_meter_provider *provider)
{
    haetae_scope_options scope =
        HAETAE_OPTIONS(haetae_scope_options, .name = haetae_string_of("haetae"),
                       .version = haetae_string_of(HAETAE_VERSION));

    for (uint32_t i = 0; i < processors->count; i++) {
        haetae_meter *meter = NULL;

        if (processors->items[i].on_end == on_end) {
            (void)hae_meter_get(provider, &scope, &meter);
            make_instruments(processors->items[i].self, meter);
        }
    }
}

/* The bytes of all keys. False: one of them is no key. */
static bool measure(const haetae_string *keys, size_t count, size_t *ret_size)
{
    *ret_size = 0;
    for (size_t i = 0; i < count; i++) {
        if (keys[i].data == NULL || keys[i].length == 0 || keys[i].length > KEY_MAX_BYTES) {
            return false;
        }
        *ret_size += keys[i].length;
    }
    return true;
}

haetae_status haetae_config_add_span_metrics(haetae_config *config,
                                             const haetae_string *attribute_keys, size_t key_count)
{
    haetae_span_processor processor =
        HAETAE_OPTIONS(haetae_span_processor, .on_end = on_end, .free = free_self);
    struct span_metrics *self;
    haetae_status status;
    size_t size;
    char *at;

    if (config == NULL || (attribute_keys == NULL && key_count != 0) || key_count > KEYS_MAX ||
        !measure(attribute_keys, key_count, &size)) {
        return HAETAE_EINVAL;
    }
    self = hae_calloc(1, sizeof *self + size);
    if (self == NULL) {
        return HAETAE_ENOMEM;
    }
    self->key_count = key_count;
    at = self->text;
    for (size_t i = 0; i < key_count; i++) {
        memcpy(at, attribute_keys[i].data, attribute_keys[i].length);
        self->keys[i] = (haetae_string){at, attribute_keys[i].length};
        at += attribute_keys[i].length;
    }
    processor.self = self;
    status = haetae_config_add_span_processor(config, &processor);
    if (status != HAETAE_OK) {
        hae_free(self);
    }
    return status;
}
