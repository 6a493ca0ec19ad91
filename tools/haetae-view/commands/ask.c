/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/ask.h"

#include <inttypes.h>
#include <stdio.h>

#include "commands/output.h"

void hae_view_give_arguments(const struct hae_view_command_line *line, const char *operand,
                             struct hae_view_arguments *arguments)
{
    char digits[24];
    if (operand != NULL) {
        hae_view_arguments_add(arguments, operand, line->operand);
    }
    if (line->service != NULL) {
        hae_view_arguments_add(arguments, "service", line->service);
    }
    if (line->level != NULL) {
        hae_view_arguments_add(arguments, "level", line->level);
    }
    if (line->limit != NULL) {
        hae_view_arguments_add(arguments, "limit", line->limit);
    }
    /* Without a window a question is about the last minutes. */
    snprintf(digits, sizeof digits, "%" PRIu64, line->since_s);
    hae_view_arguments_add(arguments, line->since_s > 0 ? "window" : "from", digits);
}

bool hae_view_grid_sql(const struct hae_view_source *source, const struct hae_buffer *answer,
                       struct hae_view_grid *grid)
{
    struct hae_view_rows names =
        hae_view_source_read(source, "SELECT value FROM json_each(:answer, '$.columns')", answer);
    while (hae_view_next(&names)) {
        hae_view_grid_heading(grid, hae_view_name_at(&names, 0));
    }
    int code = hae_view_rows_done(&names);
    struct hae_view_rows cells = hae_view_source_read(
        source,
        "SELECT c.key, c.value FROM json_each(:answer, '$.rows') r, json_each(r.value) c"
        " ORDER BY r.key, c.key",
        answer);
    while (grid->columns > 0 && hae_view_next(&cells)) {
        if (hae_view_integer_at(&cells, 0) < (int64_t)grid->columns) {
            hae_view_grid_cell(grid, hae_view_text_at(&cells, 1),
                               (size_t)sqlite3_column_bytes(cells.statement, 1));
        }
    }
    int end = hae_view_rows_done(&cells);
    return code == SQLITE_OK && end == SQLITE_OK && grid->columns > 0;
}

/* Reports that there are more rows than were shown. */
static void note_more(const struct hae_view_source *source, const struct hae_buffer *answer)
{
    struct hae_view_rows rows = hae_view_source_read(source, "SELECT :answer ->> '$.more'", answer);
    if (hae_view_next(&rows) && hae_view_integer_at(&rows, 0) != 0) {
        hae_view_print_error("there are more rows");
    }
    (void)hae_view_rows_done(&rows);
}

/* Writes the table of an answer. Returns -1, or the status to exit with. */
static int put_table(const struct hae_view_source *source, const struct hae_view_command *command,
                     const struct hae_buffer *answer)
{
    struct hae_buffer out = HAE_BUFFER_INIT;
    struct hae_view_grid grid = HAE_VIEW_GRID_INIT;
    bool good;
    if (command->table != NULL) {
        struct hae_view_rows rows = hae_view_source_read(source, command->table, answer);
        (void)hae_view_grid_rows(&grid, &rows);
        good = hae_view_rows_done(&rows) == SQLITE_OK;
    } else {
        good = hae_view_grid_sql(source, answer, &grid);
        note_more(source, answer);
    }
    int status = HAE_VIEW_EXIT_BAD;
    if (good) {
        hae_view_grid_write(&grid, &out);
        status = hae_view_put_out(&out);
    } else {
        hae_view_print_error("the answer cannot be read");
    }
    hae_view_grid_done(&grid);
    hae_buffer_done(&out);
    return status;
}

static int put_json(const struct hae_buffer *answer)
{
    struct hae_buffer out = HAE_BUFFER_INIT;
    hae_view_add_json(&out, answer->data, answer->length);
    int status = hae_view_put_out(&out);
    hae_buffer_done(&out);
    return status;
}

int hae_view_ask_command(const struct hae_view_command *command,
                         const struct hae_view_command_line *line)
{
    struct hae_view_source source;
    struct hae_view_arguments arguments = {0};
    struct hae_buffer answer = HAE_BUFFER_INIT;
    char problem[300];
    int status = hae_view_source_open(&source, line);
    if (status >= 0) {
        return status;
    }
    hae_view_give_arguments(line, command->operand, &arguments);
    unsigned code = hae_view_source_ask(&source, command->question, &arguments, &answer, problem,
                                        sizeof problem);
    if (code != 200) {
        hae_view_print_error(problem);
        status = hae_view_exit_of(code);
    } else {
        status = line->json ? put_json(&answer) : put_table(&source, command, &answer);
    }
    hae_buffer_done(&answer);
    hae_view_arguments_done(&arguments);
    hae_view_source_done(&source);
    return status >= 0 ? status : HAE_VIEW_EXIT_GOOD;
}
