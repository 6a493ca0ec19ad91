/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alerts.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/kept.h"
#include "alert/measure.h"
#include "alert/message.h"
#include "alert/notify.h"
#include "alert/rule_text.h"
#include "base/clock.h"
#include "base/thread.h"
#include "util/json.h"

#define SECOND_NS INT64_C(1000000000)

/* What was seen of a rule last. */
struct outcome {
    bool evaluated;
    char problem[160];              /* "": none */
    struct hae_view_logs_seen logs; /* only for the thread that evaluates */
};

struct hae_view_alerts {
    struct hae_view_rules *rules; /* constant */
    struct hae_view_database *database;
    int64_t start_ns;
    bool has_thread;
    pthread_t thread;
    struct hae_view_samples samples; /* only for the thread that evaluates */
    struct hae_view_board board;
    struct hae_view_notifier *notifier;
    struct hae_view_kept kept; /* guarded by the board's lock, as what follows */
    struct outcome *outcomes;
    bool keeping_failed;
};

/* ---- Evaluation ---------------------------------------------------------------------------- */

static bool fires(struct hae_view_alerts *alerts, const struct hae_view_rule *rule)
{
    bool found = false;
    pthread_mutex_lock(&alerts->board.lock);
    for (size_t i = 0; i < alerts->board.states.count && !found; i++) {
        found = alerts->board.states.items[i]->rule == rule &&
                alerts->board.states.items[i]->state == HAE_VIEW_FIRING;
    }
    pthread_mutex_unlock(&alerts->board.lock);
    return found;
}

static const char *problem_of(const struct hae_view_samples *samples, int code, char text[160])
{
    if (code != SQLITE_OK) {
        snprintf(text, 160, "%s",
                 (code & 0xff) == SQLITE_INTERRUPT ? "it had to make way for requests"
                                                   : sqlite3_errstr(code));
    } else if (samples->left_out > 0) {
        snprintf(text, 160, "there are %zu more than %d values; these are left out",
                 samples->left_out, HAE_VIEW_SAMPLES_MAX);
    } else {
        return samples->problem;
    }
    return text;
}

static void evaluate(struct hae_view_alerts *alerts, size_t at, int64_t now_ns)
{
    const struct hae_view_rule *rule = &alerts->rules->items[at];
    struct hae_view_measuring measuring = {
        .database = alerts->database,
        .rule = rule,
        .now_ns = now_ns,
        .start_ns = alerts->start_ns,
        .fires = fires(alerts, rule),
        .samples = &alerts->samples,
        .logs = &alerts->outcomes[at].logs,
    };
    char text[160];
    hae_view_samples_clear(&alerts->samples);
    int code = hae_view_measure(&measuring);
    pthread_mutex_lock(&alerts->board.lock);
    if (code == SQLITE_OK && !hae_view_states_apply(&alerts->board.states, alerts->rules, rule,
                                                    &alerts->samples, now_ns)) {
        code = SQLITE_NOMEM;
    }
    struct outcome *outcome = &alerts->outcomes[at];
    outcome->evaluated = code == SQLITE_OK;
    snprintf(outcome->problem, sizeof outcome->problem, "%s",
             problem_of(&alerts->samples, code, text));
    pthread_mutex_unlock(&alerts->board.lock);
}

/* Reports once that alerts cannot be kept, and again only after they could be. */
static void keep(struct hae_view_alerts *alerts)
{
    bool kept = hae_view_kept_save(&alerts->kept, &alerts->board.states, &alerts->board.silences);
    if (!kept && !alerts->keeping_failed) {
        fprintf(stderr, "haetae-view: %s\n", alerts->kept.problem);
    }
    alerts->keeping_failed = !kept;
}

void hae_view_alerts_run(struct hae_view_alerts *alerts, int64_t now_ns)
{
    for (size_t i = 0; i < alerts->rules->count && !hae_view_board_is_stopping(&alerts->board);
         i++) {
        evaluate(alerts, i, now_ns);
    }
    pthread_mutex_lock(&alerts->board.lock);
    hae_view_states_tidy(&alerts->board.states, now_ns);
    hae_view_silences_tidy(&alerts->board.silences, now_ns);
    keep(alerts);
    pthread_cond_broadcast(&alerts->board.wake); /* notifications may be due */
    pthread_mutex_unlock(&alerts->board.lock);
}

