/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/commands.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands/arguments.h"
#include "commands/ask.h"
#include "commands/expect.h"
#include "commands/follow.h"
#include "commands/output.h"
#include "commands/transfer.h"

#define TIME(member)                                                                               \
    "strftime('%Y-%m-%dT%H:%M:%fZ', CAST(value ->> '" member "' AS INTEGER) / 1e9, 'unixepoch')"
#define MS(member) "round(CAST(value ->> '" member "' AS INTEGER) / 1e6, 3)"

static const char traces_table[] =
    "SELECT " TIME("start_ns") " AS time, value ->> 'trace_id' AS trace,"
                               " value ->> 'service' AS service, value ->> 'name' AS name, " MS(
                                   "duration_ns") " AS ms,"
                                                  " value ->> 'status' AS status, value ->> "
                                                  "'spans' AS spans, value ->> 'message' AS message"
                                                  " FROM json_each(:answer, '$.traces')";

static const char errors_table[] =
    "SELECT " TIME("last_ns") " AS last, value ->> 'count' AS count,"
                              " value ->> 'service' AS service, value ->> 'kind' AS kind, value "
                              "->> 'trace_id' AS trace,"
                              " value ->> 'text' AS text FROM json_each(:answer, '$.errors')";

static const char metrics_table[] =
    "SELECT value ->> 'id' AS id, value ->> 'service' AS service, value ->> 'name' AS name,"
    " value ->> 'kind' AS kind, value ->> 'unit' AS unit, value ->> 'series_count' AS series,"
    " value ->> 'description' AS description FROM json_each(:answer, '$.metrics')";

static const char services_table[] =
    "SELECT s.value ->> 'name' AS service, i.value ->> 'instance' AS instance,"
    " i.value ->> 'version' AS version, i.value ->> 'attributes' AS attributes"
    " FROM json_each(:answer, '$.services') s, json_each(s.value, '$.instances') i";

/* Spans below their parents, in the order of their starts. Those whose parents go round in a
 * circle, or lie too deep, are at the end. */
static const char trace_table[] =
    "WITH RECURSIVE s AS MATERIALIZED (SELECT key, value, value ->> 'span_id' AS id,"
    "  value ->> 'parent_id' AS parent, CAST(value ->> 'start_ns' AS INTEGER) AS start"
    "  FROM json_each(:answer, '$.spans')),"
    " t(key, id, depth, path) AS (SELECT key, id, 0, printf('%06d', key) FROM s"
    "  WHERE parent IS NULL OR parent NOT IN (SELECT id FROM s WHERE id IS NOT NULL)"
    "  UNION ALL SELECT s.key, s.id, t.depth + 1, t.path || printf('%06d', s.key)"
    "  FROM t JOIN s ON s.parent = t.id WHERE t.depth < 60)"
    " SELECT round((s.start - CAST(:answer ->> 'start_ns' AS INTEGER)) / 1e6, 3) AS at_ms,"
    " " MS(
        "duration_ns") " AS ms, value ->> 'service' AS service,"
                       " printf('%*s', 2 * coalesce(depth, 0), '') || (value ->> 'name') AS name,"
                       " value ->> 'kind' AS kind, value ->> 'status' AS status, s.id AS span,"
                       " value ->> 'message' AS message"
                       " FROM s LEFT JOIN t ON t.key = s.key ORDER BY path IS NULL, path, s.key";

static const struct hae_view_command commands[] = {
    {"query", "sql", "q", "'SQL'", NULL, 0, "Asks one SELECT of the tables in docs/view.md."},
    {"traces", "traces", NULL, NULL, traces_table,
     HAE_VIEW_ARG_SINCE | HAE_VIEW_ARG_SERVICE | HAE_VIEW_ARG_LIMIT, "Traces, the newest first."},
    {"trace", "trace", "id", "ID", trace_table, 0, "The spans of one trace."},
    {"errors", "errors", NULL, NULL, errors_table,
     HAE_VIEW_ARG_SINCE | HAE_VIEW_ARG_SERVICE | HAE_VIEW_ARG_LIMIT,
     "Failed spans and logged errors, equal ones together."},
    {"logs", "logs", NULL, NULL, hae_view_logs_table,
     HAE_VIEW_ARG_SINCE | HAE_VIEW_ARG_SERVICE | HAE_VIEW_ARG_LIMIT | HAE_VIEW_ARG_LEVEL |
         HAE_VIEW_ARG_FOLLOW,
     "Log records, the newest last."},
    {"metrics", "metrics", NULL, NULL, metrics_table, HAE_VIEW_ARG_SERVICE,
     "The metrics that there are."},
    {"export", NULL, "file", "FILE", NULL,
     HAE_VIEW_ARG_SINCE | HAE_VIEW_ARG_SERVICE | HAE_VIEW_ARG_TRACE,
     "Writes what is kept as lines of OTLP in JSON (- is standard output)."},
    {"import", NULL, "file", "FILE", NULL, 0,
     "Sends such a file, or one of an exporter, to one that runs, or into a database."},
    {"services", "services", NULL, NULL, services_table, 0, "Services with their instances."},
};

static const struct hae_view_command expect = {
    "--expect",
    NULL,
    NULL,
    NULL,
    NULL,
    HAE_VIEW_ARG_EXPECT | HAE_VIEW_ARG_AT_LEAST | HAE_VIEW_ARG_AT_MOST | HAE_VIEW_ARG_EXACTLY |
        HAE_VIEW_ARG_TIMEOUT | HAE_VIEW_ARG_LISTEN | HAE_VIEW_ARG_PORT_FILE,
    "Waits for spans, logs or points."};

static bool expects(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--expect") == 0 || strncmp(argv[i], "--expect=", 9) == 0) {
            return true;
        }
    }
    return false;
}

static const struct hae_view_command *find(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return &commands[i];
        }
    }
    return expects(argc, argv) ? &expect : NULL;
}

static int run(const struct hae_view_command *command, const struct hae_view_command_line *line)
{
    if (command == &expect) {
        return hae_view_expect(line);
    }
    if (strcmp(command->name, "export") == 0) {
        return hae_view_export_command(line);
    }
    if (strcmp(command->name, "import") == 0) {
        return hae_view_import_command(line);
    }
    return line->follow ? hae_view_follow(line) : hae_view_ask_command(command, line);
}

bool hae_view_command(int argc, char **argv, int *ret_status)
{
    const struct hae_view_command *command = find(argc, argv);
    struct hae_view_command_line line;
    if (command == NULL) {
        return false;
    }
    if (command != &expect) {
        argv[1] = argv[0]; /* what getopt calls the program */
        argc--;
        argv++;
    }
    signal(SIGPIPE, SIG_IGN); /* the end of a pipe is an error of writing */
    signal(SIGXFSZ, SIG_IGN); /* a limit of file size, too                */
    switch (hae_view_command_line_read(argc, argv, command, &line)) {
    case HAE_VIEW_LINE_RUN:
        *ret_status = run(command, &line);
        break;
    case HAE_VIEW_LINE_DONE:
        *ret_status = fflush(stdout) == 0 ? HAE_VIEW_EXIT_GOOD : HAE_VIEW_EXIT_BAD;
        break;
    case HAE_VIEW_LINE_WRONG:
        *ret_status = HAE_VIEW_EXIT_WRONG_USE;
        break;
    }
    return true;
}
