/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/view_options.h"

#include "base/alloc.h"
#include "base/option_struct.h"
#include "metrics/instrument_options.h"
#include "wire/text.h"

enum { KEYS_MAX = 256, TEXT_MAX_BYTES = 1023, SERIES_MAX = 1 << 24 };

static bool given(haetae_string text)
{
    return hae_string_length(text) != 0;
}

/* ---- Checking ------------------------------------------------------------------------------- */

/* Each of the next functions returns what is wrong; NULL: nothing. */

static bool has_wildcard(haetae_string pattern)
{
    return memchr(pattern.data, '*', pattern.length) != NULL ||
           memchr(pattern.data, '?', pattern.length) != NULL;
}

static const char *check_criteria(const haetae_view_options *options)
{
    const haetae_string exact[] = {options->unit, options->meter_name, options->meter_version,
                                   options->meter_schema_url};
    bool any = given(options->instrument_name) || options->instrument_kind != 0;

    for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++) {
        any = any || exact[i].data != NULL;
        if (hae_string_length(exact[i]) > TEXT_MAX_BYTES) {
            return "unit, meter_name, meter_version and meter_schema_url have at most 1023 bytes";
        }
    }
    if (!any) {
        return "it says for which instruments it is: instrument_name \"*\" is all of them";
    }
    if (hae_string_length(options->instrument_name) > HAE_METRIC_NAME_MAX_BYTES) {
        return "instrument_name has at most 255 bytes";
    }
    if (options->instrument_kind < 0 || options->instrument_kind >= HAETAE_INSTRUMENT_KINDS) {
        return "instrument_kind is none";
    }
    return NULL;
}

static const char *check_texts(const haetae_view_options *options)
{
    if (hae_string_length(options->name) > HAE_METRIC_STREAM_NAME_MAX_BYTES) {
        return "name has at most 1023 bytes";
    }
    if (!hae_string_valid(options->description)) {
        return "the length of description is invalid";
    }
    /* Specification: "Stream configuration". */
    if (given(options->name) &&
        (!given(options->instrument_name) || has_wildcard(options->instrument_name))) {
        return "with a name it is for one instrument: instrument_name names it, without wildcards";
    }
    return NULL;
}

static const char *check_keys(const haetae_string *keys, size_t count)
{
    if (keys == NULL && count != 0) {
        return "a list of keys is NULL";
    }
    if (count > KEYS_MAX) {
        return "a list has at most 256 keys";
    }
    for (size_t i = 0; i < count; i++) {
        if (!given(keys[i]) || keys[i].length > TEXT_MAX_BYTES) {
            return "keys have 1 to 1023 bytes";
        }
    }
    return NULL;
}

static const char *check_aggregation(const haetae_view_options *options)
{
    bool has_boundaries = options->boundaries != NULL || options->boundary_count != 0;

    if (options->aggregation < 0 ||
        options->aggregation > HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM) {
        return "aggregation is none";
    }
    if (has_boundaries && options->aggregation != HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM) {
        return "boundaries are for HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM";
    }
    if (!hae_boundaries_valid(options->boundaries, options->boundary_count)) {
        return "boundaries are at most 200, finite, and each is above the one before";
    }
    if (options->max_size != 0 && (options->max_size < HAE_EXPONENTIAL_SIZE_MIN ||
                                   options->max_size > HAE_EXPONENTIAL_SIZE_MAX)) {
        return "max_size is 2 to 320";
    }
    if (options->max_scale_given != 0 && (options->max_scale < -10 || options->max_scale > 20)) {
        return "max_scale is -10 to 20";
    }
    if (options->cardinality_limit > SERIES_MAX) {
        return "cardinality_limit is at most 16777216";
    }
    return options->reserved != 0 ? "reserved is zero" : NULL;
}

