/* SPDX-License-Identifier: Apache-2.0 */
#include "sink.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTION_MEMORY_BYTES = 512 * 1024, WAITING_MAX = 1024 };

/* Requests that wait for their answer: all for the same time, so the first to come is
 * the first to go. */
struct waiting {
    struct MHD_Connection *connection;
    struct timespec due;
};

static struct waiting waiting[WAITING_MAX];
static unsigned first, count; /* under `lock` */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned delay_ms;

/* ---- Answers, later --------------------------------------------------------------- */

static void *answer_when_due(void *unused)
{
    (void)unused;
    for (;;) {
        struct waiting next;

        pthread_mutex_lock(&lock);
        while (count == 0) {
            pthread_cond_wait(&changed, &lock);
        }
        next = waiting[first];
        first = (first + 1) % WAITING_MAX;
        count--;
        pthread_mutex_unlock(&lock);
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next.due, NULL) != 0) {
        }
        MHD_resume_connection(next.connection);
    }
    return NULL;
}

/* False: too many wait already, answer at once. */
static int wait_for_answer(struct MHD_Connection *connection)
{
    struct timespec due;
    int waits;

    clock_gettime(CLOCK_MONOTONIC, &due);
    due.tv_nsec += (long)(delay_ms % 1000) * 1000000;
    due.tv_sec += (time_t)(delay_ms / 1000) + due.tv_nsec / 1000000000;
    due.tv_nsec %= 1000000000;
    pthread_mutex_lock(&lock);
    waits = count < WAITING_MAX;
    if (waits) {
        MHD_suspend_connection(connection);
        waiting[(first + count++) % WAITING_MAX] = (struct waiting){connection, due};
        pthread_cond_signal(&changed);
    }
    pthread_mutex_unlock(&lock);
    return waits;
}

/* ---- Requests --------------------------------------------------------------------- */

enum stage { READING = 1, WAITING = 2 };

/* libmicrohttpd says what the parameters are. NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state)
{
    struct MHD_Response *response;
    enum MHD_Result result;

    (void)user;
    (void)path;
    (void)method;
    (void)version;
    (void)data;
    if (*state == NULL) {
        *state = (void *)(uintptr_t)READING;
        return MHD_YES;
    }
    if (*size != 0) {
        *size = 0;
        return MHD_YES;
    }
    if (*state == (void *)(uintptr_t)READING && delay_ms != 0) {
        *state = (void *)(uintptr_t)WAITING;
        if (wait_for_answer(connection)) {
            return MHD_YES;
        }
    }
    response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

/* Tells the port, 0 when it can't serve, and serves until it is ended. */
static void serve(int tell, unsigned wanted_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    const union MHD_DaemonInfo *info;
    struct MHD_Daemon *daemon;
    pthread_t thread;
    unsigned port = 0;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)wanted_port);
    daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
                              NULL, handle, NULL, MHD_OPTION_SOCK_ADDR, &address,
                              MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
                              MHD_OPTION_END);
    if (daemon != NULL && pthread_create(&thread, NULL, answer_when_due, NULL) == 0) {
        info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
        port = info != NULL ? info->port : 0;
    }
    if (write(tell, &port, sizeof port) != sizeof port || port == 0) {
        _exit(1);
    }
    for (;;) {
        pause();
    }
}

int sink_start(struct sink *sink, unsigned delay)
{
    return sink_start_at(sink, delay, 0);
}

int sink_start_at(struct sink *sink, unsigned delay, unsigned port)
{
    int pipe_ends[2];
    pid_t parent = getpid();

    if (pipe(pipe_ends) != 0 || (sink->process = fork()) < 0) {
        perror("sink");
        return -1;
    }
    if (sink->process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(1);
        }
        delay_ms = delay;
        serve(pipe_ends[1], port);
    }
    close(pipe_ends[1]);
    if (read(pipe_ends[0], &sink->port, sizeof sink->port) != sizeof sink->port ||
        sink->port == 0) {
        fprintf(stderr, "sink: it could not listen\n");
        close(pipe_ends[0]);
        return -1;
    }
    close(pipe_ends[0]);
    return 0;
}

void sink_stop(const struct sink *sink)
{
    kill(sink->process, SIGKILL);
    waitpid(sink->process, NULL, 0);
}
