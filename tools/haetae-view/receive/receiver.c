/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/receiver.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/thread.h"
#include "receive/connections.h"
#include "receive/delay.h"
#include "receive/otlp_body.h"
#include "receive/packed.h"
#include "receive/response.h"
#include "receive/route.h"
#include "receive/streams.h"
#include "receive/worker.h"
#include "util/wait.h"

#define CONNECTIONS_MAX   512U
#define CONNECTIONS_KEPT  448U /* with more, the longest idle one goes */
#define IDLE_TIMEOUT_S    60U
#define CONNECTION_MEMORY ((size_t)64 * 1024)
#define STOP_PATIENCE_NS  UINT64_C(1000000000)

struct hae_view_receiver {
    struct MHD_Daemon *daemon;
    struct hae_view_endpoint endpoint;       /* only for the thread of the daemon */
    struct hae_view_connections connections; /* likewise */
    bool delays;
    struct hae_view_delay delay;
    struct hae_view_worker worker; /* answers questions */
    struct hae_view_streams streams;
    pthread_mutex_t lock; /* guards under_way */
    pthread_cond_t ended;
    size_t under_way; /* requests that have no complete answer yet */
};

/* One request, from its headers to the end of its answer. */
struct exchange {
    struct hae_view_receiver *receiver;
    struct hae_view_connection *at; /* the connection that it came by; NULL: not known */
    struct hae_view_request request;
    bool finished;
    struct hae_view_delayed delayed;
    struct hae_view_job job;
};

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static struct hae_view_connection *connection_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

/* What stands for a request until it has an exchange, when there is a NUL in its first line. The
 * library decodes that, and then a path or an argument would end there. */
static char nul_in_line;

static void *look_at_line(void *user, const char *line, struct MHD_Connection *connection)
{
    (void)user;
    (void)connection;
    return strstr(line, "%00") != NULL ? &nul_in_line : NULL;
}

static enum MHD_Result add_argument(void *user, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    (void)kind;
    hae_view_arguments_add(user, name, value != NULL ? value : "");
    return MHD_YES;
}

static void answer(void *user)
{
    struct exchange *exchange = user;
    hae_view_request_answer(&exchange->request, hae_view_arrival_now());
}

static enum MHD_Result begin(struct hae_view_receiver *receiver, struct MHD_Connection *connection,
                             const char *method, const char *path, void **ret_exchange)
{
    bool has_nul = *ret_exchange == &nul_in_line;
    *ret_exchange = NULL;
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        return MHD_NO;
    }
    exchange->receiver = receiver;
    exchange->delayed.connection = connection;
    exchange->at = connection_of(connection);
    struct hae_view_headers headers = {header(connection, MHD_HTTP_HEADER_CONTENT_TYPE),
                                       header(connection, MHD_HTTP_HEADER_CONTENT_ENCODING),
                                       header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH),
                                       header(connection, MHD_HTTP_HEADER_HOST),
                                       header(connection, MHD_HTTP_HEADER_ACCEPT),
                                       header(connection, MHD_HTTP_HEADER_ACCEPT_ENCODING),
                                       header(connection, MHD_HTTP_HEADER_IF_NONE_MATCH),
                                       header(connection, MHD_HTTP_HEADER_ORIGIN),
                                       header(connection, "X-Haetae"),
                                       header(connection, "Sec-Fetch-Site"),
                                       has_nul};
    hae_view_request_begin(&exchange->request, &receiver->endpoint, method, path, &headers);
    if (exchange->request.is_api) {
        (void)MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_argument,
                                        &exchange->request.arguments);
    }
    exchange->job = (struct hae_view_job){connection, answer, exchange, NULL};
    pthread_mutex_lock(&receiver->lock);
    receiver->under_way++;
    pthread_mutex_unlock(&receiver->lock);
    *ret_exchange = exchange;

    /* A client that sends "Expect: 100-continue" gets the answer before it sends the body.
     * All others get it after the body: an answer that comes while they send is easily
     * lost. */
    const char *expect = header(connection, MHD_HTTP_HEADER_EXPECT);
    if (exchange->request.reply.status != 0 && expect != NULL &&
        strcasecmp(expect, "100-continue") == 0) {
        return hae_view_send_reply(connection, &exchange->request.reply);
    }
    return MHD_YES;
}