static const char *check_ops(const haetae_exemplar_reservoir_ops *ops)
{
    if (ops == NULL) {
        return "HAETAE_EXEMPLAR_RESERVOIR_CUSTOM needs exemplar_ops";
    }
    if (!hae_option_struct_valid(ops->struct_size, haetae_exemplar_reservoir_ops_size_v1)) {
        return "struct_size of exemplar_ops is invalid";
    }
    if (ops->offer == NULL) {
        return "offer of exemplar_ops is NULL";
    }
    return ops->state_size_bytes > HAETAE_EXEMPLAR_STATE_MAX_BYTES
               ? "state_size_bytes of exemplar_ops is at most 4096"
               : NULL;
}

static const char *check_exemplars(const haetae_view_options *options)
{
    bool fixed = options->exemplar_reservoir == HAETAE_EXEMPLAR_RESERVOIR_FIXED_SIZE;
    bool custom = options->exemplar_reservoir == HAETAE_EXEMPLAR_RESERVOIR_CUSTOM;
    bool aligned =
        options->exemplar_reservoir == HAETAE_EXEMPLAR_RESERVOIR_ALIGNED_HISTOGRAM_BUCKET;

    if (options->exemplar_reservoir < 0 ||
        options->exemplar_reservoir > HAETAE_EXEMPLAR_RESERVOIR_CUSTOM) {
        return "exemplar_reservoir is none";
    }
    if (aligned && options->aggregation != HAETAE_AGGREGATION_DEFAULT &&
        options->aggregation != HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM) {
        return "HAETAE_EXEMPLAR_RESERVOIR_ALIGNED_HISTOGRAM_BUCKET is for histograms with explicit "
               "buckets";
    }
    if (options->exemplar_size > HAETAE_EXEMPLARS_MAX) {
        return "exemplar_size is at most 256";
    }
    if (options->exemplar_size != 0 && !fixed && !custom) {
        return "exemplar_size is for HAETAE_EXEMPLAR_RESERVOIR_FIXED_SIZE and _CUSTOM";
    }
    if (options->exemplar_ops != NULL && !custom) {
        return "exemplar_ops is for HAETAE_EXEMPLAR_RESERVOIR_CUSTOM";
    }
    return custom ? check_ops(options->exemplar_ops) : NULL;
}

static const char *check(const haetae_view_options *options)
{
    const char *why = check_criteria(options);

    if (why == NULL) {
        why = check_texts(options);
    }
    if (why == NULL) {
        why = check_keys(options->included_keys, options->included_key_count);
    }
    if (why == NULL) {
        why = check_keys(options->excluded_keys, options->excluded_key_count);
    }
    if (why == NULL) {
        why = check_aggregation(options);
    }
    return why != NULL ? why : check_exemplars(options);
}

/* ---- Keeping -------------------------------------------------------------------------------- */

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static void keep_criteria(struct hae_view *view, const haetae_view_options *options, char **at)
{
    view->kind = (uint8_t)options->instrument_kind;
    if (given(options->instrument_name)) {
        view->instrument_name = hae_keep_text(options->instrument_name, at);
        for (size_t i = 0; i < view->instrument_name.length; i++) {
            (*at - view->instrument_name.length)[i] = lower(view->instrument_name.data[i]);
        }
    }
    view->unit = hae_keep_text(options->unit, at);
    view->meter_name = hae_keep_text(options->meter_name, at);
    view->meter_version = hae_keep_text(options->meter_version, at);
    view->meter_schema_url = hae_keep_text(options->meter_schema_url, at);
}

/* Returns the first filter that counts: the one given, or what comes after it. */
static const struct hae_key_filter *keep_keys(struct hae_key_filter *filter,
                                              const haetae_string *keys, size_t count,
                                              haetae_string **list, char **at,
                                              const struct hae_key_filter *also)
{
    if (keys == NULL || (count == 0 && filter->drops)) {
        return also;
    }
    hae_keep_texts(*list, keys, count, at);
    for (size_t i = 0; i < count; i++) {
        filter->patterns = filter->patterns || has_wildcard((*list)[i]);
    }
    filter->keys = *list;
    filter->key_count = count;
    filter->also = also;
    *list += count;
    return filter;
}

