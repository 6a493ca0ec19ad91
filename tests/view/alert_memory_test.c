/* SPDX-License-Identifier: Apache-2.0 */
/* Rules are loaded, evaluated, kept and notified while each allocation fails once, those of SQLite
 * and libcurl too. Nothing leaks, what failed is said, and the next time all is well. */
#include "alert_fixture.h"

#include <unistd.h>

#include "alert/message.h"
#include "alert/post.h"
#include "alert/run_command.h"
#include "alert/summary_text.h"
#include "failing_sqlite.h"
#include "support/failing_malloc.h"
#include "support/http_server_raw.h"

#define NOW 1000 /* seconds */

/* One of each kind; all of them fire. */
static const char all_rules[] =
    "every: 5s\n"
    "labels: {team: rides}\n"
    "notify: {command: [/bin/cat, -u]}\n"
    "page: http://127.0.0.1:1/\n"
    "rules:\n"
    "- {name: rate, kind: error_rate, service: shop, window: 1h, above: 0.2, resolve: 0.1,"
    " severity: critical, labels: {a: b}, summary: '{{value}} of {{service}} for {{team}}'}\n"
    "- {name: slow, kind: red, measure: p99, by: route, window: 1h, above: 10ms}\n"
    "- {name: new, kind: error_groups, window: 1h}\n"
    "- {name: queue, kind: metric, metric: queue, attributes: {q.n: rides}, window: 1h, above: "
    "10}\n"
    "- {name: wide, kind: metric, metric: wide, function: p90, across: max, window: 1h, above: 1}\n"
    "- {name: quiet, kind: absence, service: gone, window: 60s}\n"
    "- {name: mute, kind: absence, metric: gone, window: 60s}\n"
    "- {name: lost, kind: absence, log: gone, window: 60s}\n"
    "- {name: odd, kind: anomaly, measure: rate, service: shop, window: 1m}\n";
static const char *const names[] = {"rate",  "slow", "new",  "queue", "wide",
                                    "quiet", "mute", "lost", "odd"};

static struct fixture fixture;

/* ---- The database -------------------------------------------------------------------------- */

static int fill(void **state)
{
    (void)state;
    struct fixture *f = &fixture;
    struct metric queue = {"queue", HAE_VIEW_GAUGE, HAE_VIEW_UNSPECIFIED, "{\"q.n\":\"rides\"}"};
    struct metric wide = {"wide", HAE_VIEW_EXPONENTIAL, HAE_VIEW_DELTA, "{}"};
    open_file(f);
    for (uint64_t second = 0; second < NOW - 60; second += 60) {
        requests(f, "shop", second, 2, 0, MS);
    }
    requests(f, "shop", NOW - 1, 40, 30, 20 * MS);
    point(f, &queue, 1, NOW - 1, value_of(11), NULL);
    point(f, &wide, NOW - 2, NOW - 1, values_of(10, 100),
          "{\"scale\":0,\"zero_count\":0,\"zero_threshold\":0,\"positive\":{\"offset\":3,"
          "\"counts\":[10]},\"negative\":{\"offset\":0,\"counts\":[]}}");
    add_log(f, "shop", NOW - 1, "hay", NULL);
    start_alerts(f, all_rules, 0);
    return 0;
}

static int empty(void **state)
{
    (void)state;
    end(&fixture);
    return 0;
}

/* ---- Loading, evaluating, keeping ---------------------------------------------------------- */

static bool all_fire(const char *text)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char part[64];
        snprintf(part, sizeof part, "\"rule\":\"%s\",\"state\":\"firing\"", names[i]);
        if (strstr(text, part) == NULL) {
            return false;
        }
    }
    return true;
}

/* Rules of a text, or a reason why not. */
static struct hae_view_rules *load(void)
{
    struct hae_buffer problems = HAE_BUFFER_INIT;
    struct hae_view_rules *rules =
        hae_view_rules_read(all_rules, sizeof all_rules - 1, "rules", &problems);
    if (rules == NULL) {
        assert_true(problems.failed || strstr(problems.data, "out of memory") != NULL);
    }
    hae_buffer_done(&problems);
    return rules;
}

/* What a run of haetae-view does with rules. Returns whether all alerts fired, and were kept. */
static bool run_once(void)
{
    struct hae_view_rules *rules = load();
    char problem[160] = "";
    if (rules == NULL) {
        return false;
    }
    struct hae_view_labels match = {.count = 0};
    struct hae_buffer text = HAE_BUFFER_INIT;
    struct hae_view_alerts_options options = {
        .rules = rules,
        .database = hae_view_store_database(fixture.store),
        .path = fixture.path,
        .start_ns = (int64_t)EPOCH_NS,
        .page = "http://127.0.0.1:1",
    };
    /* Threads would take part: notifications are tested below. */
    free(rules->targets.command[0]);
    free(rules->targets.command[1]);
    free(rules->targets.command);
    rules->targets.command = NULL;
    struct hae_view_alerts *alerts = hae_view_alerts_start(&options, problem, sizeof problem);
    if (alerts == NULL) {
        assert_string_not_equal(problem, "");
        return false;
    }
    int64_t now_ns = (int64_t)(EPOCH_NS + NOW * S);
    struct hae_json json = HAE_JSON_INIT(&text);
    hae_view_alerts_run(alerts, now_ns);
    bool good = hae_view_labels_set(&match, "rule", "slow") &&
                hae_view_alerts_silence(alerts, &match, now_ns + (int64_t)S, "me") != 0;
    hae_json_open(&json, NULL, '{');
    hae_view_alerts_put(alerts, &json, now_ns);
    hae_json_close(&json, '}');
    good =
        good && !text.failed && all_fire(text.data) && strstr(text.data, "\"problem\":\"") == NULL;
    hae_view_alerts_stop(alerts);
    hae_view_labels_done(&match);
    hae_buffer_done(&text);
    return good;
}

