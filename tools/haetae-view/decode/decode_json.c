/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/decode_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define NUL_SHOWN "\\x00"

static struct hae_view_text text_in(const struct hae_buffer *buffer)
{
    return (struct hae_view_text){buffer->data, buffer->length};
}

static bool has_mark(const char *text)
{
    return strchr(text, HAE_UTF8_NUL_MARK) != NULL;
}

/* Appends text with NULs in the place of their marks. */
static void unmark(struct hae_buffer *out, const char *text, const char *nul, size_t nul_length)
{
    const char *mark;
    while ((mark = strchr(text, HAE_UTF8_NUL_MARK)) != NULL) {
        hae_buffer_add(out, text, (size_t)(mark - text));
        hae_buffer_add(out, nul, nul_length);
        text = mark + 1;
    }
    hae_buffer_text(out, text);
}

static void put_text(struct hae_json *json, const char *name, const char *text)
{
    if (text == NULL) {
        text = "";
    }
    if (!has_mark(text)) {
        hae_json_text(json, name, text);
        return;
    }
    struct hae_buffer plain = HAE_BUFFER_INIT;
    unmark(&plain, text, "", 1);
    if (plain.failed) {
        json->out->failed = true;
    } else {
        hae_json_text_of(json, name, plain.data, plain.length);
    }
    hae_buffer_done(&plain);
}

/* A key with a NUL has it shown: the writer's names end there. */
static const char *key_of(const HaeOtlp__KeyValue *attribute, struct hae_buffer *scratch)
{
    const char *key = attribute->key != NULL ? attribute->key : "";
    if (!has_mark(key)) {
        return key;
    }
    hae_buffer_clear(scratch);
    unmark(scratch, key, NUL_SHOWN, strlen(NUL_SHOWN));
    return scratch->failed ? "" : scratch->data;
}

