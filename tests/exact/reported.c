/* SPDX-License-Identifier: Apache-2.0 */
#include "exact/reported.h"

#include <string.h>

#include "exact/exemplars.h"
#include "exact/require.h"
#include "support/core_cmocka.h"

void exact_report_init(struct exact_report *report, bool delta)
{
    memset(report, 0, sizeof *report);
    report->delta = delta;
}

static bool has_buckets(const struct exact_stream *stream)
{
    return stream->kind == EXACT_BUCKETS || stream->kind == EXACT_BASE2;
}

bool exact_has_sum(const struct exact_stream *stream)
{
    return !has_buckets(stream) || exact_is_monotonic(stream);
}

/* ---- Points --------------------------------------------------------------------------------- */

unsigned exact_set_of(HaeOtlp__KeyValue *const *attributes, size_t count)
{
    unsigned parts[EXACT_KEYS] = {3, 3, 3};

    for (size_t i = 0; i < count; i++) {
        const HaeOtlp__AnyValue *value = attributes[i]->value;

        switch (attributes[i]->key[0]) {
        case 'a':
            parts[0] = (unsigned)value->int_value;
            break;
        case 'b':
            parts[1] = value->string_value[0] == 'f' ? 0 : value->string_value[0] == 'a' ? 1 : 2;
            break;
        case 'c':
            parts[2] = (unsigned)(value->double_value * 2);
            break;
        default:
            exact_require(attributes[i]->key[0] >= 'a' && attributes[i]->key[0] <= 'c');
        }
    }
    return parts[0] + 4 * parts[1] + 16 * parts[2];
}

static void check_delta(const struct exact_reported *before, const struct exact_reported *point)
{
    exact_require(before->time_ns == 0 || point->start_ns == before->time_ns);
    exact_require(point->time_ns >= point->start_ns);
}

static void check_cumulative(const struct exact_stream *stream, const struct exact_reported *before,
                             const struct exact_reported *point)
{
    bool is_first = before->start_ns == 0;

    exact_require(is_first || point->start_ns == before->start_ns);
    exact_require(point->time_ns > before->time_ns);
    if (has_buckets(stream) && !is_first) {
        exact_require(point->series.count >= before->series.count);
        exact_require(point->series.minimum <= before->series.minimum);
        exact_require(point->series.maximum >= before->series.maximum);
    }
    if (stream->kind == EXACT_BASE2 && !is_first) {
        exact_require(exact_buckets_follow(&point->base2, &before->base2));
    }
    if (exact_is_monotonic(stream)) {
        exact_require(point->series.sum >= before->series.sum);
    }
}

static void add_delta(struct exact_reported *to, const struct exact_reported *point)
{
    bool is_first = to->start_ns == 0;

    to->series.sum += point->series.sum;
    to->series.count += point->series.count;
    for (unsigned i = 0; i <= EXACT_BOUNDS; i++) {
        to->series.buckets[i] += point->series.buckets[i];
    }
    if (is_first) {
        to->base2 = point->base2;
    } else {
        exact_buckets_lower(&to->base2, point->base2.scale);
        exact_buckets_add(&to->base2, &point->base2);
    }
    to->start_ns = point->start_ns;
    to->time_ns = point->time_ns;
}

static void take_point(struct exact_report *report, unsigned index, unsigned set,
                       const struct exact_reported *point)
{
    const struct exact_stream *stream = &exact_streams[index];
    struct exact_reported *before = &report->of[index][set];

    report->points++;
    if (report->delta && exact_is_monotonic(stream)) {
        check_delta(before, point);
        add_delta(before, point);
        return;
    }
    if (stream->kind != EXACT_LEVEL) {
        check_cumulative(stream, before, point);
    }
    *before = *point;
}

static void take_numbers(struct exact_report *report, unsigned stream,
                         HaeOtlp__NumberDataPoint *const *points, size_t count)
{
    bool whole = exact_instruments[exact_streams[stream].instrument].type == HAETAE_NUMBER_INT64;

    for (size_t i = 0; i < count; i++) {
        const HaeOtlp__NumberDataPoint *given = points[i];
        struct exact_reported point = {.start_ns = given->start_time_unix_nano,
                                       .time_ns = given->time_unix_nano};

        point.series.sum = whole ? (double)given->as_int : given->as_double;
        unsigned set = exact_set_of(given->attributes, given->n_attributes);

        exact_check_exemplars(report, stream, set, &point, given->exemplars, given->n_exemplars);
        take_point(report, stream, set, &point);
    }
}

static void take_histograms(struct exact_report *report, unsigned stream,
                            const HaeOtlp__Histogram *histogram)
{
    for (size_t i = 0; i < histogram->n_data_points; i++) {
        const HaeOtlp__HistogramDataPoint *given = histogram->data_points[i];
        struct exact_reported point = {.start_ns = given->start_time_unix_nano,
                                       .time_ns = given->time_unix_nano};
        uint64_t total = 0;

        exact_require(given->n_bucket_counts == EXACT_BOUNDS + 1);
        for (unsigned k = 0; k <= EXACT_BOUNDS; k++) {
            point.series.buckets[k] = given->bucket_counts[k];
            total += given->bucket_counts[k];
        }
        exact_require(total == given->count);
        point.series.count = given->count;
        point.series.sum = given->sum;
        point.series.minimum = given->min;
        point.series.maximum = given->max;
        unsigned set = exact_set_of(given->attributes, given->n_attributes);

        exact_check_exemplars(report, stream, set, &point, given->exemplars, given->n_exemplars);
        take_point(report, stream, set, &point);
    }
}

