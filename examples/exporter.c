/* SPDX-License-Identifier: Apache-2.0 */
/* A complete exporter that uses the public interface only.
 *
 * It hands each OTLP request to an agent on the same machine, over a Unix socket
 * of type SOCK_SEQPACKET. One request is one packet, and the agent answers each
 * with a small packet. That shows all that an exporter may have to do:
 *   - begin to send, and finish later, several at once (send, step);
 *   - never wait: what the socket doesn't take now goes out when it does;
 *   - a descriptor and a timeout by which the worker knows when to come back;
 *   - every verdict: accepted, refused, too large, try again, with a delay;
 *   - give a delivery up when a shutdown's deadline has passed (cancel);
 *   - start again in a forked child (after_fork);
 *   - be made by its name, with a configuration key of its own (a factory).
 * An exporter does not handle retries, backoff, splitting or memory limits. The
 * pipeline does that, in the same way for every exporter.
 *
 * All functions are called by one thread, the SDK's worker, so there is no lock.
 *
 *     cc exporter.c exporter_agent.c $(pkg-config --cflags --libs haetae) -pthread
 *     ./a.out
 *
 * main(), at the end, runs such an agent, records a little and checks that all
 * of it arrived. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <haetae/haetae.h>

#include "exporter_agent.h"

#define IN_FLIGHT_MAX     4
#define ANSWER_TIMEOUT_MS 5000
#define ROUNDS            300

/* One delivery in flight. The delivery's user pointer points here, for cancel();
 * `delivery` points back, for answers. */
struct transfer {
    haetae_delivery *delivery; /* NULL: the place is free */
    uint32_t id;               /* the agent repeats it in its answer */
    bool sent;                 /* false: the socket has not taken it yet */
    int64_t deadline_ms;
};

struct agent_exporter {
    struct sockaddr_un address;
    int socket; /* -1: not connected */
    /* An epoll descriptor is readable when a descriptor that it watches is ready,
     * in either direction. So the worker can also wait for room to write. */
    int epoll;
    uint32_t last_id;
    struct transfer transfers[IN_FLIGHT_MAX];
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- Ending a delivery ------------------------------------------------------ */

static void finish_with(struct transfer *transfer, const haetae_result *result)
{
    haetae_delivery *delivery = transfer->delivery;
    /* Frees the place before it completes: completing may bring the next delivery. */
    *transfer = (struct transfer){0};
    haetae_delivery_complete(delivery, result);
}

static void finish(struct transfer *transfer, haetae_verdict verdict, const char *message)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = (int32_t)verdict,
                                          .retry_after_ms = -1, /* the pipeline's backoff decides */
                                          .message = message);
    finish_with(transfer, &result);
}

/* ---- The connection --------------------------------------------------------- */

static void watch(struct agent_exporter *self)
{
    struct epoll_event event = {.events = EPOLLIN};
    for (size_t i = 0; i < IN_FLIGHT_MAX; i++) {
        if (self->transfers[i].delivery != NULL && !self->transfers[i].sent) {
            event.events |= EPOLLOUT;
        }
    }
    epoll_ctl(self->epoll, EPOLL_CTL_MOD, self->socket, &event);
}

