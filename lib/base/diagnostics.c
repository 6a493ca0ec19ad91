/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diagnostics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/printable.h"
#include "base/sigpipe.h"

static uint64_t monotonic_ns(void)
{
    return hae_time_ns(CLOCK_MONOTONIC);
}

static bool make_lock(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attributes;

    if (pthread_mutexattr_init(&attributes) != 0) {
        return false;
    }
    /* Error-checking: when the callback calls back into the library, hae_diagnose() gets
     * EDEADLK instead of deadlocking. */
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    int error = pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return error == 0;
}

haetae_status hae_diagnostics_init(struct hae_diagnostics *diagnostics, haetae_diagnostics callback,
                                   void *user)
{
    memset(diagnostics, 0, sizeof *diagnostics);
    diagnostics->callback = callback;
    diagnostics->user = user;
    diagnostics->now_ns = monotonic_ns;
    return make_lock(&diagnostics->mutex) ? HAETAE_OK : HAETAE_ENOMEM;
}

void hae_diagnostics_in_child(struct hae_diagnostics *diagnostics)
{
    (void)make_lock(&diagnostics->mutex);
    memset(diagnostics->rates, 0, sizeof diagnostics->rates);
}

void hae_diagnostics_done(struct hae_diagnostics *diagnostics)
{
    pthread_mutex_destroy(&diagnostics->mutex);
}

/* ---- Rate limit --------------------------------------------------------- */

static struct hae_diagnostic_rate *find_rate(struct hae_diagnostics *diagnostics, const void *about,
                                             const char *key, uint64_t now_ns)
{
    struct hae_diagnostic_rate *oldest = &diagnostics->rates[0];

    for (size_t i = 0; i < HAE_DIAGNOSTIC_KEYS; i++) {
        struct hae_diagnostic_rate *rate = &diagnostics->rates[i];

        if (rate->key == key && rate->about == about) {
            return rate;
        }
        if (rate->key == NULL) {
            oldest = rate;
            break;
        }
        if (rate->used_ns < oldest->used_ns) {
            oldest = rate;
        }
    }
    *oldest = (struct hae_diagnostic_rate){
        .key = key, .about = about, .refill_ns = now_ns, .token_count = HAE_DIAGNOSTIC_BURST};
    return oldest;
}

/* False: the key has no token left, and its report is suppressed. */
static bool take_token(struct hae_diagnostic_rate *rate, uint64_t now_ns)
{
    uint64_t periods = (now_ns - rate->refill_ns) / HAE_DIAGNOSTIC_PERIOD_NS;

    rate->used_ns = now_ns;
    if (periods >= HAE_DIAGNOSTIC_BURST - rate->token_count) {
        rate->token_count = HAE_DIAGNOSTIC_BURST;
        rate->refill_ns = now_ns;
    } else {
        rate->token_count += (unsigned)periods;
        rate->refill_ns += periods * HAE_DIAGNOSTIC_PERIOD_NS;
    }
    if (rate->token_count == 0) {
        rate->suppressed_count++;
        return false;
    }
    rate->token_count--;
    return true;
}

/* ---- Text --------------------------------------------------------------- */

/* The tail always fits; the rest of the line is cut for it. */
static void compose(char line[HAE_DIAGNOSTIC_BYTES], uint64_t suppressed_count, const char *format,
                    va_list arguments)
{
    static const char dots[] = "...";
    char raw[HAE_DIAGNOSTIC_BYTES];
    char tail[48] = "";
    int wanted = vsnprintf(raw, sizeof raw, format, arguments);

    if (wanted < 0) {
        memcpy(raw, "?", 2);
    }
    if (suppressed_count != 0) {
        snprintf(tail, sizeof tail, " (%" PRIu64 " more like this)", suppressed_count);
    }
    size_t room = HAE_DIAGNOSTIC_BYTES - strlen(tail);
    size_t length = strlen(raw);
    if (hae_escape(line, room, raw, length) < length || wanted >= (int)sizeof raw) {
        hae_escape(line, room - strlen(dots), raw, length);
        strcat(line, dots);
    }
    strcat(line, tail);
}

