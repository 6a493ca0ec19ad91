/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

#include <stdio.h>
#include <string.h>

#include "base/printable.h"
#include "base/wildcard.h"
#include "family_sort.h"
#include "native.h"
#include "plain.h"
#include "protobuf.h"
#include "seen.h"
#include "text.h"
#include "unit.h"
#include "value.h"
#include "wire/otlp.h"

struct page {
    const struct hae_prom_style *style;
    const struct hae_prom_format_ops *ops;
    struct hae_prom_index index;
    struct hae_prom_writer writer;
    struct hae_prom_labels labels;
    struct hae_prom_exemplars exemplars;
    struct hae_prom_seen seen;
    size_t family; /* the index of its first metric */
    struct hae_buffer help;
    bool is_malformed;
};

static void report_point(const struct page *page, const char *why)
{
    char shown[128];
    char text[256];

    if (page->index.report != NULL) {
        haetae_string name = page->writer.family->name;

        (void)hae_escape(shown, sizeof shown, name.data, name.length);
        snprintf(text, sizeof text, "a series of \"%s\" is left out: %s", shown, why);
        page->index.report(page->index.user, text);
    }
}

/* ---- Labels of all points of a metric ---------------------------------------------------- */

/* Names that series of these types have for themselves. */
static const char *reserved_label(enum hae_prom_type type)
{
    return type == HAE_PROM_HISTOGRAM ? "le" : type == HAE_PROM_SUMMARY ? "quantile" : NULL;
}

/* Adds an attribute of a resource or a point. False: malformed. */
static bool add_attribute(struct page *page, const struct hae_field *field)
{
    const char *reserved = reserved_label(page->writer.family->type);

    if (!hae_prom_labels_attribute(&page->labels, "", field)) {
        return false;
    }
    if (reserved != NULL) {
        hae_prom_labels_reserve(&page->labels, reserved);
    }
    return true;
}

static bool matches(const struct hae_prom_patterns *patterns, haetae_string key)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (hae_wildcard_match(patterns->list[i].data, patterns->list[i].length, key.data,
                               key.length)) {
            return true;
        }
    }
    return false;
}

static void add_constant_labels(struct page *page, struct hae_reader reader)
{
    const struct hae_prom_options *options = page->style->options;
    struct hae_reader value;
    struct hae_field field;
    haetae_string key;

    while (options->included.count > 0 && hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_RESOURCE_ATTRIBUTES && field.type == HAE_WIRE_LENGTH &&
            hae_prom_read_attribute(&field, &key, &value) && matches(&options->included, key) &&
            !matches(&options->excluded, key) && !add_attribute(page, &field)) {
            page->is_malformed = true;
        }
    }
}

static void add_scope_attribute(struct page *page, const struct hae_field *field)
{
    struct hae_prom_labels *labels = &page->labels;

    if (!hae_prom_labels_attribute(labels, "otel_scope_", field)) {
        page->is_malformed = true;
    } else if (hae_prom_labels_last_is(labels, "otel_scope_name") ||
               hae_prom_labels_last_is(labels, "otel_scope_version") ||
               hae_prom_labels_last_is(labels, "otel_scope_schema_url")) {
        hae_prom_labels_drop_last(labels);
    }
}

static void add_scope_labels(struct page *page, const struct hae_prom_metric *metric)
{
    struct hae_reader reader = metric->scope;
    haetae_string name = {NULL, 0};
    haetae_string version = {NULL, 0};
    struct hae_field field;

    while (hae_read_field(&reader, &field)) {
        if (field.type != HAE_WIRE_LENGTH) {
            continue;
        }
        if (field.number == HAE_OTLP_INSTRUMENTATION_SCOPE_NAME) {
            name = (haetae_string){(const char *)field.data, field.size_bytes};
        } else if (field.number == HAE_OTLP_INSTRUMENTATION_SCOPE_VERSION) {
            version = (haetae_string){(const char *)field.data, field.size_bytes};
        } else if (field.number == HAE_OTLP_INSTRUMENTATION_SCOPE_ATTRIBUTES) {
            add_scope_attribute(page, &field);
        }
    }
    hae_prom_labels_add(&page->labels, "otel_scope_name", name);
    hae_prom_labels_add(&page->labels, "otel_scope_version", version);
    hae_prom_labels_add(&page->labels, "otel_scope_schema_url", metric->schema_url);
}

