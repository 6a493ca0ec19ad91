/* SPDX-License-Identifier: Apache-2.0 */
#include "exact/reference.h"

#include <string.h>

#include "support/core_cmocka.h"

const struct exact_instrument exact_instruments[EXACT_INSTRUMENTS] = {
    {"counter.int", EXACT_SUM, HAETAE_NUMBER_INT64},
    {"counter.real", EXACT_SUM, HAETAE_NUMBER_DOUBLE},
    {"up_down.int", EXACT_UP_DOWN, HAETAE_NUMBER_INT64},
    {"up_down.real", EXACT_UP_DOWN, HAETAE_NUMBER_DOUBLE},
    {"gauge.int", EXACT_LEVEL, HAETAE_NUMBER_INT64},
    {"gauge.real", EXACT_LEVEL, HAETAE_NUMBER_DOUBLE},
    {"histogram.int", EXACT_HISTOGRAM, HAETAE_NUMBER_INT64},
    {"histogram.real", EXACT_HISTOGRAM, HAETAE_NUMBER_DOUBLE},
    {"counter.more", EXACT_SUM, HAETAE_NUMBER_INT64},
    {"histogram.more", EXACT_HISTOGRAM, HAETAE_NUMBER_DOUBLE},
};
const double exact_bounds[EXACT_BOUNDS] = {0, 1, 100, 1000, 100000};

uint64_t exact_random(uint64_t *state)
{
    /* splitmix64 */
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* ---- Measuring ------------------------------------------------------------------------------ */

static unsigned bucket_of(double value)
{
    unsigned bucket = 0;

    while (bucket < EXACT_BOUNDS && value > exact_bounds[bucket]) {
        bucket++;
    }
    return bucket;
}

void exact_note(struct exact_table *table, unsigned instrument, unsigned set, double value)
{
    struct exact_series *series = &table->series[instrument][set];

    if (exact_instruments[instrument].kind == EXACT_LEVEL) {
        series->sum = value;
    } else {
        series->sum += value;
    }
    series->minimum = series->count == 0 || value < series->minimum ? value : series->minimum;
    series->maximum = series->count == 0 || value > series->maximum ? value : series->maximum;
    series->buckets[bucket_of(value)]++;
    series->count++;
}

static void add_series(struct exact_series *to, const struct exact_series *from)
{
    if (from->count == 0) {
        return;
    }
    to->minimum = to->count == 0 || from->minimum < to->minimum ? from->minimum : to->minimum;
    to->maximum = to->count == 0 || from->maximum > to->maximum ? from->maximum : to->maximum;
    to->sum += from->sum;
    to->count += from->count;
    for (unsigned i = 0; i <= EXACT_BOUNDS; i++) {
        to->buckets[i] += from->buckets[i];
    }
}

void exact_add(struct exact_table *table, const struct exact_table *other)
{
    for (unsigned i = 0; i < EXACT_INSTRUMENTS; i++) {
        for (unsigned set = 0; set < EXACT_SETS; set++) {
            add_series(&table->series[i][set], &other->series[i][set]);
        }
    }
}

size_t exact_attributes(unsigned set, uint64_t *random, haetae_attribute attributes[EXACT_KEYS])
{
    static const char *const texts[] = {"first", "a second value, longer", "3"};
    unsigned parts[EXACT_KEYS] = {set % 4, set / 4 % 4, set / 16 % 4};
    size_t count = 0;

    if (parts[0] != 3) {
        attributes[count++] = HAETAE_ATTR("a", (int64_t)parts[0]);
    }
    if (parts[1] != 3) {
        attributes[count++] = HAETAE_ATTR("b", texts[parts[1]]);
    }
    if (parts[2] != 3) {
        attributes[count++] = HAETAE_ATTR("c", 0.5 * parts[2]);
    }
    for (size_t i = count; i > 1; i--) {
        size_t other = exact_random(random) % i;
        haetae_attribute moved = attributes[other];

        attributes[other] = attributes[i - 1];
        attributes[i - 1] = moved;
    }
    return count;
}

/* ---- Reported ------------------------------------------------------------------------------- */

static unsigned set_of(HaeOtlp__KeyValue *const *attributes, size_t count)
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
            fail_msg("key %s", attributes[i]->key);
        }
    }
    return parts[0] + 4 * parts[1] + 16 * parts[2];
}

/* One point, as what all kinds have in common. */
struct point {
    unsigned instrument;
    unsigned set;
    uint64_t start_ns;
    uint64_t time_ns;
    struct exact_series value;
    bool has_extremes;
};

static void check_delta(const struct exact_report *report, const struct point *point)
{
    uint64_t last = report->time_ns[point->instrument][point->set];

    assert_true(last == 0 || point->start_ns == last);
    assert_true(point->time_ns >= point->start_ns);
}

static void check_cumulative(const struct exact_report *report, const struct point *point)
{
    const struct exact_series *before = &report->table.series[point->instrument][point->set];
    uint64_t start = report->start_ns[point->instrument][point->set];

    assert_true(start == 0 || point->start_ns == start);
    assert_true(point->time_ns > report->time_ns[point->instrument][point->set]);
    if (exact_instruments[point->instrument].kind == EXACT_HISTOGRAM) {
        assert_true(point->value.count >= before->count);
        assert_true(start == 0 || point->value.minimum <= before->minimum);
        assert_true(start == 0 || point->value.maximum >= before->maximum);
    }
    if (exact_instruments[point->instrument].kind == EXACT_SUM) {
        assert_true(point->value.sum >= before->sum);
    }
}

