/* SPDX-License-Identifier: Apache-2.0 */
/* Span processors: they see each span that is recorded start and end, on the thread that does
 * it, also a span that is not exported. What a processor records itself is not shown to
 * processors: it would not end.
 * Specification: "Span processor". */
#ifndef HAETAE_TRACE_PROCESSOR_H
#define HAETAE_TRACE_PROCESSOR_H

#include "context/current.h"
#include "haetae/trace.h"
#include "recorder/scope.h"

struct hae_fields;

/* A span as a processor sees it. Valid during the callback. */
struct hae_span_view {
    haetae_span span; /* its handle: of use to others from the end of on_start to on_ending */
    haetae_span_context context;
    uint64_t parent_span_id; /* bytes in memory order; 0: a root */
    uint64_t start_unix_ns;
    uint64_t end_unix_ns; /* 0 in on_start */
    int32_t kind;         /* a haetae_span_kind */
    haetae_span_status status;
    struct hae_scope_view scope;
    const uint8_t *resource; /* the Resource message */
    size_t resource_size_bytes;
    size_t size_max_bytes; /* room that hae_span_view_encode() needs */
    struct hae_recorder *recorder;
    uint32_t index; /* of the first slot */
};

/* Writes the Span message of the span, as it is exported, and returns its size. `to` has room for
 * size_max_bytes. In on_start and on_ending: as of before the callback. */
size_t hae_span_view_encode(const struct hae_span_view *view, uint8_t *to);

/* Callbacks may be NULL. All but done() run on the thread that starts or ends the span, several at
 * a time, also in signal handlers.
 *
 * They may record. In on_start and on_ending they change the span by `fields`, with the functions
 * of span_fields.h. Calls of the API on the span itself, also its end, find a stale handle there
 * and in on_end: they do nothing and are counted.
 *
 * They must not
 * - wait, lock or allocate: the caller's start or end waits for them, and in on_ending and on_end
 *   other threads' calls on the span are refused meanwhile;
 * - keep the view, the fields or what they point to, or hand them to another thread;
 * - leave by longjmp(), or end the thread: the span's slot would stay taken;
 * - fork(): the child's first record empties the recorder, and with it the span's slot;
 * - shut the SDK down, flush or free it. */
struct hae_span_processor {
    /* The span has started. `parent` NULL: it is a root. */
    void (*on_start)(void *user, const struct hae_span_view *view, struct hae_fields *fields,
                     const struct hae_current *parent);
    /* The span ends: it has its end time, and no other thread can change it any more. */
    void (*on_ending)(void *user, const struct hae_span_view *view, struct hae_fields *fields);
    /* The span has ended, and is complete. */
    void (*on_end)(void *user, const struct hae_span_view *view);
    /* The tracer provider is done, and no span is left to show. */
    void (*done)(void *user);
    void *user;
};

/* ---- For lib/trace --------------------------------------------------------------------- */

enum { HAE_PROCESSORS_MAX = 8 };

/* Those of a tracer provider, in the order in which they are called. */
struct hae_span_processors {
    struct hae_span_processor items[HAE_PROCESSORS_MAX];
    uint32_t count;
};

/* Adds one. Errors: HAETAE_ELIMIT. */
haetae_status hae_processors_add(struct hae_span_processors *processors,
                                 const struct hae_span_processor *processor);
void hae_processors_done(struct hae_span_processors *processors);

/* Calls on_start of each. The span is the caller's, and not open yet. */
void hae_processors_start(const struct hae_span_processors *processors, struct hae_span_view *view,
                          const struct hae_current *parent);

/* Calls on_ending of each, then on_end of each. The caller has the span to end it. */
void hae_processors_end(const struct hae_span_processors *processors, struct hae_span_view *view);

#endif
