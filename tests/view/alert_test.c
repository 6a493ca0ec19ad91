/* SPDX-License-Identifier: Apache-2.0 */
/* Rules on a filled database, with a clock that the tests turn. */
#include "alert_fixture.h"

/* ---- Requests ------------------------------------------------------------------------------ */

static void
an_error_rate_is_pending_then_fires_and_is_resolved_below_its_second_threshold(void **state)
{
    (void)state;
    struct fixture f = begin("rules:\n"
                             "- {name: r, kind: error_rate, service: shop, window: 60s, above: 0.2,"
                             " resolve: 0.1, min_count: 10, for: 30s, keep_firing_for: 20s,"
                             " severity: critical, labels: {team: maps},"
                             " summary: '{{value}} of {{service}} for {{team}}{{nobody}}'}\n");
    expect(&f, 100, "none");
    requests(&f, "other", 100, 20, 20, MS);
    requests(&f, "shop", 100, 9, 9, MS);
    expect(&f, 101, "none"); /* too few */
    requests(&f, "shop", 102, 3, 0, MS);
    expect(&f, 105, "pending");
    assert_true(has(&f, "\"severity\":\"critical\",\"summary\":\"75% of shop for maps\","
                        "\"labels\":{\"team\":\"maps\",\"service\":\"shop\"},\"value\":0.75,"
                        "\"since_ns\":\"1700000105000000000\",\"resolved_ns\":null"));
    assert_true(has(&f, "\"state\":\"pending\",\"every_s\":15"));
    expect(&f, 134, "pending");
    expect(&f, 135, "firing");
    requests(&f, "shop", 136, 48, 0, MS); /* 9 of 60: between the thresholds */
    expect(&f, 140, "firing");
    assert_true(has(&f, "15% of shop"));
    requests(&f, "shop", 140, 60, 0, MS);
    expect(&f, 141, "firing"); /* it keeps firing for a while */
    expect(&f, 159, "firing");
    expect(&f, 160, "resolved");
    assert_true(has(&f, "\"resolved_ns\":\"1700000160000000000\""));
    assert_true(has(&f, "\"state\":\"ok\",\"every_s\":15"));
    expect(&f, 160 + 86400, "resolved");
    expect(&f, 161 + 86400, "none");
    end(&f);
}

static void what_holds_for_a_moment_never_fires(void **state)
{
    (void)state;
    struct fixture f = begin("rules:\n- {name: r, kind: error_rate, window: 10s, above: 0.5,"
                             " for: 30s}\n");
    requests(&f, "shop", 100, 5, 5, MS);
    expect(&f, 105, "pending");
    expect(&f, 130, "none");
    requests(&f, "shop", 130, 5, 5, MS);
    expect(&f, 135, "pending");
    assert_true(has(&f, "\"since_ns\":\"1700000135000000000\"")); /* it counts from the start */
    end(&f);
}

static void red_measures_rates_shares_and_percentiles_of_each_route(void **state)
{
    (void)state;
    struct fixture f = begin("rules:\n"
                             "- {name: slow, kind: red, measure: p99, above: 250ms, by: route}\n"
                             "- {name: fast, kind: red, measure: p50, below: 0.25, route: work}\n"
                             "- {name: many, kind: red, measure: rate, above: 0.06, window: 100s}\n"
                             "- {name: few, kind: red, measure: rate, below: 0.001, service: gone,"
                             " window: 100s}\n"
                             "- {name: bad, kind: red, measure: error_share, above: 0.2}\n");
    requests(&f, "shop", 100, 4, 1, 300 * MS);
    requests(&f, "maps", 100, 7, 0, 2 * MS);
    run_at(&f, 105);
    assert_int_equal(count_of(&f, "\"rule\":\"slow\",\"state\":\"firing\""), 1);
    assert_true(has(&f, "\"labels\":{\"service\":\"shop\",\"route\":\"work\"},\"value\":0.3"));
    assert_int_equal(count_of(&f, "\"rule\":\"fast\",\"state\":\"firing\""), 1);
    assert_true(has(&f, "\"summary\":\"fast: 2.0"));
    assert_int_equal(count_of(&f, "\"rule\":\"many\",\"state\":\"firing\""), 1);
    assert_true(has(&f, "\"labels\":{\"service\":\"maps\"},\"value\":0.07"));
    assert_int_equal(count_of(&f, "\"rule\":\"few\",\"state\":\"firing\""), 1);
    assert_true(has(&f, "\"labels\":{\"service\":\"gone\"},\"value\":0,"));
    assert_int_equal(count_of(&f, "\"rule\":\"bad\",\"state\":\"firing\""), 1);
    assert_true(has(&f, "bad: 25% at shop"));
    end(&f);
}

