/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static long live_before;

void fixture_init_sized(struct fixture *fixture, uint64_t size_bytes, uint32_t lane_count)
{
    struct hae_recorder_options options = {
        .size_bytes = size_bytes, .lane_count = lane_count, .allow_counter = false};
    haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);

    live_before = hae_alloc_live_count();
    memset(fixture, 0, sizeof *fixture);
    scope.name = haetae_string_of("tests");
    assert_int_equal(hae_recorder_new(&options, &fixture->recorder), HAETAE_OK);
    assert_int_equal(hae_meter_provider_init(&fixture->provider, fixture->recorder), HAETAE_OK);
    assert_int_equal(
        hae_metric_reader_init(&fixture->reader, &fixture->provider, &hae_temporality_cumulative),
        HAETAE_OK);
    assert_int_equal(hae_meter_get(&fixture->provider, &scope, &fixture->meter), HAETAE_OK);
}

void fixture_init(struct fixture *fixture, uint32_t lane_count)
{
    fixture_init_sized(fixture, 4u << 20, lane_count);
}

void fixture_done(struct fixture *fixture)
{
    hae_metric_reader_done(&fixture->reader);
    hae_meter_provider_done(&fixture->provider);
    hae_recorder_free(fixture->recorder);
    assert_int_equal(hae_alloc_live_count(), live_before);
}

#define MAKE(kind)                                                                                 \
    haetae_##kind *make_##kind(struct fixture *fixture, const char *name, int32_t number_type)     \
    {                                                                                              \
        haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);             \
        haetae_##kind *made = NULL;                                                                \
                                                                                                   \
        options.name = haetae_string_of(name);                                                     \
        options.number_type = number_type;                                                         \
        assert_int_equal(haetae_##kind##_create(fixture->meter, &options, &made), HAETAE_OK);      \
        assert_non_null(made);                                                                     \
        return made;                                                                               \
    }

MAKE(counter)
MAKE(up_down_counter)
MAKE(gauge)
MAKE(histogram)

uint64_t misuse_count(const struct fixture *fixture, haetae_misuse cause)
{
    struct hae_recorder_sums sums;

    hae_recorder_sum(fixture->recorder, &sums);
    return sums.misuse[cause];
}

void fill_heap(struct fixture *fixture, uint64_t left_bytes)
{
    struct hae_region *region = fixture->recorder->region;
    uint64_t left = region->heap_size_bytes - atomic_load(&region->heap_used_bytes);

    struct hae_metrics_budget *budget = &fixture->provider.streams.budget;

    if (left > left_bytes) {
        assert_true(hae_region_alloc(region, left - left_bytes) != 0);
    }
    /* All that is left is for whoever comes first, also what was kept for scopes. */
    budget->limit_bytes = region->heap_size_bytes + atomic_load(&budget->reserved_bytes);
    atomic_store(&budget->wanted_bytes, 0);
}

/* ---- Collecting -------------------------------------------------------------------------- */

static size_t metric_points(const HaeOtlp__Metric *metric)
{
    switch (metric->data_case) {
    case HAE_OTLP__METRIC__DATA_SUM:
        return metric->sum->n_data_points;
    case HAE_OTLP__METRIC__DATA_GAUGE:
        return metric->gauge->n_data_points;
    case HAE_OTLP__METRIC__DATA_HISTOGRAM:
        return metric->histogram->n_data_points;
    case HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM:
        return metric->exponential_histogram->n_data_points;
    default:
        return 0;
    }
}

bool clock_was_set_back;
bool histograms_may_lack_sums;

/* A later delta can't know its minimum and maximum, nor one that began again. */
static void check_histogram(const HaeOtlp__HistogramDataPoint *point, bool may_lack_extremes)
{
    uint64_t count = 0;

    for (size_t i = 0; i < point->n_bucket_counts; i++) {
        count += point->bucket_counts[i];
    }
    assert_int_equal(count, point->count);
    assert_true(point->count > 0);
    assert_int_equal(point->n_bucket_counts, point->n_explicit_bounds + 1);
    assert_true(point->has_sum || histograms_may_lack_sums);
    assert_true(point->has_min == point->has_max);
    assert_true(point->has_min || may_lack_extremes);
    assert_true(!point->has_min || point->min <= point->max);
}

static uint64_t bucket_total(const HaeOtlp__ExponentialHistogramDataPoint__Buckets *buckets)
{
    uint64_t count = 0;

    for (size_t i = 0; buckets != NULL && i < buckets->n_bucket_counts; i++) {
        count += buckets->bucket_counts[i];
    }
    return count;
}

