/* SPDX-License-Identifier: Apache-2.0 */
/* What a file of rules may say, and how it is said what is wrong with it. */
#include "view_test.h"

#include "alert/prometheus.h"
#include "alert/rule_text.h"

static struct hae_view_rules *read_text(const char *text, struct hae_buffer *problems)
{
    return hae_view_rules_read(text, strlen(text), "f.yaml", problems);
}

#define RULE "rules:\n- {name: a, kind: red, measure: rate, above: 1}\n"

static const struct {
    const char *text;
    const char *problem;
} mistakes[] = {
    {"", "f.yaml: it is empty\n"},
    {"- 1\n", "f.yaml:1:1: a map with rules is expected\n"},
    {"every: 10s\n", "f.yaml:1:1: rules: a list with at least one rule is expected\n"},
    {"rules: []\n", "f.yaml:1:8: rules: a list with at least one rule is expected\n"},
    {"rules: {}\n", "f.yaml:1:8: rules: '(a map)': a list is expected\n"},
    {"every: 0s\n" RULE,
     "f.yaml:1:8: every: '0s': a time such as 90s, 5m or 2h, from 1s to 3600s is expected\n"},
    {"every: 10\n" RULE, "f.yaml:1:8: every: '10': a time"},
    {"ever: 10s\n" RULE, "f.yaml:1:1: 'ever' is not known here\n"},
    {"labels: {1x: a}\n" RULE, "f.yaml:1:10: labels: '1x': the name of a label is letters"},
    {"labels: {a: [1]}\n" RULE, "f.yaml:1:13: a: '(a list)': a line of text"},
    {"rules: [3]\n", "f.yaml:1:9: rules: '3': a map with name, kind and more is expected\n"},
    {"rules:\n- {kind: red, measure: rate, above: 1}\n", "f.yaml:2:3: name is missing\n"},
    {"rules:\n- {name: a}\n", "f.yaml:2:3: kind is missing\n"},
    {"rules:\n- {name: a, kind: rad}\n", "f.yaml:2:19: kind: 'rad': one of error_rate"},
    {RULE "- {name: a, kind: red, measure: rate, above: 1}\n",
     "f.yaml:3:3: name: 'a': the rule in line 2 has this name\n"},
    {"rules:\n- {name: a, kind: red, measure: rate, above: 1, name: b}\n",
     "f.yaml:2:49: the key 'name' is there twice\n"},
    {"rules:\n- {name: a, kind: red, measure: rat, above: 1}\n",
     "f.yaml:2:33: measure: 'rat': one of rate error_share p50 p90 p99 is expected\n"},
    {"rules:\n- {name: a, kind: red, above: 1}\n", "f.yaml:2:3: measure is missing\n"},
    {"rules:\n- {name: a, kind: red, measure: rate}\n",
     "f.yaml:2:3: either above or below is expected\n"},
    {"rules:\n- {name: a, kind: red, measure: rate, above: 1, below: 2}\n",
     "f.yaml:2:3: either above or below is expected\n"},
    {"rules:\n- {name: a, kind: red, measure: rate, above: 1, resolve: 2}\n",
     "f.yaml:2:58: resolve: '2': a number not over above is expected\n"},
    {"rules:\n- {name: a, kind: red, measure: rate, below: 1, resolve: 0}\n",
     "f.yaml:2:58: resolve: '0': a number not under below is expected\n"},
    {"rules:\n- {name: a, kind: error_rate, above: 5}\n",
     "f.yaml:2:38: above: '5': a number from 0 to 1"},
    {"rules:\n- {name: a, kind: red, measure: error_share, below: -1}\n",
     "f.yaml:2:53: below: '-1': a number from 0 to 1"},
    {"rules:\n- {name: a, kind: red, measure: rate, above: 1s}\n",
     "f.yaml:2:46: above: '1s': a number"},
    {"rules:\n- {name: a, kind: red, measure: rate, above: nan}\n",
     "f.yaml:2:46: above: 'nan': a number"},
    {"rules:\n- {name: a, kind: red, measure: rate, above: 0x10}\n", "above: '0x10'"},
    {"rules:\n- {name: a, kind: red, measure: rate, above: 1, window: 9s}\n",
     "window: '9s': a time such as 90s, 5m or 2h, from 10s to 604800s is expected"},
    {"rules:\n- {name: a, kind: red, measure: rate, above: 1, min_count: -1}\n",
     "min_count: '-1': a number from 0"},
    {"rules:\n- {name: a, kind: red, measure: rate, above: 1, for: 8d}\n", "for: '8d': a time"},
    {"rules:\n- {name: a, kind: red, measure: rate, above: 1, severity: bad}\n",
     "severity: 'bad': one of info warning error critical is expected"},
    {"rules:\n- {name: a, kind: red, measure: rate, above: 1, metric: m}\n",
     "f.yaml:2:49: 'metric' is not known here\n"},
    {"rules:\n- {name: a, kind: red, measure: rate, above: 1, summary: '{{a b}}'}\n",
     "summary: '{{a b}}': a text in which {{value}}"},
    {"rules:\n- {name: a, kind: red, measure: rate, above: 1, summary: '{{a'}\n", "summary: '{{a'"},
    {"rules:\n- {name: \"a\\e[1m\", kind: red, measure: rate, above: 1}\n",
     "f.yaml:2:10: name: 'a\\x1b[1m': a line of text"},
    {"rules:\n- {name: a, kind: metric, above: 1}\n", "f.yaml:2:3: metric is missing\n"},
    {"rules:\n- {name: a, kind: metric, metric: m, above: 1, function: error_share}\n",
     "function: 'error_share': last, rate, sum, p50, p90 or p99 is expected"},
    {"rules:\n- {name: a, kind: metric, metric: m, above: 1, function: p50, across: sum}\n",
     "across: 'sum': each, max, min or mean, with a percentile,"},
    {"rules:\n- {name: a, kind: absence}\n", "f.yaml:2:3: service, metric or log is missing\n"},
    {"rules:\n- {name: a, kind: absence, metric: m, log: x}\n",
     "f.yaml:2:3: either metric or log is expected\n"},
    {"rules:\n- {name: a, kind: absence, log: ''}\n", "log: '': a line of text of 1 to 256 bytes"},
    {"rules:\n- {name: a, kind: red, measure: rate, above: 1, log: x}\n",
     "'log' is not known here\n"},
    {"rules:\n- {name: a, kind: anomaly, window: 2h}\n",
     "f.yaml:2:36: window: '2h': a time of at most 1h is expected\n"},
    {"rules:\n- {name: a, kind: anomaly, factor: 3, resolve: 4}\n",
     "resolve: '4': a number not over factor is expected"},
    {"rules:\n- {name: a, kind: error_groups, above: 1}\n", "'above' is not known here"},
    {"notify: {webhook: ftp://u:secret@host/}\n" RULE,
     "f.yaml:1:19: webhook: a URL that begins with http:// or https://, without spaces, is "
     "expected\n"},
    {"notify: {alertmanager: 'http://a b'}\n" RULE, "f.yaml:1:24: alertmanager: a URL that"},
    {"notify: {alertmanager: [1]}\n" RULE, "f.yaml:1:24: alertmanager: a URL that"},
    {"page: x\n" RULE, "f.yaml:1:7: page: a URL that"},
    {"notify: {command: echo}\n" RULE, "f.yaml:1:19: command: 'echo': a list is expected\n"},
    {"notify: {command: []}\n" RULE, "command: 1 to 32 texts are expected"},
    {"notify: {command: [echo]}\n" RULE,
     "f.yaml:1:20: command: the path of a program, from / on, is expected\n"},
    {"notify: {command: [/bin/echo, {}]}\n" RULE, "f.yaml:1:31: command: a text is expected\n"},
    {"notify: {resend: 1s}\n" RULE, "f.yaml:1:18: resend: '1s': a time"},
    {"notify: {timeout: 2m}\n" RULE, "f.yaml:1:19: timeout: '2m': a time"},
    {"notify: {web: 2}\n" RULE, "f.yaml:1:10: 'web' is not known here\n"},
    /* YAML itself */
    {"rules: [\n", "f.yaml:2:1: did not find expected node content\n"},
    {"a: &x 1\nb: *x\n", "f.yaml:1:4: anchors and tags are not accepted\n"},
    {"a: !!str 1\n", "f.yaml:1:4: anchors and tags are not accepted\n"},
    {"a: *x\n", "aliases are not accepted"},
    {"{[1]: 2}\n", "f.yaml:1:2: a key is no text\n"},
    {"a: 1\n---\nb: 1\n", "there is more than one document"},
    {"a: \"\\0\"\n", "f.yaml:1:4: a text holds a NUL\n"},
    {"a: \xff\n", "f.yaml:"},
    {"[[[[[[[[[1]]]]]]]]]\n", "f.yaml:1:9: values are more than 8 deep\n"},
};