static void durations_that_cannot_be_added_do_no_harm(void **state)
{
    (void)state;
    struct fixture f = begin("rules:\n- {name: r, kind: red, measure: rate, above: 0.01,"
                             " window: 100s}\n");
    requests(&f, "shop", 100, 2, 0, INT64_MAX);
    requests(&f, "shop", 120, 2, 0, INT64_MAX);
    expect(&f, 125, "firing");
    assert_true(has(&f, "\"value\":0.04"));
    end(&f);
}

/* ---- Errors -------------------------------------------------------------------------------- */

static void an_error_that_was_not_there_before_fires(void **state)
{
    (void)state;
    struct fixture f = begin("rules:\n- {name: r, kind: error_groups, service: shop, window: 60s,"
                             " min_count: 2}\n");
    requests(&f, "shop", 100, 1, 1, MS);
    requests(&f, "maps", 100, 5, 5, MS);
    expect(&f, 101, "none");
    requests(&f, "shop", 110, 3, 1, MS); /* the same one */
    expect(&f, 111, "firing");
    assert_true(has(&f, "\"summary\":\"a new error of shop: no map 17\""));
    assert_true(has(&f, "\"error_kind\":\"span\""));
    requests(&f, "shop", 150, 5, 5, MS);
    expect(&f, 150, "firing");
    assert_true(has(&f, "\"value\":7"));
    expect(&f, 170, "resolved"); /* it is known now */
    requests(&f, "shop", 180, 5, 5, MS);
    expect(&f, 181, "resolved");
    end(&f);
}

/* ---- Absence ------------------------------------------------------------------------------- */

static void absence_fires_when_nothing_came_for_the_window(void **state)
{
    (void)state;
    struct fixture f = begin("rules:\n- {name: r, kind: absence, service: shop, window: 60s}\n");
    expect(&f, 59, "none"); /* nothing could be known yet */
    expect(&f, 60, "firing");
    assert_true(has(&f, "nothing of shop  for 1m 00s"));
    requests(&f, "maps", 70, 5, 0, MS);
    expect(&f, 71, "firing");
    requests(&f, "shop", 80, 1, 0, MS);
    expect(&f, 81, "resolved");
    expect(&f, 139, "resolved");
    run_at(&f, 151);
    assert_true(has(&f, "\"rule\":\"r\",\"state\":\"firing\""));
    end(&f);
}

static void a_log_record_that_stops_coming_is_noticed(void **state)
{
    (void)state;
    struct fixture f = begin("rules:\n"
                             "- {name: r, kind: absence, log: backup done, service: cron,"
                             " window: 60s}\n"
                             "- {name: event, kind: absence, log: device.app, window: 60s}\n"
                             "- {name: attribute, kind: absence, log: '\"step\":\"last\"',"
                             " window: 60s, summary: 'no {{log}}'}\n");
    add_log(&f, "cron", 10, "the backup done in 3 s", "device.app.lifecycle");
    run_at(&f, 59);
    assert_true(has(&f, "\"alerts\":[]")); /* nothing can be known yet */
    run_at(&f, 69);
    assert_true(has(&f, "\"alerts\":[]"));
    add_log(&f, "other", 70, "backup done", NULL);
    add_log(&f, "cron", 70, "backup begun", NULL);
    run_at(&f, 71);
    assert_true(has(&f, "\"rule\":\"r\",\"state\":\"firing\""));
    assert_true(has(&f, "no log record with \\\"backup done\\\" of cron for 1m 00s"));
    assert_true(has(&f, "\"labels\":{\"service\":\"cron\",\"log\":\"backup done\"}"));
    assert_true(has(&f, "no log record with \\\"device.app\\\" for 1m 00s"));
    assert_false(has(&f, "\"rule\":\"attribute\",\"state\":\"firing\""));
    add_log(&f, "cron", 80, "backup done", NULL);
    run_at(&f, 81);
    assert_true(has(&f, "\"rule\":\"r\",\"state\":\"resolved\""));
    run_at(&f, 140);
    assert_int_equal(count_of(&f, "\"rule\":\"r\",\"state\":\"firing\""), 0);
    run_at(&f, 141);
    assert_int_equal(count_of(&f, "\"rule\":\"r\",\"state\":\"firing\""), 1);
    assert_true(has(&f, "\"summary\":\"no \\\"step\\\":\\\"last\\\"\""));
    end(&f);
}

