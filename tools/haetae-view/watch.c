/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "alert/alert.h"
#include "base/clock.h"
#include "query/summary.h"
#include "show/frame.h"
#include "show/session_keys.h"

#define SECOND_NS    1000000000ULL
#define MS_NS        1000000ULL
#define REDRAW_NS    SECOND_NS
#define LINE_NS      (10 * SECOND_NS)
#define FINAL_TRACES 3
#define FINAL_ERRORS 15
#define SERIES_MAX   400
#define FINAL_SERIES 8 /* of each metric */
/* Reading may take this share of the time: where a question takes long, it is asked less often. */
#define PAUSE_SHARE 4
/* How long the rest of a key may take: what comes later is a key of its own. */
#define KEY_MS 50

void hae_view_watch_init(struct hae_view_watch *watch, const struct hae_view_options *options)
{
    memset(watch, 0, sizeof *watch);
    watch->options = options;
    watch->signal_fd = -1;
    hae_view_screen_init(&watch->screen);
    hae_view_tty_init(&watch->tty);
    hae_view_session_init(&watch->session);
}

void hae_view_watch_done(struct hae_view_watch *watch)
{
    hae_view_watch_leave(watch);
    if (watch->signal_fd >= 0) {
        close(watch->signal_fd);
    }
    hae_view_session_done(&watch->session);
    hae_view_screen_done(&watch->screen);
    hae_buffer_done(&watch->text);
}

bool hae_view_watch_is_quiet(const struct hae_view_watch *watch)
{
    return watch->options->once || (watch->options->json && watch->options->json_file == NULL);
}

/* Whether there is a screen with tabs. */
static bool draws(const struct hae_view_watch *watch)
{
    return watch->screen.redraws && !hae_view_watch_is_quiet(watch);
}

/* ---- Alerts --------------------------------------------------------------------------- */

struct visitor {
    void (*visit)(void *context, const struct hae_view_alert_line *line);
    void *context;
};

static void visit_alert(void *user, const struct hae_view_alert *alert, bool silenced)
{
    const struct visitor *visitor = user;
    struct hae_view_alert_line line = {
        .id = alert->id,
        .state = hae_view_alert_state_name(alert->state),
        .firing = alert->state == HAE_VIEW_FIRING,
        .silenced = silenced,
        .severity = alert->severity,
        .rule = alert->rule_name,
        .summary = alert->summary,
        .value = alert->value,
        .since_ns = alert->since_ns,
    };
    visitor->visit(visitor->context, &line);
}

static void each_alert(void *user, int64_t now_ns,
                       void (*visit)(void *context, const struct hae_view_alert_line *line),
                       void *context)
{
    struct visitor visitor = {visit, context};
    hae_view_alerts_visit(user, now_ns, visit_alert, &visitor);
}

/* ---- Drawing -------------------------------------------------------------------------- */

static void describe(struct hae_view_watch *watch, struct hae_view_terminal *terminal)
{
    hae_view_screen_describe(&watch->screen, &watch->options->look, terminal);
    terminal->address = watch->address;
    terminal->unix_ns = hae_time_ns(CLOCK_REALTIME);
    terminal->up_ns = hae_time_ns(CLOCK_MONOTONIC) - watch->start_ns;
}

/* Draws the screen, unless the shell has it. */
static bool draw(struct hae_view_watch *watch)
{
    struct hae_view_terminal terminal;
    if (hae_view_tty_is_in_background()) {
        return true;
    }
    hae_view_tty_take(&watch->tty);
    watch->session.keyless = !watch->tty.taken;
    describe(watch, &terminal);
    hae_view_frame_write(&terminal, &watch->session, &watch->text);
    if (watch->text.failed) {
        hae_buffer_done(&watch->text); /* no memory now; the next second tries again */
        return true;
    }
    return hae_view_screen_draw(&watch->screen, &watch->text);
}

static void read_pane(struct hae_view_watch *watch)
{
    struct hae_view_terminal terminal;
    describe(watch, &terminal);
    watch->session.width = terminal.width;
    (void)hae_view_session_read(&watch->session, watch->store,
                                (int64_t)hae_time_ns(CLOCK_REALTIME));
}

