/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/ledger.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "faults/board.h"
#include "otlp.pb-c.h"
#include "support/core_cmocka.h"

/* Requests of an exporter that are under way at once. */
enum { IN_FLIGHT = 8 };

/* One bit a number. */
struct seen {
    uint8_t *bits;
    size_t room_bytes;
    uint64_t end; /* the highest number, and one */
};

struct series {
    uint64_t *times; /* of its points, as they came */
    size_t count;
    size_t room;
    uint64_t newest;
    uint64_t value;
};

struct book {
    struct ledger_sums sums;
    uint64_t last[IN_FLIGHT]; /* items of the last requests that nobody doubted yet */
};

struct ledger {
    pthread_mutex_t lock;
    struct book books[HAETAE_SIGNAL_COUNT];
    struct seen seen[HAETAE_SIGNAL_COUNT][LEDGER_RUNS][BOARD_THREADS];
    struct series series[LEDGER_RUNS][BOARD_THREADS];
};

struct ledger *ledger_new(void)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);

    assert_non_null(ledger);
    pthread_mutex_init(&ledger->lock, NULL);
    return ledger;
}

void ledger_free(struct ledger *ledger)
{
    for (unsigned run = 0; run < LEDGER_RUNS; run++) {
        for (unsigned thread = 0; thread < BOARD_THREADS; thread++) {
            for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
                free(ledger->seen[signal][run][thread].bits);
            }
            free(ledger->series[run][thread].times);
        }
    }
    pthread_mutex_destroy(&ledger->lock);
    free(ledger);
}

/* ---- Items ---------------------------------------------------------------------------------- */

/* Requests are read in threads of servers, where an assertion has no way back. */
static void must(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "a receiver got %s\n", what);
        abort();
    }
}

static uint64_t attribute(HaeOtlp__KeyValue *const *list, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i]->key, key) == 0 && list[i]->value != NULL) {
            return (uint64_t)list[i]->value->int_value;
        }
    }
    must(false, "an item without its number");
    return 0;
}

static void *grown(void *memory, size_t size)
{
    memory = realloc(memory, size);
    must(memory != NULL, "more than there is memory for");
    return memory;
}

/* Returns whether it is the first arrival. */
static bool note(struct seen *seen, uint64_t number)
{
    size_t byte = (size_t)(number / 8);
    uint8_t bit = (uint8_t)(1u << number % 8);
    bool first;

    must(number < UINT64_C(1) << 32, "an impossible number");
    if (byte >= seen->room_bytes) {
        size_t room = 2 * byte + 1024;

        seen->bits = grown(seen->bits, room);
        memset(seen->bits + seen->room_bytes, 0, room - seen->room_bytes);
        seen->room_bytes = room;
    }
    first = (seen->bits[byte] & bit) == 0;
    seen->bits[byte] |= bit;
    seen->end = number >= seen->end ? number + 1 : seen->end;
    return first;
}

static bool note_point(struct series *series, uint64_t time, uint64_t value)
{
    for (size_t i = series->count; i-- > 0;) {
        if (series->times[i] == time) {
            return false;
        }
    }
    if (series->count == series->room) {
        series->room = 2 * series->room + 64;
        series->times = grown(series->times, series->room * sizeof *series->times);
    }
    series->times[series->count++] = time;
    if (time > series->newest) {
        series->newest = time;
        series->value = value;
    }
    return true;
}

struct place {
    unsigned run;
    unsigned thread;
};

static struct place place_of(HaeOtlp__KeyValue *const *list, size_t count)
{
    uint64_t run = attribute(list, count, "run");
    uint64_t thread = attribute(list, count, "thread");

    must(run < LEDGER_RUNS && thread < BOARD_THREADS, "an item that is not of the load");
    return (struct place){(unsigned)run, (unsigned)thread};
}

static void note_item(struct ledger *ledger, haetae_signal signal, HaeOtlp__KeyValue *const *list,
                      size_t count)
{
    struct ledger_sums *sums = &ledger->books[signal].sums;
    struct place place = place_of(list, count);
    struct seen *seen = &ledger->seen[signal][place.run][place.thread];
    bool first = note(seen, attribute(list, count, "number"));

    sums->received += first;
    sums->duplicates += !first;
}

/* ---- Requests ------------------------------------------------------------------------------- */

static uint64_t add_spans(struct ledger *ledger, const uint8_t *body, size_t size)
{
    HaeOtlp__ExportTraceServiceRequest *request =
        hae_otlp__export_trace_service_request__unpack(NULL, size, body);
    uint64_t items = 0;

    must(request != NULL, "spans that cannot be read");
    for (size_t i = 0; i < request->n_resource_spans; i++) {
        const HaeOtlp__ResourceSpans *resource = request->resource_spans[i];

        for (size_t j = 0; j < resource->n_scope_spans; j++) {
            const HaeOtlp__ScopeSpans *scope = resource->scope_spans[j];

            for (size_t k = 0; k < scope->n_spans; k++, items++) {
                note_item(ledger, HAETAE_SIGNAL_TRACES, scope->spans[k]->attributes,
                          scope->spans[k]->n_attributes);
            }
        }
    }
    hae_otlp__export_trace_service_request__free_unpacked(request, NULL);
    return items;
}

