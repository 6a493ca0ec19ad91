/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "query/trace.h"
#include "util/text.h"

/* How often a question is asked that has to make way for requests. */
#define TRIES_MAX 4
/* digits of a trace id */
#define DIGITS_LEAST 8

void hae_view_call_refuse(struct hae_view_call *call, unsigned status, const char *problem)
{
    call->status = status;
    hae_view_text_clean_string(call->problem, sizeof call->problem, problem);
}

struct hae_view_call hae_view_call_of(struct hae_view_store *store, struct hae_view_alerts *alerts,
                                      const struct hae_view_arguments *arguments,
                                      uint64_t now_unix_ns, struct hae_buffer *out)
{
    return (struct hae_view_call){
        .store = store,
        .alerts = alerts,
        .arguments = arguments,
        .now_ns = (int64_t)now_unix_ns,
        .json = HAE_JSON_INIT(out),
        .status = 200,
    };
}

/* *ret_over: it has used up its time. */
static int ask_once(struct hae_view_call *call, int (*answer)(struct hae_view_call *call),
                    bool *ret_over)
{
    struct hae_view_database *database = hae_view_store_database(call->store);
    struct hae_buffer *out = call->json.out;
    hae_buffer_clear(out);
    call->json = (struct hae_json)HAE_JSON_INIT(out);
    call->db = hae_view_database_read(database);
    if (!call->lines) {
        hae_json_open(&call->json, NULL, '{');
        hae_view_put_digits(&call->json, "now_ns", call->now_ns);
    }
    int code = answer(call);
    if (!call->lines) {
        hae_json_close(&call->json, '}');
        hae_buffer_char(out, '\n');
    }
    if (code != SQLITE_OK && call->status == 200) {
        snprintf(call->problem, sizeof call->problem, "%s", sqlite3_errmsg(call->db));
    }
    *ret_over = hae_view_database_read_is_over(database);
    hae_view_database_read_done(database);
    return code;
}

int hae_view_call_ask(struct hae_view_call *call, int (*answer)(struct hae_view_call *call))
{
    int code = SQLITE_INTERRUPT;
    bool over = false;
    for (int i = 0; i < TRIES_MAX && code == SQLITE_INTERRUPT && !over; i++) {
        code = ask_once(call, answer, &over);
    }
    return code;
}

void hae_view_call_put_problem(const struct hae_view_call *call, struct hae_buffer *out)
{
    struct hae_json json = HAE_JSON_INIT(out);
    hae_buffer_done(out);
    hae_json_open(&json, NULL, '{');
    hae_json_text(&json, "error", call->problem);
    hae_json_close(&json, '}');
    hae_buffer_char(out, '\n');
}

/* ---- Arguments --------------------------------------------------------------------------- */

void hae_view_call_expect(struct hae_view_call *call, const char *name, const char *value,
                          const char *expected)
{
    char problem[sizeof call->problem];
    snprintf(problem, sizeof problem, "%s=%.60s: %s is expected", name, value, expected);
    hae_view_call_refuse(call, 400, problem);
}

bool hae_view_call_number(struct hae_view_call *call, const char *name, int64_t min, int64_t max,
                          int64_t *ret_value)
{
    const char *text = hae_view_argument(call->arguments, name);
    if (text == NULL) {
        return true;
    }
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == ' ' || value < min || value > max) {
        char expected[96];
        snprintf(expected, sizeof expected, "a number from %" PRId64 " to %" PRId64, min, max);
        hae_view_call_expect(call, name, text, expected);
        return false;
    }
    *ret_value = value;
    return true;
}

bool hae_view_call_limit(struct hae_view_call *call, size_t usual, size_t max, size_t *ret_limit)
{
    int64_t limit = (int64_t)usual;
    bool good = hae_view_call_number(call, "limit", 1, (int64_t)max, &limit);
    *ret_limit = (size_t)limit;
    return good;
}

bool hae_view_call_trace_id(struct hae_view_call *call, const char *name, uint8_t trace_id[16],
                            bool *ret_given)
{
    const char *text = hae_view_argument(call->arguments, name);
    *ret_given = text != NULL;
    if (text != NULL && (strlen(text) != 32 || !hae_read_hex(text, trace_id, 16))) {
        hae_view_call_expect(call, name, text, "a trace id of 32 digits in lower case");
        return false;
    }
    return true;
}

/* A whole trace id, or the first digits of one that no other begins with. False: the argument is
 * wrong, and refused, or something went wrong. */
static bool find_trace_id(struct hae_view_call *call, const char *name, uint8_t trace_id[16],
                          int *ret_code)
{
    uint8_t found[2][16];
    bool given;
    const char *text = hae_view_call_text(call, name);
    if (text == NULL) {
        return false;
    }
    size_t digits = strspn(text, "0123456789abcdef");
    if (text[digits] != '\0' || digits < DIGITS_LEAST || digits >= 32) {
        return hae_view_call_trace_id(call, name, trace_id, &given);
    }
    size_t count = hae_view_find_trace_ids(call->db, text, found, 2, ret_code);
    if (count == 1) {
        memcpy(trace_id, found[0], sizeof found[0]);
    } else if (*ret_code == SQLITE_OK) {
        hae_view_call_refuse(call, count == 0 ? 404 : 400,
                             count == 0 ? "no span of this trace is kept"
                                        : "several traces begin with these digits: give more");
    }
    return count == 1 && *ret_code == SQLITE_OK;
}

bool hae_view_call_trace(struct hae_view_call *call, const char *name, uint8_t trace_id[16],
                         int64_t *ret_spans, struct hae_view_window *ret_extent, int *ret_code)
{
    if (!find_trace_id(call, name, trace_id, ret_code)) {
        return false;
    }
    bool known = hae_view_measure_trace(call->db, trace_id, ret_spans, ret_extent, ret_code);
    if (!known && *ret_code == SQLITE_OK) {
        hae_view_call_refuse(call, 404, "no span of this trace is kept");
    }
    return known;
}

const char *hae_view_call_text(struct hae_view_call *call, const char *name)
{
    const char *text = hae_view_argument(call->arguments, name);
    if (text == NULL) {
        char problem[80];
        snprintf(problem, sizeof problem, "%s= is missing", name);
        hae_view_call_refuse(call, 400, problem);
    }
    return text;
}

/* ---- Writing ------------------------------------------------------------------------------ */

void hae_view_put_id(struct hae_json *json, const char *name, struct hae_view_id id)
{
    if (id.bytes != NULL) {
        hae_json_hex(json, name, id.bytes, id.size);
    } else {
        hae_view_put_text(json, name, NULL);
    }
}

void hae_view_put_object(struct hae_json *json, const char *name, const char *object)
{
    hae_json_open(json, name, '{');
    if (object == NULL || object[0] != '{') {
        hae_json_close(json, '}');
        return;
    }
    hae_buffer_text(json->out, object + 1);
    json->comma = true;
}

const char *hae_view_kind_name(int kind)
{
    static const char *const names[] = {"unspecified", "internal", "server",
                                        "client",      "producer", "consumer"};
    bool known = kind >= 0 && (size_t)kind < sizeof names / sizeof names[0];
    return names[known ? kind : 0];
}

void hae_view_put_kind(struct hae_json *json, int kind)
{
    hae_json_text(json, "kind", hae_view_kind_name(kind));
}

void hae_view_put_status(struct hae_json *json, int status)
{
    static const char *const names[] = {"unset", "ok", "error"};
    hae_json_text(json, "status", names[status >= 0 && status <= 2 ? status : 0]);
}
