/* SPDX-License-Identifier: Apache-2.0 */
/* What the questions share; private to this folder. Each writes the members of one JSON object, and
 * returns SQLITE_OK or the code of what went wrong. */
#ifndef HAETAE_VIEW_API_CALL_H
#define HAETAE_VIEW_API_CALL_H

#include "alert/alerts.h"
#include "api/arguments.h"
#include "query/rows.h"
#include "store/store.h"
#include "util/json.h"

struct hae_view_call {
    struct hae_view_store *store;
    struct hae_view_alerts *alerts; /* NULL: there are no rules */
    sqlite3 *db;
    const struct hae_view_arguments *arguments;
    int64_t now_ns;
    struct hae_view_window window;
    struct hae_json json;
    bool lines;      /* the answer is lines, and no object */
    unsigned status; /* 200 until something is wrong with the question */
    char problem[200];
};

/* Begins a question that is answered into `out`. */
struct hae_view_call hae_view_call_of(struct hae_view_store *store, struct hae_view_alerts *alerts,
                                      const struct hae_view_arguments *arguments,
                                      uint64_t now_unix_ns, struct hae_buffer *out);

/* Reads the database and answers. Begins again, a few times, when it had to make way for requests.
 * Returns SQLITE_OK, or the code of what went wrong. */
int hae_view_call_ask(struct hae_view_call *call, int (*answer)(struct hae_view_call *call));

/* Makes what is wrong with the question the answer. */
void hae_view_call_put_problem(const struct hae_view_call *call, struct hae_buffer *out);

/* ---- Arguments: false when one is wrong; then the question is refused ------------------- */

/* Refuses the value of an argument. `expected` is "a number", "one or two". */
void hae_view_call_expect(struct hae_view_call *call, const char *name, const char *value,
                          const char *expected);

/* A whole number; *ret_value is left alone when there is none. */
bool hae_view_call_number(struct hae_view_call *call, const char *name, int64_t min, int64_t max,
                          int64_t *ret_value);
/* The argument "limit". */
bool hae_view_call_limit(struct hae_view_call *call, size_t usual, size_t max, size_t *ret_limit);
/* 32 hexadecimal digits. *ret_given: whether there is one. */
bool hae_view_call_trace_id(struct hae_view_call *call, const char *name, uint8_t trace_id[16],
                            bool *ret_given);
/* A required argument. NULL: it is missing, and refused. */
const char *hae_view_call_text(struct hae_view_call *call, const char *name);

/* Finds the trace whose id is an argument, or begins with its 8 or more digits: how many spans it
 * has, and their extent in time. False: there is none, and the question is refused, or something
 * failed. */
bool hae_view_call_trace(struct hae_view_call *call, const char *name, uint8_t trace_id[16],
                         int64_t *ret_spans, struct hae_view_window *ret_extent, int *ret_code);

/* Ends the question with a status that is not 200, and says what is wrong with it. */
void hae_view_call_refuse(struct hae_view_call *call, unsigned status, const char *problem);

/* ---- Writing ----------------------------------------------------------------------------- */

/* An id as hexadecimal digits; null when there is none. */
void hae_view_put_id(struct hae_json *json, const char *name, struct hae_view_id id);
/* An object that is JSON already; an empty one for NULL. */
void hae_view_put_object(struct hae_json *json, const char *name, const char *object);
void hae_view_put_kind(struct hae_json *json, int kind);
const char *hae_view_kind_name(int kind);
void hae_view_put_status(struct hae_json *json, int status);

#endif