static void *run(void *user)
{
    struct hae_view_alerts *alerts = user;
    while (!hae_view_board_is_stopping(&alerts->board)) {
        hae_view_alerts_run(alerts, (int64_t)hae_time_ns(CLOCK_REALTIME));
        pthread_mutex_lock(&alerts->board.lock);
        hae_view_board_rest(&alerts->board, alerts->rules->every_ns);
        pthread_mutex_unlock(&alerts->board.lock);
    }
    return NULL;
}

/* ---- Start and end ------------------------------------------------------------------------- */

static void free_alerts(struct hae_view_alerts *alerts)
{
    hae_view_kept_close(&alerts->kept);
    hae_view_board_done(&alerts->board);
    hae_view_samples_done(&alerts->samples);
    hae_view_rules_free(alerts->rules);
    free(alerts->outcomes);
    free(alerts);
}

static struct hae_view_alerts *new_alerts(const struct hae_view_alerts_options *options)
{
    struct hae_view_alerts *alerts = calloc(1, sizeof *alerts);
    if (alerts == NULL) {
        hae_view_rules_free(options->rules);
        return NULL;
    }
    alerts->rules = options->rules;
    alerts->database = options->database;
    alerts->start_ns = options->start_ns;
    alerts->outcomes = calloc(alerts->rules->count, sizeof *alerts->outcomes);
    bool good = hae_view_board_init(&alerts->board);
    if (!good || alerts->outcomes == NULL || !hae_view_samples_init(&alerts->samples)) {
        free_alerts(alerts);
        return NULL;
    }
    return alerts;
}

struct hae_view_alerts *hae_view_alerts_start(const struct hae_view_alerts_options *options,
                                              char *problem, size_t problem_size)
{
    struct hae_view_alerts *alerts = new_alerts(options);
    if (alerts == NULL) {
        snprintf(problem, problem_size, "out of memory");
        return NULL;
    }
    if (!hae_view_kept_open(&alerts->kept, options->path) ||
        !hae_view_kept_load(&alerts->kept, alerts->rules, options->start_ns, &alerts->board.states,
                            &alerts->board.silences)) {
        snprintf(problem, problem_size, "%s", alerts->kept.problem);
        free_alerts(alerts);
        return NULL;
    }
    alerts->notifier = hae_view_notifier_start(&alerts->board, &alerts->rules->targets,
                                               options->page, problem, problem_size);
    if (alerts->notifier == NULL) {
        free_alerts(alerts);
        return NULL;
    }
    alerts->has_thread = options->has_thread;
    if (options->has_thread && hae_thread_start(&alerts->thread, run, alerts) != HAETAE_OK) {
        snprintf(problem, problem_size, "the thread of alerts cannot be started");
        hae_view_board_stop(&alerts->board);
        hae_view_notifier_stop(alerts->notifier);
        free_alerts(alerts);
        return NULL;
    }
    return alerts;
}

void hae_view_alerts_stop(struct hae_view_alerts *alerts)
{
    if (alerts == NULL) {
        return;
    }
    hae_view_board_stop(&alerts->board);
    if (alerts->has_thread) {
        hae_view_database_interrupt(alerts->database, true);
        pthread_join(alerts->thread, NULL);
        hae_view_database_interrupt(alerts->database, false);
    }
    hae_view_notifier_stop(alerts->notifier);
    keep(alerts);
    free_alerts(alerts);
}

/* ---- For the API --------------------------------------------------------------------------- */

static void put_alert(struct hae_view_alerts *alerts, struct hae_json *json,
                      const struct hae_view_alert *alert, int64_t now_ns)
{
    hae_json_open(json, NULL, '{');
    hae_view_alert_put(json, alert,
                       hae_view_silences_cover(&alerts->board.silences, alert, now_ns));
    hae_json_close(json, '}');
}

/* The newest first. */
static void put_alerts(struct hae_view_alerts *alerts, struct hae_json *json, int64_t now_ns,
                       bool firing_only)
{
    hae_json_open(json, "alerts", '[');
    for (size_t i = alerts != NULL ? alerts->board.states.count : 0; i > 0; i--) {
        const struct hae_view_alert *alert = alerts->board.states.items[i - 1];
        if (!firing_only || alert->state == HAE_VIEW_FIRING) {
            put_alert(alerts, json, alert, now_ns);
        }
    }
    hae_json_close(json, ']');
}

