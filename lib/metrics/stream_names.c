/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/stream_names.h"

#include "metrics/plain.h"

haetae_string hae_stream_name(const struct hae_stream *stream)
{
    const uint8_t *body;
    const uint8_t *end = hae_kept_field(stream->data->fields, &body); /* the first field */

    return (haetae_string){(const char *)body, (size_t)(end - body)};
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_same(haetae_string a, haetae_string b)
{
    bool same = a.length == b.length;

    for (size_t i = 0; same && i < a.length; i++) {
        same = lower(a.data[i]) == lower(b.data[i]);
    }
    return same;
}

/* Whether one of an instrument's streams below `end` has the name of a stream, and a reader that
 * reports both. */
static bool collides(const struct hae_instrument *instrument, uint32_t end,
                     const struct hae_stream *stream)
{
    for (uint32_t i = 0; i < end; i++) {
        const struct hae_stream *other = &instrument->streams[i];

        if ((other->readers & stream->readers) != 0 &&
            is_same(hae_stream_name(other), hae_stream_name(stream))) {
            return true;
        }
    }
    return false;
}

static void report(const struct haetae_meter *meter, const struct hae_instrument *one,
                   const struct hae_instrument *two, haetae_string stream)
{
    haetae_string a = hae_metric_text_of(one->fields, 0, one->texts.name_end);
    haetae_string b = hae_metric_text_of(two->fields, 0, two->texts.name_end);

    hae_diagnose(meter->provider->diagnostics, HAETAE_DIAGNOSTIC_WARN, "stream name",
                 "two streams have the name \"%.*s\", of the instruments \"%.*s\" and \"%.*s\": "
                 "give one of them another name in its view",
                 (int)stream.length, stream.data, (int)a.length, a.data, (int)b.length, b.data);
}

/* Looks for the stream `index` among those before it and those of other instruments. */
static bool report_one(const struct haetae_meter *meter, const struct hae_instrument *instrument,
                       uint32_t index)
{
    const struct hae_stream *stream = &instrument->streams[index];
    /* Acquire, here and below, pairs with the release of find_or_make() in create.c: the instrument
     * is complete. */
    const struct hae_instrument *other =
        atomic_load_explicit(&meter->instruments, memory_order_acquire);

    while (other != NULL &&
           !collides(other, other != instrument ? other->stream_count : index, stream)) {
        other = atomic_load_explicit(&other->next, memory_order_acquire);
    }
    if (other != NULL) {
        report(meter, other, instrument, hae_stream_name(stream));
    }
    return other != NULL;
}

void hae_stream_names_report(const struct haetae_meter *meter,
                             const struct hae_instrument *instrument)
{
    uint32_t i = 0;

    while (i < instrument->stream_count && !report_one(meter, instrument, i)) {
        i++;
    }
}
