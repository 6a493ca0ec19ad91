/* SPDX-License-Identifier: Apache-2.0 */
/* haetae-view: receives OTLP over HTTP and shows it. This file ties receiving and showing
 * together. Beside its thread there are that of the HTTP server and, with --delay-ms, that
 * of the delay. */
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "alert/alerts.h"
#include "base/clock.h"
#include "commands/commands.h"
#include "commands/rules.h"
#include "haetae/version.h"
#include "options.h"
#include "page/page.h"
#include "query/summary.h"
#include "receive/receiver.h"
#include "show/file.h"
#include "show/screen.h"
#include "show/totals.h"

#define SECOND_NS      1000000000ULL
#define MS_NS          1000000ULL
#define REDRAW_NS      SECOND_NS
#define LINE_NS        (10 * SECOND_NS)
#define LIVE_WINDOW_NS (300 * SECOND_NS)
#define LIVE_TRACES    4
#define FINAL_TRACES   3
#define LIVE_ERRORS    20
#define FINAL_ERRORS   15
#define SERIES_MAX     400
#define LIVE_SERIES    3 /* of each metric */
#define FINAL_SERIES   8

enum exit_code { EXIT_GOOD = 0, EXIT_BAD = 1, EXIT_WRONG_USE = 2 };

struct view {
    struct hae_view_options options;
    struct hae_view_store *store;
    struct hae_view_rules *rules;   /* until alerts have them; NULL: none */
    struct hae_view_alerts *alerts; /* NULL: no rules */
    struct hae_view_screen screen;
    struct hae_view_listener listener;
    struct hae_buffer text;
    sigset_t signals;
    uint64_t start_ns;
    uint64_t items_reported; /* in the last line that was printed */
};

/* ---- Pages ---------------------------------------------------------------------- */

static struct hae_view_arrival now(void)
{
    return (struct hae_view_arrival){hae_time_ns(CLOCK_MONOTONIC), hae_time_ns(CLOCK_REALTIME)};
}

static bool write_totals(void *user, struct hae_buffer *out)
{
    return hae_view_totals_of(user, now(), out);
}

static bool write_about(void *user, struct hae_buffer *out)
{
    (void)user;
    hae_buffer_text(out, "haetae-view " HAETAE_VERSION "\n\n"
                         "POST /v1/traces, /v1/metrics, /v1/logs   OTLP as "
                         "application/x-protobuf or application/json\n"
                         "GET  /totals.json                        what has been received\n"
                         "GET  /api/...                            questions: docs/view.md\n");
    return true;
}

/* ---- Showing -------------------------------------------------------------------- */

static bool take_summary(struct view *view, bool recent, struct hae_view_summary *summary)
{
    struct hae_view_summary_options options = {
        .now_ns = hae_time_ns(CLOCK_MONOTONIC),
        .now_unix_ns = hae_time_ns(CLOCK_REALTIME),
        .recent = recent,
        .traces_window_ns = recent && view->screen.redraws ? LIVE_WINDOW_NS : 0,
        .all_traces = !recent,
        .traces = recent ? LIVE_TRACES : FINAL_TRACES,
        .errors = recent ? LIVE_ERRORS : FINAL_ERRORS,
        .series = SERIES_MAX,
        .series_per_metric = recent ? LIVE_SERIES : FINAL_SERIES,
    };
    return hae_view_summary_take(view->store, &options, summary);
}

static void describe(struct view *view, struct hae_view_terminal *terminal)
{
    hae_view_screen_describe(&view->screen, &view->options.look, terminal);
    terminal->address = view->listener.address;
    terminal->unix_ns = hae_time_ns(CLOCK_REALTIME);
    terminal->up_ns = hae_time_ns(CLOCK_MONOTONIC) - view->start_ns;
}

static bool redraw(struct view *view)
{
    struct hae_view_terminal terminal;
    struct hae_view_summary summary;
    if (!take_summary(view, true, &summary)) {
        return true; /* no memory now; the next second tries again */
    }
    describe(view, &terminal);
    hae_view_terminal_write(&terminal, &summary, &view->text);
    hae_view_summary_done(&summary);
    return view->text.failed || hae_view_screen_draw(&view->screen, &view->text);
}

/* Adds a line, if anything has come since the last one. */
static bool add_line(struct view *view)
{
    struct hae_view_terminal terminal;
    struct hae_view_summary summary;
    if (!take_summary(view, true, &summary)) {
        return true;
    }
    const struct hae_view_counts *counts = &summary.totals.counts;
    uint64_t items = counts->spans + counts->logs + counts->data_points;
    bool written = true;
    if (items != view->items_reported) {
        view->items_reported = items;
        describe(view, &terminal);
        hae_view_terminal_line(&terminal, &summary, &view->text);
        written = view->text.failed ||
                  hae_view_write_all(STDOUT_FILENO, view->text.data, view->text.length);
    }
    hae_view_summary_done(&summary);
    return written;
}

