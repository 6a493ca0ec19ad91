/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/grpc.h"

#include <unistd.h>

#ifdef HAE_VIEW_GRPC

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/thread.h"
#include "receive/grpc_session.h"

#define CONNECTIONS_MAX 64
#define PAUSE_MS        100 /* when there is no descriptor for a new connection */
#define IDLE_NS         UINT64_C(60000000000)
#define READ_BYTES      ((size_t)64 * 1024)

struct connection {
    int fd;
    struct hae_view_grpc_session *session;
    uint64_t active_ns;
    const uint8_t *unsent; /* the session's */
    size_t unsent_bytes;
};

struct hae_view_grpc {
    pthread_t thread;
    int listen_fd;
    int wake_fd;
    atomic_bool stopping;
    /* Only for the thread. */
    struct hae_view_endpoint endpoint;
    struct connection connections[CONNECTIONS_MAX];
    size_t count;
    uint8_t input[READ_BYTES];
};

bool hae_view_knows_grpc(void)
{
    return true;
}

/* ---- Connections ----------------------------------------------------------------------- */

static void close_connection(struct hae_view_grpc *grpc, size_t at)
{
    hae_view_grpc_session_free(grpc->connections[at].session);
    close(grpc->connections[at].fd);
    grpc->connections[at] = grpc->connections[--grpc->count];
}

/* The one from which nothing has come for the longest time makes room for a new one. */
static void close_idlest(struct hae_view_grpc *grpc)
{
    size_t idlest = 0;
    for (size_t i = 1; i < grpc->count; i++) {
        if (grpc->connections[i].active_ns < grpc->connections[idlest].active_ns) {
            idlest = i;
        }
    }
    close_connection(grpc, idlest);
}

static void accept_one(struct hae_view_grpc *grpc)
{
    int fd = accept4(grpc->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
        /* What waits stays readable: an idle connection goes for it, or the thread would spin. */
        if (grpc->count > 0) {
            close_idlest(grpc);
        } else {
            (void)poll(NULL, 0, PAUSE_MS);
        }
    }
    if (fd < 0) {
        return;
    }
    /* An answer is of several frames, each sent alone: else the second one waits until the peer
     * acknowledges the first, which it delays by 40 ms. */
    int yes = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct hae_view_grpc_session *session = hae_view_grpc_session_new(&grpc->endpoint);
    if (session == NULL) {
        close(fd);
        return;
    }
    if (grpc->count == CONNECTIONS_MAX) {
        close_idlest(grpc);
    }
    grpc->connections[grpc->count++] = (struct connection){
        .fd = fd, .session = session, .active_ns = hae_time_ns(CLOCK_MONOTONIC)};
}

/* False: the connection has ended. */
static bool send_all(struct connection *connection)
{
    for (;;) {
        if (connection->unsent_bytes == 0) {
            ptrdiff_t bytes = hae_view_grpc_session_send(connection->session, &connection->unsent);
            if (bytes <= 0) {
                return bytes == 0;
            }
            connection->unsent_bytes = (size_t)bytes;
        }
        ssize_t sent =
            send(connection->fd, connection->unsent, connection->unsent_bytes, MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        }
        connection->unsent += sent;
        connection->unsent_bytes -= (size_t)sent;
    }
}

static bool receive_some(struct hae_view_grpc *grpc, struct connection *connection)
{
    ssize_t bytes = recv(connection->fd, grpc->input, sizeof grpc->input, 0);
    if (bytes < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    }
    connection->active_ns = hae_time_ns(CLOCK_MONOTONIC);
    return bytes > 0 &&
           hae_view_grpc_session_receive(connection->session, grpc->input, (size_t)bytes);
}

/* False: the connection has ended. */
static bool serve(struct hae_view_grpc *grpc, struct connection *connection, short events)
{
    /* Nothing more is read from a peer that does not read: its answers would pile up. */
    if (connection->unsent_bytes == 0 && (events & (POLLIN | POLLHUP | POLLERR)) != 0 &&
        !receive_some(grpc, connection)) {
        (void)send_all(connection); /* why it ends */
        return false;
    }
    return send_all(connection) && !hae_view_grpc_session_is_over(connection->session);
}

/* ---- The thread ------------------------------------------------------------------------ */

