/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/kept.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/members.h"

#define BUSY_MS 2000

static const char tables[] =
    "PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF;"
    "CREATE TABLE IF NOT EXISTS alert_state(id INTEGER PRIMARY KEY, rule TEXT NOT NULL,"
    " identity TEXT NOT NULL, state TEXT NOT NULL, severity TEXT NOT NULL, summary TEXT NOT NULL,"
    " labels TEXT NOT NULL, value REAL, since_ns INTEGER NOT NULL, fired_ns INTEGER NOT NULL,"
    " resolved_ns INTEGER NOT NULL, notified INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS alert_silence(id INTEGER PRIMARY KEY, labels TEXT NOT NULL,"
    " until_ns INTEGER NOT NULL, by TEXT NOT NULL);";
static const char alerts[] =
    "SELECT id, rule, identity, state, severity, summary, labels, value, since_ns, fired_ns,"
    " resolved_ns, notified FROM alert_state ORDER BY id LIMIT :limit";
static const char silences_of[] =
    "SELECT id, labels, until_ns, by FROM alert_silence WHERE until_ns > :now ORDER BY id"
    " LIMIT :limit";
static const char put_alert[] =
    "INSERT OR REPLACE INTO alert_state VALUES(:id, :rule, :identity, :state, :severity, :summary,"
    " :labels, :value, :since, :fired, :resolved, :notified)";
static const char put_silence[] =
    "INSERT OR REPLACE INTO alert_silence VALUES(:id, :labels, :until, :by)";

static bool fail(struct hae_view_kept *kept)
{
    snprintf(kept->problem, sizeof kept->problem, "alerts cannot be kept: %s",
             sqlite3_errmsg(kept->db));
    return false;
}

bool hae_view_kept_open(struct hae_view_kept *kept, const char *path)
{
    kept->db = NULL;
    if (path == NULL) {
        return true;
    }
    int code = sqlite3_open_v2(path, &kept->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (kept->db != NULL) {
        (void)sqlite3_busy_timeout(kept->db, BUSY_MS);
        (void)sqlite3_wal_autocheckpoint(kept->db, 0); /* the store moves the log */
    }
    if (code == SQLITE_OK) {
        code = sqlite3_exec(kept->db, tables, NULL, NULL, NULL);
    }
    if (code != SQLITE_OK) {
        fail(kept);
        hae_view_kept_close(kept);
        return false;
    }
    return true;
}

void hae_view_kept_close(struct hae_view_kept *kept)
{
    (void)sqlite3_close(kept->db);
    kept->db = NULL;
}

/* ---- Reading ------------------------------------------------------------------------------- */

static bool read_labels(sqlite3 *db, const char *text, struct hae_view_labels *labels)
{
    struct hae_view_member member;
    struct hae_view_rows rows = hae_view_ask_plain_members(db, text);
    bool good = true;
    while (good && hae_view_next_member(&rows, &member)) {
        good = hae_view_labels_set(labels, member.name, member.value);
    }
    return hae_view_rows_done(&rows) == SQLITE_OK && good;
}

static const struct hae_view_rule *find_rule(const struct hae_view_rules *rules, const char *name)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (strcmp(rules->items[i].name, name) == 0) {
            return &rules->items[i];
        }
    }
    return NULL;
}

static enum hae_view_alert_state state_of(const char *name)
{
    return strcmp(name, "firing") == 0     ? HAE_VIEW_FIRING
           : strcmp(name, "resolved") == 0 ? HAE_VIEW_RESOLVED
                                           : HAE_VIEW_PENDING;
}

static struct hae_view_alert *read_alert(sqlite3 *db, const struct hae_view_rows *rows,
                                         const struct hae_view_rules *rules, int64_t now_ns)
{
    struct hae_view_alert *alert = calloc(1, sizeof *alert);
    if (alert == NULL) {
        return NULL;
    }
    alert->id = hae_view_integer_at(rows, 0);
    alert->rule_name = strdup(hae_view_name_at(rows, 1));
    alert->identity = strdup(hae_view_name_at(rows, 2));
    alert->state = state_of(hae_view_name_at(rows, 3));
    alert->severity = strdup(hae_view_name_at(rows, 4));
    alert->summary = strdup(hae_view_name_at(rows, 5));
    bool good = read_labels(db, hae_view_name_at(rows, 6), &alert->labels);
    alert->value = hae_view_real_at(rows, 7);
    alert->since_ns = hae_view_integer_at(rows, 8);
    alert->fired_ns = hae_view_integer_at(rows, 9);
    alert->resolved_ns = hae_view_integer_at(rows, 10);
    alert->notified = (unsigned)hae_view_integer_at(rows, 11);
    alert->held_ns = now_ns; /* what happened meanwhile is not known */
    if (!good || alert->rule_name == NULL || alert->identity == NULL || alert->severity == NULL ||
        alert->summary == NULL) {
        hae_view_alert_free(alert);
        return NULL;
    }
    alert->rule = find_rule(rules, alert->rule_name);
    return alert;
}

static bool load_alerts(struct hae_view_kept *kept, const struct hae_view_rules *rules,
                        int64_t now_ns, struct hae_view_states *states)
{
    struct hae_view_rows rows = hae_view_ask(kept->db, alerts);
    hae_view_give_integer(&rows, ":limit", HAE_VIEW_ALERTS_MAX);
    bool good = true;
    while (good && hae_view_next(&rows)) {
        struct hae_view_alert *alert = read_alert(kept->db, &rows, rules, now_ns);
        good = alert != NULL && hae_view_states_add(states, alert);
    }
    return hae_view_rows_done(&rows) == SQLITE_OK && good;
}