/* With JSON on standard output nothing else is written there. */
static bool is_quiet(const struct view *view)
{
    return view->options.once || (view->options.json && view->options.json_file == NULL);
}

static bool tick(struct view *view)
{
    if (is_quiet(view)) {
        return true;
    }
    return view->screen.redraws ? redraw(view) : add_line(view);
}

/* ---- The end -------------------------------------------------------------------- */

static bool write_final_summary(struct view *view)
{
    struct hae_view_terminal terminal;
    struct hae_view_summary summary;
    if (!take_summary(view, false, &summary)) {
        return false;
    }
    describe(view, &terminal);
    terminal.height = 0;
    hae_view_terminal_write(&terminal, &summary, &view->text);
    hae_view_summary_done(&summary);
    int fd = view->options.json && view->options.json_file == NULL ? STDERR_FILENO : STDOUT_FILENO;
    return !view->text.failed && hae_view_write_all(fd, view->text.data, view->text.length);
}

static bool write_json(struct view *view)
{
    hae_buffer_clear(&view->text);
    if (!hae_view_totals_of(view->store, now(), &view->text)) {
        return false;
    }
    if (view->options.json_file != NULL) {
        return hae_view_write_file(view->options.json_file, view->text.data, view->text.length);
    }
    return hae_view_write_all(STDOUT_FILENO, view->text.data, view->text.length);
}

/* ---- Running -------------------------------------------------------------------- */

/* Stops as other programs do on Ctrl-Z, and gives the terminal back meanwhile. */
static void suspend(struct view *view)
{
    hae_view_screen_leave(&view->screen);
    raise(SIGSTOP);
}

/* Waits for a signal until a time. Returns the signal, or 0. */
static int wait_for_signal(struct view *view, uint64_t until_ns)
{
    uint64_t now_ns = hae_time_ns(CLOCK_MONOTONIC);
    uint64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    struct timespec timeout = {(time_t)(left_ns / SECOND_NS), (long)(left_ns % SECOND_NS)};
    int number = sigtimedwait(&view->signals, NULL, &timeout);
    return number > 0 ? number : 0;
}

/* Shows until a signal comes, the time limit is reached, or the output cannot be written. */
static bool run(struct view *view)
{
    uint64_t end_ns = UINT64_MAX;
    if (view->options.exit_after_ms > 0) {
        end_ns = view->start_ns + view->options.exit_after_ms * MS_NS;
    }
    uint64_t period_ns = view->screen.redraws ? REDRAW_NS : LINE_NS;
    uint64_t next_ns = view->screen.redraws ? view->start_ns : view->start_ns + period_ns;
    for (;;) {
        int number = wait_for_signal(view, next_ns < end_ns ? next_ns : end_ns);
        uint64_t now_ns = hae_time_ns(CLOCK_MONOTONIC);
        if (number == SIGTSTP) {
            suspend(view);
        } else if (number != 0 && number != SIGWINCH) {
            return true;
        }
        if (now_ns >= end_ns) {
            return true;
        }
        bool resized = number == SIGWINCH && view->screen.redraws;
        if (now_ns < next_ns && !resized) {
            continue;
        }
        if (!tick(view)) {
            return false;
        }
        next_ns = now_ns + period_ns;
    }
}

/* Signals are waited for, not handled. They are blocked before any thread starts, so that
 * all threads have them blocked. */
