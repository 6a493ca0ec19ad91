/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <string.h>

#include "number.h"
#include "plain.h"
#include "wire/otlp.h"

/* By enum hae_prom_type. */
static const char *const type_names[] = {"counter", "gauge",   "histogram",
                                         "summary", "unknown", "info"};

static bool is_openmetrics(const struct hae_prom_writer *writer)
{
    return writer->style->format == HAE_PROM_OPENMETRICS;
}

/* ---- Text -------------------------------------------------------------------------------- */

/* Adds text with its backslashes, line feeds and, where `quotes` says so, quotes escaped. */
static void put_escaped(struct hae_buffer *out, const char *text, size_t length, bool quotes)
{
    size_t plain = 0; /* begin of the run that goes out as it is */

    for (size_t at = 0; at < length; at++) {
        char c = text[at];

        if (c == '\n' || c == '\\' || (c == '"' && quotes)) {
            hae_buffer_add(out, text + plain, at - plain);
            hae_buffer_char(out, '\\');
            hae_buffer_char(out, c == '\n' ? 'n' : c);
            plain = at + 1;
        }
    }
    hae_buffer_add(out, text + plain, length - plain);
}

static bool is_quoted(const struct hae_prom_writer *writer, haetae_string name, bool is_label)
{
    return writer->style->escaping == HAE_PROM_ALLOW_UTF8 && !hae_prom_is_plain(name, is_label);
}

static void put_name(const struct hae_prom_writer *writer, struct hae_buffer *out,
                     haetae_string name, bool is_label)
{
    bool quoted = is_quoted(writer, name, is_label);

    if (quoted) {
        hae_buffer_char(out, '"');
        put_escaped(out, name.data, name.length, true);
        hae_buffer_char(out, '"');
    } else {
        hae_buffer_add(out, name.data, name.length);
    }
}

/* Labels as a="x",b="y". */
static void render(const struct hae_prom_writer *writer, struct hae_buffer *out,
                   const struct hae_prom_labels *labels)
{
    for (size_t i = 0; i < labels->placed; i++) {
        haetae_string value = hae_prom_label_value(labels, i);

        if (i > 0) {
            hae_buffer_char(out, ',');
        }
        put_name(writer, out, hae_prom_label_name(labels, i), true);
        hae_buffer_add(out, "=\"", 2);
        put_escaped(out, value.data, value.length, true);
        hae_buffer_char(out, '"');
    }
}

/* ---- Lines ------------------------------------------------------------------------------- */

/* Adds name and labels, and the space before the value. `extra` is the name of one more label, with
 * the text of writer->number, or NULL. */
static void put_series(struct hae_prom_writer *writer, const char *suffix, const char *extra)
{
    struct hae_buffer *out = writer->out;
    haetae_string name = writer->family->name;
    bool quoted = is_quoted(writer, name, false);
    bool braces = quoted || writer->rendered.length > 0 || extra != NULL;

    if (quoted) {
        hae_buffer_add(out, "{\"", 2);
        put_escaped(out, name.data, name.length, true);
        hae_buffer_text(out, suffix);
        hae_buffer_char(out, '"');
    } else {
        hae_buffer_add(out, name.data, name.length);
        hae_buffer_text(out, suffix);
        if (braces) {
            hae_buffer_char(out, '{');
        }
    }
    if (writer->rendered.length > 0) {
        if (quoted) {
            hae_buffer_char(out, ',');
        }
        hae_buffer_add(out, writer->rendered.data, writer->rendered.length);
    }
    if (extra != NULL) {
        if (quoted || writer->rendered.length > 0) {
            hae_buffer_char(out, ',');
        }
        hae_buffer_text(out, extra);
        hae_buffer_add(out, "=\"", 2);
        hae_buffer_add(out, writer->number.data, writer->number.length);
        hae_buffer_char(out, '"');
    }
    if (braces) {
        hae_buffer_char(out, '}');
    }
    hae_buffer_char(out, ' ');
}

static void put_value(struct hae_buffer *out, const struct hae_prom_value *value)
{
    if (value->number == HAE_PROM_INT) {
        hae_prom_put_int(out, value->as_int);
    } else {
        hae_prom_put_double(out, value->as_double);
    }
}

/* Ends a line, with an exemplar where there is one. */
static void end_line(struct hae_prom_writer *writer, struct hae_prom_exemplars *exemplars,
                     const struct hae_prom_exemplar *exemplar)
{
    struct hae_buffer *out = writer->out;

    if (exemplar != NULL) {
        hae_prom_exemplar_labels(exemplars, exemplar);
        hae_buffer_add(out, " # {", 4);
        render(writer, out, &exemplars->labels);
        hae_buffer_add(out, "} ", 2);
        put_value(out, &exemplar->value);
        if (exemplar->time_ns != 0) {
            hae_buffer_char(out, ' ');
            hae_prom_put_seconds(out, exemplar->time_ns);
        }
    }
    hae_buffer_char(out, '\n');
}

static void put_bound(struct hae_prom_writer *writer, double bound)
{
    hae_buffer_clear(&writer->number);
    if (is_openmetrics(writer)) {
        hae_prom_put_canonical(&writer->number, bound);
    } else {
        hae_prom_put_double(&writer->number, bound);
    }
}

static void put_sum_line(struct hae_prom_writer *writer, double sum)
{
    put_series(writer, "_sum", NULL);
    hae_prom_put_double(writer->out, sum);
    hae_buffer_char(writer->out, '\n');
}

static void put_count_line(struct hae_prom_writer *writer, uint64_t count)
{
    put_series(writer, "_count", NULL);
    hae_prom_put_uint(writer->out, count);
    hae_buffer_char(writer->out, '\n');
}