/* ---- Points ------------------------------------------------------------------------------ */

static bool add_point_labels(struct page *page, const struct hae_prom_point *point)
{
    struct hae_reader reader = point->whole;
    struct hae_field field;

    while (hae_read_field(&reader, &field)) {
        if (field.number == point->attributes && field.type == HAE_WIRE_LENGTH &&
            !add_attribute(page, &field)) {
            return false;
        }
    }
    return true;
}

static bool can_be_shown(const struct page *page, const struct hae_prom_point *point)
{
    if (!point->has_value) {
        return false;
    }
    if (point->kind == HAE_OTLP_METRIC_GAUGE || point->kind == HAE_OTLP_METRIC_SUM) {
        return point->value.number != HAE_PROM_NO_NUMBER;
    }
    if (point->kind == HAE_OTLP_METRIC_EXPONENTIAL_HISTOGRAM &&
        page->style->format == HAE_PROM_PROTOBUF && !hae_prom_is_native(point)) {
        report_point(page, "a native histogram needs a sum and a scale of at least -4");
        return false;
    }
    return true;
}

static bool reads_exemplars(const struct page *page)
{
    enum hae_prom_type type = page->writer.family->type;

    return page->style->format != HAE_PROM_TEXT &&
           (type == HAE_PROM_COUNTER || type == HAE_PROM_HISTOGRAM);
}

/* False: malformed. */
static bool put_point(struct page *page, const struct hae_prom_metric *metric,
                      const struct hae_field *field)
{
    struct hae_prom_labels_mark mark = hae_prom_labels_mark(&page->labels);
    struct hae_prom_point point;

    if (!hae_prom_read_point(metric->kind, field, &point) || !add_point_labels(page, &point)) {
        return false;
    }
    page->exemplars.count = 0;
    if (reads_exemplars(page) && !hae_prom_exemplars_read(&page->exemplars, &point)) {
        return false;
    }
    hae_prom_labels_sort(&page->labels);
    if (!page->labels.failed && !page->labels.text.failed && can_be_shown(page, &point)) {
        if (hae_prom_is_new(&page->seen, page->family, &page->labels)) {
            page->ops->point(&page->writer, &page->labels, &point, &page->exemplars);
        } else {
            report_point(page, "another one has the same labels");
        }
    }
    hae_prom_labels_reset(&page->labels, mark);
    return true;
}

static void put_metric(struct page *page, const struct hae_prom_metric *metric)
{
    struct hae_reader reader = metric->points;
    struct hae_field field;

    hae_prom_labels_reset(&page->labels, (struct hae_prom_labels_mark){0, 0});
    add_constant_labels(page, metric->resource);
    if (page->style->options->scope_info) {
        add_scope_labels(page, metric);
    }
    /* The points of all kinds have this number. */
    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_GAUGE_DATA_POINTS && field.type == HAE_WIRE_LENGTH &&
            !put_point(page, metric, &field)) {
            page->is_malformed = true;
        }
    }
}

/* ---- Families ---------------------------------------------------------------------------- */

/* The word for the unit, if the family's name ends with an underscore and it. */
static haetae_string unit_of(struct hae_buffer *room, const struct hae_prom_metric *metric)
{
    haetae_string name = metric->family;

    hae_buffer_clear(room);
    hae_prom_put_unit(room, metric->unit, metric->type == HAE_PROM_GAUGE);
    if (room->failed || room->length == 0 || name.length <= room->length ||
        !hae_prom_ends_with_word(name.data, name.length, room->data) ||
        name.data[name.length - room->length - 1] != '_') {
        return (haetae_string){NULL, 0};
    }
    return (haetae_string){room->data, room->length};
}

static bool same_family(const struct hae_prom_metric *a, const struct hae_prom_metric *b)
{
    return a->family.length == b->family.length &&
           memcmp(a->family.data, b->family.data, a->family.length) == 0;
}

