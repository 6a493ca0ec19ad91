/* SPDX-License-Identifier: Apache-2.0 */
#include "api/perfetto.h"

#include <stdlib.h>
#include <string.h>

#include "query/members.h"
#include "query/trace.h"

#define SPANS_MAX 5000
#define NONE      SIZE_MAX

/* A service is a process. Its spans are on as many threads as they need so that on each of them
 * they nest. */
struct process {
    char *name;
    size_t threads;
};

struct thread {
    size_t process;
    size_t number; /* of those of the process */
    size_t open;   /* the span that is open and began last; NONE */
};

struct nested {
    int64_t end_ns;
    size_t around; /* the span that is open around it on its thread; NONE */
};

struct events {
    struct process *processes;
    size_t process_count;
    struct thread *threads;
    size_t thread_count;
    struct nested *spans;
    size_t span_count;
};

static bool events_init(struct events *events)
{
    *events = (struct events){
        .processes = calloc(SPANS_MAX, sizeof *events->processes),
        .threads = calloc(SPANS_MAX, sizeof *events->threads),
        .spans = calloc(SPANS_MAX, sizeof *events->spans),
    };
    return events->processes != NULL && events->threads != NULL && events->spans != NULL;
}

static void events_done(struct events *events)
{
    for (size_t i = 0; i < events->process_count; i++) {
        free(events->processes[i].name);
    }
    free(events->processes);
    free(events->threads);
    free(events->spans);
}

/* NONE: out of memory. */
static size_t process_of(struct events *events, const char *service)
{
    size_t at = 0;
    while (at < events->process_count && strcmp(events->processes[at].name, service) != 0) {
        at++;
    }
    if (at == events->process_count) {
        events->processes[at].name = strdup(service);
        if (events->processes[at].name == NULL) {
            return NONE;
        }
        events->process_count++;
    }
    return at;
}

/* The first thread of the process on which a span can begin: what is open there ends after it. The
 * spans come in the order of their starts. */
static struct thread *thread_of(struct events *events, size_t process, int64_t start_ns,
                                int64_t end_ns)
{
    struct thread *thread = events->threads;
    for (; thread < events->threads + events->thread_count; thread++) {
        if (thread->process != process) {
            continue;
        }
        while (thread->open != NONE && events->spans[thread->open].end_ns <= start_ns) {
            thread->open = events->spans[thread->open].around;
        }
        if (thread->open == NONE || events->spans[thread->open].end_ns >= end_ns) {
            break;
        }
    }
    if (thread == events->threads + events->thread_count) {
        *thread = (struct thread){process, ++events->processes[process].threads, NONE};
        events->thread_count++;
    }
    events->spans[events->span_count] = (struct nested){end_ns, thread->open};
    thread->open = events->span_count++;
    return thread;
}

/* Attributes as texts, so that integers keep their digits; and further members of the span. */
static int put_arguments(struct hae_view_call *call, const struct hae_view_span_of_trace *row)
{
    struct hae_json *json = &call->json;
    struct hae_view_member member;
    struct hae_view_rows rows = hae_view_ask_members(call->db, row->attributes);
    hae_json_open(json, "args", '{');
    while (hae_view_next_member(&rows, &member)) {
        hae_json_text(json, member.name, member.value);
    }
    hae_view_put_id(json, "span_id", row->span_id);
    hae_view_put_status(json, row->status);
    hae_view_put_digits(json, "start_ns", row->start_ns);
    hae_json_close(json, '}');
    return hae_view_rows_done(&rows);
}

static int put_event(struct hae_view_call *call, struct events *events,
                     const struct hae_view_span_of_trace *row, int64_t origin_ns)
{
    struct hae_json *json = &call->json;
    int64_t end_ns =
        row->duration_ns < INT64_MAX - row->start_ns ? row->start_ns + row->duration_ns : INT64_MAX;
    size_t process = process_of(events, row->service);
    if (process == NONE) {
        return SQLITE_NOMEM;
    }
    const struct thread *thread = thread_of(events, process, row->start_ns, end_ns);
    hae_json_open(json, NULL, '{');
    hae_json_text(json, "name", row->name);
    hae_json_text(json, "cat", hae_view_kind_name(row->kind));
    hae_json_text(json, "ph", "X");
    hae_json_number(json, "ts", (double)(row->start_ns - origin_ns) / 1e3);
    hae_json_number(json, "dur", (double)row->duration_ns / 1e3);
    hae_json_count(json, "pid", process + 1);
    hae_json_count(json, "tid", thread->number);
    int code = put_arguments(call, row);
    hae_json_close(json, '}');
    return code;
}

static void put_names(struct hae_json *json, const struct events *events)
{
    for (size_t i = 0; i < events->process_count; i++) {
        hae_json_open(json, NULL, '{');
        hae_json_text(json, "name", "process_name");
        hae_json_text(json, "ph", "M");
        hae_json_count(json, "pid", i + 1);
        hae_json_open(json, "args", '{');
        hae_json_text(json, "name", events->processes[i].name);
        hae_json_close(json, '}');
        hae_json_close(json, '}');
    }
}

static int put_events(struct hae_view_call *call, struct events *events, const uint8_t trace_id[16],
                      int64_t origin_ns)
{
    struct hae_view_span_of_trace row;
    struct hae_view_rows rows = hae_view_ask_spans(call->db, trace_id, SPANS_MAX);
    int code = SQLITE_OK;
    hae_json_open(&call->json, "traceEvents", '[');
    while (code == SQLITE_OK && hae_view_next_span(&rows, &row)) {
        code = put_event(call, events, &row, origin_ns);
    }
    put_names(&call->json, events);
    hae_json_close(&call->json, ']');
    int end = hae_view_rows_done(&rows);
    return code != SQLITE_OK ? code : end;
}

int hae_view_api_perfetto(struct hae_view_call *call)
{
    uint8_t trace_id[16];
    struct events events;
    struct hae_view_window extent;
    int code = SQLITE_OK;
    int64_t spans;
    if (!hae_view_call_trace(call, "trace", trace_id, &spans, &extent, &code)) {
        return code;
    }
    code =
        events_init(&events) ? put_events(call, &events, trace_id, extent.from_ns) : SQLITE_NOMEM;
    hae_json_text(&call->json, "displayTimeUnit", "ns");
    hae_json_open(&call->json, "otherData", '{');
    hae_json_hex(&call->json, "trace_id", trace_id, sizeof trace_id);
    hae_json_close(&call->json, '}');
    events_done(&events);
    return code;
}
