/* SPDX-License-Identifier: Apache-2.0 */
/* A line for a data point:
 *   <time> <service> <kind> <name> <unit> value=… <temporality> scope=… <attributes>
 * with count, sum, min, max and the buckets that are not empty for histograms. */
#include "metric.h"

#include "value.h"

/* Buckets or quantiles of a point that are shown. */
#define PARTS_SHOWN 32

struct metric_line {
    struct hae_con_out *out;
    struct hae_con_source source;
    const HaeOtlp__Metric *metric;
};

/* Ends a line. `flags` and `exemplars` are those of the point. */
static void end_line(const struct metric_line *line, HaeOtlp__KeyValue *const *attributes,
                     size_t count, uint32_t flags, size_t exemplars)
{
    if (flags & HAE_OTLP__DATA_POINT_FLAGS__DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK) {
        hae_con_put(line->out, " no_recorded_value");
    }
    hae_con_scope(line->out, line->source.scope);
    hae_con_attributes(line->out, attributes, count);
    hae_con_count(line->out, "exemplars", exemplars);
    hae_con_char(line->out, '\n');
}

static void begin_line(const struct metric_line *line, uint64_t unix_ns, const char *kind)
{
    hae_con_begin(line->out, &line->source, unix_ns, kind);
    hae_con_char(line->out, ' ');
    hae_con_name(line->out, line->metric->name);
    if (line->metric->unit != NULL && line->metric->unit[0] != '\0') {
        /* Not as a word: units like {ride} and m/s need no quotes. */
        size_t room = HAE_CON_NAME_MAX;
        const char *unit = line->metric->unit;
        size_t length = 0;
        while (unit[length] != '\0') {
            length++;
        }
        hae_con_char(line->out, ' ');
        hae_con_text(line->out, unit, length, &room);
    }
}

static void put_temporality(struct hae_con_out *out, int temporality)
{
    static const char *const names[] = {"", " delta", " cumulative"};
    hae_con_put(out, temporality >= 0 && temporality <= 2 ? names[temporality] : " temporality?");
}

static void put_double(struct hae_con_out *out, const char *label, protobuf_c_boolean has,
                       double value)
{
    if (has) {
        hae_con_put(out, label);
        hae_con_double(out, value);
    }
}

static void put_number(const struct metric_line *line, const HaeOtlp__NumberDataPoint *point,
                       const char *kind, int temporality)
{
    struct hae_con_out *out = line->out;
    begin_line(line, point->time_unix_nano, kind);
    hae_con_put(out, " value=");
    if (point->value_case == HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_INT) {
        hae_con_int(out, point->as_int);
    } else if (point->value_case == HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_DOUBLE) {
        hae_con_double(out, point->as_double);
    } else {
        hae_con_char(out, '-');
    }
    put_temporality(out, temporality);
    end_line(line, point->attributes, point->n_attributes, point->flags, point->n_exemplars);
}

/* The buckets that are not empty: <=0.005:12 … >10:1. A count without a bound of its own,
 * in a malformed point, is shown with "?". */
static void put_buckets(struct hae_con_out *out, const HaeOtlp__HistogramDataPoint *point)
{
    size_t shown = 0;
    for (size_t i = 0; i < point->n_bucket_counts; i++) {
        if (point->bucket_counts[i] == 0) {
            continue;
        }
        hae_con_put(out, shown == 0 ? " buckets=[" : " ");
        if (shown++ == PARTS_SHOWN) {
            hae_con_put(out, "…");
            break;
        }
        if (i < point->n_explicit_bounds) {
            hae_con_put(out, "<=");
            hae_con_double(out, point->explicit_bounds[i]);
        } else if (i == point->n_explicit_bounds && i > 0) {
            hae_con_put(out, ">");
            hae_con_double(out, point->explicit_bounds[i - 1]);
        } else {
            hae_con_put(out, i == 0 ? "all" : "?");
        }
        hae_con_char(out, ':');
        hae_con_uint(out, point->bucket_counts[i]);
    }
    hae_con_put(out, shown > 0 ? "]" : "");
}

static void put_histogram(const struct metric_line *line, const HaeOtlp__HistogramDataPoint *point,
                          int temporality)
{
    struct hae_con_out *out = line->out;
    begin_line(line, point->time_unix_nano, "histogram");
    hae_con_put(out, " count=");
    hae_con_uint(out, point->count);
    put_double(out, " sum=", point->has_sum, point->sum);
    put_double(out, " min=", point->has_min, point->min);
    put_double(out, " max=", point->has_max, point->max);
    put_buckets(out, point);
    put_temporality(out, temporality);
    end_line(line, point->attributes, point->n_attributes, point->flags, point->n_exemplars);
}

