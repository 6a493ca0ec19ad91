/* SPDX-License-Identifier: Apache-2.0 */
/* Commands ask a database while each allocation fails once, or all do from then on: they answer, or
 * say that they cannot, and nothing is left. */
#include "view_test.h"

#include <fcntl.h>
#include <getopt.h>
#include <unistd.h>

#include "base/buffer.h"
#include "commands/commands.h"
#include "failing_sqlite.h"
#include "support/failing_malloc.h"

static char folder[] = "/tmp/haetae-view-commands-XXXXXX";
static char path[sizeof folder + 8];

/* What is asked, after the name of the program; "DB" stands for the database. */
static const char *const questions[][10] = {
    {"query", "SELECT service, count(*) FROM op GROUP BY 1", "--db", "DB"},
    {"query", "SELECT attributes FROM span", "--json", "--db", "DB"},
    {"traces", "--since", "3650d", "--service", "shop", "--limit", "5", "--db", "DB"},
    {"trace", "02000000000000000000000000000000", "--db", "DB"},
    {"trace", "02000000000000000000000000000000", "--json", "--db", "DB"},
    {"errors", "--db", "DB"},
    {"errors", "--json", "--db", "DB"},
    {"logs", "--level", "info", "--db", "DB"},
    {"metrics", "--db", "DB"},
    {"services", "--db", "DB"},
    {"services", "--json", "--db", "DB"},
    {"--expect", "spans where service = 'shop'", "--at-least", "2", "--timeout", "0", "--db", "DB"},
    {"--expect", "logs where body = 'no map'", "--exactly", "1", "--timeout", "0", "--db", "DB"},
    {"--expect", "points where name = 'rides'", "--timeout", "0", "--db", "DB"},
};
#define QUESTIONS (sizeof questions / sizeof questions[0])

static const char *const *question;

static int fill(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/view.db", folder);
    struct hae_view_database_options options = {.path = path};
    char problem[160];
    struct hae_view_store *store = hae_view_store_open(&options, problem, sizeof problem);
    assert_non_null(store);
    struct hae_view_origin origin = begin_request(store, "shop", 0);
    for (uint32_t i = 1; i <= 4; i++) {
        struct hae_view_span_row span = make_span(i / 2 + 1, i, MS);
        span.attributes = text_of("{\"http.route\":\"/rides\"}");
        if (i == 4) {
            set_failed(&span, "no map");
        }
        hae_view_store_span(store, &origin, &span);
    }
    struct hae_view_log_row log = {
        .time_ns = EPOCH_NS, .severity = 17, .body = text_of("no map"), .error = text_of("no map")};
    hae_view_store_log(store, &origin, &log);
    struct hae_view_metric_row metric = {.name = text_of("rides"), .unit = text_of("1")};
    struct hae_view_point_row point = {.time_ns = EPOCH_NS};
    hae_view_store_metric(store, &origin, &metric);
    hae_view_store_point(store, &origin, text_of("{}"), &point);
    end_request(store);
    hae_view_store_free(store);
    return 0;
}

static int empty(void **state)
{
    static const char *const suffixes[] = {"", "-lock", "-wal", "-shm"};
    char name[sizeof path + 8];
    (void)state;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        (void)unlink(name);
    }
    return rmdir(folder);
}

/* Runs a command with its output in nowhere, and returns its status. */
static int run_quietly(int count, char **arguments)
{
    int out = dup(STDOUT_FILENO);
    int err = dup(STDERR_FILENO);
    int nowhere = open("/dev/null", O_WRONLY);
    int status = -1;
    assert_true(out >= 0 && err >= 0 && nowhere >= 0);
    fflush(NULL);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    optind = 0;
    bool known = hae_view_command(count, arguments, &status);
    fflush(NULL);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    close(nowhere);
    assert_true(known);
    return status;
}

static bool ask(long number, bool stays)
{
    char *arguments[12] = {(char *)(uintptr_t) "haetae-view"};
    int count = 1;
    for (; question[count - 1] != NULL; count++) {
        const char *word = question[count - 1];
        arguments[count] = strcmp(word, "DB") == 0 ? path : (char *)(uintptr_t)word;
    }
    failing_arm(number, stays);
    int status = run_quietly(count, arguments);
    failing_disarm();
    /* A lack of memory is no wrong use. */
    assert_true(status == 0 || status == 1);
    assert_true(status == 0 || number > 0);
    return status == 0;
}

/* ---- Tests --------------------------------------------------------------------------------- */

/* SQLite has thousands: about so many of them fail for each question, those at the beginning and at
 * the end among them. */
#define SQLITE_RUNS 200

static void sweep(bool stays)
{
    assert_true(ask(0, false));
    long total = failing_count();
    long step = sqlite_fails && total > SQLITE_RUNS ? total / SQLITE_RUNS : 1;
    long missed = 0;
    assert_true(total > 0);
    for (long number = 1; number <= total; number += step) {
        missed += ask(number, stays) ? 0 : 1;
    }
    print_message("%s: %ld allocations, %ld are missed\n", question[0], total, missed);
    assert_true(missed > 0);
    assert_true(ask(0, false));
}

static void sweep_all(bool of_sqlite)
{
    sqlite_fails = of_sqlite;
    for (size_t i = 0; i < QUESTIONS; i++) {
        question = questions[i];
        sweep(false);
        sweep(true);
    }
    sqlite_fails = false;
}

static void commands_answer_or_say_that_they_cannot(void **state)
{
    (void)state;
    sweep_all(false);
}

static void commands_do_the_same_when_sqlite_has_no_memory(void **state)
{
    (void)state;
    sweep_all(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_answer_or_say_that_they_cannot),
        cmocka_unit_test(commands_do_the_same_when_sqlite_has_no_memory),
    };
    if (!let_sqlite_fail()) {
        fputs("SQLite cannot be set up\n", stderr);
        return 1;
    }
    return cmocka_run_group_tests(tests, fill, empty);
}
