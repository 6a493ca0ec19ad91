/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of events: answers that go on. A thread writes what is new for each of them, beside the
 * thread that receives. A stream gets the next events when its reader has taken the last ones, so a
 * slow reader misses what comes meanwhile, and neither holds up anything nor makes memory grow. */
#ifndef HAETAE_VIEW_RECEIVE_STREAMS_H
#define HAETAE_VIEW_RECEIVE_STREAMS_H

#include <pthread.h>

#include "api/events.h"
#include "receive/request.h"

#define HAE_VIEW_STREAMS_MAX 8

struct MHD_Connection;
struct MHD_Response;
struct hae_view_stream;

struct hae_view_streams {
    struct hae_view_api api;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    struct hae_view_stream *first;
    unsigned count;
    uint64_t round; /* of writing: each stream once */
    bool stopping;
};

bool hae_view_streams_start(struct hae_view_streams *streams, const struct hae_view_api *api);

/* The answer to a request that asks for a stream; it takes the request's arguments over. NULL: the
 * request has a reply, which says that an argument is wrong or that there are too many. Called by
 * the connection's handler. */
struct MHD_Response *hae_view_streams_open(struct hae_view_streams *streams,
                                           struct MHD_Connection *connection,
                                           struct hae_view_request *request);

/* Ends all streams, and the thread. */
void hae_view_streams_stop(struct hae_view_streams *streams);

/* Called after the HTTP library has stopped. */
void hae_view_streams_done(struct hae_view_streams *streams);

#endif