/* It is looked for in steps. What was looked at is not looked at again. */
static void a_log_record_is_found_among_many(void **state)
{
    (void)state;
    struct fixture f = begin("rules:\n- {name: r, kind: absence, log: needle, window: 60s}\n");
    for (uint64_t second = 50; second < 90; second += 20) {
        struct hae_view_origin origin = begin_request(f.store, "shop", second);
        for (int i = 0; i < 45000; i++) {
            struct hae_view_log_row row = {.time_ns = 1,
                                           .severity = 9,
                                           .body = text_of(i == 1 ? "a needle" : "hay"),
                                           .attributes = text_of("{}")};
            hae_view_store_log(f.store, &origin, &row);
        }
        end_request(f.store);
        expect(&f, second + 59, "none");
    }
    expect(&f, 131, "firing");
    end(&f);
}

/* ---- Anomalies ----------------------------------------------------------------------------- */

static void an_anomaly_is_far_from_the_last_hours(void **state)
{
    (void)state;
    struct fixture f = begin("rules:\n- {name: r, kind: anomaly, measure: rate, service: shop,"
                             " window: 5m, factor: 5, resolve: 2}\n");
    for (uint64_t i = 0; i < 40; i++) {
        requests(&f, "shop", 300 * i, 30 + (uint32_t)(i % 3), 0, MS);
    }
    expect(&f, 300 * 40 - 1, "none");
    requests(&f, "shop", 300 * 40, 31, 0, MS);
    expect(&f, 300 * 41 - 1, "none");
    requests(&f, "shop", 300 * 41, 100, 0, MS);
    expect(&f, 300 * 42 - 1, "firing");
    assert_true(has(&f, "\"value\":0.33"));
    requests(&f, "shop", 300 * 42, 31, 0, MS);
    expect(&f, 300 * 43 - 1, "resolved");
    run_at(&f, 300 * 44 - 1); /* none at all */
    assert_true(has(&f, "\"rule\":\"r\",\"state\":\"firing\""));
    end(&f);
}

static void an_anomaly_is_far_from_the_same_hour_of_earlier_days(void **state)
{
    (void)state;
    const uint64_t day = 86400;
    struct fixture f = begin("rules:\n"
                             "- {name: r, kind: anomaly, measure: p50, window: 10m, min_count: 5,"
                             " direction: up}\n"
                             "- {name: down, kind: anomaly, measure: p50, window: 10m,"
                             " min_count: 5, direction: down}\n");
    for (uint64_t i = 0; i < 4; i++) {
        for (uint64_t minute = 0; minute < 60; minute += 10) {
            /* At this hour all is slow; in the hours before it is fast. */
            requests(&f, "shop", i * day + 50000 + 60 * minute, 6, 0, (500 + minute) * MS);
            requests(&f, "shop", i * day + 40000 + 60 * minute, 6, 0, 5 * MS);
        }
    }
    uint64_t now = 4 * day + 50000 + 1800;
    requests(&f, "shop", now - 5000, 60, 0, 5 * MS);
    requests(&f, "shop", now - 100, 6, 0, 530 * MS);
    requests(&f, "rare", now - 100, 6, 0, 530 * MS); /* nothing to compare with */
    expect(&f, now, "none");
    requests(&f, "shop", now, 60, 0, 2000 * MS);
    run_at(&f, now + 10);
    assert_true(has(&f, "\"rule\":\"r\",\"state\":\"firing\""));
    assert_false(has(&f, "\"rule\":\"down\",\"state\""));
    end(&f);
}

/* ---- Metrics ------------------------------------------------------------------------------- */