static uint64_t add_logs(struct ledger *ledger, const uint8_t *body, size_t size)
{
    HaeOtlp__ExportLogsServiceRequest *request =
        hae_otlp__export_logs_service_request__unpack(NULL, size, body);
    uint64_t items = 0;

    must(request != NULL, "log records that cannot be read");
    for (size_t i = 0; i < request->n_resource_logs; i++) {
        const HaeOtlp__ResourceLogs *resource = request->resource_logs[i];

        for (size_t j = 0; j < resource->n_scope_logs; j++) {
            const HaeOtlp__ScopeLogs *scope = resource->scope_logs[j];

            for (size_t k = 0; k < scope->n_log_records; k++, items++) {
                note_item(ledger, HAETAE_SIGNAL_LOGS, scope->log_records[k]->attributes,
                          scope->log_records[k]->n_attributes);
            }
        }
    }
    hae_otlp__export_logs_service_request__free_unpacked(request, NULL);
    return items;
}

static uint64_t add_points(struct ledger *ledger, const HaeOtlp__Metric *metric)
{
    struct ledger_sums *sums = &ledger->books[HAETAE_SIGNAL_METRICS].sums;

    must(metric->data_case == HAE_OTLP__METRIC__DATA_SUM, "a metric that is not of the load");
    for (size_t i = 0; i < metric->sum->n_data_points; i++) {
        const HaeOtlp__NumberDataPoint *point = metric->sum->data_points[i];
        struct place place = place_of(point->attributes, point->n_attributes);
        bool first = note_point(&ledger->series[place.run][place.thread], point->time_unix_nano,
                                (uint64_t)point->as_int);

        sums->received += first;
        sums->duplicates += !first;
    }
    return metric->sum->n_data_points;
}

static uint64_t add_metrics(struct ledger *ledger, const uint8_t *body, size_t size)
{
    HaeOtlp__ExportMetricsServiceRequest *request =
        hae_otlp__export_metrics_service_request__unpack(NULL, size, body);
    uint64_t items = 0;

    must(request != NULL, "metrics that cannot be read");
    for (size_t i = 0; i < request->n_resource_metrics; i++) {
        const HaeOtlp__ResourceMetrics *resource = request->resource_metrics[i];

        for (size_t j = 0; j < resource->n_scope_metrics; j++) {
            const HaeOtlp__ScopeMetrics *scope = resource->scope_metrics[j];

            for (size_t k = 0; k < scope->n_metrics; k++) {
                items += add_points(ledger, scope->metrics[k]);
            }
        }
    }
    hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
    return items;
}

uint64_t ledger_add(struct ledger *ledger, haetae_signal signal, const uint8_t *body, size_t size)
{
    static uint64_t (*const adders[])(struct ledger *, const uint8_t *,
                                      size_t) = {[HAETAE_SIGNAL_TRACES] = add_spans,
                                                 [HAETAE_SIGNAL_METRICS] = add_metrics,
                                                 [HAETAE_SIGNAL_LOGS] = add_logs};
    struct book *book = &ledger->books[signal];
    uint64_t items;

    pthread_mutex_lock(&ledger->lock);
    items = adders[signal](ledger, body, size);
    book->last[book->sums.requests++ % IN_FLIGHT] = items;
    pthread_mutex_unlock(&ledger->lock);
    return items;
}

/* ---- Doubts --------------------------------------------------------------------------------- */

void ledger_break(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct book *book = &ledger->books[signal];

        for (size_t i = 0; i < IN_FLIGHT; i++) {
            book->sums.doubtful += book->last[i];
            book->last[i] = 0;
        }
    }
    pthread_mutex_unlock(&ledger->lock);
}

void ledger_doubt(struct ledger *ledger, haetae_signal signal, uint64_t item_count)
{
    pthread_mutex_lock(&ledger->lock);
    ledger->books[signal].sums.doubtful += item_count;
    pthread_mutex_unlock(&ledger->lock);
}

/* ---- Reading -------------------------------------------------------------------------------- */

struct ledger_sums ledger_sums(struct ledger *ledger, haetae_signal signal)
{
    struct ledger_sums sums;

    pthread_mutex_lock(&ledger->lock);
    sums = ledger->books[signal].sums;
    pthread_mutex_unlock(&ledger->lock);
    return sums;
}

uint64_t ledger_missing(struct ledger *ledger, haetae_signal signal, unsigned run, unsigned thread,
                        uint64_t count)
{
    const struct seen *seen = &ledger->seen[signal][run][thread];
    uint64_t missing = 0;

    pthread_mutex_lock(&ledger->lock);
    for (uint64_t i = 0; i < count; i++) {
        missing += i / 8 >= seen->room_bytes || (seen->bits[i / 8] >> i % 8 & 1) == 0;
    }
    pthread_mutex_unlock(&ledger->lock);
    return missing;
}

uint64_t ledger_beyond(struct ledger *ledger, haetae_signal signal, unsigned run, unsigned thread,
                       uint64_t count)
{
    uint64_t end;

    pthread_mutex_lock(&ledger->lock);
    end = ledger->seen[signal][run][thread].end;
    pthread_mutex_unlock(&ledger->lock);
    return end > count ? end - count : 0;
}

uint64_t ledger_value(struct ledger *ledger, unsigned run, unsigned thread)
{
    uint64_t value;

    pthread_mutex_lock(&ledger->lock);
    value = ledger->series[run][thread].value;
    pthread_mutex_unlock(&ledger->lock);
    return value;
}
