/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/config_value.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/printable.h"
#include "base/trim.h"
#include "base/utf8.h"
#include "sdk/config_pairs.h"

/* ASCII only, whatever the host's locale is. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool hae_config_same_name(haetae_string a, haetae_string b)
{
    if (a.length != b.length) {
        return false;
    }
    for (size_t i = 0; i < a.length; i++) {
        if (lower(a.data[i]) != lower(b.data[i])) {
            return false;
        }
    }
    return true;
}

static void put_text(char *out, haetae_string text)
{
    memcpy(out, text.data, text.length);
    out[text.length] = '\0';
}

/* ---- Numbers ------------------------------------------------------------ */

/* Takes the digits off the front. INT64_MAX stands for what is too large. */
static bool take_digits(haetae_string *text, int64_t *ret_number)
{
    int64_t number = 0;
    size_t at = 0;

    for (; at < text->length && text->data[at] >= '0' && text->data[at] <= '9'; at++) {
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, text->data[at] - '0', &number)) {
            number = INT64_MAX;
        }
    }
    if (at == 0) {
        return false;
    }
    text->data += at;
    text->length -= at;
    *ret_number = number;
    return true;
}

/* k, m and g, alone or with "ib": always powers of 1024. */
static bool take_unit(haetae_string *text, int64_t *number)
{
    static const char units[] = "kmg";
    const char *unit;

    if (text->length == 0) {
        return true;
    }
    unit = memchr(units, lower(text->data[0]), sizeof units - 1);
    if (unit == NULL || (text->length != 1 &&
                         !hae_config_same_name((haetae_string){text->data + 1, text->length - 1},
                                               haetae_string_of("ib")))) {
        return false;
    }
    text->length = 0;
    if (__builtin_mul_overflow(*number, INT64_C(1) << (10 * (unit - units + 1)), number)) {
        *number = INT64_MAX;
    }
    return true;
}

static bool take_severity_name(haetae_string *text, int64_t *ret_number)
{
    static const char *const names[] = {"trace", "debug", "info", "warn", "error", "fatal"};

    for (int i = 0; i < 6; i++) {
        if (hae_config_same_name(*text, haetae_string_of(names[i]))) {
            *ret_number = 1 + 4 * i;
            text->length = 0;
            return true;
        }
    }
    return false;
}

static bool put_number(const haetae_config_key *key, haetae_string text, char *out,
                       int64_t *ret_number)
{
    int64_t number = 0;
    bool ok = key->type == HAETAE_CONFIG_SEVERITY && take_severity_name(&text, &number);

    ok = ok || take_digits(&text, &number);
    if (key->type == HAETAE_CONFIG_BYTES) {
        ok = ok && take_unit(&text, &number);
    }
    if (!ok || text.length != 0 || number < key->min || number > key->max) {
        return false;
    }
    snprintf(out, HAE_CONFIG_VALUE_EXTRA, "%" PRId64, number);
    *ret_number = number;
    return true;
}

/* Not strtod(): the host's locale may have a decimal comma. */
static bool read_fraction(haetae_string text, double *ret_fraction)
{
    int64_t mantissa = 0;
    double divisor = 1;
    bool after_point = false;
    int digits = 0;

    for (size_t at = 0; at < text.length; at++) {
        char c = text.data[at];

        if (c == '.' && !after_point) {
            after_point = true;
            continue;
        }
        if (c < '0' || c > '9') {
            return false;
        }
        digits++;
        if (mantissa < INT64_C(100000000000000)) { /* 15 digits: exact in a double */
            mantissa = mantissa * 10 + (c - '0');
            divisor *= after_point ? 10 : 1;
        } else if (!after_point) {
            return false; /* far above 1 */
        }
    }
    *ret_fraction = (double)mantissa / divisor;
    return digits > 0;
}

static bool put_fraction(haetae_string text, char *out, double *ret_fraction)
{
    if (!read_fraction(text, ret_fraction) || *ret_fraction < 0 || *ret_fraction > 1) {
        return false;
    }
    put_text(out, text);
    return true;
}

/* ---- Choices and lists -------------------------------------------------- */

/* The place of a name among "a|b|c", or -1. *ret_choice is the name as the table
 * spells it. */
