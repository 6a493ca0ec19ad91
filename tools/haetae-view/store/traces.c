/* SPDX-License-Identifier: Apache-2.0 */
#include "store/traces.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "util/text.h"

#define NONE UINT32_MAX

/* Even if every pinned trace is full, others find room. */
static_assert(HAE_VIEW_SERVICES_MAX * HAE_VIEW_SLOW_TRACES < HAE_VIEW_TRACES_KEPT,
              "more traces than can be pinned");
static_assert((HAE_VIEW_SERVICES_MAX * HAE_VIEW_SLOW_TRACES + 1) * HAE_VIEW_TRACE_SPANS <=
                  HAE_VIEW_SPANS_KEPT,
              "more spans than can be pinned");

bool hae_view_traces_init(struct hae_view_traces *traces, uint64_t window_ns,
                          struct hae_view_hash_key key)
{
    memset(traces, 0, sizeof *traces);
    traces->key = key;
    traces->window_ns = window_ns;
    traces->free_span = NONE;
    traces->free_trace = NONE;
    traces->newest = NONE;
    traces->oldest = NONE;
    /* Large and not touched: pages are only used as they are needed. */
    traces->spans = calloc(HAE_VIEW_SPANS_KEPT, sizeof *traces->spans);
    traces->traces = calloc(HAE_VIEW_TRACES_KEPT, sizeof *traces->traces);
    traces->buckets = malloc(HAE_VIEW_TRACE_BUCKETS * sizeof *traces->buckets);
    if (traces->spans == NULL || traces->traces == NULL || traces->buckets == NULL) {
        hae_view_traces_done(traces);
        return false;
    }
    memset(traces->buckets, 0xff, HAE_VIEW_TRACE_BUCKETS * sizeof *traces->buckets);
    return true;
}

void hae_view_traces_done(struct hae_view_traces *traces)
{
    free(traces->spans);
    free(traces->traces);
    free(traces->buckets);
    memset(traces, 0, sizeof *traces);
}

bool hae_view_span_is_entry(const struct hae_view_span *span)
{
    static const uint8_t none[8];
    return span->kind == HAE_VIEW_KIND_SERVER || span->kind == HAE_VIEW_KIND_CONSUMER ||
           memcmp(span->parent_id, none, sizeof none) == 0;
}

uint64_t hae_view_span_duration(const struct hae_view_span *span)
{
    return span->end_ns > span->start_ns ? span->end_ns - span->start_ns : 0;
}

static uint32_t *bucket_of(const struct hae_view_traces *traces, const uint8_t trace_id[16])
{
    return &traces->buckets[hae_view_hash(traces->key, trace_id, 16) % HAE_VIEW_TRACE_BUCKETS];
}

/* The ring of unpinned traces, oldest to newest. */
static void ring_remove(struct hae_view_traces *traces, uint32_t index)
{
    struct hae_view_kept_trace *trace = &traces->traces[index];
    *(trace->newer == NONE ? &traces->newest : &traces->traces[trace->newer].older) = trace->older;
    *(trace->older == NONE ? &traces->oldest : &traces->traces[trace->older].newer) = trace->newer;
}

static void ring_add(struct hae_view_traces *traces, uint32_t index)
{
    struct hae_view_kept_trace *trace = &traces->traces[index];
    trace->newer = NONE;
    trace->older = traces->newest;
    *(trace->older == NONE ? &traces->oldest : &traces->traces[trace->older].newer) = index;
    traces->newest = index;
}

static void evict_oldest(struct hae_view_traces *traces)
{
    uint32_t index = traces->oldest;
    struct hae_view_kept_trace *trace = &traces->traces[index];
    ring_remove(traces, index);
    uint32_t *link = bucket_of(traces, trace->trace_id);
    while (*link != index) {
        link = &traces->traces[*link].hash_next;
    }
    *link = trace->hash_next;
    while (trace->first_span != NONE) {
        uint32_t span = trace->first_span;
        trace->first_span = traces->spans[span].next;
        traces->spans[span].next = traces->free_span;
        traces->free_span = span;
    }
    trace->hash_next = traces->free_trace;
    traces->free_trace = index;
}

static uint32_t find_or_make(struct hae_view_traces *traces, const uint8_t trace_id[16])
{
    uint32_t *bucket = bucket_of(traces, trace_id);
    for (uint32_t at = *bucket; at != NONE; at = traces->traces[at].hash_next) {
        if (memcmp(traces->traces[at].trace_id, trace_id, 16) == 0) {
            return at;
        }
    }
    uint32_t index;
    if (traces->unused_traces < HAE_VIEW_TRACES_KEPT) {
        index = traces->unused_traces++;
    } else {
        if (traces->free_trace == NONE) {
            evict_oldest(traces);
        }
        index = traces->free_trace;
        traces->free_trace = traces->traces[index].hash_next;
    }
    struct hae_view_kept_trace *trace = &traces->traces[index];
    memset(trace, 0, sizeof *trace);
    memcpy(trace->trace_id, trace_id, 16);
    trace->first_span = NONE;
    trace->hash_next = *bucket;
    *bucket = index;
    ring_add(traces, index);
    return index;
}

