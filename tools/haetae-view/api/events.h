/* SPDX-License-Identifier: Apache-2.0 */
/* The server-sent events of one listener to the stream: docs/view.md. */
#ifndef HAETAE_VIEW_API_EVENTS_H
#define HAETAE_VIEW_API_EVENTS_H

#include "api/api.h"

#define HAE_VIEW_EVENTS_PATH HAE_VIEW_API_PREFIX "stream"

/* One event is at most so long. */
#define HAE_VIEW_EVENT_BYTES_MAX ((size_t)256 * 1024)

struct hae_view_events {
    const struct hae_view_arguments *arguments;
    bool tail;              /* log records are asked for */
    int64_t after;          /* those with higher numbers; -1: those that come from now on */
    uint64_t tail_requests; /* that had been received when records were last looked for; none yet:
                               UINT64_MAX */
    uint64_t counted;       /* requests in the last counts */
    uint64_t counts_ns;     /* when those were written, 0: never; Unix, as below */
    uint64_t alerts_ns;     /* when alerts were last looked at */
    uint64_t alerts_digest; /* of those that were written last */
    bool alerts_written;
};

/* Reads the arguments, which must outlive the events. False: one is wrong, and `problem` has what
 * is answered with status 400. Never waits for the database. */
bool hae_view_events_begin(const struct hae_view_api *api,
                           const struct hae_view_arguments *arguments,
                           struct hae_view_events *events, struct hae_buffer *problem);

/* Writes what is new since the last call into `out`, which is empty; the counts at least once a
 * second. What there is no memory for is left out. One thread at a time. */
void hae_view_events_write(const struct hae_view_api *api, struct hae_view_events *events,
                           uint64_t now_unix_ns, struct hae_buffer *out);

#endif
