/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/streams.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/thread.h"
#include "util/wait.h"

/* How often the thread looks for something new. */
#define ROUND_NS UINT64_C(250000000)
/* How much the HTTP library asks for at once. */
#define BLOCK_BYTES ((size_t)16 * 1024)

struct hae_view_stream {
    struct hae_view_streams *streams;
    struct MHD_Connection *connection;
    int fd; /* of the connection, while that is suspended */
    struct hae_view_arguments arguments;
    struct hae_view_events events; /* only for the thread that writes */
    /* Guarded by the lock of all: */
    struct hae_view_stream *next;
    struct hae_buffer out; /* for the reader */
    size_t sent;           /* how much of it the reader has got */
    uint64_t round;        /* in which it was written last */
    bool suspended;        /* the connection, until there is more */
    bool gone;             /* its reader has left: it ends, and counts no more */
    bool writing;
    bool closed; /* while it was written */
};

static void free_stream(struct hae_view_stream *stream)
{
    hae_view_arguments_done(&stream->arguments);
    hae_buffer_done(&stream->out);
    free(stream);
}

/* ---- The thread that writes; the caller of each has the lock ------------------------------- */

static void resume(struct hae_view_stream *stream)
{
    if (stream->suspended) {
        stream->suspended = false;
        MHD_resume_connection(stream->connection);
    }
}

/* The HTTP library does not notice when the peer of a suspended connection closes it. */
static bool has_left(int fd)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

static void end_those_who_left(struct hae_view_streams *streams)
{
    for (struct hae_view_stream *stream = streams->first; stream != NULL; stream = stream->next) {
        if (!stream->gone && stream->suspended && has_left(stream->fd)) {
            stream->gone = true;
            streams->count--;
            resume(stream);
        }
    }
}

/* A stream that has not been written in this round, and whose reader has taken all. */
static struct hae_view_stream *find_ready(const struct hae_view_streams *streams)
{
    struct hae_view_stream *stream = streams->first;
    while (stream != NULL &&
           (stream->gone || stream->round == streams->round || stream->sent < stream->out.length)) {
        stream = stream->next;
    }
    return stream;
}

/* Without the lock meanwhile, since the database may be waited for. */
static void write_stream(struct hae_view_streams *streams, struct hae_view_stream *stream)
{
    struct hae_buffer out = HAE_BUFFER_INIT;
    stream->round = streams->round;
    stream->writing = true;
    pthread_mutex_unlock(&streams->lock);
    hae_view_events_write(&streams->api, &stream->events, hae_time_ns(CLOCK_REALTIME), &out);
    pthread_mutex_lock(&streams->lock);
    stream->writing = false;
    if (stream->closed) {
        hae_buffer_done(&out);
        free_stream(stream);
        return;
    }
    hae_buffer_done(&stream->out);
    stream->out = out;
    stream->sent = 0;
    if (out.length > 0) {
        resume(stream);
    }
}

static void wait_for_round(struct hae_view_streams *streams)
{
    uint64_t until_ns = hae_time_ns(CLOCK_MONOTONIC) + ROUND_NS;
    if (streams->first == NULL) {
        pthread_cond_wait(&streams->wake, &streams->lock);
    } else {
        (void)hae_view_wait_until(&streams->wake, &streams->lock, until_ns);
    }
    streams->round++;
    end_those_who_left(streams);
}

static void *run(void *user)
{
    struct hae_view_streams *streams = user;
    pthread_mutex_lock(&streams->lock);
    while (!streams->stopping) {
        struct hae_view_stream *stream = find_ready(streams);
        if (stream != NULL) {
            write_stream(streams, stream);
        } else {
            wait_for_round(streams);
        }
    }
    pthread_mutex_unlock(&streams->lock);
    return NULL;
}

bool hae_view_streams_start(struct hae_view_streams *streams, const struct hae_view_api *api)
{
    memset(streams, 0, sizeof *streams);
    streams->api = *api;
    pthread_mutex_init(&streams->lock, NULL);
    bool started = hae_condition_init(&streams->wake) &&
                   hae_thread_start(&streams->thread, run, streams) == HAETAE_OK;
    if (!started) {
        hae_view_streams_done(streams);
    }
    return started;
}

