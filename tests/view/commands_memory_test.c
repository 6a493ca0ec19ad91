/* SPDX-License-Identifier: Apache-2.0 */
/* Commands ask a database or another haetae-view while each allocation fails once, or all do from
 * then on: they answer, or say that they cannot, and nothing is left. */
#include "view_test.h"

#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/json.h"
#include "commands/commands.h"
#include "failing_sqlite.h"
#include "receive/listen.h"
#include "receive/receiver.h"
#include "support/failing_malloc.h"
#include "support/http_server_raw.h"

static char folder[] = "/tmp/haetae-view-commands-XXXXXX";
static char path[sizeof folder + 8];

/* Of a haetae-view that has the same. */
static char url[32];

/* What is asked, after the name of the program. */
static const char *const questions[][10] = {
    {"query", "SELECT service, count(*) FROM op GROUP BY 1"},
    {"query", "SELECT attributes FROM span", "--json"},
    {"traces", "--since", "3650d", "--service", "shop", "--limit", "5"},
    {"trace", "02000000000000000000000000000000"},
    {"trace", "02000000000000000000000000000000", "--json"},
    {"errors"},
    {"errors", "--json"},
    {"logs", "--level", "info"},
    {"metrics"},
    {"services"},
    {"services", "--json"},
    {"--expect", "spans where service = 'shop'", "--at-least", "2", "--timeout", "0"},
    {"--expect", "logs where body = 'no map'", "--exactly", "1", "--timeout", "0"},
    {"--expect", "points where name = 'rides'", "--timeout", "0"},
};
#define QUESTIONS (sizeof questions / sizeof questions[0])

static const char *const *question;
static const char *where[2]; /* whom it is asked: an option and its value */

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