static bool load_silences(struct hae_view_kept *kept, int64_t now_ns,
                          struct hae_view_silences *silences)
{
    struct hae_view_rows rows = hae_view_ask(kept->db, silences_of);
    hae_view_give_integer(&rows, ":now", now_ns);
    hae_view_give_integer(&rows, ":limit", HAE_VIEW_SILENCES_MAX);
    bool good = true;
    while (good && hae_view_next(&rows)) {
        struct hae_view_labels match = {.count = 0};
        good = read_labels(kept->db, hae_view_name_at(&rows, 1), &match) &&
               hae_view_silences_add(silences, hae_view_integer_at(&rows, 0), &match,
                                     hae_view_integer_at(&rows, 2), hae_view_name_at(&rows, 3));
        hae_view_labels_done(&match);
    }
    return hae_view_rows_done(&rows) == SQLITE_OK && good;
}

bool hae_view_kept_load(struct hae_view_kept *kept, const struct hae_view_rules *rules,
                        int64_t now_ns, struct hae_view_states *states,
                        struct hae_view_silences *silences)
{
    if (kept->db == NULL ||
        (load_alerts(kept, rules, now_ns, states) && load_silences(kept, now_ns, silences))) {
        return true;
    }
    snprintf(kept->problem, sizeof kept->problem, "alerts that were kept cannot be read: %s",
             sqlite3_errmsg(kept->db));
    return false;
}

/* ---- Writing ------------------------------------------------------------------------------- */

/* NULL: out of memory. The caller frees it. */
static char *labels_text(const struct hae_view_labels *labels)
{
    struct hae_buffer text = HAE_BUFFER_INIT;
    struct hae_json json = HAE_JSON_INIT(&text);
    hae_view_labels_put(&json, NULL, labels);
    char *copy = text.failed ? NULL : strdup(text.data);
    hae_buffer_done(&text);
    return copy;
}

static bool run(struct hae_view_rows *rows)
{
    (void)hae_view_next(rows);
    return hae_view_rows_done(rows) == SQLITE_OK;
}

static bool save_alert(sqlite3 *db, const struct hae_view_alert *alert)
{
    char *labels = labels_text(&alert->labels);
    struct hae_view_rows rows = hae_view_ask(db, put_alert);
    hae_view_give_integer(&rows, ":id", alert->id);
    hae_view_give_text(&rows, ":rule", alert->rule_name);
    hae_view_give_text(&rows, ":identity", alert->identity);
    hae_view_give_text(&rows, ":state", hae_view_alert_state_name(alert->state));
    hae_view_give_text(&rows, ":severity", alert->severity);
    hae_view_give_text(&rows, ":summary", alert->summary != NULL ? alert->summary : "");
    hae_view_give_text(&rows, ":labels", labels);
    hae_view_give_real(&rows, ":value", alert->value);
    hae_view_give_integer(&rows, ":since", alert->since_ns);
    hae_view_give_integer(&rows, ":fired", alert->fired_ns);
    hae_view_give_integer(&rows, ":resolved", alert->resolved_ns);
    hae_view_give_integer(&rows, ":notified", alert->notified);
    bool good = run(&rows); /* without labels it fails: NOT NULL */
    free(labels);
    return good;
}

static bool save_silence(sqlite3 *db, const struct hae_view_silence *silence)
{
    char *labels = labels_text(&silence->match);
    struct hae_view_rows rows = hae_view_ask(db, put_silence);
    hae_view_give_integer(&rows, ":id", silence->id);
    hae_view_give_text(&rows, ":labels", labels);
    hae_view_give_integer(&rows, ":until", silence->until_ns);
    hae_view_give_text(&rows, ":by", silence->by);
    bool good = run(&rows);
    free(labels);
    return good;
}

/* When something was removed all is written again: that is rare, and there is not much. */
static bool save_all(sqlite3 *db, const struct hae_view_states *states,
                     const struct hae_view_silences *silences)
{
    bool good = (!states->removed ||
                 sqlite3_exec(db, "DELETE FROM alert_state", NULL, NULL, NULL) == SQLITE_OK) &&
                (!silences->removed ||
                 sqlite3_exec(db, "DELETE FROM alert_silence", NULL, NULL, NULL) == SQLITE_OK);
    for (size_t i = 0; good && i < states->count; i++) {
        if (states->removed || states->items[i]->changed) {
            good = save_alert(db, states->items[i]);
        }
    }
    for (size_t i = 0; good && i < silences->count; i++) {
        if (silences->removed || silences->items[i].changed) {
            good = save_silence(db, &silences->items[i]);
        }
    }
    return good;
}

static bool has_changed(const struct hae_view_states *states,
                        const struct hae_view_silences *silences)
{
    bool changed = states->removed || silences->removed;
    for (size_t i = 0; !changed && i < states->count; i++) {
        changed = states->items[i]->changed;
    }
    for (size_t i = 0; !changed && i < silences->count; i++) {
        changed = silences->items[i].changed;
    }
    return changed;
}

static void note_saved(struct hae_view_states *states, struct hae_view_silences *silences)
{
    states->removed = false;
    silences->removed = false;
    for (size_t i = 0; i < states->count; i++) {
        states->items[i]->changed = false;
    }
    for (size_t i = 0; i < silences->count; i++) {
        silences->items[i].changed = false;
    }
}

bool hae_view_kept_save(struct hae_view_kept *kept, struct hae_view_states *states,
                        struct hae_view_silences *silences)
{
    if (kept->db != NULL && has_changed(states, silences)) {
        if (sqlite3_exec(kept->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
            return fail(kept);
        }
        if (!save_all(kept->db, states, silences) ||
            sqlite3_exec(kept->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
            fail(kept);
            (void)sqlite3_exec(kept->db, "ROLLBACK", NULL, NULL, NULL);
            return false;
        }
    }
    note_saved(states, silences);
    return true;
}