static void put_scale_buckets(struct hae_con_out *out, const char *label,
                              const HaeOtlp__ExponentialHistogramDataPoint__Buckets *buckets)
{
    size_t shown = 0;
    for (size_t i = 0; buckets != NULL && i < buckets->n_bucket_counts; i++) {
        if (buckets->bucket_counts[i] == 0) {
            continue;
        }
        hae_con_put(out, shown == 0 ? label : " ");
        if (shown++ == PARTS_SHOWN) {
            hae_con_put(out, "…");
            break;
        }
        hae_con_int(out, (int64_t)buckets->offset + (int64_t)i);
        hae_con_char(out, ':');
        hae_con_uint(out, buckets->bucket_counts[i]);
    }
    hae_con_put(out, shown > 0 ? "]" : "");
}

static void put_exponential(const struct metric_line *line,
                            const HaeOtlp__ExponentialHistogramDataPoint *point, int temporality)
{
    struct hae_con_out *out = line->out;
    begin_line(line, point->time_unix_nano, "exponential_histogram");
    hae_con_put(out, " count=");
    hae_con_uint(out, point->count);
    put_double(out, " sum=", point->has_sum, point->sum);
    put_double(out, " min=", point->has_min, point->min);
    put_double(out, " max=", point->has_max, point->max);
    hae_con_put(out, " scale=");
    hae_con_int(out, point->scale);
    hae_con_count(out, "zero", point->zero_count);
    put_scale_buckets(out, " positive=[", point->positive);
    put_scale_buckets(out, " negative=[", point->negative);
    put_temporality(out, temporality);
    end_line(line, point->attributes, point->n_attributes, point->flags, point->n_exemplars);
}

static void put_summary(const struct metric_line *line, const HaeOtlp__SummaryDataPoint *point)
{
    struct hae_con_out *out = line->out;
    begin_line(line, point->time_unix_nano, "summary");
    hae_con_put(out, " count=");
    hae_con_uint(out, point->count);
    put_double(out, " sum=", point->has_sum, point->sum);
    for (size_t i = 0; i < point->n_quantile_values && i < PARTS_SHOWN; i++) {
        hae_con_put(out, " q");
        hae_con_double(out, point->quantile_values[i]->quantile);
        hae_con_char(out, '=');
        hae_con_double(out, point->quantile_values[i]->value);
    }
    end_line(line, point->attributes, point->n_attributes, point->flags, 0);
}

static void put_sum(const struct metric_line *line, const HaeOtlp__Sum *sum)
{
    const char *kind = sum->is_monotonic ? "counter" : "sum";
    for (size_t i = 0; i < sum->n_data_points; i++) {
        put_number(line, sum->data_points[i], kind, (int)sum->aggregation_temporality);
    }
}

static void put_metric(const struct metric_line *line)
{
    const HaeOtlp__Metric *m = line->metric;
    switch (m->data_case) {
    case HAE_OTLP__METRIC__DATA_GAUGE:
        for (size_t i = 0; i < m->gauge->n_data_points; i++) {
            put_number(line, m->gauge->data_points[i], "gauge", 0);
        }
        break;
    case HAE_OTLP__METRIC__DATA_SUM:
        put_sum(line, m->sum);
        break;
    case HAE_OTLP__METRIC__DATA_HISTOGRAM:
        for (size_t i = 0; i < m->histogram->n_data_points; i++) {
            put_histogram(line, m->histogram->data_points[i],
                          (int)m->histogram->aggregation_temporality);
        }
        break;
    case HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM:
        for (size_t i = 0; i < m->exponential_histogram->n_data_points; i++) {
            put_exponential(line, m->exponential_histogram->data_points[i],
                            (int)m->exponential_histogram->aggregation_temporality);
        }
        break;
    case HAE_OTLP__METRIC__DATA_SUMMARY:
        for (size_t i = 0; i < m->summary->n_data_points; i++) {
            put_summary(line, m->summary->data_points[i]);
        }
        break;
    default:
        break;
    }
}

void hae_con_metrics(struct hae_con_out *out, const HaeOtlp__ExportMetricsServiceRequest *request)
{
    struct metric_line line = {.out = out};
    for (size_t r = 0; r < request->n_resource_metrics; r++) {
        const HaeOtlp__ResourceMetrics *resource = request->resource_metrics[r];
        line.source.service = hae_con_service(resource->resource);
        for (size_t s = 0; s < resource->n_scope_metrics; s++) {
            const HaeOtlp__ScopeMetrics *scope = resource->scope_metrics[s];
            line.source.scope = scope->scope;
            for (size_t i = 0; i < scope->n_metrics; i++) {
                line.metric = scope->metrics[i];
                put_metric(&line);
            }
        }
    }
}
