/* SPDX-License-Identifier: Apache-2.0 */
#include "show/totals.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "haetae/version.h"
#include "util/figures.h"

/* The lists are bounded; the sums cover everything. */
#define SERIES_MAX 2000
#define ERRORS_MAX 50
#define TRACES_MAX 20

static void write_counts(struct hae_json *json, const struct hae_view_counts *counts)
{
    hae_json_count(json, "spans", counts->spans);
    hae_json_count(json, "duplicate_spans", counts->duplicate_spans);
    hae_json_count(json, "error_spans", counts->error_spans);
    hae_json_count(json, "entry_spans", counts->entry_spans);
    hae_json_count(json, "entry_errors", counts->entry_errors);
    hae_json_count(json, "logs", counts->logs);
    hae_json_count(json, "error_logs", counts->error_logs);
    hae_json_count(json, "data_points", counts->data_points);
}

/* Writes a whole number as one, so that scripts can compare it. */
static void write_measurements(struct hae_json *json,
                               const struct hae_view_measurements *measurements)
{
    bool whole = measurements->real_sums == 0;
    uint64_t natural;
    int64_t sum;
    if (whole &&
        !__builtin_add_overflow(measurements->histograms, measurements->integer_sums, &natural)) {
        hae_json_count(json, "measurements", natural);
    } else if (whole && !__builtin_add_overflow(measurements->histograms,
                                                measurements->integer_sums, &sum)) {
        hae_json_integer(json, "measurements", sum);
    } else {
        hae_json_number(json, "measurements", hae_view_measurements_total(measurements));
    }
    hae_json_count(json, "measurements_in_histograms", measurements->histograms);
    if (whole) {
        hae_json_integer(json, "measurements_in_sums", measurements->integer_sums);
    } else {
        hae_json_number(json, "measurements_in_sums",
                        (double)measurements->integer_sums + measurements->real_sums);
    }
}

static void write_requests(struct hae_json *json, const struct hae_view_totals *totals)
{
    hae_json_count(json, "requests", hae_view_totals_requests(totals));
    hae_json_count(json, "trace_requests", totals->requests[HAE_VIEW_TRACES]);
    hae_json_count(json, "metric_requests", totals->requests[HAE_VIEW_METRICS]);
    hae_json_count(json, "log_requests", totals->requests[HAE_VIEW_LOGS]);
    hae_json_count(json, "wire_bytes", totals->wire_bytes);
    hae_json_count(json, "body_bytes", totals->body_bytes);
    hae_json_count(json, "refused_requests", hae_view_totals_refused(totals));
    hae_json_count(json, "failed_on_purpose", totals->failed_on_purpose);
    hae_json_open(json, "refused_by_status", '{');
    for (unsigned i = 0; i < sizeof totals->refused / sizeof totals->refused[0]; i++) {
        if (totals->refused[i] > 0) {
            char status[16];
            snprintf(status, sizeof status, "%u", i);
            hae_json_count(json, status, totals->refused[i]);
        }
    }
    hae_json_close(json, '}');
    hae_json_text(json, "last_refusal", totals->last_refusal);
}

static void write_items(struct hae_json *json, const struct hae_view_summary *summary)
{
    const struct hae_view_totals *totals = &summary->totals;
    write_counts(json, &totals->counts);
    hae_json_count(json, "unique_spans", totals->counts.spans - totals->counts.duplicate_spans);
    hae_json_bool(json, "duplicates_exact",
                  totals->forgotten_ids == 0 && totals->invalid_spans == 0);
    hae_json_count(json, "remembered_ids", totals->remembered_ids);
    hae_json_count(json, "forgotten_ids", totals->forgotten_ids);
    hae_json_count(json, "invalid_spans", totals->invalid_spans);
    hae_json_count(json, "span_events", totals->span_events);
    hae_json_count(json, "span_links", totals->span_links);
    hae_json_count(json, "logs_with_trace", totals->logs_with_trace);
    hae_json_open(json, "logs_by_severity", '{');
    for (int i = 0; i < HAE_VIEW_SEVERITIES; i++) {
        hae_json_count(json, hae_view_severity_name((enum hae_view_severity)i),
                       totals->logs_by_severity[i]);
    }
    hae_json_close(json, '}');
    write_measurements(json, &summary->measurements);
    hae_json_bool(json, "measurements_exact", totals->untracked_points == 0);
    hae_json_count(json, "series", totals->series);
    hae_json_count(json, "series_restarts", totals->series_restarts);
    hae_json_count(json, "repeated_points", totals->repeated_points);
    hae_json_count(json, "late_points", totals->late_points);
    hae_json_count(json, "untracked_points", totals->untracked_points);
}

