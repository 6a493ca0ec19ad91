/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/clock.h"
#include "commands/output.h"

#define DEFAULT_URL "http://127.0.0.1:4318"

static int open_json(struct hae_view_source *source)
{
    if (sqlite3_open_v2(":memory:", &source->json, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        hae_view_print_error("out of memory");
        hae_view_source_done(source);
        return HAE_VIEW_EXIT_BAD;
    }
    return -1;
}

int hae_view_source_of_store(struct hae_view_source *source, struct hae_view_store *store)
{
    *source = (struct hae_view_source){.store = store, .borrowed = true};
    return open_json(source);
}

static int open_file(struct hae_view_source *source, const char *path)
{
    struct hae_view_database_options options = {.path = path, .read_only = true};
    char problem[160];
    source->store = hae_view_store_open(&options, problem, sizeof problem);
    if (source->store == NULL) {
        char line[400];
        snprintf(line, sizeof line, "%.200s %s", path, problem);
        hae_view_print_error(line);
        return HAE_VIEW_EXIT_BAD;
    }
    return open_json(source);
}

int hae_view_source_open(struct hae_view_source *source, const struct hae_view_command_line *line)
{
    memset(source, 0, sizeof *source);
    if (line->db != NULL) {
        return open_file(source, line->db);
    }
    const char *url = line->url != NULL ? line->url : DEFAULT_URL;
    if (!hae_view_address_read(url, &source->address)) {
        char problem[200];
        snprintf(problem, sizeof problem, "--url '%.100s': expected http://HOST:PORT", url);
        hae_view_print_error(problem);
        return HAE_VIEW_EXIT_WRONG_USE;
    }
    return open_json(source);
}

void hae_view_source_done(struct hae_view_source *source)
{
    if (!source->borrowed) {
        hae_view_store_free(source->store);
    }
    (void)sqlite3_close(source->json);
    memset(source, 0, sizeof *source);
}

int hae_view_exit_of(unsigned status)
{
    return status == 400 || status == 414 ? HAE_VIEW_EXIT_WRONG_USE : HAE_VIEW_EXIT_BAD;
}

struct hae_view_rows hae_view_source_read(const struct hae_view_source *source, const char *select,
                                          const struct hae_buffer *answer)
{
    struct hae_view_rows rows = hae_view_ask(source->json, select);
    hae_view_give_text(&rows, ":answer", answer->data != NULL ? answer->data : "");
    return rows;
}

/* ---- Asking -------------------------------------------------------------------------------- */

/* Encodes all but letters, digits and a few others: a value may have "&", "+" and "#". */
static void add_encoded(struct hae_buffer *path, const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL) {
            hae_buffer_char(path, *text);
        } else {
            hae_buffer_format(path, "%%%02X", (unsigned)(unsigned char)*text);
        }
    }
}

static unsigned ask_http(struct hae_view_source *source, const char *question,
                         const struct hae_view_arguments *arguments, struct hae_buffer *answer,
                         char *problem, size_t problem_size)
{
    struct hae_buffer path = HAE_BUFFER_INIT;
    unsigned status = 0;
    hae_buffer_text(&path, HAE_VIEW_API_PREFIX);
    hae_buffer_text(&path, question);
    for (size_t i = 0; i < arguments->count; i++) {
        hae_buffer_char(&path, i == 0 ? '?' : '&');
        hae_buffer_text(&path, arguments->text.data + arguments->names[i]);
        hae_buffer_char(&path, '=');
        add_encoded(&path, arguments->text.data + arguments->values[i]);
    }
    if (!path.failed) {
        status = hae_view_http_get(&source->address, path.data, answer, problem, problem_size);
    } else {
        snprintf(problem, problem_size, "out of memory");
    }
    hae_buffer_done(&path);
    return status;
}

/* The text of an error, when the answer is one of the API. */
static void read_problem(const struct hae_view_source *source, unsigned status,
                         const struct hae_buffer *answer, char *problem, size_t problem_size)
{
    struct hae_view_rows rows =
        hae_view_source_read(source, "SELECT :answer ->> '$.error'", answer);
    const char *text = hae_view_next(&rows) ? hae_view_text_at(&rows, 0) : NULL;
    if (text != NULL) {
        snprintf(problem, problem_size, "%s", text);
    } else {
        snprintf(problem, problem_size, "the answer is HTTP status %u", status);
    }
    (void)hae_view_rows_done(&rows);
}

/* Whether the answer can be read: another server may answer with anything. */
static bool is_object(const struct hae_view_source *source, const struct hae_buffer *answer)
{
    struct hae_view_rows rows = hae_view_source_read(
        source, "SELECT CASE WHEN json_valid(:answer) THEN json_type(:answer, '$.now_ns') END",
        answer);
    bool good = hae_view_next(&rows) && hae_view_text_at(&rows, 0) != NULL;
    (void)hae_view_rows_done(&rows);
    return good;
}

unsigned hae_view_source_ask(struct hae_view_source *source, const char *question,
                             const struct hae_view_arguments *arguments, struct hae_buffer *answer,
                             char *problem, size_t problem_size)
{
    unsigned status;
    hae_buffer_done(answer);
    if (arguments->text.failed) {
        snprintf(problem, problem_size, "out of memory");
        return 0;
    }
    if (source->store != NULL) {
        char path[40];
        snprintf(path, sizeof path, HAE_VIEW_API_PREFIX "%s", question);
        status = hae_view_api_answer(&(struct hae_view_api){.store = source->store}, HAE_VIEW_GET,
                                     path, arguments, hae_time_ns(CLOCK_REALTIME), answer);
    } else {
        status = ask_http(source, question, arguments, answer, problem, problem_size);
    }
    if (status != 0 && status != 200) {
        read_problem(source, status, answer, problem, problem_size);
    } else if (status == 200 && (answer->failed || (strcmp(question, HAE_VIEW_EXPORT) != 0 &&
                                                    !is_object(source, answer)))) {
        snprintf(problem, problem_size, "the answer cannot be read");
        status = 0;
    }
    return status;
}