static void forget(void)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(fixture.path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(db, 10000), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "DELETE FROM alert_state; DELETE FROM alert_silence", NULL, NULL, NULL),
        SQLITE_OK);
    (void)sqlite3_close(db);
}

static bool load_and_evaluate(long number, bool stays)
{
    forget();
    failing_arm(number, stays);
    bool good = run_once();
    failing_disarm();
    assert_true(good || number > 0);
    /* With what was kept, as after any other start: after some of the many. */
    if (number > 0 && (!sqlite_fails || number % 8 == 0)) {
        assert_true(run_once());
    }
    return good;
}

static void rules_are_loaded_and_evaluated_or_it_is_said_why_not(void **state)
{
    (void)state;
    sqlite_fails = true;
    failing_sweep(false, load_and_evaluate);
    sqlite_fails = false;
}

static void rules_are_not_half_loaded_when_memory_stays_away(void **state)
{
    (void)state;
    failing_sweep(true, load_and_evaluate);
}

/* ---- Notifying ----------------------------------------------------------------------------- */

static unsigned port;

static void answer(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    if (http_server_raw_read_request(server, connection)) {
        (void)http_server_raw_write_text(
            server, connection,
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    }
}

#define PATIENCE_NS INT64_C(30000000000)

/* A program and a webhook are given a message. Returns whether both have it. */
static bool deliver(const struct hae_buffer *message)
{
    static char *const cat[] = {(char *)"/bin/cat", NULL};
    atomic_bool stopping = false;
    char url[64];
    char problem[160] = "";
    snprintf(url, sizeof url, "http://127.0.0.1:%u/hook", port);
    enum hae_view_delivery delivery =
        hae_view_post(url, message->data, message->length, PATIENCE_NS, &stopping, problem);
    assert_int_not_equal(delivery, HAE_VIEW_DELIVERY_REFUSED); /* it is worth another try */
    assert_true(delivery == HAE_VIEW_DELIVERED || problem[0] != '\0');
    return delivery == HAE_VIEW_DELIVERED &&
           hae_view_run_command(cat, message->data, message->length, PATIENCE_NS, &stopping,
                                problem) == HAE_VIEW_DELIVERED;
}

/* Makes both kinds of messages of an alert, whose label and summary are made here too. Returns
 * whether they are whole, and were delivered. */
static bool make_and_deliver(struct hae_view_alert *alert, struct hae_buffer *event,
                             struct hae_buffer *list)
{
    struct hae_json json = HAE_JSON_INIT(list);
    bool good = hae_view_labels_set(&alert->labels, "service", "shop");
    alert->summary = good ? hae_view_alert_summary(alert) : NULL;
    hae_view_message_event(alert, "http://127.0.0.1:1", event);
    hae_json_open(&json, NULL, '[');
    hae_view_message_alertmanager(&json, alert, "http://127.0.0.1:1", (int64_t)EPOCH_NS);
    hae_json_close(&json, ']');
    if (alert->summary == NULL || event->failed || list->failed) {
        return false;
    }
    assert_non_null(strstr(event->data, "\"summary\":\"slow: 0.5 at shop\""));
    assert_non_null(strstr(list->data, "\"alertname\":\"slow\""));
    return deliver(event) && deliver(list);
}

static bool notify(long number, bool stays)
{
    static const struct hae_view_rule rule = {.kind = HAE_VIEW_RULE_RED};
    char rule_name[] = "slow";
    char severity[] = "error";
    struct hae_view_alert alert = {.rule = &rule,
                                   .rule_name = rule_name,
                                   .severity = severity,
                                   .value = 0.5,
                                   .state = HAE_VIEW_FIRING};
    struct hae_buffer event = HAE_BUFFER_INIT;
    struct hae_buffer list = HAE_BUFFER_INIT;
    failing_arm(number, stays);
    bool good = make_and_deliver(&alert, &event, &list);
    free(alert.summary);
    hae_view_labels_done(&alert.labels);
    hae_buffer_done(&event);
    hae_buffer_done(&list);
    failing_disarm();
    return good;
}

static void a_notification_is_whole_or_is_worth_another_try(void **state)
{
    (void)state;
    struct http_server_raw *server = http_server_raw_start(answer);
    port = http_server_raw_port(server);
    failing_sweep(false, notify);
    failing_sweep(true, notify);
    http_server_raw_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rules_are_loaded_and_evaluated_or_it_is_said_why_not, fill,
                                        empty),
        cmocka_unit_test_setup_teardown(rules_are_not_half_loaded_when_memory_stays_away, fill,
                                        empty),
        cmocka_unit_test(a_notification_is_whole_or_is_worth_another_try),
    };
    if (!let_sqlite_fail()) {
        return 1;
    }
    if (!failing_curl_init()) {
        fputs("libcurl cannot be set up\n", stderr);
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
