/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/expect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/minmax.h"
#include "commands/ask.h"
#include "commands/expectation.h"
#include "commands/output.h"
#include "commands/stop.h"
#include "receive/receiver.h"
#include "show/file.h"
#include "show/screen.h"

#define DEFAULT_LISTEN "127.0.0.1:4318"
#define SECOND_NS      UINT64_C(1000000000)
#define MS_NS          UINT64_C(1000000)
#define PERIOD_MS      50
/* Asking takes at most a part of the time: so many times as long passes in between. */
#define REST_SHARE 4

enum verdict {
    NOT_YET,
    HOLDS_SO_FAR, /* more may come, which would be too many */
    HOLDS,
    TOO_MANY
};

struct expecting {
    const struct hae_view_command_line *line;
    struct hae_view_expectation expectation;
    struct hae_view_source source;
    struct hae_buffer select;
    struct hae_buffer answer;
    uint64_t count; /* the last answer */
    bool answered;
    char problem[300]; /* why there was no answer, the last time */
};

/* ---- Asking -------------------------------------------------------------------------------- */

/* Returns the HTTP status, or 0. */
static unsigned ask(struct expecting *expecting)
{
    struct hae_view_arguments arguments = {0};
    if (expecting->select.failed) {
        snprintf(expecting->problem, sizeof expecting->problem, "out of memory");
        return 0;
    }
    hae_view_arguments_add(&arguments, "q", expecting->select.data);
    unsigned status = hae_view_source_ask(&expecting->source, "sql", &arguments, &expecting->answer,
                                          expecting->problem, sizeof expecting->problem);
    hae_view_arguments_done(&arguments);
    return status;
}

static unsigned ask_count(struct expecting *expecting)
{
    hae_buffer_clear(&expecting->select);
    hae_view_expectation_count(&expecting->expectation, &expecting->select);
    unsigned status = ask(expecting);
    if (status == 200) {
        struct hae_view_rows rows = hae_view_source_read(
            &expecting->source, "SELECT CAST(:answer ->> '$.rows[0][0]' AS INTEGER)",
            &expecting->answer);
        expecting->count =
            hae_view_next(&rows) ? (uint64_t)hae_view_integer_at(&rows, 0) : UINT64_C(0);
        expecting->answered = true;
        (void)hae_view_rows_done(&rows);
    }
    return status;
}

static enum verdict judge(const struct expecting *expecting)
{
    uint64_t count = expecting->count;
    uint64_t bound = expecting->line->count;
    switch (expecting->line->bound) {
    case HAE_VIEW_AT_LEAST:
        return count >= bound ? HOLDS : NOT_YET;
    case HAE_VIEW_AT_MOST:
        return count <= bound ? HOLDS_SO_FAR : TOO_MANY;
    default:
        return count > bound ? TOO_MANY : count == bound ? HOLDS_SO_FAR : NOT_YET;
    }
}

/* ---- Waiting ------------------------------------------------------------------------------- */

static void pause_between(uint64_t asked_ns, uint64_t end_ns)
{
    uint64_t now_ns = hae_time_ns(CLOCK_MONOTONIC);
    uint64_t rest_ns = hae_max(PERIOD_MS * MS_NS, (now_ns - asked_ns) * REST_SHARE);
    uint64_t left_ns = end_ns > now_ns ? end_ns - now_ns : 0;
    rest_ns = hae_min(rest_ns, left_ns);
    struct timespec rest = {(time_t)(rest_ns / SECOND_NS), (long)(rest_ns % SECOND_NS)};
    (void)nanosleep(&rest, NULL); /* a signal ends it early */
}

/* Asks until it is decided, the time is over or somebody wants it to stop. Returns -1, or the
 * status to exit with. */
static int wait_for_it(struct expecting *expecting)
{
    uint64_t end_ns = hae_time_ns(CLOCK_MONOTONIC) + expecting->line->timeout_s * SECOND_NS;
    for (;;) {
        uint64_t asked_ns = hae_time_ns(CLOCK_MONOTONIC);
        bool last = asked_ns >= end_ns || hae_view_stop_wanted();
        unsigned status = ask_count(expecting);
        if (status == 400 || status == 414) {
            hae_view_print_error(expecting->problem);
            return HAE_VIEW_EXIT_WRONG_USE;
        }
        enum verdict verdict = status == 200 ? judge(expecting) : NOT_YET;
        if (last || verdict == HOLDS || verdict == TOO_MANY) {
            return -1;
        }
        pause_between(asked_ns, end_ns);
    }
}

/* ---- The end ------------------------------------------------------------------------------- */

