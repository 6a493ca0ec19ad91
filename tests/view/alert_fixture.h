/* SPDX-License-Identifier: Apache-2.0 */
/* A database that is filled, and alerts on it with a clock that the tests turn. */
#ifndef HAETAE_TESTS_VIEW_ALERT_FIXTURE_H
#define HAETAE_TESTS_VIEW_ALERT_FIXTURE_H

#include "alert/alerts.h"
#include "view_test.h"

struct fixture {
    struct hae_view_store *store;
    struct hae_view_alerts *alerts;
    struct hae_buffer text;
    char folder[64];
    char path[96];
    uint32_t spans; /* so far, for ids */
    uint64_t second;
};

struct metric {
    const char *name;
    enum hae_view_metric_kind kind;
    enum hae_view_temporality temporality;
    const char *attributes;
};

/* The database is a file in a folder of its own, where alerts are kept. */
void open_file(struct fixture *f);
void start_alerts(struct fixture *f, const char *rules_text, uint64_t start_second);

/* The database is in memory, and the rules begin at second 0. */
struct fixture begin(const char *rules);
void end(struct fixture *f);

/* `count` requests of a service that begin at a second, `errors` of which fail. */
void requests(struct fixture *f, const char *service, uint64_t second, uint32_t count,
              uint32_t errors, uint64_t duration_ns);
void add_log(struct fixture *f, const char *service, uint64_t second, const char *body,
             const char *event_name);
void point(struct fixture *f, const struct metric *metric, uint64_t start, uint64_t second,
           struct hae_view_figures figures, const char *buckets);
struct hae_view_figures value_of(double value);
struct hae_view_figures values_of(uint64_t count, double sum);

/* Evaluates the rules. What /api/alerts says is the text of the fixture then. */
void run_at(struct fixture *f, uint64_t second);
bool has(const struct fixture *f, const char *part);
size_t count_of(const struct fixture *f, const char *part);

/* The same, and the state of the only alert; "none": there is none. */
void expect(struct fixture *f, uint64_t second, const char *state);

#endif