static void what_is_wrong_is_said_with_its_place_key_and_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct hae_buffer problems = HAE_BUFFER_INIT;
        assert_null(read_text(mistakes[i].text, &problems));
        assert_null(strstr(problems.data != NULL ? problems.data : "", "secret"));
        if (problems.data == NULL || strstr(problems.data, mistakes[i].problem) == NULL) {
            fail_msg("%s\n: %s", mistakes[i].text, problems.data != NULL ? problems.data : "");
        }
        hae_buffer_done(&problems);
    }
}

static void all_that_is_wrong_is_said_at_once_but_not_without_end(void **state)
{
    (void)state;
    struct hae_buffer text = HAE_BUFFER_INIT;
    struct hae_buffer problems = HAE_BUFFER_INIT;
    hae_buffer_text(&text, "rules:\n");
    for (int i = 0; i < 50; i++) {
        hae_buffer_format(&text, "- {name: n%d, kind: x}\n", i);
    }
    assert_null(read_text(text.data, &problems));
    assert_non_null(strstr(problems.data, "f.yaml:2:"));
    assert_non_null(strstr(problems.data, "f.yaml:21:"));
    assert_null(strstr(problems.data, "f.yaml:22:"));
    assert_non_null(strstr(problems.data, "f.yaml: and 30 problems more\n"));
    hae_buffer_done(&problems);
    hae_buffer_done(&text);
}

