/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/states.h"

#include <stdlib.h>
#include <string.h>

#include "alert/summary_text.h"

bool hae_view_states_init(struct hae_view_states *states)
{
    memset(states, 0, sizeof *states);
    states->items = calloc(HAE_VIEW_ALERTS_MAX, sizeof(struct hae_view_alert *));
    return states->items != NULL;
}

void hae_view_states_done(struct hae_view_states *states)
{
    for (size_t i = 0; i < states->count; i++) {
        hae_view_alert_free(states->items[i]);
    }
    free(states->items);
    memset(states, 0, sizeof *states);
}

static void remove_at(struct hae_view_states *states, size_t at)
{
    hae_view_alert_free(states->items[at]);
    states->count--;
    memmove(&states->items[at], &states->items[at + 1],
            (states->count - at) * sizeof(struct hae_view_alert *));
    states->removed = true;
}

/* Alerts are in the order in which they came, so that the first resolved one is the oldest. */
static bool remove_resolved(struct hae_view_states *states)
{
    for (size_t i = 0; i < states->count; i++) {
        if (states->items[i]->state == HAE_VIEW_RESOLVED) {
            remove_at(states, i);
            return true;
        }
    }
    return false;
}

bool hae_view_states_add(struct hae_view_states *states, struct hae_view_alert *alert)
{
    if (states->count == HAE_VIEW_ALERTS_MAX && !remove_resolved(states)) {
        states->left_out++;
        hae_view_alert_free(alert);
        return false;
    }
    states->items[states->count++] = alert;
    if (alert->id == 0) {
        alert->id = ++states->last_id;
    } else if (alert->id > states->last_id) {
        states->last_id = alert->id;
    }
    return true;
}

/* ---- One evaluation ------------------------------------------------------------------------- */

/* NULL: out of memory. */
static char *identity_of(const struct hae_view_sample *sample)
{
    struct hae_buffer text = HAE_BUFFER_INIT;
    struct hae_json json = HAE_JSON_INIT(&text);
    if (sample->error != 0) {
        hae_buffer_format(&text, "#%lld", (long long)sample->error);
    } else {
        hae_view_labels_put(&json, NULL, &sample->labels);
    }
    char *identity = text.failed ? NULL : strdup(text.data);
    hae_buffer_done(&text);
    return identity;
}

static struct hae_view_alert *find(const struct hae_view_states *states,
                                   const struct hae_view_rule *rule, const char *identity)
{
    for (size_t i = 0; i < states->count; i++) {
        struct hae_view_alert *alert = states->items[i];
        if (alert->rule == rule && alert->state != HAE_VIEW_RESOLVED &&
            strcmp(alert->identity, identity) == 0) {
            return alert;
        }
    }
    return NULL;
}

static struct hae_view_alert *new_alert(const struct hae_view_rules *rules,
                                        const struct hae_view_rule *rule,
                                        const struct hae_view_sample *sample, const char *identity)
{
    struct hae_view_alert *alert = calloc(1, sizeof *alert);
    if (alert == NULL) {
        return NULL;
    }
    alert->rule = rule;
    alert->rule_name = strdup(rule->name);
    alert->severity = strdup(rule->severity);
    alert->identity = strdup(identity);
    if (alert->rule_name == NULL || alert->severity == NULL || alert->identity == NULL ||
        !hae_view_labels_add(&alert->labels, &rules->labels) ||
        !hae_view_labels_add(&alert->labels, &rule->labels) ||
        !hae_view_labels_fill(&alert->labels, &sample->labels)) {
        hae_view_alert_free(alert);
        return NULL;
    }
    return alert;
}

/* One that fires goes on until the second threshold is reached. */
static bool holds(const struct hae_view_rule *rule, double score, bool fires)
{
    double limit = fires ? rule->resolve : rule->threshold;
    switch (rule->kind) {
    case HAE_VIEW_RULE_ERROR_GROUPS:
        return true; /* it is among the new ones */
    case HAE_VIEW_RULE_ABSENCE:
        return score > 0;
    default:
        return rule->below ? score < limit : score > limit;
    }
}