/* Runs a command with its output in a file, and its errors in nowhere. Returns its status. */
static int run(int out, int count, char **arguments)
{
    int before[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    int nowhere = open("/dev/null", O_WRONLY);
    int status = -1;
    assert_true(before[0] >= 0 && before[1] >= 0 && nowhere >= 0);
    fflush(NULL);
    dup2(out >= 0 ? out : nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    optind = 0;
    bool known = hae_view_command(count, arguments, &status);
    fflush(NULL);
    for (int i = 0; i < 2; i++) {
        dup2(before[i], STDOUT_FILENO + i);
        close(before[i]);
    }
    close(nowhere);
    assert_true(known);
    return status;
}

static char *word(const char *text)
{
    return (char *)(uintptr_t)text;
}

static bool ask_into(int out, long number, bool stays)
{
    char *arguments[12] = {word("haetae-view")};
    int count = 1;
    for (; question[count - 1] != NULL; count++) {
        arguments[count] = word(question[count - 1]);
    }
    arguments[count++] = word(where[0]);
    arguments[count++] = word(where[1]);
    failing_arm(number, stays);
    int status = run(out, count, arguments);
    failing_disarm();
    /* A lack of memory is no wrong use. */
    assert_true(status == 0 || status == 1);
    assert_true(status == 0 || number > 0);
    return status == 0;
}

static bool ask(long number, bool stays)
{
    return ask_into(-1, number, stays);
}

/* ---- Another haetae-view ------------------------------------------------------------------- */

struct other {
    struct hae_view_store *store;
    struct hae_view_receiver *receiver;
};

static struct other start_other(void)
{
    struct hae_view_database_options database = {.path = path};
    struct hae_view_receiver_options options = {.max_body_bytes = HAE_VIEW_DEFAULT_MAX_BODY,
                                                .loopback = true};
    struct hae_view_listener listener;
    struct other other;
    char problem[256];
    other.store = hae_view_store_open(&database, problem, sizeof problem);
    assert_non_null(other.store);
    assert_true(hae_view_listen("127.0.0.1:0", &listener, problem, sizeof problem));
    other.receiver = hae_view_receiver_start(&options, other.store, listener.fd);
    assert_non_null(other.receiver);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", listener.port);
    return other;
}

static void stop_other(struct other other)
{
    hae_view_receiver_stop(other.receiver);
    hae_view_store_free(other.store);
}

/* ---- One whose log records come as the command waits for them ------------------------------- */

/* The number of its newest record, after so many waits; 0: the command ends. More come at once than
 * one answer has, and at last it is another run, whose numbers begin again. */
static const int newest_after[] = {5, 6, 456, 3, 0};
#define RECORDS (456 + 3)

static atomic_int waits;

static int newest(void)
{
    return newest_after[atomic_load(&waits)];
}

/* In the place of the function that waits. */
bool __wrap_hae_view_output_wait(int ms);
bool __wrap_hae_view_output_wait(int ms)
{
    (void)ms;
    atomic_fetch_add(&waits, 1);
    return newest() > 0;
}

static int argument(const char *request, const char *name, int otherwise)
{
    const char *at = strstr(request, name);
    return at != NULL ? atoi(at + strlen(name)) : otherwise;
}

static void put_records(const char *request, struct hae_buffer *out)
{
    struct hae_json json = HAE_JSON_INIT(out);
    int after = argument(request, "after=", 0);
    int id = argument(request, "before=", newest() + 1) - 1;
    int left = argument(request, "limit=", 200);
    hae_json_open(&json, NULL, '{');
    hae_json_text(&json, "now_ns", "1");
    hae_json_open(&json, "logs", '[');
    for (id = id < newest() ? id : newest(); id > after && left > 0; id--, left--) {
        char body[24];
        snprintf(body, sizeof body, "record-%d", id);
        hae_json_open(&json, NULL, '{');
        hae_json_integer(&json, "id", id);
        hae_json_text(&json, "time_ns", "1700000000000000000");
        hae_json_text(&json, "body", body);
        hae_json_close(&json, '}');
    }
    hae_json_close(&json, ']');
    hae_json_close(&json, '}');
}

static void answer(struct http_server_raw *server, int connection, unsigned number)
{
    char request[2000];
    size_t size = 0;
    struct hae_buffer body = HAE_BUFFER_INIT;
    struct hae_buffer head = HAE_BUFFER_INIT;
    (void)number;
    request[0] = '\0';
    while (strstr(request, "\r\n\r\n") == NULL) {
        struct pollfd readable = {connection, POLLIN, 0};
        (void)poll(&readable, 1, -1);
        ssize_t count = recv(connection, request + size, sizeof request - 1 - size, 0);
        if (count <= 0) {
            return; /* it had no memory for its question */
        }
        size += (size_t)count;
        request[size] = '\0';
    }
    put_records(request, &body);
    hae_buffer_format(&head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", body.length);
    (void)http_server_raw_write(server, connection, head.data, head.length);
    (void)http_server_raw_write(server, connection, body.data, body.length);
    hae_buffer_done(&head);
    hae_buffer_done(&body);
}

/* How many records a command that follows has written, each once. */
static int records_in(int file)
{
    static char text[1 << 20];
    ssize_t size = pread(file, text, sizeof text - 1, 0);
    int count = 0;
    assert_true(size >= 0);
    text[size] = '\0';
    for (const char *at = text; (at = strstr(at, "record-")) != NULL; at++) {
        count++;
    }
    return count;
}

/* Whoever follows writes all records, or says that it cannot: none is left out, and none comes
 * twice. */
static bool follow(long number, bool stays)
{
    int file = memfd_create("records", MFD_CLOEXEC);
    assert_true(file >= 0);
    atomic_store(&waits, 0);
    bool good = ask_into(file, number, stays);
    if (good) {
        assert_int_equal(records_in(file), RECORDS);
    }
    close(file);
    return good;
}

/* ---- Tests --------------------------------------------------------------------------------- */

/* SQLite has thousands: about so many of them fail for each question, those at the beginning and at
 * the end among them. */
#define SQLITE_RUNS 200

static void sweep(bool (*body)(long number, bool stays), bool stays)
{
    assert_true(body(0, false));
    long total = failing_count();
    long step = sqlite_fails && total > SQLITE_RUNS ? total / SQLITE_RUNS : 1;
    long missed = 0;
    assert_true(total > 0);
    for (long number = 1; number <= total; number += step) {
        missed += body(number, stays) ? 0 : 1;
    }
    print_message("%s %s: %ld allocations, %ld are missed\n", question[0], where[0], total, missed);
    assert_true(missed > 0);
    assert_true(body(0, false));
}

static void sweep_all(bool of_sqlite, const char *option, const char *value)
{
    sqlite_fails = of_sqlite;
    where[0] = option;
    where[1] = value;
    for (size_t i = 0; i < QUESTIONS; i++) {
        question = questions[i];
        sweep(ask, false);
        sweep(ask, true);
    }
    sqlite_fails = false;
}

static void commands_answer_or_say_that_they_cannot(void **state)
{
    (void)state;
    sweep_all(false, "--db", path);
}

static void commands_do_the_same_when_sqlite_has_no_memory(void **state)
{
    (void)state;
    sweep_all(true, "--db", path);
}

static void commands_that_ask_another_answer_or_say_that_they_cannot(void **state)
{
    struct other other = start_other();
    (void)state;
    sweep_all(false, "--url", url);
    stop_other(other);
}

static void commands_that_follow_leave_out_no_record_that_they_do_not_miss(void **state)
{
    static const char *const follows[][6] = {{"logs", "--follow", "--json"}, {"logs", "--follow"}};
    struct http_server_raw *server = http_server_raw_start(answer);
    (void)state;
    snprintf(url, sizeof url, "http://127.0.0.1:%u", http_server_raw_port(server));
    where[0] = "--url";
    where[1] = url;
    for (size_t i = 0; i < 4; i++) {
        question = follows[i / 2];
        sqlite_fails = i % 2 != 0;
        sweep(follow, false);
        sweep(follow, true);
    }
    sqlite_fails = false;
    http_server_raw_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_answer_or_say_that_they_cannot),
        cmocka_unit_test(commands_do_the_same_when_sqlite_has_no_memory),
        cmocka_unit_test(commands_that_ask_another_answer_or_say_that_they_cannot),
        cmocka_unit_test(commands_that_follow_leave_out_no_record_that_they_do_not_miss),
    };
    if (!let_sqlite_fail()) {
        fputs("SQLite cannot be set up\n", stderr);
        return 1;
    }
    return cmocka_run_group_tests(tests, fill, empty);
}