static void keep_reservoir(struct hae_view *view, const haetae_view_options *options)
{
    view->reservoir.kind = (uint8_t)options->exemplar_reservoir;
    view->reservoir.place_count = (uint16_t)options->exemplar_size;
    if (options->exemplar_ops != NULL) {
        /* Of a newer caller's what is not known here has no meaning. */
        (void)HAE_OPTION_STRUCT_READ(haetae_exemplar_reservoir_ops, &view->reservoir_ops,
                                     options->exemplar_ops);
        view->reservoir.ops = &view->reservoir_ops;
    }
}

static struct hae_metric_text keep_field(const uint8_t *from, uint32_t size_bytes, char **at)
{
    struct hae_metric_text text = {NULL, size_bytes};

    if (size_bytes != 0) {
        memcpy(*at, from, size_bytes);
        text.field = (const uint8_t *)*at;
        *at += size_bytes;
    }
    return text;
}

/* `fields` has the name and the description as fields. */
static haetae_status keep(const haetae_view_options *options, const uint8_t *fields,
                          struct hae_metric_texts texts, struct hae_view **ret_view)
{
    const haetae_string criteria[] = {options->instrument_name, options->unit, options->meter_name,
                                      options->meter_version, options->meter_schema_url};
    size_t key_count = options->included_key_count + options->excluded_key_count;
    size_t numbers = options->boundary_count * sizeof(double);
    size_t lists = key_count * sizeof(haetae_string);
    size_t size = hae_texts_size(criteria, sizeof criteria / sizeof criteria[0]) +
                  hae_texts_size(options->included_keys, options->included_key_count) +
                  hae_texts_size(options->excluded_keys, options->excluded_key_count) +
                  texts.description_end;
    struct hae_view *view = hae_calloc(1, sizeof *view + numbers + lists + size);
    double *boundaries;
    haetae_string *list;
    char *at;

    if (view == NULL) {
        return HAETAE_ENOMEM;
    }
    boundaries = (double *)(view + 1);
    list = (haetae_string *)(boundaries + options->boundary_count);
    at = (char *)(list + key_count);
    keep_criteria(view, options, &at);
    keep_reservoir(view, options);
    view->aggregation = (uint8_t)options->aggregation;
    view->omits_extremes = options->no_min_max != 0;
    view->max_size =
        options->max_size != 0 ? (uint16_t)options->max_size : HAE_EXPONENTIAL_SIZE_DEFAULT;
    view->max_scale =
        options->max_scale_given != 0 ? (int8_t)options->max_scale : HAE_EXPONENTIAL_SCALE_DEFAULT;
    view->series_limit = options->cardinality_limit;
    view->name = keep_field(fields, texts.name_end, &at);
    view->description =
        keep_field(fields + texts.name_end, texts.description_end - texts.name_end, &at);
    if (options->boundaries != NULL) {
        if (numbers != 0) {
            memcpy(boundaries, options->boundaries, numbers);
        }
        view->boundaries = boundaries;
        view->boundary_count = (uint32_t)options->boundary_count;
    }
    view->excluded.drops = true;
    view->filter = keep_keys(&view->excluded, options->excluded_keys, options->excluded_key_count,
                             &list, &at, NULL);
    view->filter = keep_keys(&view->included, options->included_keys, options->included_key_count,
                             &list, &at, view->filter);
    *ret_view = view;
    return HAETAE_OK;
}

haetae_status hae_view_new(const haetae_view_options *options, struct hae_view **ret_view,
                           const char **ret_why)
{
    struct hae_metric_texts texts;
    haetae_status status;
    uint8_t *fields;

    *ret_why = check(options);
    if (*ret_why != NULL) {
        return HAETAE_EINVAL;
    }
    fields = hae_malloc(HAE_METRIC_FIELDS_MAX_BYTES);
    if (fields == NULL) {
        return HAETAE_ENOMEM;
    }
    texts =
        hae_metric_fields_put(fields, options->name, options->description, haetae_string_of(""));
    status = keep(options, fields, texts, ret_view);
    hae_free(fields);
    return status;
}

haetae_string hae_view_shown(const struct hae_view *view)
{
    return view->instrument_name.data != NULL ? view->instrument_name : haetae_string_of("*");
}