static void check_exponential(const HaeOtlp__ExponentialHistogramDataPoint *point)
{
    assert_int_equal(point->count, point->zero_count + bucket_total(point->positive) +
                                       bucket_total(point->negative));
    assert_true(point->count > 0);
    assert_true(point->has_min == point->has_max);
    assert_true(!point->has_min || point->min <= point->max);
}

static void check_metric(const HaeOtlp__Metric *metric)
{
    assert_true(metric_points(metric) > 0);
    if (metric->data_case == HAE_OTLP__METRIC__DATA_HISTOGRAM) {
        for (size_t i = 0; i < metric->histogram->n_data_points; i++) {
            check_histogram(
                metric->histogram->data_points[i],
                clock_was_set_back ||
                    metric->histogram->aggregation_temporality ==
                        HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_DELTA);
        }
    }
    if (metric->data_case == HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM) {
        for (size_t i = 0; i < metric->exponential_histogram->n_data_points; i++) {
            check_exponential(metric->exponential_histogram->data_points[i]);
        }
    }
}

static bool take(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                 uint32_t points)
{
    struct collection *collection = user;
    size_t at = collection->count;

    if (at == collection->refuse_at) {
        return false;
    }
    assert_true(at < METRICS_MAX);
    assert_true(size_bytes <= HAE_METRIC_SIZE_MAX);
    collection->metrics[at] = hae_otlp__metric__unpack(NULL, size_bytes, metric);
    assert_non_null(collection->metrics[at]);
    /* Nothing unknown in it, and written the way the reference would. */
    assert_int_equal(hae_otlp__metric__get_packed_size(collection->metrics[at]), size_bytes);
    check_metric(collection->metrics[at]);
    assert_int_equal(metric_points(collection->metrics[at]), points);
    collection->scopes[at] = scope;
    collection->sizes[at] = size_bytes;
    collection->point_counts[at] = points;
    collection->count++;
    return true;
}

haetae_status collect_with(struct hae_metric_reader *reader, uint64_t now_unix_ns, size_t taken_max,
                           struct collection *ret_collection)
{
    memset(ret_collection, 0, sizeof *ret_collection);
    ret_collection->refuse_at = taken_max;
    return hae_metric_reader_collect(reader, now_unix_ns, take, ret_collection);
}

void collect(struct fixture *fixture, struct collection *ret_collection)
{
    assert_int_equal(collect_with(&fixture->reader, COLLECTED_NS, METRICS_MAX, ret_collection),
                     HAETAE_OK);
}

void collection_free(struct collection *collection)
{
    for (size_t i = 0; i < collection->count; i++) {
        hae_otlp__metric__free_unpacked(collection->metrics[i], NULL);
    }
    collection->count = 0;
}

void collection_done(struct collection *collection, struct fixture *fixture)
{
    collection_free(collection);
    fixture_done(fixture);
}

/* ---- Looking at it ------------------------------------------------------------------------ */

const HaeOtlp__Metric *find_metric(const struct collection *collection, const char *name)
{
    for (size_t i = 0; i < collection->count; i++) {
        if (strcmp(collection->metrics[i]->name, name) == 0) {
            return collection->metrics[i];
        }
    }
    return NULL;
}

static size_t number_points(const HaeOtlp__Metric *metric, HaeOtlp__NumberDataPoint ***ret_points)
{
    if (metric->data_case == HAE_OTLP__METRIC__DATA_SUM) {
        *ret_points = metric->sum->data_points;
        return metric->sum->n_data_points;
    }
    if (metric->data_case == HAE_OTLP__METRIC__DATA_GAUGE) {
        *ret_points = metric->gauge->data_points;
        return metric->gauge->n_data_points;
    }
    return 0;
}

size_t point_count(const struct collection *collection, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < collection->count; i++) {
        if (strcmp(collection->metrics[i]->name, name) == 0) {
            count += metric_points(collection->metrics[i]);
        }
    }
    return count;
}

int64_t int_total(const struct collection *collection, const char *name)
{
    int64_t total = 0;

    for (size_t i = 0; i < collection->count; i++) {
        HaeOtlp__NumberDataPoint **points = NULL;
        size_t count = number_points(collection->metrics[i], &points);

        for (size_t j = 0; strcmp(collection->metrics[i]->name, name) == 0 && j < count; j++) {
            assert_int_equal(points[j]->value_case, HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_INT);
            total += points[j]->as_int;
        }
    }
    return total;
}

