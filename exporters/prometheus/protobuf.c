/* SPDX-License-Identifier: Apache-2.0 */
#include "protobuf.h"

#include <string.h>

#include "base/utf8.h"
#include "client.h"
#include "wire/otlp.h"
#include "wire/wire.h"

/* The finest scale of a native histogram, and the coarsest. */
enum { SCALE_MAX = 8, SCALE_MIN = -4 };

/* What a native histogram has for a threshold that is not set. Specification: "Exponential
 * Histograms". */
#define ZERO_THRESHOLD 1e-128

/* ---- Fields ------------------------------------------------------------------------------ */

static void put_varint(struct hae_buffer *out, uint64_t value)
{
    uint8_t bytes[HAE_VARINT_MAX];
    uint8_t *end = hae_put_varint(bytes, value);

    hae_buffer_add(out, bytes, (size_t)(end - bytes));
}

static void put_tag(struct hae_buffer *out, unsigned field, enum hae_wire_type type)
{
    put_varint(out, field << 3 | (unsigned)type);
}

static void put_uint(struct hae_buffer *out, unsigned field, uint64_t value)
{
    put_tag(out, field, HAE_WIRE_VARINT);
    put_varint(out, value);
}

static void put_sint(struct hae_buffer *out, unsigned field, int64_t value)
{
    put_uint(out, field, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

static void put_double(struct hae_buffer *out, unsigned field, double value)
{
    uint8_t bytes[8];

    put_tag(out, field, HAE_WIRE_FIXED64);
    (void)hae_put_fixed64(bytes, hae_double_bits(value));
    hae_buffer_add(out, bytes, sizeof bytes);
}

/* A message is written behind its tag, and moved to make room for its length. */
static size_t begin(struct hae_buffer *out, unsigned field)
{
    put_tag(out, field, HAE_WIRE_LENGTH);
    return out->length;
}

static void end(struct hae_buffer *out, size_t from)
{
    size_t size = out->length - from;
    size_t prefix = hae_varint_size(size);

    if (hae_buffer_reserve(out, prefix)) {
        memmove(out->data + from + prefix, out->data + from, size);
        (void)hae_put_varint((uint8_t *)out->data + from, size);
        out->length += prefix;
    }
}

/* Adds text without what is not UTF-8. */
static void put_valid(struct hae_buffer *out, haetae_string text)
{
    size_t at = 0;

    if (text.length == 0 || hae_utf8_valid((const uint8_t *)text.data, text.length)) {
        hae_buffer_add(out, text.data, text.length);
        return;
    }
    while (at < text.length) {
        int step = hae_utf8_step((const uint8_t *)text.data + at, text.length - at);

        if (step > 0) {
            hae_buffer_add(out, text.data + at, (size_t)step);
        } else {
            hae_buffer_text(out, "\xEF\xBF\xBD");
        }
        at += (size_t)(step < 0 ? -step : step);
    }
}

static void put_text(struct hae_buffer *out, unsigned field, haetae_string text)
{
    size_t from = begin(out, field);

    put_valid(out, text);
    end(out, from);
}

static void put_time(struct hae_buffer *out, unsigned field, uint64_t unix_ns)
{
    if (unix_ns != 0) {
        size_t from = begin(out, field);

        put_uint(out, HAE_CLIENT_TIMESTAMP_SECONDS, unix_ns / 1000000000);
        put_uint(out, HAE_CLIENT_TIMESTAMP_NANOS, unix_ns % 1000000000);
        end(out, from);
    }
}

static void put_labels(struct hae_buffer *out, unsigned field, const struct hae_prom_labels *labels)
{
    for (size_t place = 0; place < labels->count;) {
        size_t next = hae_prom_label_next(labels, place);
        size_t from = begin(out, field);
        size_t value;

        put_text(out, HAE_CLIENT_LABEL_PAIR_NAME, hae_prom_label_name(labels, place));
        value = begin(out, HAE_CLIENT_LABEL_PAIR_VALUE);
        for (size_t i = place; i < next; i++) {
            if (i > place) {
                hae_buffer_char(out, ';');
            }
            put_valid(out, hae_prom_label_value(labels, i));
        }
        end(out, value);
        end(out, from);
        place = next;
    }
}

static void put_exemplar(struct hae_buffer *out, unsigned field,
                         struct hae_prom_exemplars *exemplars,
                         const struct hae_prom_exemplar *exemplar)
{
    if (exemplar != NULL) {
        size_t from = begin(out, field);

        hae_prom_exemplar_labels(exemplars, exemplar);
        put_labels(out, HAE_CLIENT_EXEMPLAR_LABEL, &exemplars->labels);
        put_double(out, HAE_CLIENT_EXEMPLAR_VALUE, hae_prom_value_as_double(&exemplar->value));
        put_time(out, HAE_CLIENT_EXEMPLAR_TIMESTAMP, exemplar->time_ns);
        end(out, from);
    }
}

/* ---- Native histograms ------------------------------------------------------------------- */

bool hae_prom_is_native(const struct hae_prom_point *point)
{
    return point->scale >= SCALE_MIN && point->has_sum;
}

/* Goes through the buckets that have a count, at a scale of at most SCALE_MAX. */
struct walk {
    struct hae_reader counts;
    int64_t next; /* the index of the next count, from 0 at the offset */
    unsigned shift;
    bool has_ahead; /* a count was read that belongs to the bucket after this one */
    int64_t ahead_index;
    uint64_t ahead_count;
};

static struct walk walk_over(const struct hae_prom_point *point,
                             const struct hae_prom_buckets *buckets)
{
    int shift = point->scale > SCALE_MAX ? point->scale - SCALE_MAX : 0;

    return (struct walk){.counts = buckets->counts,
                         .next = buckets->offset,
                         .shift = shift < 63 ? (unsigned)shift : 63};
}

/* Reads one count. Indices are those of upper bounds: one more than in OTLP. */
static bool read_count(struct walk *walk)
{
    uint64_t count = 0;

    while (count == 0) {
        if (!hae_read_varint(&walk->counts, &count)) {
            return false;
        }
        /* A shift of a negative number to the right rounds down, in all compilers in use. */
        walk->ahead_index = (walk->next++ >> walk->shift) + 1;
    }
    walk->ahead_count = count;
    return true;
}

static bool next_bucket(struct walk *walk, int64_t *ret_index, uint64_t *ret_count)
{
    if (!walk->has_ahead && !read_count(walk)) {
        return false;
    }
    *ret_index = walk->ahead_index;
    *ret_count = 0;
    do {
        *ret_count += walk->ahead_count;
        walk->has_ahead = read_count(walk);
    } while (walk->has_ahead && walk->ahead_index == *ret_index);
    return true;
}

static void put_span(struct hae_buffer *out, unsigned field, int64_t offset, uint64_t length)
{
    size_t from = begin(out, field);

    put_sint(out, HAE_CLIENT_BUCKET_SPAN_OFFSET, offset);
    put_uint(out, HAE_CLIENT_BUCKET_SPAN_LENGTH, length);
    end(out, from);
}

static void put_spans(struct hae_buffer *out, unsigned field, struct walk walk)
{
    int64_t after = 0; /* the index after the last span */
    int64_t start = 0;
    uint64_t length = 0;
    uint64_t count;
    int64_t index;

    while (next_bucket(&walk, &index, &count)) {
        if (length > 0 && index == start + (int64_t)length) {
            length++;
            continue;
        }
        if (length > 0) {
            put_span(out, field, start - after, length);
            after = start + (int64_t)length;
        }
        start = index;
        length = 1;
    }
    if (length > 0) {
        put_span(out, field, start - after, length);
    }
}

static void put_deltas(struct hae_buffer *out, unsigned field, struct walk walk)
{
    uint64_t before = 0;
    uint64_t count;
    int64_t index;

    while (next_bucket(&walk, &index, &count)) {
        put_sint(out, field, (int64_t)(count - before));
        before = count;
    }
}

static void put_native(struct hae_buffer *out, const struct hae_prom_point *point,
                       struct hae_prom_exemplars *exemplars)
{
    put_sint(out, HAE_CLIENT_HISTOGRAM_SCHEMA, point->scale > SCALE_MAX ? SCALE_MAX : point->scale);
    put_double(out, HAE_CLIENT_HISTOGRAM_ZERO_THRESHOLD,
               point->zero_threshold > 0 ? point->zero_threshold : ZERO_THRESHOLD);
    put_uint(out, HAE_CLIENT_HISTOGRAM_ZERO_COUNT, point->zero_count);
    put_spans(out, HAE_CLIENT_HISTOGRAM_NEGATIVE_SPAN, walk_over(point, &point->negative));
    put_deltas(out, HAE_CLIENT_HISTOGRAM_NEGATIVE_DELTA, walk_over(point, &point->negative));
    put_spans(out, HAE_CLIENT_HISTOGRAM_POSITIVE_SPAN, walk_over(point, &point->positive));
    put_deltas(out, HAE_CLIENT_HISTOGRAM_POSITIVE_DELTA, walk_over(point, &point->positive));
    for (size_t i = 0; i < exemplars->count; i++) {
        put_exemplar(out, HAE_CLIENT_HISTOGRAM_EXEMPLARS, exemplars, &exemplars->list[i]);
    }
}

/* ---- Points ------------------------------------------------------------------------------ */

static void put_bucket(struct hae_buffer *out, uint64_t count, double bound,
                       struct hae_prom_exemplars *exemplars,
                       const struct hae_prom_exemplar *exemplar)
{
    size_t from = begin(out, HAE_CLIENT_HISTOGRAM_BUCKET);

    put_uint(out, HAE_CLIENT_BUCKET_CUMULATIVE_COUNT, count);
    put_double(out, HAE_CLIENT_BUCKET_UPPER_BOUND, bound);
    put_exemplar(out, HAE_CLIENT_BUCKET_EXEMPLAR, exemplars, exemplar);
    end(out, from);
}

static void put_buckets(struct hae_buffer *out, const struct hae_prom_point *point,
                        struct hae_prom_exemplars *exemplars)
{
    uint64_t below = 0;

    hae_prom_exemplars_to_buckets(exemplars, point);
    for (size_t i = 0; i < point->bound_count; i++) {
        below += hae_prom_bucket(point, i);
        put_bucket(out, below, hae_prom_bound(point, i), exemplars,
                   hae_prom_latest_in(exemplars, i));
    }
    put_bucket(out, point->count, __builtin_inf(), exemplars,
               hae_prom_latest_in(exemplars, point->bound_count));
}

static void put_histogram(struct hae_buffer *out, const struct hae_prom_point *point,
                          struct hae_prom_exemplars *exemplars)
{
    size_t from = begin(out, HAE_CLIENT_METRIC_HISTOGRAM);

    put_uint(out, HAE_CLIENT_HISTOGRAM_SAMPLE_COUNT, point->count);
    if (point->has_sum) {
        put_double(out, HAE_CLIENT_HISTOGRAM_SAMPLE_SUM, point->sum);
    }
    if (point->kind == HAE_OTLP_METRIC_EXPONENTIAL_HISTOGRAM) {
        put_native(out, point, exemplars);
    } else {
        put_buckets(out, point, exemplars);
    }
    put_time(out, HAE_CLIENT_HISTOGRAM_CREATED_TIMESTAMP, point->start_ns);
    end(out, from);
}

static void put_summary(struct hae_buffer *out, const struct hae_prom_point *point)
{
    size_t from = begin(out, HAE_CLIENT_METRIC_SUMMARY);
    struct hae_reader reader = point->whole;
    struct hae_field field;

    put_uint(out, HAE_CLIENT_SUMMARY_SAMPLE_COUNT, point->count);
    put_double(out, HAE_CLIENT_SUMMARY_SAMPLE_SUM, point->sum);
    while (hae_read_field(&reader, &field)) {
        double quantile = 0;
        double value = 0;

        if (hae_prom_read_quantile(&field, &quantile, &value)) {
            size_t inner = begin(out, HAE_CLIENT_SUMMARY_QUANTILE);

            put_double(out, HAE_CLIENT_QUANTILE_QUANTILE, quantile);
            put_double(out, HAE_CLIENT_QUANTILE_VALUE, value);
            end(out, inner);
        }
    }
    put_time(out, HAE_CLIENT_SUMMARY_CREATED_TIMESTAMP, point->start_ns);
    end(out, from);
}

static void put_number(struct hae_buffer *out, unsigned field, double value)
{
    size_t from = begin(out, field);

    put_double(out, HAE_CLIENT_COUNTER_VALUE, value);
    end(out, from);
}

static void put_counter(struct hae_buffer *out, const struct hae_prom_point *point,
                        struct hae_prom_exemplars *exemplars)
{
    size_t from = begin(out, HAE_CLIENT_METRIC_COUNTER);

    put_double(out, HAE_CLIENT_COUNTER_VALUE, hae_prom_value_as_double(&point->value));
    put_exemplar(out, HAE_CLIENT_COUNTER_EXEMPLAR, exemplars, hae_prom_latest(exemplars));
    put_time(out, HAE_CLIENT_COUNTER_CREATED_TIMESTAMP, point->start_ns);
    end(out, from);
}

static void put_point(struct hae_prom_writer *writer, const struct hae_prom_labels *labels,
                      const struct hae_prom_point *point, struct hae_prom_exemplars *exemplars)
{
    struct hae_buffer *out = writer->out;
    size_t from = begin(out, HAE_CLIENT_METRIC_FAMILY_METRIC);

    put_labels(out, HAE_CLIENT_METRIC_LABEL, labels);
    switch (writer->family->type) {
    case HAE_PROM_COUNTER:
        put_counter(out, point, exemplars);
        break;
    case HAE_PROM_HISTOGRAM:
        put_histogram(out, point, exemplars);
        break;
    case HAE_PROM_SUMMARY:
        put_summary(out, point);
        break;
    case HAE_PROM_UNKNOWN:
        put_number(out, HAE_CLIENT_METRIC_UNTYPED, hae_prom_value_as_double(&point->value));
        break;
    case HAE_PROM_GAUGE:
    case HAE_PROM_INFO:
    default: /* the resource is no point, and a gauge of 1 */
        put_number(out, HAE_CLIENT_METRIC_GAUGE,
                   point != NULL ? hae_prom_value_as_double(&point->value) : 1);
        break;
    }
    end(out, from);
}

/* ---- Families ---------------------------------------------------------------------------- */

static void begin_family(struct hae_prom_writer *writer)
{
    /* By enum hae_prom_type. */
    static const uint8_t types[] = {HAE_CLIENT_COUNTER, HAE_CLIENT_GAUGE,   HAE_CLIENT_HISTOGRAM,
                                    HAE_CLIENT_SUMMARY, HAE_CLIENT_UNTYPED, HAE_CLIENT_GAUGE};
    struct hae_buffer *out = writer->out;

    writer->family_at = out->length; /* no tag stands before its length */
    put_text(out, HAE_CLIENT_METRIC_FAMILY_NAME, writer->family->name);
    if (writer->family->help.length > 0) {
        put_text(out, HAE_CLIENT_METRIC_FAMILY_HELP, writer->family->help);
    }
    put_uint(out, HAE_CLIENT_METRIC_FAMILY_TYPE, types[writer->family->type]);
    if (writer->family->unit.length > 0) {
        put_text(out, HAE_CLIENT_METRIC_FAMILY_UNIT, writer->family->unit);
    }
}

static void end_family(struct hae_prom_writer *writer)
{
    end(writer->out, writer->family_at);
}

static void finish(struct hae_prom_writer *writer)
{
    (void)writer;
}

const struct hae_prom_format_ops hae_prom_protobuf = {begin_family, put_point, end_family, finish};