static int timeout_ms(const struct hae_view_grpc *grpc)
{
    return grpc->count > 0 ? 1000 : -1;
}

static void run_once(struct hae_view_grpc *grpc)
{
    struct pollfd polled[CONNECTIONS_MAX + 2];
    size_t count = grpc->count;
    for (size_t i = 0; i < count; i++) {
        const struct connection *connection = &grpc->connections[i];
        polled[i] = (struct pollfd){.fd = connection->fd,
                                    .events = connection->unsent_bytes > 0 ? POLLOUT : POLLIN};
    }
    polled[count] = (struct pollfd){.fd = grpc->listen_fd, .events = POLLIN};
    polled[count + 1] = (struct pollfd){.fd = grpc->wake_fd, .events = POLLIN};
    if (poll(polled, count + 2, timeout_ms(grpc)) < 0) {
        return;
    }
    uint64_t now_ns = hae_time_ns(CLOCK_MONOTONIC);
    /* From the last one, since one that is closed is replaced by the last. */
    for (size_t i = count; i > 0; i--) {
        struct connection *connection = &grpc->connections[i - 1];
        bool good = polled[i - 1].revents == 0 || serve(grpc, connection, polled[i - 1].revents);
        if (!good || now_ns > connection->active_ns + IDLE_NS) {
            close_connection(grpc, i - 1);
        }
    }
    if (polled[count].revents != 0) {
        accept_one(grpc);
    }
}

static void *run(void *user)
{
    struct hae_view_grpc *grpc = user;
    /* Acquire: pairs with the release in hae_view_grpc_stop(), by which the thread ends. */
    while (!atomic_load_explicit(&grpc->stopping, memory_order_acquire)) {
        run_once(grpc);
    }
    while (grpc->count > 0) {
        struct connection *connection = &grpc->connections[grpc->count - 1];
        hae_view_grpc_session_shut_down(connection->session);
        (void)send_all(connection);
        close_connection(grpc, grpc->count - 1);
    }
    return NULL;
}

/* ---- Starting and stopping ------------------------------------------------------------- */

static void free_grpc(struct hae_view_grpc *grpc)
{
    hae_view_decoder_free(grpc->endpoint.decoder);
    hae_buffer_done(&grpc->endpoint.inflated);
    if (grpc->wake_fd >= 0) {
        close(grpc->wake_fd);
    }
    close(grpc->listen_fd);
    free(grpc);
}

struct hae_view_grpc *hae_view_grpc_start(const struct hae_view_receiver_options *options,
                                          struct hae_view_store *store, int listen_fd)
{
    struct hae_view_grpc *grpc = calloc(1, sizeof *grpc);
    if (grpc == NULL) {
        close(listen_fd);
        return NULL;
    }
    grpc->listen_fd = listen_fd;
    grpc->wake_fd = eventfd(0, EFD_CLOEXEC);
    atomic_init(&grpc->stopping, false);
    grpc->endpoint = (struct hae_view_endpoint){
        .store = store,
        .decoder = hae_view_decoder_new(store),
        .max_body_bytes = options->max_body_bytes,
        .fail_per_million = options->fail_per_million,
        .fail_status = options->fail_status,
    };
    if (grpc->wake_fd < 0 || grpc->endpoint.decoder == NULL ||
        hae_thread_start(&grpc->thread, run, grpc) != HAETAE_OK) {
        free_grpc(grpc);
        return NULL;
    }
    return grpc;
}

void hae_view_grpc_stop(struct hae_view_grpc *grpc)
{
    if (grpc == NULL) {
        return;
    }
    /* Release: pairs with the acquire in run(). */
    atomic_store_explicit(&grpc->stopping, true, memory_order_release);
    uint64_t one = 1;
    while (write(grpc->wake_fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
    pthread_join(grpc->thread, NULL);
    free_grpc(grpc);
}

#else

bool hae_view_knows_grpc(void)
{
    return false;
}

struct hae_view_grpc *hae_view_grpc_start(const struct hae_view_receiver_options *options,
                                          struct hae_view_store *store, int listen_fd)
{
    (void)options;
    (void)store;
    close(listen_fd);
    return NULL;
}

void hae_view_grpc_stop(struct hae_view_grpc *grpc)
{
    (void)grpc;
}

#endif