/* Alertmanager refuses alerts with others. */
static void labels_have_names_that_are_ones(void **state)
{
    (void)state;
    struct fixture f = begin("rules:\n- {name: r, kind: metric, metric: queue, above: 10}\n");
    struct metric queue = {"queue", HAE_VIEW_GAUGE, HAE_VIEW_UNSPECIFIED,
                           "{\"\":\"none\",\"1a.\u00e9\":\"b\"}"};
    point(&f, &queue, 1, 100, value_of(11), NULL);
    run_at(&f, 105);
    assert_true(has(&f, "\"_\":\"none\",\"_a___\":\"b\""));
    end(&f);
}

static void a_metric_is_looked_at_by_its_attributes(void **state)
{
    (void)state;
    struct fixture f = begin(
        "rules:\n"
        "- {name: last, kind: metric, metric: queue, attributes: {queue.name: rides, hot: 'true'},"
        " above: 10, resolve: 5, summary: '{{queue_name}} has {{value}}'}\n"
        "- {name: all, kind: metric, metric: queue, across: sum, above: 100}\n"
        "- {name: mean, kind: metric, metric: queue, across: mean, below: 50}\n"
        "- {name: wrong, kind: metric, metric: queue, function: p90, above: 0}\n");
    struct metric rides = {"queue", HAE_VIEW_GAUGE, HAE_VIEW_UNSPECIFIED,
                           "{\"hot\":true,\"queue.name\":\"rides\"}"};
    struct metric fares = {"queue", HAE_VIEW_GAUGE, HAE_VIEW_UNSPECIFIED,
                           "{\"hot\":true,\"queue.name\":\"fares\"}"};
    point(&f, &rides, 1, 100, value_of(11), NULL);
    point(&f, &fares, 1, 100, value_of(90), NULL);
    run_at(&f, 101);
    assert_int_equal(count_of(&f, "\"rule\":\"last\",\"state\":\"firing\""), 1);
    assert_true(has(&f, "rides has 11"));
    assert_true(has(&f, "\"labels\":{\"service\":\"shop\",\"hot\":\"true\","
                        "\"queue_name\":\"rides\"}"));
    assert_true(has(&f, "\"rule\":\"all\",\"state\":\"firing\""));
    assert_true(has(&f, "\"value\":101,"));
    assert_false(has(&f, "\"rule\":\"mean\",\"state\""));
    assert_true(has(&f, "\"problem\":\"p90 is no function of the kind of metric that this is\""));
    point(&f, &rides, 1, 110, value_of(6), NULL);
    run_at(&f, 111);
    assert_true(has(&f, "\"rule\":\"last\",\"state\":\"firing\""));
    assert_true(has(&f, "\"rule\":\"all\",\"state\":\"resolved\""));
    assert_true(has(&f, "\"rule\":\"mean\",\"state\":\"firing\""));
    point(&f, &rides, 1, 120, value_of(5), NULL);
    run_at(&f, 121);
    assert_true(has(&f, "\"rule\":\"last\",\"state\":\"resolved\""));
    end(&f);
}

static void counters_have_a_rate_over_restarts(void **state)
{
    (void)state;
    struct fixture f =
        begin("rules:\n- {name: r, kind: metric, metric: sent, function: rate, above: 1,"
              " window: 100s}\n- {name: delta, kind: metric, metric: deltas, function: sum,"
              " above: 8, window: 60s}\n");
    struct metric sent = {"sent", HAE_VIEW_COUNTER, HAE_VIEW_CUMULATIVE, "{}"};
    struct metric deltas = {"deltas", HAE_VIEW_COUNTER, HAE_VIEW_DELTA, "{}"};
    point(&f, &sent, 1, 100, value_of(1000), NULL);
    point(&f, &sent, 1, 150, value_of(1050), NULL);
    expect(&f, 160, "none"); /* 1 per second, and not above it */
    point(&f, &sent, 1, 190, value_of(1120), NULL);
    expect(&f, 191, "firing");
    assert_true(has(&f, "\"value\":1.33"));
    point(&f, &sent, 195, 200, value_of(10), NULL); /* it was started again */
    expect(&f, 201, "firing");
    assert_true(has(&f, "\"value\":1.3,"));
    point(&f, &deltas, 290, 300, value_of(6), NULL);
    point(&f, &deltas, 300, 310, value_of(3), NULL);
    run_at(&f, 311);
    assert_true(has(&f, "\"rule\":\"delta\",\"state\":\"firing\""));
    assert_true(has(&f, "\"value\":9,"));
    run_at(&f, 361);
    assert_true(has(&f, "\"rule\":\"delta\",\"state\":\"resolved\""));
    end(&f);
}

