/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_http/json_reader.h"

#include <stdint.h>
#include <string.h>

#include "base/hex.h"

enum { DEPTH_MAX = 32, EXPONENT_MAX = 400 };

struct hae_json_reader hae_json_read(const void *data, size_t size_bytes)
{
    return (struct hae_json_reader){.at = data, .end = (const char *)data + size_bytes};
}

static bool fail(struct hae_json_reader *json)
{
    json->broken = true;
    json->at = json->end;
    return false;
}

/* The next byte behind white space; NUL at the end. */
static char look(struct hae_json_reader *json)
{
    while (json->at < json->end &&
           (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r')) {
        json->at++;
    }
    return json->at < json->end ? *json->at : '\0';
}

static bool take(struct hae_json_reader *json, char byte)
{
    if (look(json) != byte) {
        return false;
    }
    json->at++;
    return true;
}

bool hae_json_read_end(struct hae_json_reader *json)
{
    (void)look(json);
    return !json->broken && json->at == json->end;
}

static bool enter(struct hae_json_reader *json, char byte)
{
    if (look(json) != byte) {
        return false;
    }
    if (json->depth == DEPTH_MAX) {
        return fail(json);
    }
    json->at++;
    json->depth++;
    return true;
}

bool hae_json_read_object(struct hae_json_reader *json)
{
    return enter(json, '{');
}

bool hae_json_read_array(struct hae_json_reader *json)
{
    return enter(json, '[');
}

/* Whether another part follows, before `end`. */
static bool go_on(struct hae_json_reader *json, bool *first, char end)
{
    if (json->broken) {
        return false;
    }
    if (take(json, end)) {
        json->depth--;
        return false;
    }
    if (!*first && !take(json, ',')) {
        return fail(json);
    }
    *first = false;
    return true;
}

bool hae_json_read_member(struct hae_json_reader *json, bool *first, char *name, size_t room)
{
    size_t length;

    if (!go_on(json, first, '}')) {
        return false;
    }
    return (hae_json_read_text(json, name, room, &length) && take(json, ':')) || fail(json);
}

bool hae_json_read_element(struct hae_json_reader *json, bool *first)
{
    return go_on(json, first, ']');
}

/* ---- Text ---------------------------------------------------------------------------------- */

struct copy {
    char *text;
    size_t room;
    size_t length;
};

static void put(struct copy *copy, uint32_t byte)
{
    if (copy->length < copy->room) {
        copy->text[copy->length++] = (char)byte;
    }
}

static void put_utf8(struct copy *copy, uint32_t point)
{
    if (point < 0x80) {
        put(copy, point);
        return;
    }
    if (point < 0x800) {
        put(copy, 0xc0 | point >> 6);
    } else {
        if (point < 0x10000) {
            put(copy, 0xe0 | point >> 12);
        } else {
            put(copy, 0xf0 | point >> 18);
            put(copy, 0x80 | (point >> 12 & 0x3f));
        }
        put(copy, 0x80 | (point >> 6 & 0x3f));
    }
    put(copy, 0x80 | (point & 0x3f));
}

static bool read_digits(struct hae_json_reader *json, uint32_t *ret_unit)
{
    *ret_unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = json->at < json->end ? hae_hex_value(*json->at++) : -1;

        if (digit < 0) {
            return fail(json);
        }
        *ret_unit = *ret_unit << 4 | (uint32_t)digit;
    }
    return true;
}

/* \uXXXX, and the second one of a pair. One that is alone becomes U+FFFD. */
static bool read_unit(struct hae_json_reader *json, struct copy *copy)
{
    uint32_t unit;
    uint32_t low;

    if (!read_digits(json, &unit)) {
        return false;
    }
    if (unit >= 0xd800 && unit < 0xdc00 && json->end - json->at >= 6 &&
        memcmp(json->at, "\\u", 2) == 0) {
        struct hae_json_reader before = *json;

        json->at += 2;
        if (!read_digits(json, &low)) {
            return false;
        }
        if (low >= 0xdc00 && low < 0xe000) {
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        } else {
            *json = before;
        }
    }
    put_utf8(copy, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);
    return true;
}