static void write_service(struct hae_json *json, const struct hae_view_summary_service *service)
{
    hae_json_open(json, NULL, '{');
    hae_json_text(json, "name", service->name);
    write_counts(json, &service->counts);
    write_measurements(json, &service->measurements);
    hae_json_number(json, "seconds", service->shown_seconds);
    hae_json_count(json, "entry_p50_ns", service->p50_ns);
    hae_json_count(json, "entry_p99_ns", service->p99_ns);
    hae_json_count(json, "entry_max_ns", service->max_ns);
    hae_json_open(json, "scopes", '[');
    for (size_t i = 0; i < service->scope_count; i++) {
        hae_json_open(json, NULL, '{');
        hae_json_text(json, "name", service->scopes[i].name);
        hae_json_text(json, "version", service->scopes[i].version);
        write_counts(json, &service->scopes[i].counts);
        write_measurements(json, &service->scopes[i].measurements);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    hae_json_close(json, '}');
}

static void write_traces(struct hae_json *json, const struct hae_view_summary *summary)
{
    hae_json_open(json, "slowest_traces", '[');
    for (size_t i = 0; i < summary->trace_count; i++) {
        const struct hae_view_trace_copy *trace = &summary->traces[i];
        char id[40];
        hae_json_open(json, NULL, '{');
        hae_json_text(json, "trace_id", hae_view_figure_hex(id, sizeof id, trace->trace_id, 16));
        hae_json_text(json, "name", trace->name);
        hae_json_text(json, "service", trace->service);
        hae_json_count(json, "duration_ns", trace->duration_ns);
        hae_json_count(json, "spans", trace->span_count);
        hae_json_count(json, "errors", trace->error_count);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
}

static void write_errors(struct hae_json *json, const struct hae_view_summary *summary)
{
    hae_json_open(json, "latest_errors", '[');
    for (size_t i = 0; i < summary->error_count; i++) {
        const struct hae_view_summary_error *error = &summary->errors[i];
        char id[40] = "";
        if (error->has_trace) {
            hae_view_figure_hex(id, sizeof id, error->trace_id, 16);
        }
        hae_json_open(json, NULL, '{');
        hae_json_text(json, "kind", error->is_log ? "log" : "span");
        hae_json_text(json, "service", error->service);
        hae_json_text(json, "text", error->text);
        hae_json_text(json, "trace_id", id);
        hae_json_count(json, "count", error->count);
        hae_json_count(json, "last_unix_ns", error->last_unix_ns);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
}

static void write_figures(struct hae_json *json, const struct hae_view_summary_series *series)
{
    const struct hae_view_figures *figures = &series->figures;
    if (series->kind >= HAE_VIEW_HISTOGRAM) {
        hae_json_count(json, "count", figures->count);
        hae_json_number(json, "sum", figures->sum);
        hae_json_number(json, "min", figures->min);
        hae_json_number(json, "max", figures->max);
        hae_json_number(json, "p50", figures->p50);
        hae_json_number(json, "p99", figures->p99);
    } else if (figures->is_integer) {
        hae_json_integer(json, "value", figures->integer);
    } else {
        hae_json_number(json, "value", figures->value);
    }
}

static void write_metrics(struct hae_json *json, const struct hae_view_summary *summary)
{
    hae_json_open(json, "metrics", '[');
    for (size_t i = 0; i < summary->series_count; i++) {
        const struct hae_view_summary_series *series = &summary->series[i];
        const struct hae_view_summary_service *service = &summary->services[series->service];
        hae_json_open(json, NULL, '{');
        hae_json_text(json, "service", service->name);
        hae_json_text(json, "scope", service->scopes[series->scope].name);
        hae_json_text(json, "name", series->name);
        hae_json_text(json, "kind", hae_view_metric_kind_name(series->kind));
        hae_json_text(json, "unit", series->unit);
        hae_json_text(json, "temporality", hae_view_temporality_name(series->temporality));
        hae_json_text(json, "attributes", series->attributes);
        if (series->has_value) {
            write_figures(json, series);
        }
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    hae_json_count(json, "metrics_left_out",
                   summary->totals.series - (uint64_t)summary->series_count);
}

void hae_view_totals_write(const struct hae_view_summary *summary, struct hae_buffer *out)
{
    struct hae_json json = HAE_JSON_INIT(out);
    hae_json_open(&json, NULL, '{');
    hae_json_text(&json, "haetae_view", HAETAE_VERSION);
    write_requests(&json, &summary->totals);
    write_items(&json, summary);
    hae_json_open(&json, "services", '[');
    for (size_t i = 0; i < summary->service_count; i++) {
        write_service(&json, &summary->services[i]);
    }
    hae_json_close(&json, ']');
    write_traces(&json, summary);
    write_errors(&json, summary);
    write_metrics(&json, summary);
    hae_json_close(&json, '}');
    hae_buffer_char(out, '\n');
}

bool hae_view_totals_of(struct hae_view_store *store, struct hae_view_arrival now,
                        struct hae_buffer *out)
{
    struct hae_view_summary_options options = {
        .now_ns = now.monotonic_ns,
        .now_unix_ns = now.unix_ns,
        .traces = TRACES_MAX,
        .errors = ERRORS_MAX,
        .series = SERIES_MAX,
    };
    struct hae_view_summary summary;
    if (!hae_view_summary_take(store, &options, &summary)) {
        return false;
    }
    hae_view_totals_write(&summary, out);
    hae_view_summary_done(&summary);
    return !out->failed;
}