static void files_and_lists_have_bounds(void **state)
{
    (void)state;
    struct hae_buffer text = HAE_BUFFER_INIT;
    struct hae_buffer problems = HAE_BUFFER_INIT;
    hae_buffer_text(&text, "rules:\n");
    for (int i = 0; i < HAE_VIEW_RULES_MAX; i++) {
        hae_buffer_format(&text, "- {name: n%d, kind: error_groups}\n", i);
    }
    struct hae_view_rules *rules = read_text(text.data, &problems);
    assert_non_null(rules);
    assert_int_equal(rules->count, HAE_VIEW_RULES_MAX);
    hae_view_rules_free(rules);
    hae_buffer_text(&text, "- {name: more, kind: error_groups}\n");
    assert_null(read_text(text.data, &problems));
    assert_non_null(strstr(problems.data, "rules: there are more than 256"));
    hae_buffer_clear(&problems);
    hae_buffer_repeat(&text, "# comment\n", 30000);
    assert_null(read_text(text.data, &problems));
    assert_non_null(strstr(problems.data, "it has more than 256 KiB"));
    hae_buffer_clear(&problems);
    hae_buffer_clear(&text);
    hae_buffer_text(&text, "a: [");
    hae_buffer_repeat(&text, "1,", 20001);
    hae_buffer_text(&text, "]\n");
    assert_null(read_text(text.data, &problems));
    assert_non_null(strstr(problems.data, "there are more than 20000 values"));
    hae_buffer_done(&problems);
    hae_buffer_done(&text);
}