static bool take_summary(struct hae_view_watch *watch, bool recent,
                         struct hae_view_summary *summary)
{
    struct hae_view_summary_options options = {
        .now_ns = hae_time_ns(CLOCK_MONOTONIC),
        .now_unix_ns = hae_time_ns(CLOCK_REALTIME),
        .recent = recent,
        .all_traces = !recent,
        .traces = recent ? 0 : FINAL_TRACES,
        .errors = recent ? 0 : FINAL_ERRORS,
        .series = recent ? 0 : SERIES_MAX,
        .series_per_metric = FINAL_SERIES,
    };
    return hae_view_summary_take(watch->store, &options, summary);
}

/* Adds a line, if anything has come since the last one. */
static bool add_line(struct hae_view_watch *watch)
{
    struct hae_view_terminal terminal;
    struct hae_view_summary summary;
    if (!take_summary(watch, true, &summary)) {
        return true;
    }
    const struct hae_view_counts *counts = &summary.totals.counts;
    uint64_t items = counts->spans + counts->logs + counts->data_points;
    bool written = true;
    if (items != watch->items_reported) {
        watch->items_reported = items;
        describe(watch, &terminal);
        hae_view_terminal_line(&terminal, &summary, &watch->text);
        written = watch->text.failed ||
                  hae_view_write_all(STDOUT_FILENO, watch->text.data, watch->text.length);
    }
    hae_view_summary_done(&summary);
    return written;
}

/* What is due every now and then. */
static bool tick(struct hae_view_watch *watch)
{
    if (hae_view_watch_is_quiet(watch)) {
        return true;
    }
    if (!watch->screen.redraws) {
        return add_line(watch);
    }
    if (!watch->session.paused && !hae_view_tty_is_in_background()) {
        read_pane(watch);
    }
    return draw(watch);
}

bool hae_view_watch_sum_up(struct hae_view_watch *watch)
{
    struct hae_view_terminal terminal;
    struct hae_view_summary summary;
    const struct hae_view_options *options = watch->options;
    if (!take_summary(watch, false, &summary)) {
        fprintf(stderr, "haetae-view: what was received cannot be read%s%s\n",
                options->db != NULL ? ": is this file damaged? " : "",
                options->db != NULL ? options->db : "");
        return false;
    }
    describe(watch, &terminal);
    hae_view_terminal_write(&terminal, &summary, &watch->text);
    hae_view_summary_done(&summary);
    int fd = options->json && options->json_file == NULL ? STDERR_FILENO : STDOUT_FILENO;
    return !watch->text.failed && hae_view_write_all(fd, watch->text.data, watch->text.length);
}

void hae_view_watch_leave(struct hae_view_watch *watch)
{
    hae_view_screen_leave(&watch->screen);
    hae_view_tty_leave(&watch->tty);
}

/* ---- Signals -------------------------------------------------------------------------- */

