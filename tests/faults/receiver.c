/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/receiver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/certificate.h"
#include "support/core_cmocka.h"
#include "support/http_server_mhd.h"
#ifdef FAULTS_GRPC
#include "support/http2_server.h"
#endif

enum { FILLERS = 8, PART_BYTES = 1024 };

struct receiver {
    struct receiver_options options;
    bool expired;
    unsigned port;
    int reservation; /* bound and never listening, so that the port stays ours */
    int deaf;        /* listens and never accepts; -1: none */
    int fillers[FILLERS];
    struct http_server_mhd *http;
    struct http2_server *http2;
    struct ledger *ledger;
    _Atomic uint64_t taken[HAETAE_SIGNAL_COUNT];
    _Atomic uint64_t failed[HAETAE_SIGNAL_COUNT];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Guarded by `lock`. */
    enum behaviour behaviours[HAETAE_SIGNAL_COUNT];
    struct late_answer *late; /* a list */
    bool stopping;
    unsigned stuck_count; /* the first connections, which get no answer */
};

/* ---- Sockets ------------------------------------------------------------------------------- */

static int new_socket(int flags)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    int yes = 1;

    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
    return fd;
}

static int bound_socket(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = new_socket(0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* The server closes it. */
static int new_listener(const struct receiver *receiver)
{
    int fd = bound_socket(receiver->port);

    assert_int_equal(listen(fd, 64), 0);
    return fd;
}

/* ---- What both do --------------------------------------------------------------------------- */

static enum behaviour behaviour_of(struct receiver *receiver, haetae_signal signal,
                                   unsigned connection)
{
    enum behaviour behaviour;

    pthread_mutex_lock(&receiver->lock);
    behaviour = connection > receiver->stuck_count ? receiver->behaviours[signal] : STUCK;
    pthread_mutex_unlock(&receiver->lock);
    return behaviour;
}

/* Until the time is over, the behaviour is another one, or the server stops. */
static void pause_while(struct receiver *receiver, haetae_signal signal, enum behaviour behaviour,
                        unsigned ms)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += ms / 1000;
    end.tv_nsec += (long)(ms % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&receiver->lock);
    while (!receiver->stopping &&
           (receiver->behaviours[signal] == behaviour || behaviour == STUCK) &&
           pthread_cond_timedwait(&receiver->changed, &receiver->lock, &end) == 0) {
    }
    pthread_mutex_unlock(&receiver->lock);
}

/* Counts what this behaviour takes of a request. */
static void take(struct receiver *receiver, haetae_signal signal, enum behaviour behaviour,
                 const uint8_t *body, size_t size)
{
    if (behaviour != ACCEPT) {
        receiver->failed[signal]++;
    } else {
        receiver->taken[signal]++;
    }
    if (behaviour == ACCEPT || behaviour == LATE || behaviour == RESET_IN_ANSWER) {
        uint64_t count = ledger_add(receiver->ledger, signal, body, size);

        if (behaviour != ACCEPT) {
            ledger_doubt(receiver->ledger, signal, count);
        }
    }
}

/* ---- HTTP ----------------------------------------------------------------------------------- */

static haetae_signal signal_of_path(const char *path)
{
    if (strstr(path, "traces") != NULL) {
        return HAETAE_SIGNAL_TRACES;
    }
    return strstr(path, "logs") != NULL ? HAETAE_SIGNAL_LOGS : HAETAE_SIGNAL_METRICS;
}

static const struct http_reply *dated_reply(void)
{
    static _Thread_local char date[64];
    static _Thread_local const char *headers[] = {"Retry-After", NULL, NULL};
    static _Thread_local struct http_reply reply = {.status = 503};
    time_t when = time(NULL) + 2;
    struct tm parts;

    gmtime_r(&when, &parts);
    (void)strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    headers[1] = date;
    reply.headers = headers;
    return &reply;
}

static const struct http_reply *on_http(void *user, const struct http_request *request, bool whole)
{
    static const char *const pause[] = {"Retry-After", "1", NULL};
    static const struct http_reply replies[] = {[ACCEPT] = {.status = 200},
                                                [UNAVAILABLE] = {.status = 503},
                                                [RETRY_AFTER] = {.status = 503, .headers = pause},
                                                [LATE] = {.status = 200}};
    struct receiver *receiver = user;
    haetae_signal signal = signal_of_path(request->url);
    enum behaviour behaviour = behaviour_of(receiver, signal, request->connection);

    if (behaviour == RESET_IN_REQUEST && (whole || request->body_size > PART_BYTES)) {
        receiver->failed[signal]++;
        return NULL;
    }
    if (!whole) {
        return &replies[ACCEPT];
    }
    take(receiver, signal, behaviour, request->body, request->body_size);
    if (behaviour == LATE) {
        pause_while(receiver, signal, LATE, LATE_MS);
    } else if (behaviour == SILENT || behaviour == STUCK) {
        pause_while(receiver, signal, behaviour, 3600000);
        return NULL;
    }
    if (behaviour == RESET_IN_ANSWER) {
        return &http_reply_broken;
    }
    return behaviour == RETRY_AFTER_DATE ? dated_reply() : &replies[behaviour];
}

static void http_up(struct receiver *receiver)
{
    const struct certificate *certificate = receiver->options.certificate;
    struct http_server_tls tls = {0};
    struct http_server_mhd_options options = {
        .listener = new_listener(receiver), .handler = on_http, .user = receiver};

    if (certificate != NULL) {
        tls.key = certificate->key;
        tls.certificate = receiver->expired ? certificate->expired_text : certificate->text;
        options.tls = &tls;
    }
    receiver->http = http_server_mhd_start_with(&options);
}

/* ---- gRPC ----------------------------------------------------------------------------------- */

#ifdef FAULTS_GRPC
#define GRPC_HEAD ":status: 200\ncontent-type: application/grpc\n"

static void grpc_answer(struct http2_connection *connection, const struct http2_request *request,
                        enum behaviour behaviour)
{
    static const uint8_t message[5] = {0};

    http2_write_headers(connection, request->stream, GRPC_HEAD, false);
    if (behaviour == RESET_IN_ANSWER) {
        http2_write_frame(connection, HTTP2_DATA, 0, request->stream, message, 3);
        http2_reset(connection);
        return;
    }
    if (behaviour == ACCEPT || behaviour == LATE) {
        http2_write_frame(connection, HTTP2_DATA, 0, request->stream, message, sizeof message);
        http2_write_headers(connection, request->stream, "grpc-status: 0\n", true);
    } else {
        http2_write_headers(connection, request->stream,
                            behaviour == RETRY_AFTER
                                ? "grpc-status: 14\ngrpc-retry-pushback-ms: 1000\n"
                                : "grpc-status: 14\n",
                            true);
    }
}

/* An answer that comes late must not hold up what else comes on its connection. */
struct late_answer {
    struct late_answer *next;
    pthread_t thread;
    struct http2_connection *connection;
    struct http2_request request;
    haetae_signal signal;
};

static void *answer_late(void *user)
{
    struct late_answer *late = user;
    struct receiver *receiver = http2_server_user(http2_server_of(late->connection));

    pause_while(receiver, late->signal, LATE, LATE_MS);
    grpc_answer(late->connection, &late->request, LATE);
    return NULL;
}

static void begin_late_answer(struct receiver *receiver, haetae_signal signal,
                              struct http2_connection *connection,
                              const struct http2_request *request)
{
    struct late_answer *late;

    pthread_mutex_lock(&receiver->lock);
    if (!receiver->stopping) { /* else nobody would wait for it */
        late = calloc(1, sizeof *late);
        late->connection = connection;
        late->request.stream = request->stream;
        late->signal = signal;
        late->next = receiver->late;
        receiver->late = late;
        if (pthread_create(&late->thread, NULL, answer_late, late) != 0) {
            abort();
        }
    }
    pthread_mutex_unlock(&receiver->lock);
}

/* No connection may be freed before. */
static void end_late_answers(struct receiver *receiver)
{
    struct late_answer *late;

    do {
        pthread_mutex_lock(&receiver->lock);
        late = receiver->late;
        receiver->late = late != NULL ? late->next : NULL;
        pthread_mutex_unlock(&receiver->lock);
        if (late != NULL) {
            pthread_join(late->thread, NULL);
            free(late);
        }
    } while (late != NULL);
}

static void on_grpc(struct http2_connection *connection, const struct http2_request *request)
{
    struct receiver *receiver = http2_server_user(http2_server_of(connection));
    char *path = http2_request_header(request, ":path");
    haetae_signal signal = HAETAE_SIGNAL_METRICS;
    enum behaviour behaviour;

    if (strstr(path, "TraceService") != NULL) {
        signal = HAETAE_SIGNAL_TRACES;
    } else if (strstr(path, "LogsService") != NULL) {
        signal = HAETAE_SIGNAL_LOGS;
    }
    free(path);
    behaviour = behaviour_of(receiver, signal, request->connection);
    take(receiver, signal, behaviour, request->body + 5, request->body_bytes - 5);
    if (behaviour == RESET_IN_REQUEST) { /* it came in one piece */
        http2_reset(connection);
        return;
    }
    if (behaviour == LATE) {
        begin_late_answer(receiver, signal, connection, request);
    } else if (behaviour != SILENT && behaviour != STUCK) {
        grpc_answer(connection, request, behaviour);
    }
}

static void grpc_up(struct receiver *receiver)
{
    const struct certificate *certificate = receiver->options.certificate;
    struct http2_options options = {.listener = new_listener(receiver), .user = receiver};

    if (certificate != NULL) {
        options.certificate_path =
            receiver->expired ? certificate->expired_path : certificate->path;
        options.key_path = certificate->key_path;
        options.alpn = "h2";
    }
    receiver->http2 = http2_server_start(on_grpc, &options);
}

static void reset_in_requests(struct receiver *receiver, bool resets)
{
    if (receiver->http2 != NULL) {
        http2_server_reset_after(receiver->http2, resets ? PART_BYTES : SIZE_MAX);
    }
}
#else
static void grpc_up(struct receiver *receiver)
{
    (void)receiver;
    fail_msg("gRPC is not built");
}

static void reset_in_requests(struct receiver *receiver, bool resets)
{
    (void)receiver;
    (void)resets;
}
#endif

/* ---- Up and down ---------------------------------------------------------------------------- */

struct receiver *receiver_new(const struct receiver_options *options)
{
    struct receiver *receiver = calloc(1, sizeof *receiver);
    struct sockaddr_in address;
    socklen_t size = sizeof address;

    assert_non_null(receiver);
    receiver->options = *options;
    receiver->ledger = options->ledger != NULL ? options->ledger : ledger_new();
    receiver->deaf = -1;
    pthread_mutex_init(&receiver->lock, NULL);
    pthread_cond_init(&receiver->changed, NULL);
    receiver->reservation = bound_socket(0);
    assert_int_equal(getsockname(receiver->reservation, (struct sockaddr *)&address, &size), 0);
    receiver->port = ntohs(address.sin_port);
    return receiver;
}

static void undo_deaf(struct receiver *receiver)
{
    if (receiver->deaf >= 0) {
        for (int i = 0; i < FILLERS; i++) {
            close(receiver->fillers[i]);
        }
        close(receiver->deaf);
        receiver->deaf = -1;
    }
}

void receiver_up(struct receiver *receiver)
{
    undo_deaf(receiver);
    receiver->stopping = false;
    receiver->stuck_count = 0;
    if (receiver->options.grpc) {
        grpc_up(receiver);
    } else {
        http_up(receiver);
    }
}

void receiver_down(struct receiver *receiver)
{
    if (receiver->http == NULL && receiver->http2 == NULL) {
        return;
    }
    pthread_mutex_lock(&receiver->lock);
    receiver->stopping = true;
    pthread_cond_broadcast(&receiver->changed);
    pthread_mutex_unlock(&receiver->lock);
    if (receiver->http != NULL) {
        http_server_mhd_stop(receiver->http);
        receiver->http = NULL;
    }
#ifdef FAULTS_GRPC
    if (receiver->http2 != NULL) {
        end_late_answers(receiver);
        http2_server_stop(receiver->http2);
        receiver->http2 = NULL;
    }
#endif
    ledger_break(receiver->ledger);
}

/* The kernel answers no connection beyond a full backlog. */
void receiver_deaf(struct receiver *receiver)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)receiver->port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};

    receiver_down(receiver);
    receiver->deaf = bound_socket(receiver->port);
    assert_int_equal(listen(receiver->deaf, 0), 0);
    for (int i = 0; i < FILLERS; i++) {
        receiver->fillers[i] = new_socket(SOCK_NONBLOCK);
        (void)connect(receiver->fillers[i], (struct sockaddr *)&address, sizeof address);
    }
}

