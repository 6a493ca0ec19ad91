/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_file/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "otlp_file/backups.h"

enum { OPENS_MAX = 10, LOCK_TRIES = 200, LOCK_PAUSE_NS = 1000000 };

#define NS_PER_MS  UINT64_C(1000000)
#define MS_PER_DAY UINT64_C(86400000)

static uint64_t now_ms(clockid_t clock)
{
    return hae_time_ns(clock) / NS_PER_MS;
}

/* ---- Opening ----------------------------------------------------------------------------- */

static bool open_stdout(struct hae_output *output)
{
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, HAE_DESCRIPTOR_MIN);

    if (fd < 0) {
        return false;
    }
    hae_line_file_init(&output->file, fd);
    /* Others write to it as well: nothing of it is locked or taken back. */
    output->file.is_regular = false;
    return true;
}

/* It was opened just now, or its descriptor is not ours any more. */
static void forget(struct hae_output *output)
{
    output->is_open = false;
    output->mark = HAE_NO_DESCRIPTOR;
}

static void close_it(struct hae_output *output)
{
    hae_descriptor_close(&output->mark);
    forget(output);
}

static bool open_it(struct hae_output *output)
{
    if (output->path == NULL ? !open_stdout(output)
                             : !hae_line_file_open(&output->file, output->path)) {
        return false;
    }
    output->mark = hae_descriptor_of(output->file.fd);
    if (output->mark.number < 0) {
        return false;
    }
    output->file.fd = output->mark.number;
    output->is_open = true;
    output->opened_ms = now_ms(CLOCK_MONOTONIC);
    output->end_bytes = UINT64_MAX; /* not known */
    return true;
}

bool hae_output_open(struct hae_output *output)
{
    forget(output);
    return open_it(output);
}

void hae_output_in_child(struct hae_output *output, bool idle)
{
    if (idle && output->is_open) {
        hae_descriptor_close(&output->mark);
    }
    forget(output);
}

void hae_output_done(struct hae_output *output)
{
    if (output->is_open) {
        close_it(output);
    }
    hae_free(output->path);
    output->path = NULL;
}

/* ---- Rotating ---------------------------------------------------------------------------- */

static bool is_too_old(const struct hae_output *output)
{
    return output->rules.interval_ms != 0 &&
           now_ms(CLOCK_MONOTONIC) - output->opened_ms >= output->rules.interval_ms;
}

/* Whether the file is to be rotated before a line of this size. An empty one never is. */
static bool is_due(const struct hae_output *output, const struct stat *facts, size_t size_bytes)
{
    uint64_t size = (uint64_t)facts->st_size;

    if (!output->file.is_regular || size == 0) {
        return false;
    }
    return (output->rules.max_bytes != 0 && size + size_bytes > output->rules.max_bytes) ||
           is_too_old(output);
}

/* With the file's lock: no other process rotates it. True: there is no file of this name now. */
static bool rotate(struct hae_output *output)
{
    uint64_t now = now_ms(CLOCK_REALTIME);
    uint64_t kept = output->rules.max_days * MS_PER_DAY;

    if (!hae_backups_add(output->path, now)) {
        snprintf(output->error, sizeof output->error, "it could not be rotated: %s",
                 strerror(errno));
        return false;
    }
    hae_backups_prune(output->path, (size_t)output->rules.max_backups,
                      kept != 0 && kept < now ? now - kept : 0);
    return true;
}

/* ---- Appending --------------------------------------------------------------------------- */

static bool lock(struct hae_output *output)
{
    static const struct timespec pause = {0, LOCK_PAUSE_NS};

    for (int tries = 0; tries < LOCK_TRIES; tries++) {
        if (hae_line_file_lock(&output->file)) {
            return true;
        }
        nanosleep(&pause, NULL);
    }
    return false;
}

/* Whether the path still leads to the open file. */
static bool is_there(const struct hae_output *output, const struct stat *facts)
{
    struct stat named;

    return stat(output->path, &named) == 0 && named.st_dev == facts->st_dev &&
           named.st_ino == facts->st_ino;
}

enum readiness { READY, OPEN_AGAIN, FAILED };

/* READY: the file is locked, and the line may be appended. */
static enum readiness prepare(struct hae_output *output, size_t size_bytes)
{
    struct stat facts;

    if (output->path == NULL) {
        return READY;
    }
    if (!lock(output)) {
        snprintf(output->error, sizeof output->error, "another process is writing to it");
        return FAILED;
    }
    if (fstat(output->file.fd, &facts) != 0 || !is_there(output, &facts)) {
        return OPEN_AGAIN;
    }
    /* The first byte of the text is not of the line. */
    if (is_due(output, &facts, size_bytes - 1) && rotate(output)) {
        return OPEN_AGAIN;
    }
    if (output->file.is_regular && (uint64_t)facts.st_size != output->end_bytes) {
        /* Another process has written to it: perhaps it died in the middle of a line. */
        output->file.is_torn = hae_line_file_ends_torn(output->path);
    }
    return READY;
}

static bool make_ready(struct hae_output *output, size_t size_bytes)
{
    for (int tries = 0; tries < OPENS_MAX; tries++) {
        if (output->is_open && !hae_descriptor_is_ours(&output->mark)) {
            forget(output);
        }
        if (!output->is_open && !open_it(output)) {
            snprintf(output->error, sizeof output->error, "%s", strerror(errno));
            return false;
        }
        switch (prepare(output, size_bytes)) {
        case READY:
            return true;
        case FAILED:
            return false;
        default:
            close_it(output); /* which unlocks it */
            break;
        }
    }
    snprintf(output->error, sizeof output->error, "it is replaced again and again");
    return false;
}

bool hae_output_append(struct hae_output *output, char *text, size_t size_bytes)
{
    struct stat facts;
    bool done;

    output->error[0] = '\0';
    if (!make_ready(output, size_bytes)) {
        return false;
    }
    done = hae_line_file_put(&output->file, text, size_bytes);
    if (!done) {
        snprintf(output->error, sizeof output->error, "%s", output->file.error);
    }
    output->end_bytes = fstat(output->file.fd, &facts) == 0 ? (uint64_t)facts.st_size : UINT64_MAX;
    hae_line_file_unlock(&output->file);
    return done;
}