int hae_diagnostic_severity(haetae_diagnostic_level level)
{
    enum { INFO = 9, WARN = 13, ERROR = 17 };

    return level == HAETAE_DIAGNOSTIC_ERROR ? ERROR : level == HAETAE_DIAGNOSTIC_WARN ? WARN : INFO;
}

static void diagnose(struct hae_diagnostics *diagnostics, const void *about,
                     haetae_diagnostic_level level, const char *key, const char *format,
                     va_list arguments)
{
    char line[HAE_DIAGNOSTIC_BYTES];
    int saved_errno = errno;

    if (diagnostics == NULL || diagnostics->callback == NULL ||
        hae_diagnostic_severity(level) < diagnostics->min_severity ||
        pthread_mutex_lock(&diagnostics->mutex) != 0) {
        return;
    }
    uint64_t now_ns = diagnostics->now_ns();
    struct hae_diagnostic_rate *rate = find_rate(diagnostics, about, key, now_ns);
    if (diagnostics->unlimited || take_token(rate, now_ns)) {
        errno = saved_errno; /* for %m */
        compose(line, rate->suppressed_count, format, arguments);
        rate->suppressed_count = 0;
        diagnostics->callback(diagnostics->user, level, line);
    }
    pthread_mutex_unlock(&diagnostics->mutex);
    errno = saved_errno;
}

void hae_diagnose(struct hae_diagnostics *diagnostics, haetae_diagnostic_level level,
                  const char *key, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    diagnose(diagnostics, NULL, level, key, format, arguments);
    va_end(arguments);
}

void hae_diagnose_about(struct hae_diagnostics *diagnostics, const void *about,
                        haetae_diagnostic_level level, const char *key, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    diagnose(diagnostics, about, level, key, format, arguments);
    va_end(arguments);
}

/* ---- Standard error ----------------------------------------------------- */

static void write_quietly(int fd, const char *text, size_t length)
{
    struct hae_sigpipe saved;
    ssize_t written;

    hae_sigpipe_block(&saved);
    do {
        written = write(fd, text, length);
    } while (written < 0 && errno == EINTR);
    hae_sigpipe_restore(&saved);
}

/* Writes to a pipe by a descriptor of its own that does not block, since another thread may fill
 * the pipe after a look at it. The host's descriptor, which other processes share, stays as it is.
 * False: there is none. */
static bool write_to_pipe(int fd, const char *text, size_t length)
{
    char path[32];
    int own;

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (own < 0) {
        /* Without a reader it cannot be opened, and nobody would read the line. */
        return errno == ENXIO;
    }
    write_quietly(own, text, length);
    close(own);
    return true;
}

static void write_when_ready(int fd, const char *text, size_t length)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};

    if (poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0) {
        write_quietly(fd, text, length);
    }
}

/* Writes without waiting for a reader. */
static void write_now(int fd, const char *text, size_t length)
{
    struct stat facts;
    mode_t kind = fstat(fd, &facts) == 0 ? facts.st_mode & S_IFMT : 0;

    if (kind == S_IFSOCK) {
        (void)!send(fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    } else if (kind != S_IFIFO || !write_to_pipe(fd, text, length)) {
        write_when_ready(fd, text, length);
    }
}

void hae_diagnostics_to_stderr(void *user, haetae_diagnostic_level level, const char *text)
{
    char line[HAE_DIAGNOSTIC_BYTES + 32];
    int saved_errno = errno;
    int length;

    (void)user;
    if (level != HAETAE_DIAGNOSTIC_ERROR && level != HAETAE_DIAGNOSTIC_WARN) {
        return;
    }
    length = snprintf(line, sizeof line, "haetae: %s: %s\n",
                      level == HAETAE_DIAGNOSTIC_ERROR ? "error" : "warning", text);
    if (length >= (int)sizeof line) {
        static const char cut[] = "...\n";

        length = (int)sizeof line - 1;
        memcpy(line + length - (sizeof cut - 1), cut, sizeof cut - 1);
    }
    if (length > 0) {
        write_now(STDERR_FILENO, line, (size_t)length);
    }
    errno = saved_errno;
}