static void value_text(char *to, size_t size, const HaeOtlp__AnyValue *value)
{
    switch (value->value_case) {
    case HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE:
        snprintf(to, size, "%s", value->string_value);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_BOOL_VALUE:
        snprintf(to, size, "%s", value->bool_value ? "true" : "false");
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_INT_VALUE:
        snprintf(to, size, "%lld", (long long)value->int_value);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE:
        snprintf(to, size, "%g", value->double_value);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_ARRAY_VALUE:
        snprintf(to, size, "array of %zu", value->array_value->n_values);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_KVLIST_VALUE:
        snprintf(to, size, "map of %zu", value->kvlist_value->n_values);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_BYTES_VALUE:
        snprintf(to, size, "%zu bytes", value->bytes_value.len);
        break;
    default:
        snprintf(to, size, "empty");
        break;
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

const char *attributes_text(size_t count, HaeOtlp__KeyValue *const *attributes)
{
    enum { ITEMS_MAX = HAE_METRIC_ATTRIBUTES_MAX, ITEM_SIZE = 128 };
    static char items[ITEMS_MAX][ITEM_SIZE];
    static char text[ITEMS_MAX * ITEM_SIZE];
    char value[96];
    size_t at = 0;

    assert_true(count <= ITEMS_MAX);
    for (size_t i = 0; i < count; i++) {
        value_text(value, sizeof value, attributes[i]->value);
        snprintf(items[i], ITEM_SIZE, "%.30s=%s", attributes[i]->key, value);
    }
    qsort(items, count, ITEM_SIZE, by_text);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", i > 0 ? "," : "", items[i]);
    }
    return text;
}

const HaeOtlp__NumberDataPoint *find_point(const struct collection *collection, const char *name,
                                           const char *attributes)
{
    for (size_t i = 0; i < collection->count; i++) {
        HaeOtlp__NumberDataPoint **points = NULL;
        size_t count = number_points(collection->metrics[i], &points);

        for (size_t j = 0; strcmp(collection->metrics[i]->name, name) == 0 && j < count; j++) {
            if (strcmp(attributes_text(points[j]->n_attributes, points[j]->attributes),
                       attributes) == 0) {
                return points[j];
            }
        }
    }
    return NULL;
}

const HaeOtlp__HistogramDataPoint *find_histogram(const struct collection *collection,
                                                  const char *name, const char *attributes)
{
    const HaeOtlp__Metric *metric = find_metric(collection, name);

    if (metric == NULL) {
        return NULL;
    }
    assert_int_equal(metric->data_case, HAE_OTLP__METRIC__DATA_HISTOGRAM);
    for (size_t i = 0; i < metric->histogram->n_data_points; i++) {
        HaeOtlp__HistogramDataPoint *point = metric->histogram->data_points[i];

        if (strcmp(attributes_text(point->n_attributes, point->attributes), attributes) == 0) {
            return point;
        }
    }
    return NULL;
}

uint64_t histogram_total(const struct collection *collection, const char *name)
{
    uint64_t total = 0;

    for (size_t i = 0; i < collection->count; i++) {
        const HaeOtlp__Metric *metric = collection->metrics[i];

        for (size_t j = 0; strcmp(metric->name, name) == 0 && j < metric->histogram->n_data_points;
             j++) {
            total += metric->histogram->data_points[j]->count;
        }
    }
    return total;
}

int64_t collected_int(struct fixture *fixture, const char *name, const char *attributes)
{
    struct collection collection;
    const HaeOtlp__NumberDataPoint *point;
    int64_t value;

    collect(fixture, &collection);
    point = find_point(&collection, name, attributes);
    assert_non_null(point);
    assert_int_equal(point->value_case, HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_INT);
    value = point->as_int;
    collection_free(&collection);
    return value;
}

double collected_double(struct fixture *fixture, const char *name, const char *attributes)
{
    struct collection collection;
    const HaeOtlp__NumberDataPoint *point;
    double value;

    collect(fixture, &collection);
    point = find_point(&collection, name, attributes);
    assert_non_null(point);
    assert_int_equal(point->value_case, HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_DOUBLE);
    value = point->as_double;
    collection_free(&collection);
    return value;
}

size_t collected_point_count(struct fixture *fixture, const char *name)
{
    struct collection collection;
    size_t count;

    collect(fixture, &collection);
    count = point_count(&collection, name);
    collection_free(&collection);
    return count;
}