static void print_there(struct expecting *expecting)
{
    struct hae_view_grid grid = HAE_VIEW_GRID_INIT;
    struct hae_buffer out = HAE_BUFFER_INIT;
    hae_buffer_clear(&expecting->select);
    hae_view_expectation_summary(&expecting->expectation, &expecting->select);
    if (ask(expecting) != 200 ||
        !hae_view_grid_sql(&expecting->source, &expecting->answer, &grid)) {
        hae_view_print_error(expecting->problem);
    } else {
        struct hae_view_rows rows = hae_view_source_read(
            &expecting->source, "SELECT json_array_length(:answer, '$.rows')", &expecting->answer);
        bool any = hae_view_next(&rows) && hae_view_integer_at(&rows, 0) > 0;
        const char *name = hae_view_expectation_name(&expecting->expectation);
        (void)hae_view_rows_done(&rows);
        hae_view_grid_write(&grid, &out);
        fprintf(stderr, any ? "There are these %s:\n" : "There are no %s at all.\n", name);
        if (any && !out.failed) {
            (void)hae_view_write_all(STDERR_FILENO, out.data, out.length);
        }
    }
    hae_view_grid_done(&grid);
    hae_buffer_done(&out);
}

static int conclude(struct expecting *expecting)
{
    static const char *const bounds[] = {"at least", "at most", "exactly"};
    const struct hae_view_command_line *line = expecting->line;
    char problem[400];
    if (!expecting->answered) {
        hae_view_print_error(expecting->problem);
        return HAE_VIEW_EXIT_BAD;
    }
    enum verdict verdict = judge(expecting);
    if (verdict == HOLDS || verdict == HOLDS_SO_FAR) {
        return HAE_VIEW_EXIT_GOOD;
    }
    snprintf(problem, sizeof problem, "expected %s %" PRIu64 ", found %" PRIu64 ": %.250s",
             bounds[line->bound], line->count, expecting->count, line->expect);
    hae_view_print_error(problem);
    print_there(expecting);
    return HAE_VIEW_EXIT_BAD;
}

/* ---- Receiving ----------------------------------------------------------------------------- */

static struct hae_view_receiver *start_receiver(const struct hae_view_command_line *line,
                                                struct hae_view_store *store)
{
    struct hae_view_listener listener;
    char problem[256];
    char port[16];
    if (!hae_view_listen(line->listen != NULL ? line->listen : DEFAULT_LISTEN, &listener, problem,
                         sizeof problem)) {
        hae_view_print_error(problem);
        return NULL;
    }
    struct hae_view_receiver_options options = {
        .max_body_bytes = HAE_VIEW_DEFAULT_MAX_BODY,
        .loopback = listener.loopback,
    };
    struct hae_view_receiver *receiver = hae_view_receiver_start(&options, store, listener.fd);
    if (receiver == NULL) {
        hae_view_print_error("cannot start the HTTP server");
        return NULL;
    }
    fprintf(stderr, "haetae-view: listening on http://%s\n", listener.address);
    snprintf(port, sizeof port, "%u\n", listener.port);
    if (line->port_file != NULL && !hae_view_write_file(line->port_file, port, strlen(port))) {
        hae_view_receiver_stop(receiver);
        return NULL;
    }
    return receiver;
}

/* Receives while it waits, and judges what had come when that ended. */
static int receive(struct expecting *expecting)
{
    struct hae_view_database_options options = {0};
    char problem[160];
    struct hae_view_store *store = hae_view_store_open(&options, problem, sizeof problem);
    if (store == NULL) {
        hae_view_print_error(problem);
        return HAE_VIEW_EXIT_BAD;
    }
    int status = hae_view_source_of_store(&expecting->source, store);
    /* What is wrong with the condition is said before anybody sends. */
    if (status < 0 && ask_count(expecting) == 400) {
        hae_view_print_error(expecting->problem);
        status = HAE_VIEW_EXIT_WRONG_USE;
    }
    if (status < 0) {
        struct hae_view_receiver *receiver = start_receiver(expecting->line, store);
        status = HAE_VIEW_EXIT_BAD;
        if (receiver != NULL) {
            status = wait_for_it(expecting);
            hae_view_receiver_stop(receiver);
        }
    }
    if (status < 0) {
        (void)ask_count(expecting);
        status = conclude(expecting);
    }
    hae_view_source_done(&expecting->source);
    hae_view_store_free(store);
    return status;
}

static int ask_another(struct expecting *expecting)
{
    int status = hae_view_source_open(&expecting->source, expecting->line);
    if (status >= 0) {
        return status;
    }
    status = wait_for_it(expecting);
    if (status < 0) {
        status = conclude(expecting);
    }
    hae_view_source_done(&expecting->source);
    return status;
}

int hae_view_expect(const struct hae_view_command_line *line)
{
    struct expecting expecting = {.line = line};
    char problem[300];
    if (!hae_view_expectation_read(line->expect, &expecting.expectation, problem, sizeof problem)) {
        hae_view_print_error(problem);
        return HAE_VIEW_EXIT_WRONG_USE;
    }
    hae_view_stop_watch();
    int status =
        line->db != NULL || line->url != NULL ? ask_another(&expecting) : receive(&expecting);
    hae_buffer_done(&expecting.select);
    hae_buffer_done(&expecting.answer);
    return status;
}