static void histograms_have_percentiles_of_the_window(void **state)
{
    (void)state;
    struct fixture f = begin(
        "rules:\n- {name: r, kind: metric, metric: time, function: p90, above: 0.5, window: 100s,"
        " min_count: 10}\n- {name: exp, kind: metric, metric: wide, function: p50, above: 6,"
        " window: 100s}\n- {name: none, kind: absence, metric: time, window: 100s}\n");
    struct metric time = {"time", HAE_VIEW_HISTOGRAM, HAE_VIEW_CUMULATIVE, "{}"};
    struct metric wide = {"wide", HAE_VIEW_EXPONENTIAL, HAE_VIEW_CUMULATIVE, "{}"};
    point(&f, &time, 1, 100, values_of(1000, 10), "{\"bounds\":[0.1,1],\"counts\":[1000,0,0]}");
    point(&f, &time, 1, 190, values_of(1009, 15), "{\"bounds\":[0.1,1],\"counts\":[1000,9,0]}");
    point(&f, &wide, 1, 100, values_of(101, 10),
          "{\"scale\":1,\"zero_count\":1,\"zero_threshold\":0,\"positive\":{\"offset\":0,"
          "\"counts\":[100]},\"negative\":{\"offset\":0,\"counts\":[]}}");
    /* A scale below: a bucket is as wide as two before, and (4, 16] is the next but one. */
    point(&f, &wide, 1, 190, values_of(111, 10),
          "{\"scale\":-1,\"zero_count\":1,\"zero_threshold\":0,\"positive\":{\"offset\":0,"
          "\"counts\":[100,10]},\"negative\":{\"offset\":0,\"counts\":[]}}");
    run_at(&f, 195);
    assert_false(has(&f, "\"rule\":\"r\",\"state\"")); /* 9 values */
    assert_true(has(&f, "\"rule\":\"exp\",\"state\":\"firing\""));
    assert_true(has(&f, "\"value\":8,"));
    point(&f, &time, 1, 200, values_of(1010, 16), "{\"bounds\":[0.1,1],\"counts\":[1000,10,0]}");
    run_at(&f, 201);
    assert_true(has(&f, "\"rule\":\"r\",\"state\":\"firing\""));
    assert_false(has(&f, "\"rule\":\"none\",\"state\""));
    run_at(&f, 301);
    assert_true(has(&f, "\"rule\":\"r\",\"state\":\"resolved\""));
    assert_true(has(&f, "\"rule\":\"none\",\"state\":\"firing\""));
    end(&f);
}

static void more_series_than_there_may_be_alerts_are_said(void **state)
{
    (void)state;
    struct fixture f = begin("rules:\n- {name: r, kind: metric, metric: m, above: 0}\n");
    for (int i = 0; i < 600; i++) {
        char attributes[32];
        snprintf(attributes, sizeof attributes, "{\"i\":%d}", i);
        struct metric metric = {"m", HAE_VIEW_GAUGE, HAE_VIEW_UNSPECIFIED, attributes};
        point(&f, &metric, 1, 100, value_of(1), NULL);
    }
    run_at(&f, 101);
    assert_int_equal(count_of(&f, "\"state\":\"firing\",\"severity\""), 100);
    assert_true(has(&f, "\"problem\":\"there are 400 more than 100 values; these are left out\""));
    end(&f);
}

/* ---- Restarts and silences ------------------------------------------------------------------- */

static const char two_rules[] = "rules:\n"
                                "- {name: r, kind: error_rate, above: 0.5, for: 20s}\n"
                                "- {name: gone, kind: absence, service: never, window: 60s}\n";

