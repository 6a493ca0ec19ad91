/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/api.h"
#include "base/json.h"
#include "commands/ask.h"
#include "commands/output.h"
#include "commands/source.h"
#include "receive/lines.h"
#include "show/screen.h"

/* Rows that are asked for at once; fewer when the answer would be too long. */
#define ROWS_AT_ONCE 2000
#define TRIES_MAX    20
#define PAUSE_NS     250000000

/* ---- Export -------------------------------------------------------------------------------- */

struct exporting {
    const struct hae_view_command_line *line;
    struct hae_view_source source;
    int fd;
    struct hae_buffer part; /* the name of the file until it is whole */
    struct hae_buffer answer;
    int64_t limit;
};

static void sleep_a_little(void)
{
    (void)nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
}

/* Asks for the rows of a signal after one. Returns -1, or the status to exit with. */
static int ask(struct exporting *exporting, const char *signal, int64_t after)
{
    char problem[200] = "";
    for (int tries = 0;; tries++) {
        struct hae_view_arguments arguments = {.count = 0};
        char digits[2][24];
        snprintf(digits[0], sizeof digits[0], "%" PRId64, after);
        snprintf(digits[1], sizeof digits[1], "%" PRId64, exporting->limit);
        hae_view_give_arguments(exporting->line, NULL, &arguments);
        hae_view_arguments_add(&arguments, "signal", signal);
        hae_view_arguments_add(&arguments, "after", digits[0]);
        hae_view_arguments_add(&arguments, "limit", digits[1]);
        if (exporting->line->trace != NULL) {
            hae_view_arguments_add(&arguments, "trace", exporting->line->trace);
        }
        unsigned status = hae_view_source_ask(&exporting->source, HAE_VIEW_EXPORT, &arguments,
                                              &exporting->answer, problem, sizeof problem);
        hae_view_arguments_done(&arguments);
        if (status == 200) {
            return -1;
        }
        if (status == 400 && strstr(problem, "too long") != NULL && exporting->limit > 1) {
            exporting->limit = exporting->limit / 4 > 0 ? exporting->limit / 4 : 1;
        } else if (status == 503 && tries < TRIES_MAX) {
            sleep_a_little();
        } else {
            hae_view_print_error(problem);
            return hae_view_exit_of(status);
        }
    }
}

/* Cuts off the last line when it says after which row there is more; 0: there is no more. */
static int64_t cut_rest(struct hae_buffer *answer)
{
    long long after = 0;
    size_t begin = answer->length;
    while (begin > 1 && answer->data[begin - 2] != '\n') {
        begin--;
    }
    begin -= begin > 0 ? 1 : 0;
    if (answer->length > 0 &&
        sscanf(answer->data + begin, "{\"haetaeView\":{\"after\":\"%lld\"}}", &after) == 1) {
        answer->length = begin;
    }
    return after;
}

static bool write_answer(struct exporting *exporting)
{
    const struct hae_buffer *answer = &exporting->answer;
    if (answer->length == 0 || hae_view_write_all(exporting->fd, answer->data, answer->length)) {
        return true;
    }
    fprintf(stderr, "haetae-view: cannot write %s: %s\n", exporting->line->operand,
            strerror(errno));
    return false;
}

static int export_all(struct exporting *exporting)
{
    static const char *const signals[] = {"spans", "logs", "points"};
    size_t count = exporting->line->trace != NULL ? 2 : 3; /* points are of no trace */
    for (size_t i = 0; i < count; i++) {
        int64_t after = 0;
        do {
            int status = ask(exporting, signals[i], after);
            if (status >= 0) {
                return status;
            }
            after = cut_rest(&exporting->answer);
            if (!write_answer(exporting)) {
                return HAE_VIEW_EXIT_BAD;
            }
        } while (after > 0);
    }
    return HAE_VIEW_EXIT_GOOD;
}