static void put_double(struct hae_json *json, const char *name, double value)
{
    if (isfinite(value)) {
        hae_json_number(json, name, value);
    } else {
        hae_json_text(json, name, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }
}

static void put_pairs(struct hae_json *json, HaeOtlp__KeyValue *const *attributes, size_t count);

/* It recurses as deep as the message nests, which was checked. */
static void put_value(struct hae_json *json, const char *name, const HaeOtlp__AnyValue *value)
{
    switch (value != NULL ? value->value_case : HAE_OTLP__ANY_VALUE__VALUE__NOT_SET) {
    case HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE:
        put_text(json, name, value->string_value);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_BOOL_VALUE:
        hae_json_bool(json, name, value->bool_value);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_INT_VALUE:
        hae_json_integer(json, name, value->int_value);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE:
        put_double(json, name, value->double_value);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_ARRAY_VALUE:
        hae_json_open(json, name, '[');
        for (size_t i = 0; i < value->array_value->n_values; i++) {
            put_value(json, NULL, value->array_value->values[i]);
        }
        hae_json_close(json, ']');
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_KVLIST_VALUE:
        hae_json_open(json, name, '{');
        put_pairs(json, value->kvlist_value->values, value->kvlist_value->n_values);
        hae_json_close(json, '}');
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_BYTES_VALUE:
        hae_json_base64(json, name, value->bytes_value.data, value->bytes_value.len);
        break;
    default:
        hae_json_number(json, name, NAN); /* null */
        break;
    }
}

static void put_pairs(struct hae_json *json, HaeOtlp__KeyValue *const *attributes, size_t count)
{
    struct hae_buffer scratch = HAE_BUFFER_INIT;
    for (size_t i = 0; i < count; i++) {
        put_value(json, key_of(attributes[i], &scratch), attributes[i]->value);
    }
    json->out->failed = json->out->failed || scratch.failed;
    hae_buffer_done(&scratch);
}

struct hae_view_text hae_view_attributes_json(struct hae_buffer *out,
                                              HaeOtlp__KeyValue *const *attributes, size_t count)
{
    if (count == 0) {
        return (struct hae_view_text){NULL, 0};
    }
    struct hae_json json = HAE_JSON_INIT(out);
    hae_buffer_clear(out);
    hae_json_open(&json, NULL, '{');
    put_pairs(&json, attributes, count);
    hae_json_close(&json, '}');
    return text_in(out);
}

static int by_key(const void *a, const void *b)
{
    const HaeOtlp__KeyValue *x = *(HaeOtlp__KeyValue *const *)a;
    const HaeOtlp__KeyValue *y = *(HaeOtlp__KeyValue *const *)b;
    return strcmp(x->key != NULL ? x->key : "", y->key != NULL ? y->key : "");
}

void hae_view_sort_attributes(HaeOtlp__KeyValue **attributes, size_t count)
{
    if (count > 1) {
        qsort(attributes, count, sizeof(HaeOtlp__KeyValue *), by_key);
    }
}

struct hae_view_text hae_view_plain_text(struct hae_buffer *out, const char *text, bool optional)
{
    if (text == NULL || text[0] == '\0') {
        return (struct hae_view_text){optional ? NULL : "", 0};
    }
    if (!has_mark(text)) {
        return (struct hae_view_text){text, strlen(text)};
    }
    hae_buffer_clear(out);
    unmark(out, text, NUL_SHOWN, strlen(NUL_SHOWN));
    return text_in(out);
}

struct hae_view_text hae_view_body_text(struct hae_buffer *out, const HaeOtlp__AnyValue *value)
{
    if (value == NULL || value->value_case == HAE_OTLP__ANY_VALUE__VALUE__NOT_SET) {
        return (struct hae_view_text){NULL, 0};
    }
    if (value->value_case == HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE) {
        return hae_view_plain_text(out, value->string_value, false);
    }
    struct hae_json json = HAE_JSON_INIT(out);
    hae_buffer_clear(out);
    put_value(&json, NULL, value);
    return text_in(out);
}

/* ---- Buckets ---------------------------------------------------------------------------- */

static void put_counts(struct hae_json *json, const char *name, const uint64_t *counts,
                       size_t count)
{
    hae_json_open(json, name, '[');
    for (size_t i = 0; i < count; i++) {
        hae_json_count(json, NULL, counts[i]);
    }
    hae_json_close(json, ']');
}

struct hae_view_text hae_view_explicit_json(struct hae_buffer *out,
                                            const HaeOtlp__HistogramDataPoint *point)
{
    struct hae_json json = HAE_JSON_INIT(out);
    hae_buffer_clear(out);
    hae_json_open(&json, NULL, '{');
    hae_json_open(&json, "bounds", '[');
    for (size_t i = 0; i < point->n_explicit_bounds; i++) {
        put_double(&json, NULL, point->explicit_bounds[i]);
    }
    hae_json_close(&json, ']');
    put_counts(&json, "counts", point->bucket_counts, point->n_bucket_counts);
    hae_json_close(&json, '}');
    return text_in(out);
}

static void put_side(struct hae_json *json, const char *name,
                     const HaeOtlp__ExponentialHistogramDataPoint__Buckets *side)
{
    hae_json_open(json, name, '{');
    hae_json_integer(json, "offset", side != NULL ? side->offset : 0);
    put_counts(json, "counts", side != NULL ? side->bucket_counts : NULL,
               side != NULL ? side->n_bucket_counts : 0);
    hae_json_close(json, '}');
}

struct hae_view_text hae_view_exponential_json(struct hae_buffer *out,
                                               const HaeOtlp__ExponentialHistogramDataPoint *point)
{
    struct hae_json json = HAE_JSON_INIT(out);
    hae_buffer_clear(out);
    hae_json_open(&json, NULL, '{');
    hae_json_integer(&json, "scale", point->scale);
    hae_json_count(&json, "zero_count", point->zero_count);
    put_double(&json, "zero_threshold", point->zero_threshold);
    put_side(&json, "positive", point->positive);
    put_side(&json, "negative", point->negative);
    hae_json_close(&json, '}');
    return text_in(out);
}

struct hae_view_text hae_view_summary_json(struct hae_buffer *out,
                                           const HaeOtlp__SummaryDataPoint *point)
{
    struct hae_json json = HAE_JSON_INIT(out);
    hae_buffer_clear(out);
    hae_json_open(&json, NULL, '{');
    hae_json_open(&json, "quantiles", '[');
    for (size_t i = 0; i < point->n_quantile_values; i++) {
        hae_json_open(&json, NULL, '[');
        put_double(&json, NULL, point->quantile_values[i]->quantile);
        put_double(&json, NULL, point->quantile_values[i]->value);
        hae_json_close(&json, ']');
    }
    hae_json_close(&json, ']');
    hae_json_close(&json, '}');
    return text_in(out);
}
