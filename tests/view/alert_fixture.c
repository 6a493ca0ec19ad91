/* SPDX-License-Identifier: Apache-2.0 */
#include "alert_fixture.h"

#include <math.h>
#include <unistd.h>

static void open_store(struct fixture *f, const char *path)
{
    char problem[160];
    struct hae_view_database_options options = {
        .size_bytes = (uint64_t)1 << 28, .series_max = 2000, .path = path};
    f->store = hae_view_store_open(&options, problem, sizeof problem);
    if (f->store == NULL) {
        fail_msg("%s", problem);
    }
}

void open_file(struct fixture *f)
{
    char folder[] = "/tmp/haetae-alerts-XXXXXX";
    assert_non_null(mkdtemp(folder));
    memcpy(f->folder, folder, sizeof folder);
    snprintf(f->path, sizeof f->path, "%s/view.db", folder);
    open_store(f, f->path);
}

void start_alerts(struct fixture *f, const char *rules_text, uint64_t start_second)
{
    struct hae_buffer problems = HAE_BUFFER_INIT;
    char problem[160];
    struct hae_view_rules *rules =
        hae_view_rules_read(rules_text, strlen(rules_text), "rules", &problems);
    if (rules == NULL) {
        fail_msg("%s", problems.data);
    }
    struct hae_view_alerts_options options = {
        .rules = rules,
        .database = hae_view_store_database(f->store),
        .path = f->path[0] != '\0' ? f->path : NULL,
        .start_ns = (int64_t)(EPOCH_NS + start_second * S),
        .page = "http://127.0.0.1:1",
    };
    f->alerts = hae_view_alerts_start(&options, problem, sizeof problem);
    if (f->alerts == NULL) {
        fail_msg("%s", problem);
    }
}

struct fixture begin(const char *rules)
{
    struct fixture f = {.second = 0};
    open_store(&f, NULL);
    start_alerts(&f, rules, 0);
    return f;
}

void end(struct fixture *f)
{
    hae_view_alerts_stop(f->alerts);
    hae_view_store_free(f->store);
    hae_buffer_done(&f->text);
    if (f->folder[0] != '\0') {
        static const char *const names[] = {"", "-wal", "-shm", "-lock"};
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            char name[128];
            snprintf(name, sizeof name, "%s%s", f->path, names[i]);
            (void)unlink(name);
        }
        assert_int_equal(rmdir(f->folder), 0);
    }
}

void requests(struct fixture *f, const char *service, uint64_t second, uint32_t count,
              uint32_t errors, uint64_t duration_ns)
{
    struct hae_view_origin origin = begin_request(f->store, service, second);
    for (uint32_t i = 0; i < count; i++) {
        f->spans++;
        struct hae_view_span_row span = make_span(1 + f->spans, f->spans, duration_ns);
        span.start_ns = EPOCH_NS + second * S;
        span.end_ns = span.start_ns + duration_ns;
        if (i < errors) {
            set_failed(&span, "no map 17");
        }
        hae_view_store_span(f->store, &origin, &span);
    }
    end_request(f->store);
}

void run_at(struct fixture *f, uint64_t second)
{
    f->second = second;
    hae_view_alerts_run(f->alerts, (int64_t)(EPOCH_NS + second * S));
    hae_buffer_clear(&f->text);
    struct hae_json json = HAE_JSON_INIT(&f->text);
    hae_json_open(&json, NULL, '{');
    hae_view_alerts_put(f->alerts, &json, (int64_t)(EPOCH_NS + second * S));
    hae_json_close(&json, '}');
    assert_false(f->text.failed);
}

bool has(const struct fixture *f, const char *part)
{
    return strstr(f->text.data, part) != NULL;
}

size_t count_of(const struct fixture *f, const char *part)
{
    size_t count = 0;
    for (const char *at = f->text.data; (at = strstr(at, part)) != NULL; at++) {
        count++;
    }
    return count;
}

void expect(struct fixture *f, uint64_t second, const char *state)
{
    char part[64];
    run_at(f, second);
    snprintf(part, sizeof part, "\"rule\":\"r\",\"state\":\"%s\"", state);
    if (strcmp(state, "none") == 0 ? !has(f, "\"alerts\":[]") : count_of(f, part) != 1) {
        fail_msg("second %llu, not %s: %s", (unsigned long long)second, state, f->text.data);
    }
}

void point(struct fixture *f, const struct metric *metric, uint64_t start, uint64_t second,
           struct hae_view_figures figures, const char *buckets)
{
    struct hae_view_origin origin = begin_request(f->store, "shop", second);
    struct hae_view_metric_row row = {.kind = metric->kind,
                                      .temporality = metric->temporality,
                                      .name = text_of(metric->name),
                                      .unit = text_of("1"),
                                      .description = {NULL, 0}};
    struct hae_view_point_row point_row = {
        .start_ns = EPOCH_NS + start * S,
        .time_ns = EPOCH_NS + second * S,
        .figures = figures,
        .buckets = buckets != NULL ? text_of(buckets) : (struct hae_view_text){NULL, 0},
    };
    hae_view_store_metric(f->store, &origin, &row);
    hae_view_store_point(f->store, &origin, text_of(metric->attributes), &point_row);
    end_request(f->store);
}

struct hae_view_figures value_of(double value)
{
    return (struct hae_view_figures){
        .value = value, .sum = NAN, .min = NAN, .max = NAN, .p50 = NAN, .p99 = NAN};
}

struct hae_view_figures values_of(uint64_t count, double sum)
{
    struct hae_view_figures figures = value_of(0);
    figures.count = count;
    figures.sum = sum;
    return figures;
}

void add_log(struct fixture *f, const char *service, uint64_t second, const char *body,
             const char *event_name)
{
    struct hae_view_origin origin = begin_request(f->store, service, second);
    struct hae_view_log_row row = {
        .time_ns = 1, /* what the sender says of the time does not matter */
        .severity = 9,
        .body = text_of(body),
        .event_name = event_name != NULL ? text_of(event_name) : (struct hae_view_text){NULL, 0},
        .attributes = text_of("{\"step\":\"last\"}"),
    };
    hae_view_store_log(f->store, &origin, &row);
    end_request(f->store);
}