bool hae_view_watch_take_signals(struct hae_view_watch *watch)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH};
    sigemptyset(&watch->signals);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        sigaddset(&watch->signals, numbers[i]);
    }
    if (draws(watch)) {
        sigaddset(&watch->signals, SIGTSTP);
        sigaddset(&watch->signals, SIGCONT);
    }
    pthread_sigmask(SIG_BLOCK, &watch->signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    watch->signal_fd = signalfd(-1, &watch->signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (watch->signal_fd < 0) {
        fprintf(stderr, "haetae-view: signals cannot be waited for: %s\n", strerror(errno));
    }
    return watch->signal_fd >= 0;
}

/* Stops as other programs do on Ctrl-Z, and gives the terminal back meanwhile. */
static void suspend(struct hae_view_watch *watch)
{
    hae_view_watch_leave(watch);
    raise(SIGSTOP);
}

/* Takes all signals that have come. False: one of them ends it. */
static bool take_signals(struct hae_view_watch *watch, bool *ret_redraw)
{
    struct signalfd_siginfo info;
    while (read(watch->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        switch (info.ssi_signo) {
        case SIGTSTP:
            suspend(watch);
            *ret_redraw = true;
            break;
        case SIGCONT:
        case SIGWINCH:
            *ret_redraw = true;
            break;
        default:
            return false;
        }
    }
    return true;
}

/* ---- Keys ----------------------------------------------------------------------------- */

/* The rest of a key, if it comes soon. */
static bool wait_for_rest(struct hae_view_watch *watch)
{
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    return poll(&input, 1, KEY_MS) > 0 && hae_view_tty_receive(&watch->tty);
}

/* The terminal that keys came from has gone. */
static void end_keys(struct hae_view_watch *watch)
{
    hae_view_tty_leave(&watch->tty);
    watch->tty.has_keys = false;
}

/* Takes all keys that have come. False: one of them ends it. */
static bool take_keys(struct hae_view_watch *watch)
{
    struct hae_view_key key;
    bool unread = false;
    if (!hae_view_tty_receive(&watch->tty)) {
        end_keys(watch);
        return true;
    }
    while (watch->tty.length > 0) {
        if (!hae_view_tty_next(&watch->tty, false, &key) && !wait_for_rest(watch) &&
            !hae_view_tty_next(&watch->tty, true, &key)) {
            break;
        }
        enum hae_view_answer answer = hae_view_session_key(&watch->session, &key);
        if (answer == HAE_VIEW_ENDS) {
            return false;
        }
        unread = unread || answer == HAE_VIEW_UNREAD;
        /* The next key may be about what this one has opened; while a filter is being typed it is
         * not. */
        if (unread && !(watch->session.editing && watch->tty.length > 0)) {
            read_pane(watch);
            unread = false;
        }
    }
    return true;
}

/* ---- Running -------------------------------------------------------------------------- */

/* Waits for a signal, a key, or a time. */
static void wait_until(struct hae_view_watch *watch, uint64_t until_ns, bool *ret_signals,
                       bool *ret_keys)
{
    struct pollfd fds[2] = {{watch->signal_fd, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    uint64_t now_ns = hae_time_ns(CLOCK_MONOTONIC);
    uint64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    struct timespec timeout = {(time_t)(left_ns / SECOND_NS), (long)(left_ns % SECOND_NS)};
    int ready = ppoll(fds, watch->tty.taken ? 2 : 1, &timeout, NULL);
    *ret_signals = ready > 0 && fds[0].revents != 0;
    *ret_keys = ready > 0 && (fds[1].revents & POLLIN) != 0;
    if (ready > 0 && !*ret_keys && fds[1].revents != 0) {
        end_keys(watch);
    }
}

/* One round. False: it ends; *ret_good: not since the output cannot be written. */
static bool run_once(struct hae_view_watch *watch, uint64_t end_ns, uint64_t *next_ns,
                     bool *ret_good)
{
    bool signals;
    bool keys;
    bool redraw = false;
    wait_until(watch, *next_ns < end_ns ? *next_ns : end_ns, &signals, &keys);
    if ((signals && !take_signals(watch, &redraw)) || (keys && !take_keys(watch)) ||
        hae_time_ns(CLOCK_MONOTONIC) >= end_ns) {
        return false;
    }
    uint64_t now_ns = hae_time_ns(CLOCK_MONOTONIC);
    if (now_ns >= *next_ns) {
        *ret_good = tick(watch);
        uint64_t pause_ns = PAUSE_SHARE * (hae_time_ns(CLOCK_MONOTONIC) - now_ns);
        uint64_t usual_ns = watch->screen.redraws ? REDRAW_NS : LINE_NS;
        *next_ns = now_ns + (pause_ns > usual_ns ? pause_ns : usual_ns);
    } else if ((redraw || keys) && draws(watch)) {
        *ret_good = draw(watch);
    }
    return *ret_good;
}

bool hae_view_watch_run(struct hae_view_watch *watch)
{
    uint64_t end_ns = UINT64_MAX;
    uint64_t next_ns = watch->start_ns + (watch->screen.redraws ? 0 : LINE_NS);
    bool good = true;
    if (watch->options->exit_after_ms > 0) {
        end_ns = watch->start_ns + watch->options->exit_after_ms * MS_NS;
    }
    if (watch->alerts != NULL) {
        watch->session.alerts = (struct hae_view_alert_source){each_alert, watch->alerts};
    }
    while (run_once(watch, end_ns, &next_ns, &good)) {
    }
    return good;
}