static void take_base2(struct exact_report *report, unsigned stream,
                       const HaeOtlp__ExponentialHistogram *histogram)
{
    for (size_t i = 0; i < histogram->n_data_points; i++) {
        const HaeOtlp__ExponentialHistogramDataPoint *given = histogram->data_points[i];
        struct exact_reported point = {.start_ns = given->start_time_unix_nano,
                                       .time_ns = given->time_unix_nano};

        exact_buckets_read(&point.base2, exact_streams[stream].room, given);
        exact_require(given->has_sum == exact_has_sum(&exact_streams[stream]));
        point.series.count = given->count;
        point.series.sum = given->sum;
        point.series.minimum = given->min;
        point.series.maximum = given->max;
        unsigned set = exact_set_of(given->attributes, given->n_attributes);

        exact_check_exemplars(report, stream, set, &point, given->exemplars, given->n_exemplars);
        take_point(report, stream, set, &point);
    }
}

static void take_metric(struct exact_report *report, const HaeOtlp__Metric *metric)
{
    unsigned stream = 0;

    while (stream < EXACT_STREAMS && strcmp(exact_streams[stream].name, metric->name) != 0) {
        stream++;
    }
    exact_require(stream < EXACT_STREAMS);
    switch (metric->data_case) {
    case HAE_OTLP__METRIC__DATA_SUM:
        exact_require(exact_streams[stream].kind == EXACT_SUM);
        take_numbers(report, stream, metric->sum->data_points, metric->sum->n_data_points);
        break;
    case HAE_OTLP__METRIC__DATA_GAUGE:
        exact_require(exact_streams[stream].kind == EXACT_LEVEL);
        take_numbers(report, stream, metric->gauge->data_points, metric->gauge->n_data_points);
        break;
    case HAE_OTLP__METRIC__DATA_HISTOGRAM:
        exact_require(exact_streams[stream].kind == EXACT_BUCKETS);
        take_histograms(report, stream, metric->histogram);
        break;
    case HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM:
        exact_require(exact_streams[stream].kind == EXACT_BASE2);
        take_base2(report, stream, metric->exponential_histogram);
        break;
    default:
        exact_require(metric->data_case == HAE_OTLP__METRIC__DATA_SUM);
    }
}

void exact_take(struct exact_report *report, const uint8_t *data, size_t size_bytes)
{
    HaeOtlp__ExportMetricsServiceRequest *request =
        hae_otlp__export_metrics_service_request__unpack(NULL, size_bytes, data);

    exact_require(request != NULL);
    for (size_t i = 0; i < request->n_resource_metrics; i++) {
        const HaeOtlp__ResourceMetrics *resource = request->resource_metrics[i];

        for (size_t k = 0; k < resource->n_scope_metrics; k++) {
            for (size_t m = 0; m < resource->scope_metrics[k]->n_metrics; m++) {
                take_metric(report, resource->scope_metrics[k]->metrics[m]);
            }
        }
    }
    hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
}

void exact_accept(struct fake_exporter *fake, haetae_delivery *delivery)
{
    exact_take(fake->user, haetae_delivery_data(delivery), haetae_delivery_size(delivery));
    fake_accept(fake, delivery);
}

/* ---- Comparing ------------------------------------------------------------------------------ */

/* What histograms have besides sums. Deltas have no extremes but the first ones. */
static bool same_distribution(const struct exact_report *report, const struct exact_stream *stream,
                              const struct exact_reported *got, const struct exact_series *wanted)
{
    bool has_extremes = !report->delta || !exact_is_monotonic(stream);

    if (got->series.count != wanted->count) {
        return false;
    }
    if (wanted->count == 0) {
        return true;
    }
    if (has_extremes &&
        (got->series.minimum != wanted->minimum || got->series.maximum != wanted->maximum)) {
        return false;
    }
    if (stream->kind == EXACT_BUCKETS) {
        return memcmp(got->series.buckets, wanted->buckets, sizeof wanted->buckets) == 0;
    }
    return got->base2.scale == exact_values_scale(&wanted->values, stream->room) &&
           exact_buckets_hold(&got->base2, &wanted->values);
}

static bool same(const struct exact_report *report, const struct exact_table *measured,
                 unsigned index, unsigned set)
{
    const struct exact_stream *stream = &exact_streams[index];
    const struct exact_reported *got = &report->of[index][set];
    const struct exact_series *wanted = &measured->series[index][set];

    return (!exact_has_sum(stream) || got->series.sum == wanted->sum) &&
           (!has_buckets(stream) || same_distribution(report, stream, got, wanted));
}

unsigned exact_differences(const struct exact_report *report, const struct exact_table *measured)
{
    unsigned differences = 0;

    for (unsigned i = 0; i < EXACT_STREAMS; i++) {
        for (unsigned set = 0; set < EXACT_SETS; set++) {
            const struct exact_reported *got = &report->of[i][set];
            const struct exact_series *wanted = &measured->series[i][set];

            if (!same(report, measured, i, set)) {
                print_error("%s, set %u: sum %f of %f, count %llu of %llu, scale %d of %d\n",
                            exact_streams[i].name, set, got->series.sum, wanted->sum,
                            (unsigned long long)got->series.count,
                            (unsigned long long)wanted->count, (int)got->base2.scale,
                            (int)exact_values_scale(&wanted->values, exact_streams[i].room));
                differences++;
            }
        }
    }
    return differences;
}