static void a_rule_has_what_the_file_says(void **state)
{
    (void)state;
    struct hae_buffer problems = HAE_BUFFER_INIT;
    struct hae_buffer text = HAE_BUFFER_INIT;
    struct hae_view_rules *rules =
        read_text("every: 1m\nlabels: {team: maps}\nrules:\n"
                  "- name: slow\n  kind: red\n  measure: p90\n  service: shop\n  route: GET /x\n"
                  "  above: 250ms\n  resolve: 0.2\n  window: 10m\n  for: 90s\n"
                  "  keep_firing_for: 1h\n  severity: info\n  labels: {a: b}\n  min_count: 3\n"
                  "- {name: b, kind: metric, metric: m, below: -1e3, across: min}\n",
                  &problems);
    assert_non_null(rules);
    const struct hae_view_rule *slow = &rules->items[0];
    assert_true(rules->every_ns == (int64_t)(60 * S) && rules->count == 2);
    assert_string_equal(hae_view_labels_find(&rules->labels, "team"), "maps");
    assert_true(slow->threshold == 0.25 && slow->resolve == 0.2 && slow->min_count == 3);
    assert_true(slow->window_ns == (int64_t)(600 * S) && slow->for_ns == (int64_t)(90 * S));
    assert_true(slow->keep_firing_ns == (int64_t)(3600 * S));
    assert_string_equal(slow->severity, "info");
    assert_int_equal(slow->line, 4);
    hae_view_rule_text(slow, &text);
    assert_string_equal(text.data, "p90 of shop GET /x above 0.25s in 600s for 90s");
    const struct hae_view_rule *metric = &rules->items[1];
    assert_true(metric->below && metric->threshold == -1000 && metric->resolve == -1000);
    assert_int_equal(metric->across, HAE_VIEW_ACROSS_MIN);
    assert_string_equal(metric->severity, "warning");
    hae_view_rules_free(rules);
    hae_buffer_done(&text);
    assert_null(hae_view_rules_load("/nonexistent/rules.yaml", &problems));
    assert_string_equal(problems.data,
                        "/nonexistent/rules.yaml: cannot be read: No such file or directory\n");
    hae_buffer_done(&problems);
}

static void a_log_record_that_is_absent_is_no_rule_of_prometheus(void **state)
{
    (void)state;
    struct hae_buffer problems = HAE_BUFFER_INIT;
    struct hae_buffer text = HAE_BUFFER_INIT;
    struct hae_view_rules *rules = read_text(
        "rules:\n"
        "- {name: backup, kind: absence, log: 'backup \"done\"', service: cron, window: 1d}\n"
        "- {name: any, kind: absence, log: x}\n",
        &problems);
    assert_non_null(rules);
    hae_view_rule_text(&rules->items[0], &text);
    assert_string_equal(text.data, "no log record with \"backup \"done\"\" of cron in 86400s");
    hae_buffer_clear(&text);
    hae_view_rules_prometheus(rules, &text);
    assert_non_null(strstr(text.data,
                           "# Left out, since Prometheus has no log records: backup\n"
                           "#   In LogQL, of bodies of log records: absent_over_time("
                           "{service_name=\"cron\"} |= \"backup \\\"done\\\"\" [86400000ms])\n"));
    assert_non_null(
        strstr(text.data, "absent_over_time({service_name=~\".+\"} |= \"x\" [300000ms])\n"));
    assert_non_null(strstr(text.data, "rules: []\n"));
    hae_view_rules_free(rules);
    hae_buffer_done(&text);
    hae_buffer_done(&problems);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_said_with_its_place_key_and_value),
        cmocka_unit_test(all_that_is_wrong_is_said_at_once_but_not_without_end),
        cmocka_unit_test(files_and_lists_have_bounds),
        cmocka_unit_test(a_rule_has_what_the_file_says),
        cmocka_unit_test(a_log_record_that_is_absent_is_no_rule_of_prometheus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