static int find_choice(const char *choices, haetae_string name, haetae_string *ret_choice)
{
    for (int i = 0; *choices != '\0'; i++) {
        haetae_string choice = {choices, strcspn(choices, "|")};

        if (hae_config_same_name(choice, name)) {
            *ret_choice = choice;
            return i;
        }
        choices += choice.length;
        choices += *choices == '|';
    }
    return -1;
}

const char *hae_config_choices(const haetae_config_key *key)
{
    return key->type == HAETAE_CONFIG_BOOL ? "false|true" : key->choices;
}

static bool put_choice(const char *choices, haetae_string text, char *out, int64_t *ret_place)
{
    haetae_string choice;
    int place = find_choice(choices, text, &choice);

    if (place < 0) {
        return false;
    }
    put_text(out, choice);
    *ret_place = place;
    return true;
}

bool hae_config_next_name(const char **list, haetae_string *ret_name)
{
    while (**list != '\0') {
        size_t length = strcspn(*list, ",");
        haetae_string name = hae_trimmed((haetae_string){*list, length});

        *list += length;
        *list += **list == ',';
        if (name.length != 0) {
            *ret_name = name;
            return true;
        }
    }
    return false;
}

static bool in_list(const char *list, haetae_string wanted)
{
    haetae_string name;

    while (hae_config_next_name(&list, &name)) {
        if (hae_config_same_name(name, wanted)) {
            return true;
        }
    }
    return false;
}

bool hae_config_is_name(haetae_string text)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = lower(text.data[i]);

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              (c != '\0' && strchr("_-./", c) != NULL))) {
            return false;
        }
    }
    return text.length != 0;
}

/* "none" stands alone. */
static bool none_among_others(const char *list)
{
    return strchr(list, ',') != NULL && in_list(list, haetae_string_of("none"));
}

static bool put_list(const char *value, char *out, char *fault)
{
    enum { NAME_COUNT_MAX = 32, SHOWN_BYTES = 40 };
    char shown[SHOWN_BYTES];
    haetae_string name;
    char *end = out;
    int count = 0;

    *out = '\0';
    while (hae_config_next_name(&value, &name)) {
        if (!hae_config_is_name(name)) {
            hae_escape(shown, sizeof shown, name.data, name.length);
            snprintf(fault, HAE_CONFIG_FAULT_BYTES, "\"%s\" is not supported", shown);
            return false;
        }
        if (in_list(out, name)) {
            continue;
        }
        if (++count > NAME_COUNT_MAX) {
            snprintf(fault, HAE_CONFIG_FAULT_BYTES, "these are more than %d", NAME_COUNT_MAX);
            return false;
        }
        if (end != out) {
            *end++ = ',';
        }
        put_text(end, name);
        end += name.length;
    }
    if (none_among_others(out)) {
        snprintf(fault, HAE_CONFIG_FAULT_BYTES, "\"none\" goes with no other name");
        return false;
    }
    return end != out;
}

/* ---- Text --------------------------------------------------------------- */

static bool put_plain_text(const haetae_config_key *key, haetae_string text, char *out)
{
    char least = key->type == HAETAE_CONFIG_URL ? 0x21 : 0x20;

    for (size_t i = 0; i < text.length; i++) {
        if ((unsigned char)text.data[i] < least || text.data[i] == 0x7F) {
            return false;
        }
    }
    put_text(out, text);
    return hae_utf8_valid((const uint8_t *)text.data, text.length);
}

struct hae_config_mask hae_config_mask(const haetae_config_key *key, haetae_string value)
{
    enum { SCHEME_MAX = 7 };
    const char *at = memrchr(value.data, '@', value.length);
    const char *start = memmem(value.data, value.length, "://", 3);
    struct hae_config_mask mask = {.rest = value};

    if (at != NULL && (key->type == HAETAE_CONFIG_URL || start != NULL)) {
        mask.credentials = true;
        if (start != NULL && start < at && start - value.data <= SCHEME_MAX) {
            mask.scheme = (haetae_string){value.data, (size_t)(start - value.data)};
        }
        mask.rest = (haetae_string){at, value.length - (size_t)(at - value.data)};
    }
    /* Tokens are often in a URL's query. */
    for (size_t i = 0; i < mask.rest.length && key->type == HAETAE_CONFIG_URL; i++) {
        if (mask.rest.data[i] == '?' || mask.rest.data[i] == '#') {
            mask.rest.length = i;
            mask.query = true;
        }
    }
    return mask;
}