static bool take_value(struct hae_view_alert *alert, double value)
{
    if (alert->summary != NULL && alert->value == value) {
        return true;
    }
    alert->value = value;
    char *summary = hae_view_alert_summary(alert);
    if (summary == NULL) {
        return false;
    }
    free(alert->summary);
    alert->summary = summary;
    return true;
}

/* The condition holds at `now_ns`. */
static void hold(struct hae_view_alert *alert, int64_t now_ns)
{
    alert->held_ns = now_ns;
    if (alert->state == HAE_VIEW_PENDING && now_ns - alert->since_ns >= alert->rule->for_ns) {
        alert->state = HAE_VIEW_FIRING;
        alert->fired_ns = now_ns;
        alert->changed = true;
    }
}

static void resolve(struct hae_view_alert *alert, int64_t now_ns)
{
    alert->state = HAE_VIEW_RESOLVED;
    alert->resolved_ns = now_ns;
    alert->changed = true;
}

static bool apply_sample(struct hae_view_states *states, const struct hae_view_rules *rules,
                         const struct hae_view_rule *rule, const struct hae_view_sample *sample,
                         int64_t now_ns)
{
    char *identity = identity_of(sample);
    if (identity == NULL) {
        return false;
    }
    struct hae_view_alert *alert = find(states, rule, identity);
    bool fires = alert != NULL && alert->state == HAE_VIEW_FIRING;
    bool good = true;
    if (holds(rule, sample->score, fires)) {
        if (alert == NULL) {
            alert = new_alert(rules, rule, sample, identity);
            good = alert != NULL && take_value(alert, sample->value);
            if (alert != NULL) {
                alert->since_ns = now_ns;
                alert->changed = true;
                alert = hae_view_states_add(states, alert) ? alert : NULL;
            }
        } else {
            good = take_value(alert, sample->value);
        }
        if (alert != NULL) {
            alert->seen = true;
            hold(alert, now_ns);
        }
    }
    free(identity);
    return good;
}

/* Resolves or forgets the rule's alerts whose condition does not hold. */
static void apply_rest(struct hae_view_states *states, const struct hae_view_rule *rule,
                       int64_t now_ns)
{
    for (size_t i = states->count; i > 0; i--) {
        struct hae_view_alert *alert = states->items[i - 1];
        if (alert->rule != rule || alert->state == HAE_VIEW_RESOLVED || alert->seen) {
            continue;
        }
        if (alert->state == HAE_VIEW_PENDING) {
            remove_at(states, i - 1);
        } else if (now_ns - alert->held_ns >= rule->keep_firing_ns) {
            resolve(alert, now_ns);
        }
    }
}

bool hae_view_states_apply(struct hae_view_states *states, const struct hae_view_rules *rules,
                           const struct hae_view_rule *rule, const struct hae_view_samples *samples,
                           int64_t now_ns)
{
    bool good = true;
    for (size_t i = 0; i < states->count; i++) {
        states->items[i]->seen = false;
    }
    for (size_t i = 0; i < samples->count; i++) {
        good &= apply_sample(states, rules, rule, &samples->items[i], now_ns);
    }
    if (good) {
        apply_rest(states, rule, now_ns);
    }
    return good;
}

static bool is_over(const struct hae_view_alert *alert, size_t resolved, int64_t now_ns)
{
    if (alert->state == HAE_VIEW_RESOLVED) {
        return resolved > HAE_VIEW_ALERTS_RESOLVED_MAX ||
               now_ns - alert->resolved_ns > HAE_VIEW_RESOLVED_KEPT_NS;
    }
    return alert->state == HAE_VIEW_PENDING && alert->rule == NULL;
}

void hae_view_states_tidy(struct hae_view_states *states, int64_t now_ns)
{
    size_t resolved = 0;
    for (size_t i = states->count; i > 0; i--) {
        struct hae_view_alert *alert = states->items[i - 1];
        resolved += alert->state == HAE_VIEW_RESOLVED ? 1 : 0;
        if (is_over(alert, resolved, now_ns)) {
            remove_at(states, i - 1);
        } else if (alert->rule == NULL && alert->state == HAE_VIEW_FIRING) {
            resolve(alert, now_ns);
        }
    }
}