static void a_restart_neither_forgets_nor_repeats(void **state)
{
    (void)state;
    struct fixture f = {.second = 0};
    open_file(&f);
    start_alerts(&f, two_rules, 0);
    requests(&f, "shop", 100, 5, 5, MS);
    expect(&f, 105, "pending");
    struct hae_view_labels match = {.count = 0};
    assert_true(hae_view_labels_set(&match, "rule", "gone"));
    int64_t silence =
        hae_view_alerts_silence(f.alerts, &match, (int64_t)(EPOCH_NS + 500 * S), "me");
    hae_view_labels_done(&match);
    assert_int_equal(silence, 1);

    hae_view_alerts_stop(f.alerts);
    start_alerts(&f, two_rules, 110);
    expect(&f, 111, "pending");
    assert_true(has(&f, "\"since_ns\":\"1700000105000000000\""));
    assert_int_equal(count_of(&f, "\"rule\":\"gone\",\"state\":\"firing\""), 1);
    assert_true(has(&f, "\"silenced\":true"));
    assert_true(has(&f, "\"silences\":[{\"id\":\"1\",\"match\":{\"rule\":\"gone\"},"
                        "\"until_ns\":\"1700000500000000000\",\"by\":\"me\"}]"));
    expect(&f, 125, "firing");

    hae_view_alerts_stop(f.alerts);
    start_alerts(&f, "rules:\n- {name: r, kind: error_rate, above: 0.5, for: 20s}\n", 130);
    expect(&f, 131, "firing");
    assert_true(has(&f, "\"since_ns\":\"1700000105000000000\""));
    assert_true(has(&f, "\"rule\":\"gone\",\"state\":\"resolved\"")); /* its rule has gone */
    assert_true(hae_view_alerts_unsilence(f.alerts, silence));
    assert_false(hae_view_alerts_unsilence(f.alerts, silence));

    hae_view_alerts_stop(f.alerts);
    start_alerts(&f, two_rules, 1000);
    run_at(&f, 1001);
    assert_true(has(&f, "\"rule\":\"r\",\"state\":\"resolved\""));
    assert_true(has(&f, "\"silences\":[]"));
    end(&f);
}

static void a_silence_ends_by_itself_and_there_are_not_too_many(void **state)
{
    (void)state;
    struct fixture f = begin("rules:\n- {name: r, kind: error_rate, above: 0.5, window: 1h}\n");
    struct hae_view_labels match = {.count = 0};
    requests(&f, "shop", 100, 5, 5, MS);
    expect(&f, 101, "firing");
    assert_true(has(&f, "\"silenced\":false"));
    assert_true(hae_view_labels_set(&match, "service", "shop"));
    for (int i = 0; i < 100; i++) {
        assert_int_equal(
            hae_view_alerts_silence(f.alerts, &match, (int64_t)(EPOCH_NS + 200 * S), ""), i + 1);
    }
    assert_int_equal(hae_view_alerts_silence(f.alerts, &match, INT64_MAX, ""), 0);
    expect(&f, 199, "firing");
    assert_true(has(&f, "\"silenced\":true"));
    expect(&f, 200, "firing");
    assert_true(has(&f, "\"silenced\":false"));
    assert_true(has(&f, "\"silences\":[]"));
    assert_true(hae_view_labels_set(&match, "severity", "critical"));
    assert_int_not_equal(hae_view_alerts_silence(f.alerts, &match, INT64_MAX, ""), 0);
    expect(&f, 201, "firing"); /* its severity is another one */
    assert_true(has(&f, "\"silenced\":false"));
    hae_view_labels_done(&match);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            an_error_rate_is_pending_then_fires_and_is_resolved_below_its_second_threshold),
        cmocka_unit_test(what_holds_for_a_moment_never_fires),
        cmocka_unit_test(red_measures_rates_shares_and_percentiles_of_each_route),
        cmocka_unit_test(durations_that_cannot_be_added_do_no_harm),
        cmocka_unit_test(an_error_that_was_not_there_before_fires),
        cmocka_unit_test(absence_fires_when_nothing_came_for_the_window),
        cmocka_unit_test(a_log_record_that_stops_coming_is_noticed),
        cmocka_unit_test(a_log_record_is_found_among_many),
        cmocka_unit_test(an_anomaly_is_far_from_the_last_hours),
        cmocka_unit_test(an_anomaly_is_far_from_the_same_hour_of_earlier_days),
        cmocka_unit_test(labels_have_names_that_are_ones),
        cmocka_unit_test(a_metric_is_looked_at_by_its_attributes),
        cmocka_unit_test(counters_have_a_rate_over_restarts),
        cmocka_unit_test(histograms_have_percentiles_of_the_window),
        cmocka_unit_test(more_series_than_there_may_be_alerts_are_said),
        cmocka_unit_test(a_restart_neither_forgets_nor_repeats),
        cmocka_unit_test(a_silence_ends_by_itself_and_there_are_not_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
