/* SPDX-License-Identifier: Apache-2.0 */
/* haetae-view: receives OTLP over HTTP and gRPC, and shows it. This file ties receiving and showing
 * together. Its thread shows. Threads of their own are the HTTP server's, that of questions
 * (receive/worker.h) and that of streams; with --grpc-listen that of gRPC, with --delay-ms that of
 * the delay, with --rules those of alerts, and with --db that of the log (store/log.h). */
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
#include "query/export.h"
#include "receive/grpc.h"
#include "receive/lines.h"
#include "receive/receiver.h"
#include "show/file.h"
#include "show/totals.h"
#include "watch.h"

#define SECOND_NS 1000000000ULL

enum exit_code { EXIT_GOOD = 0, EXIT_BAD = 1, EXIT_WRONG_USE = 2 };

struct view {
    struct hae_view_options options;
    struct hae_view_store *store;
    struct hae_view_rules *rules;   /* until alerts have them; NULL: none */
    struct hae_view_alerts *alerts; /* NULL: no rules */
    struct hae_view_listener listener;
    struct hae_view_listener grpc_listener;
    struct hae_view_grpc *grpc; /* NULL: none */
    struct hae_view_watch watch;
};

/* ---- Pages ---------------------------------------------------------------------- */

static bool write_totals(void *user, struct hae_buffer *out)
{
    return hae_view_totals_of(user, hae_view_arrival_now(), out);
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

static bool write_json(struct view *view)
{
    struct hae_buffer *text = &view->watch.text;
    hae_buffer_clear(text);
    if (!hae_view_totals_of(view->store, hae_view_arrival_now(), text)) {
        return false;
    }
    if (view->options.json_file != NULL) {
        return hae_view_write_file(view->options.json_file, text->data, text->length);
    }
    return hae_view_write_all(STDOUT_FILENO, text->data, text->length);
}

/* ---- Alerts --------------------------------------------------------------------- */

/* Reads the rules, if there is an option for them. */
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

/* ---- Files ---------------------------------------------------------------------- */

/* Loads the files, before anything is received. A file that cannot be read may be a misspelt
 * command, and is wrong use; a file without a good line is bad. On failure it has printed why. */
static enum exit_code load_files(struct view *view)
{
    for (int i = 0; i < view->options.file_count; i++) {
        const char *path = view->options.files[i];
        struct hae_view_lines_read read;
        bool good = hae_view_lines_load(path, view->store, &read);
        if (!good) {
            fprintf(stderr, "haetae-view: cannot read %s: %s\n", path, read.problem);
            return EXIT_WRONG_USE;
        }
        if (read.refused > 0) {
            fprintf(stderr,
                    "haetae-view: %s: %" PRIu64 " lines were not taken, first line %" PRIu64
                    ": %s\n",
                    path, read.refused, read.refused_line, read.problem);
        }
        if (read.taken == 0 && read.refused > 0) {
            return EXIT_BAD;
        }
    }
    return EXIT_GOOD;
}

/* Prints the page's address for the time of the files, which may be long ago. */
static void announce_files(struct view *view)
{
    struct hae_view_database *database = hae_view_store_database(view->store);
    struct hae_view_window window;
    if (view->options.file_count == 0) {
        return; /* it looks at all spans */
    }
    bool known = hae_view_ask_extent(hae_view_database_read(database), &window);
    hae_view_database_read_done(database);
    if (known) {
        fprintf(stderr, "haetae-view: http://%s/#/overview?from=%" PRId64 "&to=%" PRId64 "\n",
                view->listener.address, window.from_ns, window.to_ns);
    }
}

/* ---- Listening ------------------------------------------------------------------ */

static void warn_of_others(const struct hae_view_listener *listener)
{
    if (!listener->loopback) {
        fprintf(stderr, "haetae-view: other machines can reach this address; there is no "
                        "authentication and no encryption\n");
    }
}

/* OTLP over gRPC, if it was asked for. */
static bool start_grpc(struct view *view, const struct hae_view_receiver_options *options)
{
    char problem[256];
    if (view->options.grpc_listen == NULL) {
        return true;
    }
    if (!hae_view_listen(view->options.grpc_listen, &view->grpc_listener, problem,
                         sizeof problem)) {
        fprintf(stderr, "haetae-view: %s\n", problem);
        return false;
    }
    view->grpc = hae_view_grpc_start(options, view->store, view->grpc_listener.fd);
    if (view->grpc == NULL) {
        fprintf(stderr, "haetae-view: cannot start the gRPC server\n");
        return false;
    }
    return true;
}

static void print_addresses(const struct view *view)
{
    const char *grpc = view->grpc != NULL ? view->grpc_listener.address : "";
    fprintf(stderr, "haetae-view: listening on http://%s%s%s\n", view->listener.address,
            view->grpc != NULL ? ", and for gRPC on " : "", grpc);
    warn_of_others(&view->listener);
    if (view->grpc != NULL) {
        warn_of_others(&view->grpc_listener);
    }
}

/* The port of HTTP, and in a second line that of gRPC if there is one. */
static bool write_ports(const struct view *view)
{
    char ports[32];
    int length = snprintf(ports, sizeof ports, "%u\n", view->listener.port);
    if (view->grpc != NULL) {
        length += snprintf(ports + length, sizeof ports - (size_t)length, "%u\n",
                           view->grpc_listener.port);
    }
    return view->options.port_file == NULL ||
           hae_view_write_file(view->options.port_file, ports, (size_t)length);
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
        .asset_count = hae_view_page_count,
    };
    struct hae_view_receiver *receiver =
        hae_view_receiver_start(&receiver_options, view->store, view->listener.fd);
    if (receiver == NULL) {
        fprintf(stderr, "haetae-view: cannot start the HTTP server\n");
        return NULL;
    }
    bool good = start_grpc(view, &receiver_options);
    if (good) {
        print_addresses(view);
        announce_files(view);
        good = write_ports(view);
    }
    if (!good) {
        hae_view_grpc_stop(view->grpc);
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
    struct hae_view_watch *watch = &view->watch;
    if (!hae_view_watch_take_signals(watch)) {
        return EXIT_BAD;
    }
    watch->start_ns = hae_time_ns(CLOCK_MONOTONIC);
    struct hae_view_receiver *receiver = start(view, pages, sizeof pages / sizeof pages[0]);
    if (receiver == NULL) {
        hae_view_alerts_stop(view->alerts);
        return EXIT_BAD;
    }
    watch->store = view->store;
    watch->alerts = view->alerts;
    watch->address = view->listener.address;
    bool good = hae_view_watch_run(watch);
    hae_view_watch_leave(watch);
    hae_view_grpc_stop(view->grpc);
    hae_view_receiver_stop(receiver);
    hae_view_alerts_stop(view->alerts);
    if (good && (view->options.once || !hae_view_watch_is_quiet(watch))) {
        good = hae_view_watch_sum_up(watch);
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
    signal(SIGXFSZ, SIG_IGN); /* a limit of file size is an error of writing */
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
    hae_view_watch_init(&view.watch, &view.options);
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
    code = (int)load_files(&view);
    code = code == EXIT_GOOD ? (int)serve(&view) : code;
    hae_view_rules_free(view.rules);
    hae_view_store_free(view.store);
    hae_view_watch_done(&view.watch);
    return code;
}
