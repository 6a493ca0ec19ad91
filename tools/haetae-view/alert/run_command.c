/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/run_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "util/text.h"

#define OUTPUT_MAX 4096
#define SLICE_MS   50 /* how soon a stop is noticed */

extern char **environ;

struct running {
    pid_t pid;
    int in;  /* what we write; -1: closed */
    int out; /* what it says; -1: closed */
    const char *text;
    size_t left;
    char said[OUTPUT_MAX];
    size_t said_length;
};

static bool make_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC) == 0;
}

static void close_pipe(int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

/* Signals are blocked and ignored here, which a program that is started does not expect. */
static bool spawn(char *const *arguments, int in, int out, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigemptyset(&all);
    sigaddset(&all, SIGPIPE);
    sigaddset(&all, SIGXFSZ);
    sigaddset(&all, SIGINT);
    sigaddset(&all, SIGTERM);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int code = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    code |= posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    code |= posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
    code |= posix_spawnattr_setsigmask(&attributes, &none);
    code |= posix_spawnattr_setsigdefault(&attributes, &all);
    code |= posix_spawnattr_setpgroup(&attributes, 0);
    code |= posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                      POSIX_SPAWN_SETPGROUP);
    if (code == 0) {
        code = posix_spawn(ret_pid, arguments[0], &actions, &attributes, arguments, environ);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    errno = code;
    return code == 0;
}

static bool begin(struct running *running, char *const *arguments)
{
    int in[2];
    int out[2];
    if (!make_pipe(in)) {
        return false;
    }
    if (!make_pipe(out)) {
        close_pipe(in);
        return false;
    }
    bool started = spawn(arguments, in[0], out[1], &running->pid);
    int saved = errno;
    close(in[0]);
    close(out[1]);
    running->in = in[1];
    running->out = out[0];
    if (!started) {
        close(in[1]);
        close(out[0]);
        errno = saved;
        return false;
    }
    (void)fcntl(running->in, F_SETFL, O_NONBLOCK);
    (void)fcntl(running->out, F_SETFL, O_NONBLOCK);
    return true;
}

static void close_end(int *end)
{
    if (*end >= 0) {
        close(*end);
        *end = -1;
    }
}

static void write_some(struct running *running)
{
    ssize_t size = write(running->in, running->text, running->left);
    if (size > 0) {
        running->text += size;
        running->left -= (size_t)size;
    }
    /* A program need not read what it is given. */
    if (running->left == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
        close_end(&running->in);
    }
}

static void read_some(struct running *running)
{
    char piece[1024];
    ssize_t size = read(running->out, piece, sizeof piece);
    if (size > 0) {
        size_t room = OUTPUT_MAX - running->said_length;
        size_t kept = (size_t)size < room ? (size_t)size : room;
        memcpy(running->said + running->said_length, piece, kept);
        running->said_length += kept;
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
        close_end(&running->out);
    }
}

/* Feeds and reads for a while. */
static void attend(struct running *running)
{
    struct pollfd fds[2] = {{running->in, POLLOUT, 0}, {running->out, POLLIN, 0}};
    if (poll(fds, 2, SLICE_MS) <= 0) {
        return;
    }
    if (fds[0].revents != 0) {
        write_some(running);
    }
    if (fds[1].revents != 0) {
        read_some(running);
    }
}

/* False: it was killed. *ret_status is what waitpid() says. */
static bool wait_for_end(struct running *running, int64_t timeout_ns, const atomic_bool *stopping,
                         int *ret_status)
{
    uint64_t end_ns = hae_time_ns(CLOCK_MONOTONIC) + (uint64_t)timeout_ns;
    for (;;) {
        pid_t ended = waitpid(running->pid, ret_status, WNOHANG);
        if (ended == running->pid || (ended < 0 && errno != EINTR)) {
            return true;
        }
        /* Relaxed: it only has to be seen soon. */
        if (hae_time_ns(CLOCK_MONOTONIC) >= end_ns ||
            atomic_load_explicit(stopping, memory_order_relaxed)) {
            (void)kill(-running->pid, SIGKILL);
            (void)kill(running->pid, SIGKILL);
            while (waitpid(running->pid, ret_status, 0) < 0 && errno == EINTR) {
            }
            return false;
        }
        attend(running);
    }
}

static void describe(const struct running *running, int status, char problem[160])
{
    char said[96];
    const char *end = memchr(running->said, '\n', running->said_length);
    size_t length = end != NULL ? (size_t)(end - running->said) : running->said_length;
    (void)hae_view_text_clean(said, sizeof said, running->said, length);
    if (WIFSIGNALED(status)) {
        snprintf(problem, 160, "it was ended by signal %d", WTERMSIG(status));
    } else {
        snprintf(problem, 160, "it ended with status %d%s%s", WEXITSTATUS(status),
                 said[0] != '\0' ? ": " : "", said);
    }
}

enum hae_view_delivery hae_view_run_command(char *const *arguments, const char *text, size_t length,
                                            int64_t timeout_ns, const atomic_bool *stopping,
                                            char problem[160])
{
    struct running running = {.in = -1, .out = -1, .text = text, .left = length};
    int status = 0;
    if (!begin(&running, arguments)) {
        snprintf(problem, 160, "it cannot be started: %s", strerror(errno));
        return HAE_VIEW_DELIVERY_FAILED;
    }
    bool ended = wait_for_end(&running, timeout_ns, stopping, &status);
    for (size_t last = running.said_length + 1; running.out >= 0 && last != running.said_length;) {
        last = running.said_length;
        read_some(&running);
    }
    close_end(&running.in);
    close_end(&running.out);
    if (ended && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return HAE_VIEW_DELIVERED;
    }
    if (ended) {
        describe(&running, status, problem);
    } else {
        snprintf(problem, 160, "it took longer than it may");
    }
    return HAE_VIEW_DELIVERY_FAILED;
}
