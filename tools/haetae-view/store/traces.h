/* SPDX-License-Identifier: Apache-2.0 */
/* The traces kept to be shown: the slowest few of each service, and a ring of the
 * most recent ones, which may still become slow when their entry span arrives.
 *
 * An entry span is where a service begins to work: kind SERVER or CONSUMER, or
 * no parent. A trace's place among the slowest is the duration of its entry
 * span. Of one trace the longest HAE_VIEW_TRACE_SPANS spans are kept.
 * Everything is allocated once; nothing grows. */
#ifndef HAETAE_VIEW_STORE_TRACES_H
#define HAETAE_VIEW_STORE_TRACES_H

#include "store/services.h"

#define HAE_VIEW_TRACE_SPANS   64
#define HAE_VIEW_SPAN_NAME     72
#define HAE_VIEW_SPAN_NOTE     88
#define HAE_VIEW_SLOW_TRACES   6 /* kept for each service */
#define HAE_VIEW_SLOW_SAME     2 /* of those, with the same name */
#define HAE_VIEW_TRACES_KEPT   16384
#define HAE_VIEW_SPANS_KEPT    131072
#define HAE_VIEW_TRACE_BUCKETS 16384

struct hae_view_kept_span {
    uint8_t span_id[8];
    uint8_t parent_id[8];
    uint64_t start_ns;
    uint64_t end_ns;
    uint32_t next; /* in its trace, or in the list of free ones */
    uint16_t service;
    uint8_t kind;
    uint8_t status;
    char name[HAE_VIEW_SPAN_NAME];
    char note[HAE_VIEW_SPAN_NOTE];
};

struct hae_view_kept_trace {
    uint8_t trace_id[16];
    uint32_t first_span;
    uint32_t kept;      /* spans that are kept */
    uint32_t pins;      /* places among the slowest */
    uint32_t hash_next; /* in its hash bucket, or in the list of free ones */
    uint32_t newer;     /* the ring of unpinned traces */
    uint32_t older;
    uint64_t span_count;
    uint64_t error_count;
};

struct hae_view_slow {
    uint32_t trace;
    uint64_t duration_ns;
    uint64_t arrival_ns; /* monotonic */
    char name[HAE_VIEW_SPAN_NAME];
};

struct hae_view_slow_list {
    struct hae_view_slow items[HAE_VIEW_SLOW_TRACES];
    uint32_t count;
};

struct hae_view_traces {
    struct hae_view_hash_key key;
    uint64_t window_ns; /* how long a slow trace keeps its place; 0: for ever */
    struct hae_view_kept_span *spans;
    struct hae_view_kept_trace *traces;
    uint32_t *buckets;
    uint32_t free_span;
    uint32_t free_trace;
    uint32_t unused_spans; /* never used yet: these and those above them */
    uint32_t unused_traces;
    uint32_t newest;
    uint32_t oldest;
    struct hae_view_slow_list slow[HAE_VIEW_SERVICES_MAX];
};

/* A trace as it was when it was looked at. */
struct hae_view_trace_copy {
    uint8_t trace_id[16];
    char name[HAE_VIEW_SPAN_NAME]; /* of its entry span */
    uint16_t service;              /* of its entry span */
    uint64_t duration_ns;          /* of its entry span */
    uint64_t span_count;
    uint64_t error_count;
    uint32_t kept;
    struct hae_view_kept_span spans[HAE_VIEW_TRACE_SPANS];
};

bool hae_view_traces_init(struct hae_view_traces *traces, uint64_t window_ns,
                          struct hae_view_hash_key key);
void hae_view_traces_done(struct hae_view_traces *traces);

bool hae_view_span_is_entry(const struct hae_view_span *span);
uint64_t hae_view_span_duration(const struct hae_view_span *span);

/* Adds a span whose ids are valid and that did not come before. */
void hae_view_traces_add(struct hae_view_traces *traces, const struct hae_view_source *source,
                         const struct hae_view_span *span);

/* Copies up to `max` of the slowest traces, slowest first; traces with the same
 * service and name only when there are too few different ones. Returns how many. */
size_t hae_view_traces_slowest(const struct hae_view_traces *traces, uint64_t now_ns,
                               struct hae_view_trace_copy *out, size_t max);

#endif
