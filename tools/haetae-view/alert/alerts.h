/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts, evaluated by a thread of their own beside receiving. Threads: any. */
#ifndef HAETAE_VIEW_ALERT_ALERTS_H
#define HAETAE_VIEW_ALERT_ALERTS_H

#include "alert/rules.h"
#include "store/database.h"

struct hae_view_alert;
struct hae_view_alerts;

struct hae_view_alerts_options {
    struct hae_view_rules *rules; /* taken over, also on failure */
    struct hae_view_database *database;
    const char *path; /* of the database's file; NULL: in memory */
    int64_t start_ns; /* Unix; since when data comes */
    const char *page; /* a URL where people see more: "http://127.0.0.1:4318" */
    bool has_thread;  /* false: only hae_view_alerts_run() evaluates, for tests */
};

/* NULL: it writes one line to `problem`. The database must outlive the alerts. */
struct hae_view_alerts *hae_view_alerts_start(const struct hae_view_alerts_options *options,
                                              char *problem, size_t problem_size);
/* An evaluation that is under way ends early. */
void hae_view_alerts_stop(struct hae_view_alerts *alerts);

/* Evaluates all rules once. */
void hae_view_alerts_run(struct hae_view_alerts *alerts, int64_t now_ns);

/* Writes the members "alerts", "rules", "silences" and "notify"; NULL: there are none. */
void hae_view_alerts_put(struct hae_view_alerts *alerts, struct hae_json *json, int64_t now_ns);
/* Writes the member "alerts" with those that fire. */
void hae_view_alerts_put_firing(struct hae_view_alerts *alerts, struct hae_json *json,
                                int64_t now_ns);

/* Hands out each alert that is known; nothing of them may be kept, and nothing here be called
 * meanwhile. NULL: there are none. */
void hae_view_alerts_visit(struct hae_view_alerts *alerts, int64_t now_ns,
                           void (*visit)(void *user, const struct hae_view_alert *alert,
                                         bool silenced),
                           void *user);

/* Returns the number of the silence; 0: there are too many, or there is no memory. */
int64_t hae_view_alerts_silence(struct hae_view_alerts *alerts, const struct hae_view_labels *match,
                                int64_t until_ns, const char *by);
/* False: there is none of this number. */
bool hae_view_alerts_unsilence(struct hae_view_alerts *alerts, int64_t id);

#endif
