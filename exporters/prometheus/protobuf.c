/* SPDX-License-Identifier: Apache-2.0 */
#include "protobuf.h"

#include "client.h"
#include "field.h"
#include "native.h"
#include "wire/otlp.h"

/* ---- Labels and exemplars ---------------------------------------------------------------- */

static void put_labels(struct hae_buffer *out, unsigned field, const struct hae_prom_labels *labels)
{
    for (size_t i = 0; i < labels->placed; i++) {
        size_t from = hae_prom_open_field(out, field);

        hae_prom_text_field(out, HAE_CLIENT_LABEL_PAIR_NAME, hae_prom_label_name(labels, i));
        hae_prom_text_field(out, HAE_CLIENT_LABEL_PAIR_VALUE, hae_prom_label_value(labels, i));
        hae_prom_close_field(out, from);
    }
}

static void put_exemplar(struct hae_buffer *out, unsigned field,
                         struct hae_prom_exemplars *exemplars,
                         const struct hae_prom_exemplar *exemplar)
{
    if (exemplar != NULL) {
        size_t from = hae_prom_open_field(out, field);

        hae_prom_exemplar_labels(exemplars, exemplar);
        put_labels(out, HAE_CLIENT_EXEMPLAR_LABEL, &exemplars->labels);
        hae_prom_double_field(out, HAE_CLIENT_EXEMPLAR_VALUE,
                              hae_prom_value_as_double(&exemplar->value));
        hae_prom_time_field(out, HAE_CLIENT_EXEMPLAR_TIMESTAMP, exemplar->time_ns);
        hae_prom_close_field(out, from);
    }
}

/* ---- Points ------------------------------------------------------------------------------ */

static void put_bucket(struct hae_buffer *out, uint64_t count, double bound,
                       struct hae_prom_exemplars *exemplars,
                       const struct hae_prom_exemplar *exemplar)
{
    size_t from = hae_prom_open_field(out, HAE_CLIENT_HISTOGRAM_BUCKET);

    hae_prom_uint_field(out, HAE_CLIENT_BUCKET_CUMULATIVE_COUNT, count);
    hae_prom_double_field(out, HAE_CLIENT_BUCKET_UPPER_BOUND, bound);
    put_exemplar(out, HAE_CLIENT_BUCKET_EXEMPLAR, exemplars, exemplar);
    hae_prom_close_field(out, from);
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
    size_t from = hae_prom_open_field(out, HAE_CLIENT_METRIC_HISTOGRAM);

    hae_prom_uint_field(out, HAE_CLIENT_HISTOGRAM_SAMPLE_COUNT, point->count);
    if (point->has_sum) {
        hae_prom_double_field(out, HAE_CLIENT_HISTOGRAM_SAMPLE_SUM, point->sum);
    }
    if (point->kind == HAE_OTLP_METRIC_EXPONENTIAL_HISTOGRAM) {
        hae_prom_native_fields(out, point);
        for (size_t i = 0; i < exemplars->count; i++) {
            put_exemplar(out, HAE_CLIENT_HISTOGRAM_EXEMPLARS, exemplars, &exemplars->list[i]);
        }
    } else {
        put_buckets(out, point, exemplars);
    }
    hae_prom_time_field(out, HAE_CLIENT_HISTOGRAM_CREATED_TIMESTAMP, point->start_ns);
    hae_prom_close_field(out, from);
}

static void put_summary(struct hae_buffer *out, const struct hae_prom_point *point)
{
    size_t from = hae_prom_open_field(out, HAE_CLIENT_METRIC_SUMMARY);
    struct hae_reader reader = point->whole;
    struct hae_field field;

    hae_prom_uint_field(out, HAE_CLIENT_SUMMARY_SAMPLE_COUNT, point->count);
    hae_prom_double_field(out, HAE_CLIENT_SUMMARY_SAMPLE_SUM, point->sum);
    while (hae_read_field(&reader, &field)) {
        double quantile = 0;
        double value = 0;

        if (hae_prom_read_quantile(&field, &quantile, &value)) {
            size_t inner = hae_prom_open_field(out, HAE_CLIENT_SUMMARY_QUANTILE);

            hae_prom_double_field(out, HAE_CLIENT_QUANTILE_QUANTILE, quantile);
            hae_prom_double_field(out, HAE_CLIENT_QUANTILE_VALUE, value);
            hae_prom_close_field(out, inner);
        }
    }
    hae_prom_time_field(out, HAE_CLIENT_SUMMARY_CREATED_TIMESTAMP, point->start_ns);
    hae_prom_close_field(out, from);
}

static void put_number(struct hae_buffer *out, unsigned field, double value)
{
    size_t from = hae_prom_open_field(out, field);

    hae_prom_double_field(out, HAE_CLIENT_COUNTER_VALUE, value);
    hae_prom_close_field(out, from);
}

static void put_counter(struct hae_buffer *out, const struct hae_prom_point *point,
                        struct hae_prom_exemplars *exemplars)
{
    size_t from = hae_prom_open_field(out, HAE_CLIENT_METRIC_COUNTER);

    hae_prom_double_field(out, HAE_CLIENT_COUNTER_VALUE, hae_prom_value_as_double(&point->value));
    put_exemplar(out, HAE_CLIENT_COUNTER_EXEMPLAR, exemplars, hae_prom_latest(exemplars));
    hae_prom_time_field(out, HAE_CLIENT_COUNTER_CREATED_TIMESTAMP, point->start_ns);
    hae_prom_close_field(out, from);
}

static void put_point(struct hae_prom_writer *writer, const struct hae_prom_labels *labels,
                      const struct hae_prom_point *point, struct hae_prom_exemplars *exemplars)
{
    struct hae_buffer *out = writer->out;
    size_t from = hae_prom_open_field(out, HAE_CLIENT_METRIC_FAMILY_METRIC);

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
    hae_prom_close_field(out, from);
}

/* ---- Families ---------------------------------------------------------------------------- */

static void begin_family(struct hae_prom_writer *writer)
{
    /* By enum hae_prom_type. */
    static const uint8_t types[] = {HAE_CLIENT_COUNTER, HAE_CLIENT_GAUGE,   HAE_CLIENT_HISTOGRAM,
                                    HAE_CLIENT_SUMMARY, HAE_CLIENT_UNTYPED, HAE_CLIENT_GAUGE};
    struct hae_buffer *out = writer->out;

    writer->family_at = out->length; /* no tag stands before its length */
    hae_prom_text_field(out, HAE_CLIENT_METRIC_FAMILY_NAME, writer->family->name);
    if (writer->family->help.length > 0) {
        hae_prom_text_field(out, HAE_CLIENT_METRIC_FAMILY_HELP, writer->family->help);
    }
    hae_prom_uint_field(out, HAE_CLIENT_METRIC_FAMILY_TYPE, types[writer->family->type]);
    if (writer->family->unit.length > 0) {
        hae_prom_text_field(out, HAE_CLIENT_METRIC_FAMILY_UNIT, writer->family->unit);
    }
}

static void end_family(struct hae_prom_writer *writer)
{
    hae_prom_close_field(writer->out, writer->family_at);
}

static void finish(struct hae_prom_writer *writer)
{
    (void)writer;
}

const struct hae_prom_format_ops hae_prom_protobuf = {begin_family, put_point, end_family, finish};
