/* SPDX-License-Identifier: Apache-2.0 */
#include "store/schema.h"

#include <stdio.h>

#include "store/number.h"

/* In each table the numbers of rows grow as they arrive. So the oldest are found whatever times
 * their senders gave them. */
static const char tables[] =
    "CREATE TABLE resource(id INTEGER PRIMARY KEY, service TEXT NOT NULL, instance TEXT,"
    " version TEXT, attributes TEXT NOT NULL);"
    "CREATE TABLE scope(id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT,"
    " attributes TEXT);"
    "CREATE TABLE op(id INTEGER PRIMARY KEY, service TEXT NOT NULL, name TEXT NOT NULL,"
    " kind INTEGER NOT NULL, entry INTEGER NOT NULL);"
    "CREATE TABLE span(id INTEGER PRIMARY KEY, trace_id BLOB, span_id BLOB, parent_id BLOB,"
    " op INTEGER NOT NULL, resource INTEGER NOT NULL, scope INTEGER NOT NULL,"
    " entry INTEGER NOT NULL, status INTEGER NOT NULL, start_ns INTEGER NOT NULL,"
    " duration_ns INTEGER NOT NULL, name TEXT, message TEXT, trace_state TEXT,"
    " flags INTEGER NOT NULL, error INTEGER, attributes TEXT);"
    "CREATE TABLE event(id INTEGER PRIMARY KEY, span INTEGER NOT NULL, time_ns INTEGER NOT NULL,"
    " name TEXT, attributes TEXT);"
    "CREATE TABLE link(id INTEGER PRIMARY KEY, span INTEGER NOT NULL, trace_id BLOB, span_id BLOB,"
    " attributes TEXT);"
    "CREATE TABLE log(id INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL,"
    " received_ns INTEGER NOT NULL, resource INTEGER NOT NULL, scope INTEGER NOT NULL,"
    " severity INTEGER NOT NULL, trace_id BLOB, span_id BLOB, event_name TEXT, body TEXT,"
    " error INTEGER, attributes TEXT);"
    "CREATE TABLE metric(id INTEGER PRIMARY KEY, service TEXT NOT NULL, scope INTEGER NOT NULL,"
    " name TEXT NOT NULL, unit TEXT NOT NULL, kind INTEGER NOT NULL,"
    " temporality INTEGER NOT NULL, description TEXT);"
    "CREATE TABLE series(id INTEGER PRIMARY KEY, metric INTEGER NOT NULL,"
    " resource INTEGER NOT NULL, attributes TEXT NOT NULL, start_ns INTEGER NOT NULL);"
    "CREATE TABLE point(id INTEGER PRIMARY KEY, series INTEGER NOT NULL, time_ns INTEGER NOT NULL,"
    " start_ns INTEGER NOT NULL, value REAL, integer INTEGER, count INTEGER, sum REAL, min REAL,"
    " max REAL, p50 REAL, p99 REAL, buckets TEXT);"
    "CREATE TABLE exemplar(id INTEGER PRIMARY KEY, series INTEGER NOT NULL,"
    " time_ns INTEGER NOT NULL, value REAL, trace_id BLOB, span_id BLOB, attributes TEXT);"
    "CREATE TABLE rollup(id INTEGER PRIMARY KEY, bucket_s INTEGER NOT NULL, op INTEGER NOT NULL,"
    " resource INTEGER NOT NULL, requests INTEGER NOT NULL, errors INTEGER NOT NULL,"
    " duration_sum INTEGER NOT NULL, duration_max INTEGER NOT NULL, histogram BLOB NOT NULL);"
    "CREATE TABLE error_group(id INTEGER PRIMARY KEY, service TEXT NOT NULL, kind TEXT NOT NULL,"
    " fingerprint TEXT NOT NULL, sample TEXT NOT NULL, first_ns INTEGER NOT NULL,"
    " last_ns INTEGER NOT NULL, seen INTEGER NOT NULL, count INTEGER NOT NULL, last_trace BLOB);"
    /* What had arrived before a time: the highest numbers of rows. */
    "CREATE TABLE arrival(id INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, span INTEGER NOT NULL,"
    " log INTEGER NOT NULL, point INTEGER NOT NULL, exemplar INTEGER NOT NULL,"
    " rollup INTEGER NOT NULL);"
    /* The rows that stand for all others when there are too many. */
    "INSERT INTO resource VALUES(1, '(other services)', NULL, NULL, '{}');"
    "INSERT INTO scope VALUES(1, '(other scopes)', NULL, NULL);"
    "INSERT INTO op VALUES(1, '(other services)', '(other operations)', 0, 0);"
    "INSERT INTO op VALUES(2, '(other services)', '(other operations)', 0, 1);";

static const char indices[] =
    "CREATE UNIQUE INDEX span_trace ON span(trace_id, span_id);"
    /* It has every column that questions about entry spans read, also the last one. */
    "CREATE INDEX span_entry ON span(start_ns, op, status, duration_ns, entry) WHERE entry;"
    "CREATE INDEX span_failed ON span(error) WHERE error IS NOT NULL;"
    "CREATE INDEX event_span ON event(span);"
    "CREATE INDEX link_span ON link(span);"
    "CREATE INDEX log_trace ON log(trace_id) WHERE trace_id IS NOT NULL;"
    "CREATE INDEX log_warning ON log(id) WHERE severity >= 13;"
    "CREATE INDEX log_failed ON log(error) WHERE error IS NOT NULL;"
    "CREATE INDEX series_metric ON series(metric);"
    "CREATE UNIQUE INDEX point_series ON point(series, time_ns);"
    "CREATE UNIQUE INDEX exemplar_series ON exemplar(series, time_ns, value);"
    "CREATE UNIQUE INDEX rollup_bucket ON rollup(bucket_s, op, resource);"
    "CREATE INDEX error_seen ON error_group(seen);";

static bool make(sqlite3 *db)
{
    char version[96];
    snprintf(version, sizeof version, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             HAE_VIEW_APPLICATION_ID, HAE_VIEW_SCHEMA_VERSION);
    if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
        return false;
    }
    if (sqlite3_exec(db, tables, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(db, indices, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(db, version, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK) {
        return true;
    }
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

bool hae_view_schema_open(sqlite3 *db, char *problem, size_t problem_size)
{
    int64_t version = hae_view_number_of(db, "PRAGMA user_version");
    int64_t application = hae_view_number_of(db, "PRAGMA application_id");
    int64_t objects = hae_view_number_of(db, "SELECT count(*) FROM sqlite_schema");
    if (version < 0 || application < 0 || objects < 0) {
        snprintf(problem, problem_size, "cannot be read: %s", sqlite3_errmsg(db));
        return false;
    }
    if (objects == 0 && version == 0) {
        if (sqlite3_db_readonly(db, "main") != 0) {
            snprintf(problem, problem_size, "is empty");
            return false;
        }
        if (make(db)) {
            return true;
        }
        snprintf(problem, problem_size, "cannot be made: %s", sqlite3_errmsg(db));
        return false;
    }
    if (application != HAE_VIEW_APPLICATION_ID) {
        snprintf(problem, problem_size, "is a database of another program");
        return false;
    }
    if (version != HAE_VIEW_SCHEMA_VERSION) {
        snprintf(problem, problem_size,
                 "has version %lld of the tables, and this haetae-view reads version %d",
                 (long long)version, HAE_VIEW_SCHEMA_VERSION);
        return false;
    }
    return true;
}