static void take_point(struct exact_report *report, const struct point *point)
{
    struct exact_series *series = &report->table.series[point->instrument][point->set];
    enum exact_kind kind = exact_instruments[point->instrument].kind;
    bool adds = report->delta && kind != EXACT_LEVEL && kind != EXACT_UP_DOWN;

    if (adds) {
        check_delta(report, point);
        series->sum += point->value.sum;
        series->count += point->value.count;
        for (unsigned i = 0; i <= EXACT_BOUNDS; i++) {
            series->buckets[i] += point->value.buckets[i];
        }
    } else {
        if (kind != EXACT_LEVEL) {
            check_cumulative(report, point);
        }
        *series = point->value;
    }
    report->start_ns[point->instrument][point->set] = point->start_ns;
    report->time_ns[point->instrument][point->set] = point->time_ns;
    report->points++;
}

static void take_numbers(struct exact_report *report, unsigned instrument,
                         HaeOtlp__NumberDataPoint *const *points, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const HaeOtlp__NumberDataPoint *given = points[i];
        struct point point = {.instrument = instrument,
                              .set = set_of(given->attributes, given->n_attributes),
                              .start_ns = given->start_time_unix_nano,
                              .time_ns = given->time_unix_nano};

        point.value.sum = exact_instruments[instrument].type == HAETAE_NUMBER_INT64
                              ? (double)given->as_int
                              : given->as_double;
        take_point(report, &point);
    }
}

static void take_histograms(struct exact_report *report, unsigned instrument,
                            const HaeOtlp__Histogram *histogram)
{
    for (size_t i = 0; i < histogram->n_data_points; i++) {
        const HaeOtlp__HistogramDataPoint *given = histogram->data_points[i];
        struct point point = {.instrument = instrument,
                              .set = set_of(given->attributes, given->n_attributes),
                              .start_ns = given->start_time_unix_nano,
                              .time_ns = given->time_unix_nano};
        uint64_t total = 0;

        assert_int_equal(given->n_bucket_counts, EXACT_BOUNDS + 1);
        for (unsigned k = 0; k <= EXACT_BOUNDS; k++) {
            point.value.buckets[k] = given->bucket_counts[k];
            total += given->bucket_counts[k];
        }
        assert_int_equal(total, given->count);
        point.value.count = given->count;
        point.value.sum = given->sum;
        point.value.minimum = given->min;
        point.value.maximum = given->max;
        take_point(report, &point);
    }
}

static void take_metric(struct exact_report *report, const HaeOtlp__Metric *metric)
{
    unsigned instrument = 0;

    while (instrument < EXACT_INSTRUMENTS &&
           strcmp(exact_instruments[instrument].name, metric->name) != 0) {
        instrument++;
    }
    assert_true(instrument < EXACT_INSTRUMENTS);
    switch (metric->data_case) {
    case HAE_OTLP__METRIC__DATA_SUM:
        take_numbers(report, instrument, metric->sum->data_points, metric->sum->n_data_points);
        break;
    case HAE_OTLP__METRIC__DATA_GAUGE:
        take_numbers(report, instrument, metric->gauge->data_points, metric->gauge->n_data_points);
        break;
    case HAE_OTLP__METRIC__DATA_HISTOGRAM:
        take_histograms(report, instrument, metric->histogram);
        break;
    default:
        fail_msg("data of metric %s", metric->name);
    }
}

void exact_take(struct exact_report *report, const uint8_t *data, size_t size_bytes)
{
    HaeOtlp__ExportMetricsServiceRequest *request =
        hae_otlp__export_metrics_service_request__unpack(NULL, size_bytes, data);

    assert_non_null(request);
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

bool exact_same(const struct exact_report *report, const struct exact_table *measured,
                unsigned instrument, unsigned set)
{
    const struct exact_series *got = &report->table.series[instrument][set];
    const struct exact_series *wanted = &measured->series[instrument][set];

    if (exact_instruments[instrument].kind != EXACT_HISTOGRAM) {
        return got->sum == wanted->sum;
    }
    return got->sum == wanted->sum && got->count == wanted->count &&
           memcmp(got->buckets, wanted->buckets, sizeof got->buckets) == 0 &&
           (report->delta || wanted->count == 0 ||
            (got->minimum == wanted->minimum && got->maximum == wanted->maximum));
}

unsigned exact_differences(const struct exact_report *report, const struct exact_table *measured)
{
    unsigned differences = 0;

    for (unsigned i = 0; i < EXACT_INSTRUMENTS; i++) {
        for (unsigned set = 0; set < EXACT_SETS; set++) {
            const struct exact_series *got = &report->table.series[i][set];
            const struct exact_series *wanted = &measured->series[i][set];

            if (!exact_same(report, measured, i, set)) {
                print_error("%s, set %u: sum %f of %f, count %llu of %llu\n",
                            exact_instruments[i].name, set, got->sum, wanted->sum,
                            (unsigned long long)got->count, (unsigned long long)wanted->count);
                differences++;
            }
        }
    }
    return differences;
}