/* Sends the reply of one that asks, or begins to make it. */
static enum MHD_Result reply_later(struct hae_view_receiver *receiver,
                                   struct MHD_Connection *connection, struct exchange *exchange)
{
    hae_view_connections_hold(&receiver->connections, exchange->at);
    if (!hae_view_request_listens(&exchange->request)) {
        if (hae_view_worker_add(&receiver->worker, &exchange->job)) {
            return MHD_YES; /* called again when there is an answer */
        }
        hae_view_request_refuse_for_now(&exchange->request, "too many questions at the same time");
        return hae_view_send_reply(connection, &exchange->request.reply);
    }
    struct MHD_Response *stream =
        hae_view_streams_open(&receiver->streams, connection, &exchange->request);
    if (stream == NULL) {
        return hae_view_send_reply(connection, &exchange->request.reply);
    }
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, stream);
    MHD_destroy_response(stream);
    return result;
}

/* libmicrohttpd says what the parameters are. NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *length, void **exchange_slot)
{
    (void)version;
    struct hae_view_receiver *receiver = user;
    struct exchange *exchange = *exchange_slot;
    if (exchange == NULL || *exchange_slot == &nul_in_line) {
        return begin(receiver, connection, method, path, exchange_slot);
    }
    hae_view_connections_active(&receiver->connections, exchange->at);
    if (*length > 0) {
        bool go_on = hae_view_request_receive(&exchange->request, data, *length);
        *length = 0;
        return go_on ? MHD_YES : MHD_NO;
    }
    if (!exchange->finished) {
        exchange->finished = true;
        if (hae_view_request_asks(&exchange->request)) {
            return reply_later(receiver, connection, exchange);
        }
        hae_view_request_finish(&exchange->request, hae_view_arrival_now());
        if (receiver->delays && exchange->request.is_otlp) {
            hae_view_connections_hold(&receiver->connections, exchange->at);
            hae_view_delay_add(&receiver->delay, &exchange->delayed);
            return MHD_YES; /* called again when the delay is over */
        }
    }
    return hae_view_send_reply(connection, &exchange->request.reply);
}

static void completed(void *user, struct MHD_Connection *connection, void **exchange_slot,
                      enum MHD_RequestTerminationCode code)
{
    (void)connection;
    (void)code;
    struct hae_view_receiver *receiver = user;
    struct exchange *exchange = *exchange_slot;
    if (exchange == NULL || *exchange_slot == &nul_in_line) {
        return;
    }
    hae_view_request_done(&exchange->request);
    free(exchange);
    *exchange_slot = NULL;
    pthread_mutex_lock(&receiver->lock);
    receiver->under_way--;
    pthread_cond_signal(&receiver->ended);
    pthread_mutex_unlock(&receiver->lock);
}

/* A connection begins or ends. */
static void notified(void *user, struct MHD_Connection *connection, void **socket_context,
                     enum MHD_ConnectionNotificationCode code)
{
    struct hae_view_receiver *receiver = user;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *socket_context = info != NULL
                              ? hae_view_connections_add(&receiver->connections, info->connect_fd)
                              : NULL;
    } else if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        hae_view_connections_remove(&receiver->connections, *socket_context);
        *socket_context = NULL;
    }
}

static void free_receiver(struct hae_view_receiver *receiver)
{
    hae_view_decoder_free(receiver->endpoint.decoder);
    hae_view_packed_free(receiver->endpoint.packed, receiver->endpoint.asset_count);
    hae_buffer_done(&receiver->endpoint.inflated);
    pthread_mutex_destroy(&receiver->lock);
    pthread_cond_destroy(&receiver->ended);
    free(receiver);
}

static struct hae_view_receiver *new_receiver(const struct hae_view_receiver_options *options,
                                              struct hae_view_store *store)
{
    struct hae_view_receiver *receiver = calloc(1, sizeof *receiver);
    if (receiver == NULL) {
        return NULL;
    }
    receiver->endpoint = (struct hae_view_endpoint){
        .store = store,
        .alerts = options->alerts,
        .decoder = hae_view_decoder_new(store),
        .pages = options->pages,
        .page_count = options->page_count,
        .assets = options->assets,
        .packed = hae_view_packed_new(options->assets, options->asset_count),
        .asset_count = options->asset_count,
        .max_body_bytes = options->max_body_bytes,
        .fail_per_million = options->fail_per_million,
        .fail_status = options->fail_status,
        .retry_after_s = options->retry_after_s,
        .loopback = options->loopback,
    };
    hae_view_connections_init(&receiver->connections, CONNECTIONS_KEPT);
    pthread_mutex_init(&receiver->lock, NULL);
    bool made = hae_condition_init(&receiver->ended);
    if (!made || receiver->endpoint.decoder == NULL) {
        free_receiver(receiver);
        return NULL;
    }
    return receiver;
}