void receiver_free(struct receiver *receiver)
{
    receiver_down(receiver);
    undo_deaf(receiver);
    close(receiver->reservation);
    if (receiver->options.ledger == NULL) {
        ledger_free(receiver->ledger);
    }
    pthread_cond_destroy(&receiver->changed);
    pthread_mutex_destroy(&receiver->lock);
    free(receiver);
}

/* ---- Wishes --------------------------------------------------------------------------------- */

void receiver_stick(struct receiver *receiver)
{
    unsigned count = receiver->http != NULL ? http_server_mhd_connection_count(receiver->http) : 0;

#ifdef FAULTS_GRPC
    if (receiver->http2 != NULL) {
        count = http2_server_connection_count(receiver->http2);
    }
#endif
    pthread_mutex_lock(&receiver->lock);
    receiver->stuck_count = count;
    pthread_mutex_unlock(&receiver->lock);
}

void receiver_expire(struct receiver *receiver, bool expired)
{
    receiver->expired = expired;
}

void receiver_behave_for(struct receiver *receiver, haetae_signal signal, enum behaviour behaviour)
{
    pthread_mutex_lock(&receiver->lock);
    receiver->behaviours[signal] = behaviour;
    pthread_cond_broadcast(&receiver->changed);
    pthread_mutex_unlock(&receiver->lock);
}

void receiver_behave(struct receiver *receiver, enum behaviour behaviour)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        receiver_behave_for(receiver, (haetae_signal)signal, behaviour);
    }
    reset_in_requests(receiver, behaviour == RESET_IN_REQUEST);
}

unsigned receiver_port(const struct receiver *receiver)
{
    return receiver->port;
}

struct ledger *receiver_ledger(const struct receiver *receiver)
{
    return receiver->ledger;
}

uint64_t receiver_taken(const struct receiver *receiver, haetae_signal signal)
{
    return receiver->taken[signal];
}

uint64_t receiver_failed(const struct receiver *receiver, haetae_signal signal)
{
    return receiver->failed[signal];
}