static size_t put_family(struct page *page, size_t first, struct hae_buffer *unit)
{
    const struct hae_prom_metric *metrics = &page->index.list[first];
    struct hae_prom_family family = {.name = metrics[0].family, .type = metrics[0].type};
    size_t count = 1;

    while (first + count < page->index.count && same_family(&metrics[0], &metrics[count])) {
        count++;
    }
    for (size_t i = 0; i < count && family.help.length == 0; i++) {
        hae_buffer_clear(&page->help);
        hae_prom_put_valid(&page->help, metrics[i].help);
        family.help = (haetae_string){page->help.data, page->help.length};
    }
    for (size_t i = 0; i < count && family.unit.length == 0; i++) {
        family.unit = unit_of(unit, &metrics[i]);
    }
    page->writer.family = &family;
    page->family = first;
    page->ops->begin(&page->writer);
    for (size_t i = 0; i < count; i++) {
        put_metric(page, &metrics[i]);
    }
    page->ops->end(&page->writer);
    page->writer.family = NULL;
    return first + count;
}

static void put_target(struct page *page)
{
    const char *name = hae_prom_target_family(page->style);
    static const char help[] = "Target metadata";
    struct hae_prom_family family = {
        .name = {name, strlen(name)}, .type = HAE_PROM_INFO, .help = {help, sizeof help - 1}};
    struct hae_reader reader = page->index.resource;
    struct hae_field field;

    if (!page->style->options->target_info || reader.at == reader.end) {
        return;
    }
    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_RESOURCE_ATTRIBUTES && field.type == HAE_WIRE_LENGTH &&
            !hae_prom_labels_attribute(&page->labels, "", &field)) {
            page->is_malformed = true;
        }
    }
    if (page->labels.count == 0) {
        return;
    }
    hae_prom_labels_sort(&page->labels);
    page->writer.family = &family;
    page->ops->begin(&page->writer);
    if (!page->labels.failed && !page->labels.text.failed) {
        page->ops->point(&page->writer, &page->labels, NULL, &page->exemplars);
    }
    page->ops->end(&page->writer);
    page->writer.family = NULL;
}

static void put_families(struct page *page)
{
    struct hae_buffer unit = HAE_BUFFER_INIT;

    put_target(page);
    for (size_t i = 0; i < page->index.count;) {
        i = put_family(page, i, &unit);
    }
    page->ops->finish(&page->writer);
    page->labels.failed = page->labels.failed || unit.failed;
    hae_buffer_done(&unit);
}

static bool has_failed(const struct page *page)
{
    return page->index.failed || page->index.names.failed || page->writer.out->failed ||
           page->writer.rendered.failed || page->writer.number.failed || page->labels.failed ||
           page->labels.text.failed || page->exemplars.failed || page->exemplars.labels.failed ||
           page->exemplars.labels.text.failed || page->seen.failed || page->help.failed;
}

haetae_status hae_prom_page(const struct hae_prom_style *style,
                            const struct hae_prom_request *requests, size_t count,
                            struct hae_buffer *out, hae_prom_report *report, void *user)
{
    struct page page = {.style = style,
                        .ops = style->format == HAE_PROM_PROTOBUF ? &hae_prom_protobuf
                                                                  : &hae_prom_text,
                        .writer = {.style = style,
                                   .out = out,
                                   .rendered = HAE_BUFFER_INIT,
                                   .number = HAE_BUFFER_INIT},
                        .help = HAE_BUFFER_INIT};
    haetae_status status;

    hae_prom_index_init(&page.index, style, report, user);
    hae_prom_labels_init(&page.labels, style);
    hae_prom_exemplars_init(&page.exemplars, style);
    for (size_t i = 0; i < count && !page.is_malformed; i++) {
        page.is_malformed =
            !hae_prom_index_add(&page.index, requests[i].data, requests[i].size_bytes);
    }
    if (!page.is_malformed && hae_prom_index_sort(&page.index)) {
        put_families(&page);
    }
    status = has_failed(&page) ? HAETAE_ENOMEM : page.is_malformed ? HAETAE_EFORMAT : HAETAE_OK;
    hae_prom_index_done(&page.index);
    hae_prom_labels_done(&page.labels);
    hae_prom_exemplars_done(&page.exemplars);
    hae_buffer_done(&page.writer.rendered);
    hae_buffer_done(&page.writer.number);
    hae_prom_seen_done(&page.seen);
    hae_buffer_done(&page.help);
    return status;
}
