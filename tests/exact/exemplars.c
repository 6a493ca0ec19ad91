/* SPDX-License-Identifier: Apache-2.0 */
#include "exact/exemplars.h"

#include <stdlib.h>
#include <string.h>

#include "exact/require.h"
#include "support/core_cmocka.h"

/* ---- The log -------------------------------------------------------------------------------- */

void exact_log_init(struct exact_log *log, unsigned measurers, unsigned length)
{
    *log = (struct exact_log){measurers, length, NULL};
    log->list = calloc((size_t)measurers * length, sizeof *log->list);
    assert_non_null(log->list);
}

void exact_log_done(struct exact_log *log)
{
    free(log->list);
    *log = (struct exact_log){0, 0, NULL};
}

struct exact_measured *exact_log_at(const struct exact_log *log, unsigned measurer, unsigned index)
{
    exact_require(measurer < log->measurers && index < log->length);
    return &log->list[(size_t)measurer * log->length + index];
}

/* ---- Spans ---------------------------------------------------------------------------------- */

/* What the ids of a measurement's span are made of; no two have the same. */
struct ids {
    uint64_t trace[2];
    uint64_t span;
};

static struct ids ids_of(unsigned measurer, unsigned index)
{
    uint64_t state = (uint64_t)measurer << 32 | index;
    struct ids ids = {.trace = {state}};

    ids.trace[1] = exact_random(&state);
    ids.span = exact_random(&state);
    return ids;
}

haetae_span_context exact_span_of(unsigned measurer, unsigned index, bool sampled)
{
    struct ids ids = ids_of(measurer, index);
    haetae_span_context context = {.trace_flags = sampled ? HAETAE_TRACE_FLAG_SAMPLED : 0};

    memcpy(context.trace_id, ids.trace, sizeof context.trace_id);
    memcpy(context.span_id, &ids.span, sizeof context.span_id);
    return context;
}

/* ---- Exemplars ------------------------------------------------------------------------------ */

void exact_report_expect(struct exact_report *report, const struct exact_log *log)
{
    report->log = log;
    report->seen = calloc((size_t)log->measurers * log->length, sizeof *report->seen);
    assert_non_null(report->seen);
}

void exact_report_done(struct exact_report *report)
{
    free(report->seen);
    report->seen = NULL;
    report->log = NULL;
}

/* Finds the measurement by the ids, all of which have to be its span's. */
static const struct exact_measured *find(const struct exact_report *report,
                                         const HaeOtlp__Exemplar *exemplar, size_t *ret_number)
{
    uint64_t number;
    struct ids ids;

    exact_require(exemplar->trace_id.len == sizeof ids.trace);
    exact_require(exemplar->span_id.len == sizeof ids.span);
    memcpy(&number, exemplar->trace_id.data, sizeof number);
    ids = ids_of((unsigned)(number >> 32), (unsigned)number);
    exact_require(memcmp(exemplar->trace_id.data, ids.trace, sizeof ids.trace) == 0);
    exact_require(memcmp(exemplar->span_id.data, &ids.span, sizeof ids.span) == 0);
    *ret_number = (size_t)(number >> 32) * report->log->length + (unsigned)number;
    return exact_log_at(report->log, (unsigned)(number >> 32), (unsigned)number);
}

static double value_of(const struct exact_stream *stream, const HaeOtlp__Exemplar *exemplar)
{
    if (exact_instruments[stream->instrument].type == HAETAE_NUMBER_INT64) {
        exact_require(exemplar->value_case == HAE_OTLP__EXEMPLAR__VALUE_AS_INT);
        return (double)exemplar->as_int;
    }
    exact_require(exemplar->value_case == HAE_OTLP__EXEMPLAR__VALUE_AS_DOUBLE);
    return exemplar->as_double;
}

/* What the stream leaves out, and nothing else, is on the exemplar. */
static void check_attributes(const struct exact_stream *stream,
                             const struct exact_measured *measured,
                             const HaeOtlp__Exemplar *exemplar)
{
    unsigned left_out = measured->bound ? 0 : EXACT_ALL & ~stream->keys;

    exact_require(exact_set_of(exemplar->filtered_attributes, exemplar->n_filtered_attributes) ==
                  exact_kept_of(measured->set, left_out));
}

static size_t room_of(const struct exact_stream *stream)
{
    enum { BASE2_MAX = 20 };

    switch (stream->kind) {
    case EXACT_BUCKETS:
        return EXACT_BOUNDS + 1;
    case EXACT_BASE2:
        return stream->room.max_size < BASE2_MAX ? stream->room.max_size : BASE2_MAX;
    default:
        return 1;
    }
}

void exact_check_exemplars(struct exact_report *report, unsigned index, unsigned set,
                           struct exact_reported *point, HaeOtlp__Exemplar *const *exemplars,
                           size_t count)
{
    const struct exact_stream *stream = &exact_streams[index];
    bool is_delta = report->delta && exact_is_monotonic(stream);

    exact_require(count <= room_of(stream));
    exact_require(count == 0 || (report->log != NULL && !exact_is_observed(stream->instrument)));
    for (size_t i = 0; i < count; i++) {
        const HaeOtlp__Exemplar *exemplar = exemplars[i];
        size_t number;
        const struct exact_measured *measured = find(report, exemplar, &number);
        unsigned bucket = exact_bucket_of(measured->value);

        exact_require(measured->sampled && measured->instrument == stream->instrument);
        exact_require(exact_kept_of(measured->set, stream->keys) == set);
        exact_require(value_of(stream, exemplar) == measured->value);
        exact_require(exemplar->time_unix_nano >= point->start_ns);
        exact_require(exemplar->time_unix_nano <= point->time_ns);
        check_attributes(stream, measured, exemplar);
        exact_require(stream->kind != EXACT_BUCKETS ||
                      (point->exemplar_buckets >> bucket & 1) == 0);
        point->exemplar_buckets |= 1u << bucket;
        exact_require(!is_delta || (report->seen[number] >> index & 1) == 0);
        report->seen[number] |= UINT32_C(1) << index;
        report->exemplars++;
    }
}

static unsigned missing_of(const struct exact_report *report, const struct exact_measured *measured)
{
    unsigned missing = 0;

    for (unsigned i = 0; i < EXACT_STREAMS; i++) {
        const struct exact_stream *stream = &exact_streams[i];
        unsigned set = exact_kept_of(measured->set, stream->keys);

        if (stream->instrument == measured->instrument && stream->kind == EXACT_BUCKETS) {
            missing +=
                (report->of[i][set].exemplar_buckets >> exact_bucket_of(measured->value) & 1) == 0;
        }
    }
    return missing;
}

unsigned exact_missing_exemplars(const struct exact_report *report)
{
    unsigned missing = 0;

    for (size_t i = 0; i < (size_t)report->log->measurers * report->log->length; i++) {
        if (report->log->list[i].sampled) {
            missing += missing_of(report, &report->log->list[i]);
        }
    }
    return missing;
}