static bool read_escape(struct hae_json_reader *json, struct copy *copy)
{
    static const char names[] = "\"\\/bfnrt";
    static const char means[] = "\"\\/\b\f\n\r\t";
    char name = json->at < json->end ? *json->at++ : '\0';
    const char *found;

    if (name == 'u') {
        return read_unit(json, copy);
    }
    found = name != '\0' ? strchr(names, name) : NULL;
    if (found == NULL) {
        return fail(json);
    }
    put(copy, (uint8_t)means[found - names]);
    return true;
}

bool hae_json_read_text(struct hae_json_reader *json, char *text, size_t room, size_t *ret_length)
{
    struct copy copy = {text, room - 1, 0};

    if (!take(json, '"')) {
        return false;
    }
    while (json->at < json->end && *json->at != '"') {
        char byte = *json->at++;

        if ((uint8_t)byte < 0x20) {
            return fail(json);
        }
        if (byte != '\\') {
            put(&copy, (uint8_t)byte);
        } else if (!read_escape(json, &copy)) {
            return false;
        }
    }
    text[copy.length] = '\0';
    *ret_length = copy.length < copy.room ? copy.length : room;
    return take(json, '"') || fail(json);
}

/* ---- Numbers ------------------------------------------------------------------------------- */

static bool is_digit(const struct hae_json_reader *json)
{
    return json->at < json->end && *json->at >= '0' && *json->at <= '9';
}

/* Appends digits to a number. False: there is none. */
static bool read_run(struct hae_json_reader *json, double *number, int *ret_count)
{
    *ret_count = 0;
    while (is_digit(json)) {
        *number = *number * 10 + (*json->at++ - '0');
        *ret_count += *ret_count < EXPONENT_MAX;
    }
    return *ret_count != 0;
}

static double scaled(double number, int exponent)
{
    while (exponent > 0) {
        number *= 10;
        exponent--;
    }
    while (exponent < 0) {
        number /= 10;
        exponent++;
    }
    return number;
}

static bool read_exponent(struct hae_json_reader *json, int *exponent)
{
    double value = 0;
    bool negative = false;
    int count;

    if (json->at == json->end || (*json->at != 'e' && *json->at != 'E')) {
        return true;
    }
    json->at++;
    if (json->at < json->end && (*json->at == '+' || *json->at == '-')) {
        negative = *json->at++ == '-';
    }
    if (!read_run(json, &value, &count)) {
        return false;
    }
    value = value < EXPONENT_MAX ? value : EXPONENT_MAX;
    *exponent += negative ? -(int)value : (int)value;
    return true;
}

bool hae_json_read_number(struct hae_json_reader *json, double *ret_number)
{
    double number = 0;
    bool negative;
    int exponent = 0;
    int count = 0;

    negative = take(json, '-');
    if (!is_digit(json)) {
        return negative && fail(json);
    }
    (void)read_run(json, &number, &count);
    if (json->at < json->end && *json->at == '.') {
        json->at++;
        if (!read_run(json, &number, &count)) {
            return fail(json);
        }
        exponent = -count;
    }
    if (!read_exponent(json, &exponent)) {
        return fail(json);
    }
    number = scaled(number, exponent);
    *ret_number = negative ? -number : number;
    return true;
}

/* ---- Any value ----------------------------------------------------------------------------- */

static bool read_word(struct hae_json_reader *json, const char *word)
{
    size_t length = strlen(word);

    if (look(json) != word[0] || (size_t)(json->end - json->at) < length ||
        memcmp(json->at, word, length) != 0) {
        return false;
    }
    json->at += length;
    return true;
}

bool hae_json_read_null(struct hae_json_reader *json)
{
    return read_word(json, "null");
}

bool hae_json_read_any(struct hae_json_reader *json)
{
    bool first = true;
    char text[2];
    size_t length;
    double number;

    switch (look(json)) {
    case '{':
        if (hae_json_read_object(json)) {
            while (hae_json_read_member(json, &first, text, sizeof text)) {
                (void)hae_json_read_any(json);
            }
        }
        return !json->broken;
    case '[':
        if (hae_json_read_array(json)) {
            while (hae_json_read_element(json, &first)) {
                (void)hae_json_read_any(json);
            }
        }
        return !json->broken;
    case '"':
        return hae_json_read_text(json, text, sizeof text, &length);
    default:
        return hae_json_read_number(json, &number) ||
               (!json->broken && (read_word(json, "null") || read_word(json, "true") ||
                                  read_word(json, "false") || fail(json)));
    }
}