static bool start_threads(struct hae_view_receiver *receiver)
{
    struct hae_view_api api = {receiver->endpoint.store, receiver->endpoint.alerts};
    if (!hae_view_worker_start(&receiver->worker)) {
        return false;
    }
    if (!hae_view_streams_start(&receiver->streams, &api)) {
        hae_view_worker_stop(&receiver->worker);
        hae_view_worker_done(&receiver->worker);
        return false;
    }
    return true;
}

/* Sends what is held back. Questions that are being answered end early. */
static void stop_threads(struct hae_view_receiver *receiver)
{
    struct hae_view_database *database = hae_view_store_database(receiver->endpoint.store);
    if (receiver->delays) {
        hae_view_delay_stop(&receiver->delay);
    }
    hae_view_database_interrupt(database, true);
    hae_view_worker_stop(&receiver->worker);
    hae_view_streams_stop(&receiver->streams);
    hae_view_database_interrupt(database, false);
}

/* Once there are no connections. */
static void free_all(struct hae_view_receiver *receiver)
{
    if (receiver->delays) {
        hae_view_delay_done(&receiver->delay);
    }
    hae_view_worker_done(&receiver->worker);
    hae_view_streams_done(&receiver->streams);
    free_receiver(receiver);
}

static void give_up(struct hae_view_receiver *receiver, int listen_fd)
{
    stop_threads(receiver);
    free_all(receiver);
    close(listen_fd);
}

struct hae_view_receiver *hae_view_receiver_start(const struct hae_view_receiver_options *options,
                                                  struct hae_view_store *store, int listen_fd)
{
    struct hae_view_receiver *receiver = new_receiver(options, store);
    if (receiver == NULL) {
        close(listen_fd);
        return NULL;
    }
    if (!start_threads(receiver)) {
        free_receiver(receiver);
        close(listen_fd);
        return NULL;
    }
    receiver->delays =
        options->delay_ms > 0 && hae_view_delay_start(&receiver->delay, options->delay_ms);
    if (options->delay_ms > 0 && !receiver->delays) {
        give_up(receiver, listen_fd);
        return NULL;
    }
    /* Not with epoll, which the library prefers: when many connections of streams come and go at
     * once while another one is silent, it waits until that one's time is over. Decoding what nests
     * deepest takes less than a quarter of the stack. */
    receiver->daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, receiver,
        MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_NOTIFY_COMPLETED, completed, receiver,
        MHD_OPTION_NOTIFY_CONNECTION, notified, receiver, MHD_OPTION_URI_LOG_CALLBACK, look_at_line,
        NULL, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        IDLE_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)HAE_THREAD_STACK_BYTES, MHD_OPTION_END);
    if (receiver->daemon == NULL) {
        give_up(receiver, listen_fd);
        return NULL;
    }
    return receiver;
}

static void wait_for_the_rest(struct hae_view_receiver *receiver)
{
    uint64_t until_ns = hae_time_ns(CLOCK_MONOTONIC) + STOP_PATIENCE_NS;
    bool more_time = true;
    pthread_mutex_lock(&receiver->lock);
    while (receiver->under_way > 0 && more_time) {
        more_time = hae_view_wait_until(&receiver->ended, &receiver->lock, until_ns);
    }
    pthread_mutex_unlock(&receiver->lock);
}

void hae_view_receiver_stop(struct hae_view_receiver *receiver)
{
    if (receiver == NULL) {
        return;
    }
    int listen_fd = MHD_quiesce_daemon(receiver->daemon);
    stop_threads(receiver);
    wait_for_the_rest(receiver);
    MHD_stop_daemon(receiver->daemon);
    if (listen_fd >= 0) {
        close(listen_fd);
    }
    free_all(receiver);
}
