/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/follow.h"

#include <inttypes.h>
#include <stdio.h>

#include "commands/ask.h"
#include "commands/output.h"
#include "commands/stop.h"

#define PERIOD_MS 200
#define FIRST     "10" /* records of the past, unless --limit is given */
/* So many records are asked for at a time; a number of a record is one more than that before. */
#define BATCH      200
#define BATCH_TEXT "200"

const char hae_view_logs_table[] =
    "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', CAST(value ->> 'time_ns' AS INTEGER) / 1e9,"
    "  'unixepoch') AS time, value ->> 'level' AS level, value ->> 'service' AS service,"
    " coalesce(value ->> 'trace_id', '-') AS trace,"
    " trim(coalesce(value ->> 'event_name', '') || ' ' || coalesce(value ->> 'body', '')) AS body,"
    " nullif(value -> 'attributes', '{}') AS attributes"
    " FROM json_each(:answer, '$.logs') ORDER BY key DESC";

static const char unreadable[] = "the answer cannot be read";

struct follower {
    const struct hae_view_command_line *line;
    struct hae_view_source source;
    struct hae_view_grid grid;
    struct hae_buffer answer;
    struct hae_buffer out;
    int64_t last; /* the number of the last record that was looked at */
};

/* Asks for records with numbers between two others. Returns -1, or the status to exit with. */
static int ask(struct follower *follower, const struct hae_view_command_line *line, int64_t after,
               int64_t before)
{
    struct hae_view_arguments arguments = {0};
    char digits[24];
    char problem[300];
    hae_view_give_arguments(line, NULL, &arguments);
    snprintf(digits, sizeof digits, "%" PRId64, after);
    hae_view_arguments_add(&arguments, "after", digits);
    if (before > 0) {
        snprintf(digits, sizeof digits, "%" PRId64, before);
        hae_view_arguments_add(&arguments, "before", digits);
    }
    unsigned status = hae_view_source_ask(&follower->source, "logs", &arguments, &follower->answer,
                                          problem, sizeof problem);
    hae_view_arguments_done(&arguments);
    if (status == 200) {
        return -1;
    }
    hae_view_print_error(problem);
    return hae_view_exit_of(status);
}

/* Reads one number of the answer. Returns -1, or the status to exit with. */
static int read_number(const struct follower *follower, const char *select, int64_t *ret_number)
{
    struct hae_view_rows rows = hae_view_source_read(&follower->source, select, &follower->answer);
    int64_t number = hae_view_next(&rows) ? hae_view_integer_at(&rows, 0) : 0;
    if (hae_view_rows_done(&rows) != SQLITE_OK) {
        hae_view_print_error(unreadable);
        return HAE_VIEW_EXIT_BAD;
    }
    *ret_number = number;
    return -1;
}

/* The number of the newest record of all; 0: there is none. */
static int ask_newest(struct follower *follower, int64_t *ret_newest)
{
    struct hae_view_command_line any = {.limit = "1"};
    int status = ask(follower, &any, 0, 0);
    return status < 0 ? read_number(follower, "SELECT :answer ->> '$.logs[0].id'", ret_newest)
                      : status;
}

static void add_lines(struct follower *follower, struct hae_view_rows *rows)
{
    while (hae_view_next(rows)) {
        hae_view_add_json(&follower->out, hae_view_name_at(rows, 0),
                          (size_t)sqlite3_column_bytes(rows->statement, 0));
        hae_buffer_char(&follower->out, '\n');
    }
}

/* Shows the answer. Returns -1, or the status to exit with. */
static int put(struct follower *follower)
{
    bool json = follower->line->json;
    struct hae_view_rows rows = hae_view_source_read(
        &follower->source,
        json ? "SELECT value FROM json_each(:answer, '$.logs') ORDER BY key DESC"
             : hae_view_logs_table,
        &follower->answer);
    hae_buffer_clear(&follower->out);
    if (json) {
        add_lines(follower, &rows);
    } else {
        (void)hae_view_grid_rows(&follower->grid, &rows);
        hae_view_grid_write(&follower->grid, &follower->out);
    }
    if (hae_view_rows_done(&rows) != SQLITE_OK) {
        hae_view_print_error(unreadable);
        return HAE_VIEW_EXIT_BAD;
    }
    return hae_view_put_out(&follower->out);
}

/* Shows records up to `newest`. Answers begin with the newest ones: when there are too many for one
 * answer, they are asked for in pieces whose numbers leave no room for more. */
static int put_new(struct follower *follower, int64_t newest)
{
    struct hae_view_command_line rest = *follower->line;
    rest.since_s = 0; /* what comes now is new, whatever its time */
    rest.limit = BATCH_TEXT;
    int64_t count = 0;
    int status = ask(follower, &rest, follower->last, newest + 1);
    if (status < 0) {
        status = read_number(follower, "SELECT json_array_length(:answer, '$.logs')", &count);
    }
    if (status >= 0 || count < BATCH) {
        follower->last = newest;
        return status >= 0 ? status : put(follower);
    }
    while (status < 0 && follower->last < newest && !hae_view_stop_wanted()) {
        int64_t end = newest - follower->last > BATCH ? follower->last + BATCH : newest;
        status = ask(follower, &rest, follower->last, end + 1);
        follower->last = end;
        if (status < 0) {
            status = put(follower);
        }
    }
    return status;
}

static int put_first(struct follower *follower)
{
    struct hae_view_command_line first = *follower->line;
    if (first.limit == NULL && first.since_s == 0) {
        first.limit = FIRST;
    }
    int status = ask_newest(follower, &follower->last);
    if (status < 0) {
        status = ask(follower, &first, 0, follower->last + 1);
    }
    return status < 0 ? put(follower) : status;
}

static int run(struct follower *follower)
{
    int64_t newest = 0;
    int status = put_first(follower);
    while (status < 0 && !hae_view_stop_wanted()) {
        if (!hae_view_output_wait(PERIOD_MS)) {
            break;
        }
        status = hae_view_stop_wanted() ? -1 : ask_newest(follower, &newest);
        if (status < 0 && newest < follower->last) {
            follower->last = 0; /* another run, whose numbers begin again */
        }
        if (status < 0 && newest > follower->last) {
            status = put_new(follower, newest);
        }
    }
    return status >= 0 ? status : HAE_VIEW_EXIT_GOOD;
}

int hae_view_follow(const struct hae_view_command_line *line)
{
    struct follower follower = {.line = line};
    int status = hae_view_source_open(&follower.source, line);
    if (status >= 0) {
        return status;
    }
    hae_view_stop_watch();
    status = run(&follower);
    hae_view_grid_done(&follower.grid);
    hae_buffer_done(&follower.answer);
    hae_buffer_done(&follower.out);
    hae_view_source_done(&follower.source);
    return status;
}