/* A free place for a span of the trace `keep`, which is not evicted for it. */
static uint32_t take_span(struct hae_view_traces *traces, uint32_t keep)
{
    if (traces->unused_spans < HAE_VIEW_SPANS_KEPT) {
        return traces->unused_spans++;
    }
    while (traces->free_span == NONE) {
        if (traces->oldest == NONE || traces->oldest == keep) {
            return NONE;
        }
        evict_oldest(traces);
    }
    uint32_t span = traces->free_span;
    traces->free_span = traces->spans[span].next;
    return span;
}

static uint64_t kept_duration(const struct hae_view_kept_span *span)
{
    return span->end_ns > span->start_ns ? span->end_ns - span->start_ns : 0;
}

/* Where to write a span of a trace that is full: over its shortest span, if that is
 * shorter. Parents last longer than their children, so that a tree remains. */
static uint32_t replace_shortest(const struct hae_view_traces *traces,
                                 const struct hae_view_kept_trace *trace, uint64_t duration_ns)
{
    uint32_t shortest = trace->first_span;
    for (uint32_t at = trace->first_span; at != NONE; at = traces->spans[at].next) {
        if (kept_duration(&traces->spans[at]) < kept_duration(&traces->spans[shortest])) {
            shortest = at;
        }
    }
    return kept_duration(&traces->spans[shortest]) < duration_ns ? shortest : NONE;
}

static void keep_span(struct hae_view_traces *traces, uint32_t index, uint32_t service,
                      const struct hae_view_span *span)
{
    struct hae_view_kept_trace *trace = &traces->traces[index];
    uint32_t at;
    if (trace->kept < HAE_VIEW_TRACE_SPANS) {
        at = take_span(traces, index);
        if (at == NONE) {
            return;
        }
        traces->spans[at].next = trace->first_span;
        trace->first_span = at;
        trace->kept++;
    } else {
        at = replace_shortest(traces, trace, hae_view_span_duration(span));
        if (at == NONE) {
            return;
        }
    }
    struct hae_view_kept_span *kept = &traces->spans[at];
    memcpy(kept->span_id, span->span_id, 8);
    memcpy(kept->parent_id, span->parent_id, 8);
    kept->start_ns = span->start_ns;
    kept->end_ns = span->end_ns;
    kept->service = (uint16_t)service;
    kept->kind = span->kind;
    kept->status = span->status;
    hae_view_text_clean(kept->name, sizeof kept->name, span->name, strlen(span->name));
    hae_view_text_clean(kept->note, sizeof kept->note, span->note, strlen(span->note));
}

static void unpin(struct hae_view_traces *traces, uint32_t index)
{
    if (--traces->traces[index].pins == 0) {
        ring_add(traces, index);
    }
}

static void pin(struct hae_view_traces *traces, uint32_t index)
{
    if (traces->traces[index].pins++ == 0) {
        ring_remove(traces, index);
    }
}

/* Frees the places of traces that are too old to be shown. */
static void expire(struct hae_view_traces *traces, struct hae_view_slow_list *list, uint64_t now_ns)
{
    if (traces->window_ns == 0) {
        return;
    }
    for (uint32_t i = 0; i < list->count;) {
        if (list->items[i].arrival_ns + traces->window_ns < now_ns) {
            unpin(traces, list->items[i].trace);
            list->items[i] = list->items[--list->count];
        } else {
            i++;
        }
    }
}

/* The place that a slow span would take: that of its own trace; of the least slow span with
 * its name, when there are many; a free one; or that of the least slow span. */
static uint32_t place_for(const struct hae_view_slow_list *list, uint32_t trace, const char *name)
{
    uint32_t least = 0;
    uint32_t least_same = 0;
    uint32_t same = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct hae_view_slow *item = &list->items[i];
        if (item->trace == trace) {
            return i;
        }
        if (item->duration_ns < list->items[least].duration_ns) {
            least = i;
        }
        if (strcmp(item->name, name) == 0 &&
            (same++ == 0 || item->duration_ns < list->items[least_same].duration_ns)) {
            least_same = i;
        }
    }
    if (same >= HAE_VIEW_SLOW_SAME) {
        return least_same;
    }
    return list->count < HAE_VIEW_SLOW_TRACES ? list->count : least;
}