/* The file gets its name when it is whole: one that is there stays until then. */
static bool open_part(struct exporting *exporting)
{
    const char *path = exporting->line->operand;
    if (strcmp(path, "-") == 0) {
        exporting->fd = STDOUT_FILENO;
        return true;
    }
    hae_buffer_format(&exporting->part, "%s.part", path);
    exporting->fd = exporting->part.failed
                        ? -1
                        : open(exporting->part.data,
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (exporting->fd < 0) {
        fprintf(stderr, "haetae-view: cannot write %s.part: %s\n", path, strerror(errno));
    }
    return exporting->fd >= 0;
}

static int close_part(struct exporting *exporting, int status)
{
    if (exporting->part.data == NULL || exporting->fd < 0) {
        return status;
    }
    bool written = close(exporting->fd) == 0;
    if (status == HAE_VIEW_EXIT_GOOD &&
        (!written || rename(exporting->part.data, exporting->line->operand) != 0)) {
        fprintf(stderr, "haetae-view: cannot write %s: %s\n", exporting->line->operand,
                strerror(errno));
        status = HAE_VIEW_EXIT_BAD;
    }
    if (status != HAE_VIEW_EXIT_GOOD) {
        (void)unlink(exporting->part.data);
    }
    return status;
}

int hae_view_export_command(const struct hae_view_command_line *line)
{
    struct exporting exporting = {.line = line, .fd = -1, .limit = ROWS_AT_ONCE};
    int status = hae_view_source_open(&exporting.source, line);
    if (status >= 0) {
        return status;
    }
    status = open_part(&exporting) ? export_all(&exporting) : HAE_VIEW_EXIT_BAD;
    status = close_part(&exporting, status);
    hae_buffer_done(&exporting.part);
    hae_buffer_done(&exporting.answer);
    hae_view_source_done(&exporting.source);
    return status;
}

/* ---- Import -------------------------------------------------------------------------------- */

struct posting {
    struct hae_view_address address;
    struct hae_buffer answer;
};

static bool post(struct posting *posting, const char *path, struct hae_view_bytes body,
                 char problem[HAE_VIEW_LINE_PROBLEM])
{
    for (int tries = 0;; tries++) {
        hae_buffer_done(&posting->answer);
        unsigned status = hae_view_http_post(&posting->address, path, body, &posting->answer,
                                             problem, HAE_VIEW_LINE_PROBLEM);
        if (status == 503 && tries < TRIES_MAX) {
            sleep_a_little();
            continue;
        }
        if (status != 200 && status != 0) {
            int shown = posting->answer.length < 120 ? (int)posting->answer.length : 120;
            snprintf(problem, HAE_VIEW_LINE_PROBLEM, "HTTP status %u: %.*s", status, shown,
                     posting->answer.data != NULL ? posting->answer.data : "");
        }
        return status == 200;
    }
}

static bool post_request(void *user, enum hae_view_signal signal, struct hae_view_bytes request,
                         char problem[HAE_VIEW_LINE_PROBLEM])
{
    return post(user, hae_view_signal_path(signal), request, problem);
}

static bool post_object(struct posting *posting, const char *path, struct hae_json *json,
                        char problem[HAE_VIEW_LINE_PROBLEM])
{
    hae_json_close(json, '}');
    snprintf(problem, HAE_VIEW_LINE_PROBLEM, "out of memory");
    struct hae_view_bytes body = {(const uint8_t *)json->out->data, json->out->length};
    bool good = !json->out->failed && post(posting, path, body, problem);
    hae_buffer_done(json->out);
    return good;
}

static bool post_incident(void *user, const struct hae_view_incident *incident, int64_t *ret_id,
                          char problem[HAE_VIEW_LINE_PROBLEM])
{
    struct posting *posting = user;
    struct hae_buffer body = HAE_BUFFER_INIT;
    struct hae_json json = HAE_JSON_INIT(&body);
    long long id = 0;
    hae_json_open(&json, NULL, '{');
    hae_json_text(&json, "title", incident->title);
    hae_json_integer(&json, "from_ns", incident->from_ns);
    hae_json_integer(&json, "to_ns", incident->to_ns);
    hae_json_integer(&json, "created_ns", incident->created_ns);
    if (!post_object(posting, "/api/incidents", &json, problem)) {
        return false;
    }
    const char *found =
        posting->answer.data != NULL ? strstr(posting->answer.data, "\"id\":\"") : NULL;
    snprintf(problem, HAE_VIEW_LINE_PROBLEM, "the answer cannot be read");
    bool good = found != NULL && sscanf(found, "\"id\":\"%lld\"", &id) == 1;
    *ret_id = id;
    return good;
}

static bool post_note(void *user, const struct hae_view_note *note,
                      char problem[HAE_VIEW_LINE_PROBLEM])
{
    struct hae_buffer body = HAE_BUFFER_INIT;
    struct hae_json json = HAE_JSON_INIT(&body);
    hae_json_open(&json, NULL, '{');
    hae_json_integer(&json, "incident", note->incident);
    hae_json_integer(&json, "time_ns", note->time_ns);
    hae_json_text(&json, "text", note->text);
    return post_object(user, "/api/note", &json, problem);
}

static bool read_over_http(const struct hae_view_command_line *line,
                           struct hae_view_lines_read *read, int *ret_status)
{
    struct hae_view_source source;
    *ret_status = hae_view_source_open(&source, line);
    if (*ret_status >= 0) {
        return false;
    }
    struct posting posting = {.address = source.address};
    struct hae_view_line_callbacks callbacks = {&posting, post_request, post_incident, post_note};
    bool good = hae_view_lines_read(line->operand, &callbacks, read);
    *ret_status = HAE_VIEW_EXIT_BAD;
    hae_buffer_done(&posting.answer);
    hae_view_source_done(&source);
    return good;
}

static bool read_into_file(const struct hae_view_command_line *line,
                           struct hae_view_lines_read *read, int *ret_status)
{
    char problem[160];
    struct hae_view_database_options options = {.path = line->db};
    struct hae_view_store *store = hae_view_store_open(&options, problem, sizeof problem);
    *ret_status = HAE_VIEW_EXIT_BAD;
    if (store == NULL) {
        char text[400];
        snprintf(text, sizeof text, "%.200s %s", line->db, problem);
        hae_view_print_error(text);
        return false;
    }
    *ret_status = -1;
    bool good = hae_view_lines_load(line->operand, store, read);
    hae_view_store_free(store);
    return good;
}

int hae_view_import_command(const struct hae_view_command_line *line)
{
    struct hae_view_lines_read read = {.taken = 0};
    char text[400];
    int status;
    bool good = line->db != NULL ? read_into_file(line, &read, &status)
                                 : read_over_http(line, &read, &status);
    if (!good) {
        if (read.problem[0] != '\0') {
            snprintf(text, sizeof text, "%.160s: %s", line->operand, read.problem);
            hae_view_print_error(text);
        }
        return status > 0 ? status : HAE_VIEW_EXIT_BAD;
    }
    printf("%" PRIu64 " lines\n", read.taken);
    if (read.refused > 0) {
        snprintf(text, sizeof text,
                 "%.120s: %" PRIu64 " lines were not taken, first line %" PRIu64 ": %s",
                 line->operand, read.refused, read.refused_line, read.problem);
        hae_view_print_error(text);
    }
    return fflush(stdout) == 0 && read.refused == 0 ? HAE_VIEW_EXIT_GOOD : HAE_VIEW_EXIT_BAD;
}