/* A Unix socket connects at once or not at all. */
static bool connect_to_agent(struct agent_exporter *self)
{
    if (self->socket >= 0) {
        return true;
    }
    if (self->epoll < 0) { /* the first time in a forked child */
        self->epoll = epoll_create1(EPOLL_CLOEXEC);
    }
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    struct epoll_event event = {.events = EPOLLIN};
    if (connect(fd, (const struct sockaddr *)&self->address, sizeof self->address) != 0 ||
        epoll_ctl(self->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        close(fd);
        return false;
    }
    self->socket = fd;
    return true;
}

/* The agent closed the connection. Requests without an answer are tried again. The
 * agent may have received them, so it may get them twice: delivery is at least once. */
static void disconnect(struct agent_exporter *self, const char *why)
{
    close(self->socket); /* closing also removes it from the epoll set */
    self->socket = -1;

    /* Only deliveries that are in flight now: finish_with() may bring new ones. */
    uint32_t last_id = self->last_id;
    for (size_t i = 0; i < IN_FLIGHT_MAX; i++) {
        struct transfer *transfer = &self->transfers[i];
        if (transfer->delivery != NULL && (int32_t)(transfer->id - last_id) <= 0) {
            finish(transfer, HAETAE_VERDICT_RETRY, why);
        }
    }
}

/* ---- Sending ---------------------------------------------------------------- */

/* Offers one request to the socket. The body is not copied: it is immutable
 * and stays valid until the delivery is completed. */
static void offer(struct agent_exporter *self, struct transfer *transfer)
{
    haetae_delivery *delivery = transfer->delivery;
    struct agent_request head = {
        .id = transfer->id,
        .signal = (uint32_t)haetae_delivery_signal(delivery),
        .item_count = haetae_delivery_item_count(delivery),
    };
    struct iovec parts[2] = {
        {.iov_base = &head, .iov_len = sizeof head},
        {.iov_base = (void *)(uintptr_t)haetae_delivery_data(delivery),
         .iov_len = haetae_delivery_size(delivery)},
    };
    struct msghdr packet = {.msg_iov = parts, .msg_iovlen = 2};
    /* MSG_NOSIGNAL: a library must not end its host with SIGPIPE. */
    if (sendmsg(self->socket, &packet, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
        transfer->sent = true;
        transfer->deadline_ms = now_ms() + ANSWER_TIMEOUT_MS;
    } else if (errno == EMSGSIZE) {
        finish(transfer, HAETAE_VERDICT_TOO_LARGE, "larger than a packet can be");
    } else if (errno != EAGAIN && errno != EINTR) {
        disconnect(self, "the agent closed the connection");
    }
}

static void agent_send(void *user, haetae_delivery *delivery)
{
    struct agent_exporter *self = user;
    struct transfer *transfer = NULL;
    for (size_t i = 0; i < IN_FLIGHT_MAX && transfer == NULL; i++) {
        if (self->transfers[i].delivery == NULL) {
            transfer = &self->transfers[i];
        }
    }
    if (transfer == NULL) { /* cannot happen: max_in_flight limits the deliveries */
        haetae_delivery_complete(delivery, NULL);
        return;
    }
    *transfer = (struct transfer){
        .delivery = delivery,
        .id = ++self->last_id,
        .deadline_ms = now_ms() + ANSWER_TIMEOUT_MS,
    };
    haetae_delivery_set_user(delivery, transfer);
    if (!connect_to_agent(self)) {
        finish(transfer, HAETAE_VERDICT_RETRY, "no agent is listening");
        return;
    }
    offer(self, transfer);
    if (self->socket >= 0) {
        watch(self);
    }
}

/* ---- Answers ---------------------------------------------------------------- */

static void take_answer(struct agent_exporter *self, const struct agent_answer *answer)
{
    for (size_t i = 0; i < IN_FLIGHT_MAX; i++) {
        struct transfer *transfer = &self->transfers[i];
        if (transfer->delivery == NULL || !transfer->sent || transfer->id != answer->id) {
            continue;
        }
        bool known = answer->verdict <= HAETAE_VERDICT_TOO_LARGE;
        haetae_result result = HAETAE_OPTIONS(
            haetae_result, .verdict = known ? (int32_t)answer->verdict : HAETAE_VERDICT_DROP,
            .retry_after_ms = answer->retry_after_ms,
            .message = known ? NULL : "the agent's answer makes no sense");
        finish_with(transfer, &result);
        return;
    }
    /* No transfer has this id: it was cancelled, or timed out. */
}

static void read_answers(struct agent_exporter *self)
{
    struct agent_answer answer;
    while (self->socket >= 0) {
        ssize_t size = recv(self->socket, &answer, sizeof answer, MSG_DONTWAIT);
        if (size == (ssize_t)sizeof answer) {
            take_answer(self, &answer);
        } else if (size < 0 && errno == EINTR) {
            continue;
        } else if (size < 0 && errno == EAGAIN) {
            return;
        } else {
            disconnect(self, "the agent closed the connection");
        }
    }
}

/* Does all that can be done now, then returns. The pipeline calls it when the
 * descriptor is readable, when wait_ms() has passed, and at any other time. */
static void agent_step(void *user)
{
    struct agent_exporter *self = user;
    read_answers(self);
    for (size_t i = 0; i < IN_FLIGHT_MAX && self->socket >= 0; i++) {
        if (self->transfers[i].delivery != NULL && !self->transfers[i].sent) {
            offer(self, &self->transfers[i]);
        }
    }
    for (size_t i = 0; i < IN_FLIGHT_MAX; i++) {
        struct transfer *transfer = &self->transfers[i];
        if (transfer->delivery != NULL && transfer->deadline_ms <= now_ms()) {
            finish(transfer, HAETAE_VERDICT_RETRY, "the agent doesn't answer");
        }
    }
    if (self->socket >= 0) {
        watch(self);
    }
}

static int agent_descriptor(void *user)
{
    const struct agent_exporter *self = user;
    return self->epoll;
}

static int64_t agent_wait_ms(void *user)
{
    const struct agent_exporter *self = user;
    int64_t first_ms = INT64_MAX;
    for (size_t i = 0; i < IN_FLIGHT_MAX; i++) {
        const struct transfer *transfer = &self->transfers[i];
        if (transfer->delivery != NULL && transfer->deadline_ms < first_ms) {
            first_ms = transfer->deadline_ms;
        }
    }
    if (first_ms == INT64_MAX) {
        return -1;
    }
    int64_t left_ms = first_ms - now_ms();
    return left_ms > 0 ? left_ms : 0;
}

/* Forgets the delivery. If its answer still comes, no transfer has its id. */
static void agent_cancel(void *user, haetae_delivery *delivery)
{
    (void)user;
    struct transfer *transfer = haetae_delivery_user(delivery);
    *transfer = (struct transfer){0};
}

/* Runs in a forked child, within fork(). The connection and the deliveries belong to the
 * parent; closing the copies sends nothing to the agent. If the parent's worker was in one
 * of the functions above, the descriptors' numbers may be out of date: they stay open. */
static void agent_after_fork(void *user, bool idle)
{
    struct agent_exporter *self = user;
    if (idle && self->socket >= 0) {
        close(self->socket);
    }
    if (idle && self->epoll >= 0) {
        close(self->epoll);
    }
    self->socket = -1;
    self->epoll = -1;
    memset(self->transfers, 0, sizeof self->transfers);
}

static void agent_free(void *user)
{
    struct agent_exporter *self = user;
    if (self->socket >= 0) {
        close(self->socket);
    }
    if (self->epoll >= 0) {
        close(self->epoll);
    }
    free(self);
}

/* ---- Creating the exporter ------------------------------------------------------------- */

/* An exporter named "agent" that sends to the Unix socket at `path`.
 * Ownership: the caller's until haetae_config_add_exporter().
 * Errors: HAETAE_EINVAL (the path is too long for a Unix socket), HAETAE_ENOMEM,
 * HAETAE_EIO. Output untouched on failure. */
static haetae_status agent_exporter_new(const char *path, haetae_exporter **ret_exporter)
{
    struct agent_exporter *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return HAETAE_ENOMEM;
    }
    haetae_status status = HAETAE_EINVAL;
    if (strlen(path) >= sizeof self->address.sun_path) {
        goto free_self;
    }
    self->address.sun_family = AF_UNIX;
    strcpy(self->address.sun_path, path);
    self->socket = -1;
    status = HAETAE_EIO;
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (self->epoll < 0) {
        goto free_self;
    }
    haetae_exporter_ops ops = HAETAE_OPTIONS(
        haetae_exporter_ops, .name = "agent", .send = agent_send, .descriptor = agent_descriptor,
        .wait_ms = agent_wait_ms, .step = agent_step, .cancel = agent_cancel, .free = agent_free,
        .max_in_flight = IN_FLIGHT_MAX, .signals = 0, /* all of them */
        .after_fork = agent_after_fork);
    status = haetae_exporter_new(&ops, self, ret_exporter);
    if (status == HAETAE_OK) {
        return HAETAE_OK;
    }
    close(self->epoll);
free_self:
    free(self);
    return status;
}

/* ---- Its factory ------------------------------------------------------------ */

/* haetae_start() makes the exporter where OTEL_TRACES_EXPORTER and its siblings name "agent". */
static haetae_status agent_create(void *user, haetae_config *config, uint32_t signals,
                                  haetae_exporter **ret_exporter)
{
    (void)user;
    (void)signals; /* the SDK sends it no others */
    /* Where it was set to what cannot be used, no other socket may take its place. */
    haetae_status status = haetae_config_require(config, "HAETAE_AGENT_SOCKET");
    if (status != HAETAE_OK) {
        return status;
    }
    const char *path = haetae_config_get(config, "HAETAE_AGENT_SOCKET");
    status = path[0] != '\0' ? agent_exporter_new(path, ret_exporter) : HAETAE_EINVAL;
    if (status == HAETAE_EINVAL) {
        haetae_config_add_error(config, "HAETAE_AGENT_SOCKET", "not the path of a Unix socket");
        status = HAETAE_EVALUE;
    }
    return status;
}

static const haetae_config_key agent_keys[] = {
    HAETAE_OPTIONS(haetae_config_key, .name = "HAETAE_AGENT_SOCKET", .type = HAETAE_CONFIG_PATH,
                   .default_value = "", .help = "The Unix socket of the agent"),
};

/* The text that it points to is not copied, so it stays as long as the process. */
static const haetae_exporter_factory agent_factory =
    HAETAE_OPTIONS(haetae_exporter_factory, .name = "agent", .keys = agent_keys, .key_count = 1,
                   .create = agent_create);

/* ---- Using the exporter --------------------------------------------------------------- */

static void record_something(haetae_sdk *sdk)
{
    haetae_tracer *tracer = haetae_tracer_named(sdk, "example");
    haetae_logger *logger = haetae_logger_named(sdk, "example");
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("example.rounds"));
    haetae_counter *rounds = NULL;
    haetae_counter_create(haetae_meter_named(sdk, "example"), &options, &rounds);
    for (int i = 0; i < ROUNDS; i++) {
        HAETAE_SPAN_SCOPE(span, tracer, "round", HAETAE_SPAN_KIND_INTERNAL);
        haetae_span_set(span, "round", i);
        haetae_log(logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("another round"), NULL, 0);
        haetae_counter_add(rounds, 1, NULL, 0);
    }
}

