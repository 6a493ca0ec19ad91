/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_http/json_response.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "otlp_http/json_reader.h"

enum { NAME_BYTES = 32, NUMBER_BYTES = 32 };

/* What a response says. The text has room for all of the body, since a secret in it must be found
 * whole; escapes only make it shorter. */
struct said {
    uint64_t rejected;
    char *text;
    size_t room;
    size_t length;
};

static bool is_one_of(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(name, *names) != 0) {
        names++;
    }
    return *names != NULL;
}

/* A text, or null, which stands for none. */
static bool read_text(struct hae_json_reader *json, struct said *said)
{
    if (hae_json_read_text(json, said->text, said->room, &said->length)) {
        return true;
    }
    return hae_json_read_null(json);
}

static bool read_digits(const char *text, uint64_t *ret_count)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0) {
        return false;
    }
    *ret_count = value > 0 ? (uint64_t)value : 0;
    return true;
}

/* A whole number, as text or not; null stands for 0. */
static bool read_count(struct hae_json_reader *json, uint64_t *ret_count)
{
    char text[NUMBER_BYTES];
    size_t length;
    double number;

    if (hae_json_read_text(json, text, sizeof text, &length)) {
        return length < sizeof text && read_digits(text, ret_count);
    }
    if (hae_json_read_number(json, &number)) {
        if (!(number >= -0x1p63 && number < 0x1p63) || number != (double)(int64_t)number) {
            return false;
        }
        *ret_count = number > 0 ? (uint64_t)number : 0;
        return true;
    }
    return hae_json_read_null(json);
}

static bool read_partial_success(struct hae_json_reader *json, struct said *said)
{
    static const char *const rejected[] = {"rejectedSpans",
                                           "rejectedDataPoints",
                                           "rejectedLogRecords",
                                           "rejected_spans",
                                           "rejected_data_points",
                                           "rejected_log_records",
                                           NULL};
    static const char *const texts[] = {"errorMessage", "error_message", NULL};
    char name[NAME_BYTES];
    bool first = true;
    bool ok = true;

    if (!hae_json_read_object(json)) {
        return hae_json_read_null(json);
    }
    while (ok && hae_json_read_member(json, &first, name, sizeof name)) {
        if (is_one_of(name, rejected)) {
            ok = read_count(json, &said->rejected);
        } else if (is_one_of(name, texts)) {
            ok = read_text(json, said);
        } else {
            ok = hae_json_read_any(json);
        }
    }
    return ok;
}

static bool read_response(struct hae_json_reader *json, struct said *said)
{
    static const char *const partial[] = {"partialSuccess", "partial_success", NULL};
    char name[NAME_BYTES];
    bool first = true;
    bool ok = true;

    if (!hae_json_read_object(json)) {
        return false;
    }
    while (ok && hae_json_read_member(json, &first, name, sizeof name)) {
        ok = is_one_of(name, partial) ? read_partial_success(json, said) : hae_json_read_any(json);
    }
    return ok && hae_json_read_end(json);
}

static bool read_status(struct hae_json_reader *json, struct said *said)
{
    char name[NAME_BYTES];
    bool first = true;
    bool ok = true;

    if (!hae_json_read_object(json)) {
        return false;
    }
    while (ok && hae_json_read_member(json, &first, name, sizeof name)) {
        ok = strcmp(name, "message") == 0 ? read_text(json, said) : hae_json_read_any(json);
    }
    return ok && hae_json_read_end(json);
}

static bool read_body(const uint8_t *body, size_t size_bytes, const struct curl_slist *secrets,
                      bool (*read)(struct hae_json_reader *json, struct said *said),
                      uint64_t *ret_rejected, struct hae_http_text *message)
{
    struct hae_json_reader json = hae_json_read(body, size_bytes);
    struct said said = {.room = size_bytes + 1};
    bool ok;

    said.text = malloc(said.room);
    if (said.text == NULL) {
        return false;
    }
    ok = read(&json, &said);
    if (ok) {
        *ret_rejected = said.rejected;
        hae_http_text_add_foreign(message, said.text, said.length, secrets);
    }
    free(said.text);
    return ok;
}

bool hae_http_json_response(const uint8_t *body, size_t size_bytes,
                            const struct curl_slist *secrets, uint64_t *ret_rejected,
                            struct hae_http_text *message)
{
    return read_body(body, size_bytes, secrets, read_response, ret_rejected, message);
}

bool hae_http_json_status(const uint8_t *body, size_t size_bytes, const struct curl_slist *secrets,
                          struct hae_http_text *message)
{
    uint64_t rejected;

    return read_body(body, size_bytes, secrets, read_status, &rejected, message);
}