static const char *state_of_rule(const struct hae_view_alerts *alerts, size_t at)
{
    const char *state = alerts->outcomes[at].evaluated ? "ok" : "unknown";
    for (size_t i = 0; i < alerts->board.states.count; i++) {
        const struct hae_view_alert *alert = alerts->board.states.items[i];
        if (alert->rule == &alerts->rules->items[at] && alert->state == HAE_VIEW_FIRING) {
            return "firing";
        }
        if (alert->rule == &alerts->rules->items[at] && alert->state == HAE_VIEW_PENDING) {
            state = "pending";
        }
    }
    return state;
}

static void put_rules(struct hae_view_alerts *alerts, struct hae_json *json)
{
    hae_json_open(json, "rules", '[');
    for (size_t i = 0; alerts != NULL && i < alerts->rules->count; i++) {
        const struct hae_view_rule *rule = &alerts->rules->items[i];
        struct hae_buffer text = HAE_BUFFER_INIT;
        hae_view_rule_text(rule, &text);
        hae_json_open(json, NULL, '{');
        hae_json_text(json, "name", rule->name);
        hae_json_text(json, "kind", hae_view_rule_kind_names[rule->kind]);
        hae_json_text(json, "text", text.data != NULL ? text.data : "");
        hae_json_text(json, "state", state_of_rule(alerts, i));
        hae_json_number(json, "every_s", (double)alerts->rules->every_ns / 1e9);
        const char *problem = alerts->outcomes[i].problem;
        hae_view_put_text(json, "problem", problem[0] != '\0' ? problem : NULL);
        hae_json_close(json, '}');
        hae_buffer_done(&text);
    }
    hae_json_close(json, ']');
}

static void put_silences(struct hae_view_alerts *alerts, struct hae_json *json)
{
    hae_json_open(json, "silences", '[');
    for (size_t i = 0; alerts != NULL && i < alerts->board.silences.count; i++) {
        const struct hae_view_silence *silence = &alerts->board.silences.items[i];
        hae_json_open(json, NULL, '{');
        hae_view_put_digits(json, "id", silence->id);
        hae_view_labels_put(json, "match", &silence->match);
        hae_view_put_digits(json, "until_ns", silence->until_ns);
        hae_json_text(json, "by", silence->by);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
}

static void take_lock(struct hae_view_alerts *alerts)
{
    if (alerts != NULL) {
        pthread_mutex_lock(&alerts->board.lock);
    }
}

static void leave_lock(struct hae_view_alerts *alerts)
{
    if (alerts != NULL) {
        pthread_mutex_unlock(&alerts->board.lock);
    }
}

void hae_view_alerts_put(struct hae_view_alerts *alerts, struct hae_json *json, int64_t now_ns)
{
    take_lock(alerts);
    put_alerts(alerts, json, now_ns, false);
    put_rules(alerts, json);
    put_silences(alerts, json);
    hae_view_notifier_put(alerts != NULL ? alerts->notifier : NULL, json);
    leave_lock(alerts);
}

void hae_view_alerts_put_firing(struct hae_view_alerts *alerts, struct hae_json *json,
                                int64_t now_ns)
{
    take_lock(alerts);
    put_alerts(alerts, json, now_ns, true);
    leave_lock(alerts);
}

void hae_view_alerts_visit(struct hae_view_alerts *alerts, int64_t now_ns,
                           void (*visit)(void *user, const struct hae_view_alert *alert,
                                         bool silenced),
                           void *user)
{
    take_lock(alerts);
    for (size_t i = 0; alerts != NULL && i < alerts->board.states.count; i++) {
        const struct hae_view_alert *alert = alerts->board.states.items[i];
        visit(user, alert, hae_view_silences_cover(&alerts->board.silences, alert, now_ns));
    }
    leave_lock(alerts);
}

int64_t hae_view_alerts_silence(struct hae_view_alerts *alerts, const struct hae_view_labels *match,
                                int64_t until_ns, const char *by)
{
    pthread_mutex_lock(&alerts->board.lock);
    int64_t id = hae_view_silences_add(&alerts->board.silences, 0, match, until_ns, by)
                     ? alerts->board.silences.last_id
                     : 0;
    keep(alerts);
    pthread_mutex_unlock(&alerts->board.lock);
    return id;
}

bool hae_view_alerts_unsilence(struct hae_view_alerts *alerts, int64_t id)
{
    pthread_mutex_lock(&alerts->board.lock);
    bool removed = hae_view_silences_remove(&alerts->board.silences, id);
    keep(alerts);
    pthread_mutex_unlock(&alerts->board.lock);
    return removed;
}