static void consider_slow(struct hae_view_traces *traces, uint32_t index,
                          const struct hae_view_source *source, const struct hae_view_span *span)
{
    struct hae_view_slow_list *list = &traces->slow[source->service];
    expire(traces, list, source->arrival.monotonic_ns);
    struct hae_view_slow slow = {index, hae_view_span_duration(span), source->arrival.monotonic_ns,
                                 ""};
    hae_view_text_clean(slow.name, sizeof slow.name, span->name, strlen(span->name));
    uint32_t place = place_for(list, index, slow.name);
    if (place == list->count) {
        list->count++;
    } else if (list->items[place].duration_ns >= slow.duration_ns) {
        return;
    } else {
        unpin(traces, list->items[place].trace);
    }
    list->items[place] = slow;
    pin(traces, index);
}

void hae_view_traces_add(struct hae_view_traces *traces, const struct hae_view_source *source,
                         const struct hae_view_span *span)
{
    uint32_t index = find_or_make(traces, span->trace_id);
    struct hae_view_kept_trace *trace = &traces->traces[index];
    trace->span_count++;
    if (span->status == HAE_VIEW_STATUS_ERROR) {
        trace->error_count++;
    }
    if (trace->pins == 0) {
        ring_remove(traces, index);
        ring_add(traces, index);
    }
    keep_span(traces, index, source->service, span);
    if (hae_view_span_is_entry(span)) {
        consider_slow(traces, index, source, span);
    }
}

/* ---- Reading ----------------------------------------------------------------- */

struct candidate {
    const struct hae_view_slow *slow;
    uint16_t service;
    bool taken;
};

static int by_duration(const void *a, const void *b)
{
    const struct hae_view_slow *x = ((const struct candidate *)a)->slow;
    const struct hae_view_slow *y = ((const struct candidate *)b)->slow;
    if (x->duration_ns != y->duration_ns) {
        return x->duration_ns > y->duration_ns ? -1 : 1;
    }
    return x->trace < y->trace ? -1 : x->trace > y->trace;
}

static size_t collect(const struct hae_view_traces *traces, uint64_t now_ns,
                      struct candidate *candidates)
{
    size_t count = 0;
    for (uint16_t service = 0; service < HAE_VIEW_SERVICES_MAX; service++) {
        const struct hae_view_slow_list *list = &traces->slow[service];
        for (uint32_t i = 0; i < list->count; i++) {
            if (traces->window_ns == 0 || list->items[i].arrival_ns + traces->window_ns >= now_ns) {
                candidates[count++] = (struct candidate){&list->items[i], service, false};
            }
        }
    }
    qsort(candidates, count, sizeof *candidates, by_duration);
    return count;
}

/* A trace is shown once, with its slowest entry span. When `distinct`, a name of a service
 * is shown once too. */
static bool is_shown(const struct candidate *candidates, size_t count, size_t at, bool distinct)
{
    for (size_t i = 0; i < count; i++) {
        if (!candidates[i].taken) {
            continue;
        }
        if (candidates[i].slow->trace == candidates[at].slow->trace ||
            (distinct && candidates[i].service == candidates[at].service &&
             strcmp(candidates[i].slow->name, candidates[at].slow->name) == 0)) {
            return true;
        }
    }
    return false;
}

static void copy_trace(const struct hae_view_traces *traces, const struct candidate *candidate,
                       struct hae_view_trace_copy *out)
{
    const struct hae_view_kept_trace *trace = &traces->traces[candidate->slow->trace];
    memcpy(out->trace_id, trace->trace_id, 16);
    memcpy(out->name, candidate->slow->name, sizeof out->name);
    out->service = candidate->service;
    out->duration_ns = candidate->slow->duration_ns;
    out->span_count = trace->span_count;
    out->error_count = trace->error_count;
    out->kept = 0;
    for (uint32_t at = trace->first_span; at != NONE; at = traces->spans[at].next) {
        out->spans[out->kept++] = traces->spans[at];
    }
}

size_t hae_view_traces_slowest(const struct hae_view_traces *traces, uint64_t now_ns,
                               struct hae_view_trace_copy *out, size_t max)
{
    static_assert(HAE_VIEW_SERVICES_MAX * HAE_VIEW_SLOW_TRACES <= 1024, "fits the stack");
    struct candidate candidates[HAE_VIEW_SERVICES_MAX * HAE_VIEW_SLOW_TRACES];
    size_t count = collect(traces, now_ns, candidates);
    size_t taken = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count && taken < max; i++) {
            if (!candidates[i].taken && !is_shown(candidates, count, i, pass == 0)) {
                candidates[i].taken = true;
                taken++;
            }
        }
    }
    size_t copied = 0;
    for (size_t i = 0; i < count; i++) {
        if (candidates[i].taken) {
            copy_trace(traces, &candidates[i], &out[copied++]);
        }
    }
    return copied;
}