/* Compares what the SDK delivered with what the agent counted. */
static bool all_arrived(haetae_sdk *sdk, const struct agent *agent)
{
    haetae_stats *stats = NULL;
    if (haetae_stats_take(sdk, &stats) != HAETAE_OK) {
        return false;
    }
    bool all = true;
    for (int s = 0; s < HAETAE_SIGNAL_COUNT; s++) {
        haetae_signal signal = (haetae_signal)s;
        unsigned long long recorded = haetae_stats_recorded(stats, signal);
        unsigned long long delivered = haetae_stats_delivered(stats, signal);
        unsigned long long received = agent_received(agent, signal);
        printf("%s: recorded=%llu delivered=%llu dropped=%llu received=%llu retries=%llu\n",
               haetae_signal_name(signal), recorded, delivered,
               (unsigned long long)haetae_stats_dropped_total(stats, signal), received,
               (unsigned long long)haetae_stats_retries(stats, signal));
        all = all && recorded > 0 && recorded == delivered && delivered == received;
    }
    haetae_stats_free(stats);
    return all;
}

static haetae_status configure(haetae_config *config, const char *path)
{
    const char *const settings[][2] = {{"HAETAE_AGENT_SOCKET", path},
                                       {"OTEL_TRACES_EXPORTER", "agent"},
                                       {"OTEL_METRICS_EXPORTER", "agent"},
                                       {"OTEL_LOGS_EXPORTER", "agent"}};
    haetae_status status = haetae_exporter_register(&agent_factory);
    if (status == HAETAE_OK) {
        status = haetae_config_load_env(config);
    }
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]) && status == HAETAE_OK; i++) {
        status = haetae_config_set(config, settings[i][0], settings[i][1]);
    }
    return status;
}