/* Writes a URL behind its own text, with what may be secret masked. Returns where; a URL without
 * secrets needs no copy. */
static const char *put_masked(const haetae_config_key *key, haetae_string url, char *out)
{
    struct hae_config_mask mask = hae_config_mask(key, url);
    char *masked = out + url.length + 1;

    if (!mask.credentials && !mask.query) {
        return out;
    }
    snprintf(masked, url.length + 2 * sizeof "://***", "%.*s%s%s%.*s%s", (int)mask.scheme.length,
             mask.scheme.length != 0 ? mask.scheme.data : "", mask.scheme.length != 0 ? "://" : "",
             mask.credentials ? "***" : "", (int)mask.rest.length, mask.rest.data,
             mask.query ? "?***" : "");
    return masked;
}

static bool put_path(haetae_string text, char *out)
{
    enum { PATH_LENGTH_MAX = 4095 };

    put_text(out, text);
    return text.length <= PATH_LENGTH_MAX;
}

static bool put_pairs(haetae_string text, char *out, char *fault)
{
    struct hae_pair_reader reader = hae_pairs_of(text.data);
    enum hae_pair_step step;
    haetae_string key, value;

    do {
        step = hae_pair_next(&reader, out, &key, &value);
    } while (step == HAE_PAIR_FOUND);
    if (step != HAE_PAIR_END) {
        snprintf(fault, HAE_CONFIG_FAULT_BYTES, "pair %u %s", reader.number, hae_pair_fault(step));
        return false;
    }
    put_text(out, text);
    return true;
}

/* ---- All of them -------------------------------------------------------- */

bool hae_config_parse(const haetae_config_key *key, const char *value, char *buffer,
                      char fault[HAE_CONFIG_FAULT_BYTES], struct hae_config_value *ret_value)
{
    haetae_string core = hae_trimmed(haetae_string_of(value));

    *ret_value = (struct hae_config_value){.text = buffer, .shown = buffer, .integer = -1};
    fault[0] = '\0';
    switch ((haetae_config_type)key->type) {
    case HAETAE_CONFIG_DURATION:
    case HAETAE_CONFIG_TIMEOUT:
    case HAETAE_CONFIG_COUNT:
    case HAETAE_CONFIG_BYTES:
    case HAETAE_CONFIG_SEVERITY:
        return put_number(key, core, buffer, &ret_value->integer);
    case HAETAE_CONFIG_RATIO:
        /* The argument of a sampler may be pairs, which that reads. */
        if (strcmp(key->name, "OTEL_TRACES_SAMPLER_ARG") == 0 &&
            memchr(core.data, '=', core.length) != NULL) {
            ret_value->real = 1;
            return put_plain_text(key, core, buffer);
        }
        return put_fraction(core, buffer, &ret_value->real);
    case HAETAE_CONFIG_BOOL:
    case HAETAE_CONFIG_CHOICE:
        return put_choice(hae_config_choices(key), core, buffer, &ret_value->integer);
    case HAETAE_CONFIG_LIST:
        return put_list(value, buffer, fault);
    case HAETAE_CONFIG_PAIRS:
        return put_pairs(core, buffer, fault);
    case HAETAE_CONFIG_PATH:
        return put_path(core, buffer);
    case HAETAE_CONFIG_SECRET:
        ret_value->shown = HAE_CONFIG_HIDDEN;
        return put_plain_text(key, core, buffer);
    case HAETAE_CONFIG_URL:
        ret_value->shown = put_masked(key, core, buffer);
        return put_plain_text(key, core, buffer);
    case HAETAE_CONFIG_TEXT:
        break;
    }
    return put_plain_text(key, core, buffer);
}

size_t hae_config_room(const haetae_config_key *key, size_t length)
{
    /* A URL may stand there twice: once with its secrets masked. */
    return (key->type == HAETAE_CONFIG_URL ? 2 : 1) * (length + HAE_CONFIG_VALUE_EXTRA);
}