/* ---- The thread of the HTTP library -------------------------------------------------------- */

/* Takes at most `max` bytes. With nothing left the connection rests until more is written. */
static ssize_t read_stream(void *user, uint64_t position, char *buffer, size_t max)
{
    (void)position;
    struct hae_view_stream *stream = user;
    struct hae_view_streams *streams = stream->streams;
    pthread_mutex_lock(&streams->lock);
    size_t left = stream->out.length - stream->sent;
    ssize_t taken = 0;
    if (stream->gone) {
        taken = MHD_CONTENT_READER_END_WITH_ERROR;
    } else if (left > 0) {
        taken = (ssize_t)(left < max ? left : max);
        memcpy(buffer, stream->out.data + stream->sent, (size_t)taken);
        stream->sent += (size_t)taken;
    } else if (streams->stopping) {
        taken = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        MHD_suspend_connection(stream->connection);
        stream->suspended = true;
    }
    pthread_mutex_unlock(&streams->lock);
    return taken;
}

/* The answer has ended, whatever way. */
static void close_stream(void *user)
{
    struct hae_view_stream *stream = user;
    struct hae_view_streams *streams = stream->streams;
    pthread_mutex_lock(&streams->lock);
    struct hae_view_stream **link = &streams->first;
    while (*link != stream) {
        link = &(*link)->next;
    }
    *link = stream->next;
    streams->count -= stream->gone ? 0 : 1;
    stream->closed = true;
    bool writing = stream->writing;
    pthread_mutex_unlock(&streams->lock);
    if (!writing) {
        free_stream(stream);
    }
}

/* False: there are too many. */
static bool add(struct hae_view_streams *streams, struct hae_view_stream *stream)
{
    pthread_mutex_lock(&streams->lock);
    end_those_who_left(streams);
    bool room = streams->count < HAE_VIEW_STREAMS_MAX && !streams->stopping;
    if (room) {
        stream->next = streams->first;
        streams->first = stream;
        streams->count++;
        stream->round = streams->round - 1;
        pthread_cond_signal(&streams->wake);
    }
    pthread_mutex_unlock(&streams->lock);
    return room;
}

static struct MHD_Response *make_response(struct hae_view_stream *stream)
{
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_stream, stream, close_stream);
    if (response == NULL) {
        close_stream(stream);
        return NULL;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    return response;
}

struct MHD_Response *hae_view_streams_open(struct hae_view_streams *streams,
                                           struct MHD_Connection *connection,
                                           struct hae_view_request *request)
{
    struct hae_view_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        hae_view_request_refuse_for_now(request, "out of memory");
        return NULL;
    }
    stream->streams = streams;
    stream->connection = connection;
    stream->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    stream->arguments = request->arguments;
    request->arguments = (struct hae_view_arguments){.count = 0};
    if (!hae_view_events_begin(&streams->api, &stream->arguments, &stream->events,
                               &request->reply.body)) {
        request->reply.status = MHD_HTTP_BAD_REQUEST;
        free_stream(stream);
        return NULL;
    }
    if (!add(streams, stream)) {
        hae_view_request_refuse_for_now(request, "too many streams at the same time");
        free_stream(stream);
        return NULL;
    }
    struct MHD_Response *response = make_response(stream);
    if (response == NULL) {
        hae_view_request_refuse_for_now(request, "out of memory");
    }
    return response;
}

void hae_view_streams_stop(struct hae_view_streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    streams->stopping = true;
    pthread_cond_signal(&streams->wake);
    pthread_mutex_unlock(&streams->lock);
    pthread_join(streams->thread, NULL);
    pthread_mutex_lock(&streams->lock);
    for (struct hae_view_stream *stream = streams->first; stream != NULL; stream = stream->next) {
        resume(stream);
    }
    pthread_mutex_unlock(&streams->lock);
}

void hae_view_streams_done(struct hae_view_streams *streams)
{
    pthread_mutex_destroy(&streams->lock);
    pthread_cond_destroy(&streams->wake);
}