/* OpenMetrics has sum and count together, and no sum that may go down as negative values come. */
static void put_sum_and_count(struct hae_prom_writer *writer, const struct hae_prom_point *point)
{
    bool has_negative = (point->bound_count > 0 && hae_prom_bound(point, 0) < 0) ||
                        point->negative.counts.at != point->negative.counts.end;

    if (point->has_sum && !(is_openmetrics(writer) && has_negative)) {
        put_sum_line(writer, point->sum);
    } else if (is_openmetrics(writer)) {
        return;
    }
    put_count_line(writer, point->count);
}

static void put_created_line(struct hae_prom_writer *writer, const struct hae_prom_point *point)
{
    if (is_openmetrics(writer) && writer->style->options->created && point->start_ns != 0) {
        put_series(writer, "_created", NULL);
        hae_prom_put_seconds(writer->out, point->start_ns);
        hae_buffer_char(writer->out, '\n');
    }
}

/* ---- Points ------------------------------------------------------------------------------ */

static void put_number(struct hae_prom_writer *writer, const struct hae_prom_point *point,
                       struct hae_prom_exemplars *exemplars)
{
    bool is_counter = writer->family->type == HAE_PROM_COUNTER;

    put_series(writer, is_counter && is_openmetrics(writer) ? "_total" : "", NULL);
    put_value(writer->out, &point->value);
    end_line(writer, exemplars, is_counter ? hae_prom_latest(exemplars) : NULL);
    if (is_counter) {
        put_created_line(writer, point);
    }
}

static void put_histogram(struct hae_prom_writer *writer, const struct hae_prom_point *point,
                          struct hae_prom_exemplars *exemplars)
{
    uint64_t below = 0;

    hae_prom_exemplars_to_buckets(exemplars, point);
    for (size_t i = 0; i < point->bound_count; i++) {
        below += hae_prom_bucket(point, i);
        put_bound(writer, hae_prom_bound(point, i));
        put_series(writer, "_bucket", "le");
        hae_prom_put_uint(writer->out, below);
        end_line(writer, exemplars, hae_prom_latest_in(exemplars, i));
    }
    put_bound(writer, __builtin_inf());
    put_series(writer, "_bucket", "le");
    hae_prom_put_uint(writer->out, point->count);
    end_line(writer, exemplars, hae_prom_latest_in(exemplars, point->bound_count));
    put_sum_and_count(writer, point);
    put_created_line(writer, point);
}

static void put_summary(struct hae_prom_writer *writer, const struct hae_prom_point *point)
{
    struct hae_reader reader = point->whole;
    struct hae_field field;

    while (hae_read_field(&reader, &field)) {
        double quantile = 0;
        double value = 0;

        if (hae_prom_read_quantile(&field, &quantile, &value)) {
            put_bound(writer, quantile);
            put_series(writer, "", "quantile");
            hae_prom_put_double(writer->out, value);
            hae_buffer_char(writer->out, '\n');
        }
    }
    put_sum_line(writer, point->sum);
    put_count_line(writer, point->count);
    put_created_line(writer, point);
}

static void put_point(struct hae_prom_writer *writer, const struct hae_prom_labels *labels,
                      const struct hae_prom_point *point, struct hae_prom_exemplars *exemplars)
{
    hae_buffer_clear(&writer->rendered);
    render(writer, &writer->rendered, labels);
    if (point == NULL) { /* the resource */
        put_series(writer, is_openmetrics(writer) ? "_info" : "", NULL);
        hae_buffer_add(writer->out, "1\n", 2);
    } else if (point->kind == HAE_OTLP_METRIC_SUMMARY) {
        put_summary(writer, point);
    } else if (writer->family->type == HAE_PROM_HISTOGRAM) {
        /* One with exponential buckets has none here but that of all. Their bounds change, and
         * with them the series would come and go. */
        put_histogram(writer, point, exemplars);
    } else {
        put_number(writer, point, exemplars);
    }
}

/* ---- Families ---------------------------------------------------------------------------- */

static void begin_comment(struct hae_prom_writer *writer, const char *what)
{
    hae_buffer_text(writer->out, what);
    put_name(writer, writer->out, writer->family->name, false);
    hae_buffer_char(writer->out, ' ');
}

static const char *type_name(const struct hae_prom_writer *writer)
{
    enum hae_prom_type type = writer->family->type;

    if (!is_openmetrics(writer)) {
        return type == HAE_PROM_INFO      ? "gauge"
               : type == HAE_PROM_UNKNOWN ? "untyped"
                                          : type_names[type];
    }
    return type_names[type];
}

static void begin_family(struct hae_prom_writer *writer)
{
    const struct hae_prom_family *family = writer->family;

    if (family->help.length > 0) {
        begin_comment(writer, "# HELP ");
        put_escaped(writer->out, family->help.data, family->help.length, is_openmetrics(writer));
        hae_buffer_char(writer->out, '\n');
    }
    begin_comment(writer, "# TYPE ");
    hae_buffer_text(writer->out, type_name(writer));
    hae_buffer_char(writer->out, '\n');
    if (is_openmetrics(writer) && family->unit.length > 0) {
        begin_comment(writer, "# UNIT ");
        hae_buffer_add(writer->out, family->unit.data, family->unit.length);
        hae_buffer_char(writer->out, '\n');
    }
}

static void end_family(struct hae_prom_writer *writer)
{
    (void)writer;
}

static void finish(struct hae_prom_writer *writer)
{
    if (is_openmetrics(writer)) {
        hae_buffer_text(writer->out, "# EOF\n");
    }
}

const struct hae_prom_format_ops hae_prom_text = {begin_family, put_point, end_family, finish};