/* Each line says whose it is. */
static void print_errors(haetae_status status, const haetae_config *config)
{
    const char *at = haetae_config_error(config);
    fprintf(stderr, "exporter: %s\n", haetae_status_text(status));
    while (*at != '\0') {
        size_t length = strcspn(at, "\n");
        fprintf(stderr, "exporter: %.*s\n", (int)length, at);
        at += length + (at[length] == '\n');
    }
}

static haetae_status start_sdk(const char *path, haetae_sdk **ret_sdk)
{
    haetae_config *config = NULL;
    haetae_status status = haetae_config_new(&config);
    if (status == HAETAE_OK) {
        status = configure(config, path);
    }
    if (status == HAETAE_OK) {
        status = haetae_start(config, ret_sdk);
    }
    if (status != HAETAE_OK) {
        print_errors(status, config);
    }
    haetae_config_free(config);
    return status;
}

int main(void)
{
    struct agent *agent = agent_start();
    haetae_sdk *sdk = NULL;
    if (agent == NULL || start_sdk(agent_path(agent), &sdk) != HAETAE_OK) {
        agent_stop(agent);
        return 1;
    }
    record_something(sdk);
    haetae_status status = haetae_sdk_shutdown(sdk, 10000);
    bool all = status == HAETAE_OK && all_arrived(sdk, agent);
    printf("exporter: %s, %s\n", haetae_status_text(status), all ? "all arrived" : "some missing");
    haetae_sdk_free(sdk);
    agent_stop(agent);
    return all ? 0 : 1;
}