static void take_over_signals(struct view *view)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH};
    sigemptyset(&view->signals);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        sigaddset(&view->signals, numbers[i]);
    }
    if (view->screen.redraws && !is_quiet(view)) {
        sigaddset(&view->signals, SIGTSTP);
    }
    pthread_sigmask(SIG_BLOCK, &view->signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* ---- Alerts --------------------------------------------------------------------- */

/* Reads the rules, if there shall be alerts. */
static bool read_rules(struct view *view)
{
    struct hae_buffer problems = HAE_BUFFER_INIT;
    if (view->options.rules == NULL) {
        return true;
    }
    view->rules = hae_view_rules_load(view->options.rules, &problems);
    if (view->rules == NULL) {
        fputs(problems.data != NULL ? problems.data : "haetae-view: out of memory\n", stderr);
    }
    hae_buffer_done(&problems);
    return view->rules != NULL;
}

static enum exit_code check_rules(const struct view *view)
{
    printf("%s: %zu rules\n", view->options.rules, view->rules->count);
    hae_view_rules_free(view->rules);
    return fflush(stdout) == 0 ? EXIT_GOOD : EXIT_BAD;
}

static bool start_alerts(struct view *view)
{
    char problem[160];
    char page[sizeof view->listener.address + 8];
    if (view->rules == NULL) {
        return true;
    }
    snprintf(page, sizeof page, "http://%s", view->listener.address);
    struct hae_view_alerts_options options = {
        .rules = view->rules,
        .database = hae_view_store_database(view->store),
        .path = view->options.db,
        .start_ns = (int64_t)hae_time_ns(CLOCK_REALTIME),
        .page = page,
        .has_thread = true,
    };
    view->rules = NULL;
    view->alerts = hae_view_alerts_start(&options, problem, sizeof problem);
    if (view->alerts == NULL) {
        fprintf(stderr, "haetae-view: %s\n", problem);
    }
    return view->alerts != NULL;
}

static struct hae_view_receiver *start(struct view *view, const struct hae_view_page *pages,
                                       size_t page_count)
{
    const struct hae_view_options *options = &view->options;
    char problem[256];
    if (!hae_view_listen(options->listen, &view->listener, problem, sizeof problem)) {
        fprintf(stderr, "haetae-view: %s\n", problem);
        return NULL;
    }
    if (!start_alerts(view)) {
        close(view->listener.fd);
        return NULL;
    }
    struct hae_view_receiver_options receiver_options = {
        .max_body_bytes = options->max_body_bytes,
        .delay_ms = options->delay_ms,
        .fail_per_million = options->fail_per_million,
        .fail_status = options->fail_status,
        .retry_after_s = options->retry_after_s,
        .loopback = view->listener.loopback,
        .alerts = view->alerts,
        .pages = pages,
        .page_count = page_count,
        .assets = hae_view_page,
        .asset_count = HAE_VIEW_PAGE_ASSETS,
    };
    struct hae_view_receiver *receiver =
        hae_view_receiver_start(&receiver_options, view->store, view->listener.fd);
    if (receiver == NULL) {
        fprintf(stderr, "haetae-view: cannot start the HTTP server\n");
        return NULL;
    }
    fprintf(stderr, "haetae-view: listening on http://%s\n", view->listener.address);
    if (!view->listener.loopback) {
        fprintf(stderr, "haetae-view: other machines can reach this address; there is no "
                        "authentication and no encryption\n");
    }
    char port[16];
    snprintf(port, sizeof port, "%u\n", view->listener.port);
    if (options->port_file != NULL &&
        !hae_view_write_file(options->port_file, port, strlen(port))) {
        hae_view_receiver_stop(receiver);
        return NULL;
    }
    return receiver;
}

static enum exit_code serve(struct view *view)
{
    const struct hae_view_page pages[] = {
        {"/totals.json", HAE_VIEW_JSON, write_totals, view->store},
        {"/", HAE_VIEW_PLAIN_TEXT, write_about, NULL},
    };
    take_over_signals(view);
    view->start_ns = hae_time_ns(CLOCK_MONOTONIC);
    struct hae_view_receiver *receiver = start(view, pages, sizeof pages / sizeof pages[0]);
    if (receiver == NULL) {
        hae_view_alerts_stop(view->alerts);
        return EXIT_BAD;
    }
    bool good = run(view);
    hae_view_receiver_stop(receiver);
    hae_view_alerts_stop(view->alerts);
    hae_view_screen_leave(&view->screen);
    bool shows = view->options.once || !is_quiet(view);
    if (good && shows) {
        good = write_final_summary(view);
    }
    if (view->options.json && !write_json(view)) {
        good = false;
    }
    return good ? EXIT_GOOD : EXIT_BAD;
}

int main(int argc, char **argv)
{
    struct view view;
    int code;
    if (argc > 1 && strcmp(argv[1], "rules") == 0) {
        return hae_view_command_rules(argc - 2, argv + 2);
    }
    if (hae_view_command(argc, argv, &code)) {
        return code;
    }
    memset(&view, 0, sizeof view);
    setlocale(LC_CTYPE, "");
    switch (hae_view_options_read(argc, argv, &view.options)) {
    case HAE_VIEW_OPTIONS_RUN:
        break;
    case HAE_VIEW_OPTIONS_DONE:
        return fflush(stdout) == 0 ? (int)EXIT_GOOD : (int)EXIT_BAD;
    case HAE_VIEW_OPTIONS_WRONG:
        return EXIT_WRONG_USE;
    }
    if (!read_rules(&view)) {
        return EXIT_WRONG_USE;
    }
    if (view.options.check_rules) {
        return (int)check_rules(&view);
    }
    hae_view_screen_init(&view.screen);
    struct hae_view_database_options database = {
        .path = view.options.db,
        .size_bytes = view.options.db_size_bytes,
        .keep_ns = view.options.keep_for_s * SECOND_NS,
    };
    char problem[160];
    view.store = hae_view_store_open(&database, problem, sizeof problem);
    if (view.store == NULL) {
        fprintf(stderr, "haetae-view: %s%s%s\n", view.options.db != NULL ? view.options.db : "",
                view.options.db != NULL ? " " : "", problem);
        hae_view_rules_free(view.rules);
        return EXIT_BAD;
    }
    code = (int)serve(&view);
    hae_view_rules_free(view.rules);
    hae_view_store_free(view.store);
    hae_buffer_done(&view.text);
    hae_view_screen_done(&view.screen);
    return code;
}
