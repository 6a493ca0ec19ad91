/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "util/text.h"

void hae_view_call_refuse(struct hae_view_call *call, unsigned status, const char *problem)
{
    call->status = status;
    hae_view_text_clean(call->problem, sizeof call->problem, problem, strlen(problem));
}

/* ---- Arguments --------------------------------------------------------------------------- */

static void expect(struct hae_view_call *call, const char *name, const char *value,
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
        expect(call, name, text, expected);
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
        expect(call, name, text, "a trace id of 32 digits in lower case");
        return false;
    }
    return true;
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

void hae_view_put_digits(struct hae_json *json, const char *name, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    hae_json_text(json, name, digits);
}

void hae_view_put_text(struct hae_json *json, const char *name, const char *text)
{
    if (text != NULL) {
        hae_json_text(json, name, text);
    } else {
        hae_json_number(json, name, NAN); /* null */
    }
}

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

void hae_view_put_kind(struct hae_json *json, int kind)
{
    static const char *const names[] = {"unspecified", "internal", "server",
                                        "client",      "producer", "consumer"};
    bool known = kind >= 0 && (size_t)kind < sizeof names / sizeof names[0];
    hae_json_text(json, "kind", names[known ? kind : 0]);
}

void hae_view_put_status(struct hae_json *json, int status)
{
    static const char *const names[] = {"unset", "ok", "error"};
    hae_json_text(json, "status", names[status >= 0 && status <= 2 ? status : 0]);
}
