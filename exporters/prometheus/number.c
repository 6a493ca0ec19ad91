/* SPDX-License-Identifier: Apache-2.0 */
#include "number.h"

#include <math.h>
#include <string.h>

#include "base/decimal.h"

enum { DIGITS = 24 };

/* Writes the digits in front of `end`, and returns where they begin. */
static char *write_digits(char *end, uint64_t value)
{
    do {
        *--end = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    return end;
}

void hae_prom_put_uint(struct hae_buffer *out, uint64_t value)
{
    char digits[DIGITS];
    char *at = write_digits(digits + DIGITS, value);

    hae_buffer_add(out, at, (size_t)(digits + DIGITS - at));
}

void hae_prom_put_int(struct hae_buffer *out, int64_t value)
{
    char digits[DIGITS];
    char *at = write_digits(digits + DIGITS, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);

    if (value < 0) {
        *--at = '-';
    }
    hae_buffer_add(out, at, (size_t)(digits + DIGITS - at));
}

/* Numbers of few decimal places, without a search for them by printf and strtod. A whole number
 * below 2^53 divided by a power of ten up to 10^22 is the double nearest to that decimal number,
 * since IEEE 754 rounds the division correctly. So when it equals the value, the digits read back
 * as the same, and the first power for which it does has the fewest. */
static bool put_short(struct hae_buffer *out, double magnitude, bool is_negative)
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    char digits[DIGITS + 16];
    char *at = digits + sizeof digits;

    for (unsigned places = 0; places < sizeof powers / sizeof powers[0]; places++) {
        double scaled = magnitude * powers[places];
        uint64_t whole;

        if (!(scaled < 9007199254740992.0)) {
            return false;
        }
        whole = (uint64_t)(scaled + 0.5);
        if ((double)whole / powers[places] != magnitude) {
            continue;
        }
        for (unsigned i = 0; i < places; i++) {
            *--at = (char)('0' + whole % 10);
            whole /= 10;
        }
        if (places > 0) {
            *--at = '.';
        }
        at = write_digits(at, whole);
        if (is_negative) {
            *--at = '-';
        }
        hae_buffer_add(out, at, (size_t)(digits + sizeof digits - at));
        return true;
    }
    return false;
}

void hae_prom_put_double(struct hae_buffer *out, double value)
{
    char text[HAE_DECIMAL_BYTES];

    if (isnan(value)) {
        hae_buffer_add(out, "NaN", 3);
    } else if (isinf(value)) {
        hae_buffer_add(out, value > 0 ? "+Inf" : "-Inf", 4);
    } else if (!put_short(out, fabs(value), signbit(value) != 0)) {
        hae_decimal(value, text);
        hae_buffer_text(out, text);
    }
}

/* Writes digits with or without a point, which are those of a number other than 0, with an exponent
 * instead. */
static void put_with_exponent(struct hae_buffer *out, const char *text)
{
    char digits[HAE_DECIMAL_BYTES];
    size_t count = 0;
    int exponent = -1; /* of the first digit that is not 0 */
    bool after_point = false;

    if (*text == '-') {
        hae_buffer_char(out, *text++);
    }
    for (; *text != '\0'; text++) {
        if (*text == '.') {
            after_point = true;
            continue;
        }
        if (count > 0 || *text != '0') {
            digits[count++] = *text;
            exponent += !after_point;
        } else {
            exponent -= after_point;
        }
    }
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    hae_buffer_char(out, digits[0]);
    if (count > 1) {
        hae_buffer_char(out, '.');
        hae_buffer_add(out, digits + 1, count - 1);
    }
    hae_buffer_format(out, "e%+03d", exponent);
}

void hae_prom_put_canonical(struct hae_buffer *out, double value)
{
    double magnitude = fabs(value);
    bool has_exponent = isfinite(value) && value != 0 && (magnitude < 1e-4 || magnitude >= 1e6);
    struct hae_buffer plain = HAE_BUFFER_INIT;

    if (!has_exponent) {
        size_t from = out->length;

        hae_prom_put_double(out, value);
        if (!out->failed && isfinite(value) && strchr(out->data + from, '.') == NULL) {
            hae_buffer_add(out, ".0", 2);
        }
        return;
    }
    hae_prom_put_double(&plain, value);
    if (plain.failed) {
        out->failed = true;
    } else if (strchr(plain.data, 'e') != NULL) {
        hae_buffer_add(out, plain.data, plain.length);
    } else {
        put_with_exponent(out, plain.data);
    }
    hae_buffer_done(&plain);
}

void hae_prom_put_seconds(struct hae_buffer *out, uint64_t unix_ns)
{
    char digits[10] = ".";
    uint64_t rest = unix_ns % 1000000000;
    size_t length = sizeof digits;

    hae_prom_put_uint(out, unix_ns / 1000000000);
    for (size_t i = sizeof digits - 1; i > 0; i--) {
        digits[i] = (char)('0' + rest % 10);
        rest /= 10;
    }
    while (digits[length - 1] == '0') {
        length--;
    }
    if (length > 1) {
        hae_buffer_add(out, digits, length);
    }
}
