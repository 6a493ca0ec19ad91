/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured, and how; private to this folder. */
#ifndef HAETAE_VIEW_ALERT_MEASURING_H
#define HAETAE_VIEW_ALERT_MEASURING_H

#include "alert/rules.h"
#include "alert/samples.h"
#include "store/database.h"

/* How many log records are looked at in one go, and at most when a rule is looked at first. */
#define HAE_VIEW_MEASURE_LOGS_STEP  20000
#define HAE_VIEW_MEASURE_LOGS_FIRST 200000
/* How many series of a metric are looked at. */
#define HAE_VIEW_MEASURE_SERIES_SCAN 20000

/* How far log records were looked at for a rule. */
struct hae_view_logs_seen {
    int64_t id;      /* of the newest one; 0: none yet */
    int64_t time_ns; /* when the last one came that the rule is about; 0: none did */
};

struct hae_view_measuring {
    struct hae_view_database *database;
    const struct hae_view_rule *rule;
    int64_t now_ns;   /* Unix */
    int64_t start_ns; /* since when data could have come */
    bool fires;       /* the rule has an alert that fires */
    struct hae_view_samples *samples;
    struct hae_view_logs_seen *logs; /* of the rule, from one time to the next */
};

/* A question to the database. It may be asked again, and then starts over. Returns SQLITE_OK, or
 * what went wrong. */
typedef int hae_view_measuring_fn(const struct hae_view_measuring *measuring, sqlite3 *db,
                                  void *user);

/* Reads the database and asks. Asks again, a few times, when it had to make way for a request. */
int hae_view_measuring_ask(const struct hae_view_measuring *measuring, hae_view_measuring_fn *ask,
                           void *user);

#endif
