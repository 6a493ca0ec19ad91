/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <string.h>

#include "base/trim.h"
#include "plain.h"

struct unit_word {
    char ucum[6];
    char word[14];
};

static const struct unit_word words[] = {
    {"d", "days"},          {"h", "hours"},         {"min", "minutes"},    {"s", "seconds"},
    {"ms", "milliseconds"}, {"us", "microseconds"}, {"ns", "nanoseconds"}, {"By", "bytes"},
    {"KiBy", "kibibytes"},  {"MiBy", "mebibytes"},  {"GiBy", "gibibytes"}, {"TiBy", "tebibytes"},
    {"kBy", "kilobytes"},   {"MBy", "megabytes"},   {"GBy", "gigabytes"},  {"TBy", "terabytes"},
    {"m", "meters"},        {"V", "volts"},         {"A", "amperes"},      {"J", "joules"},
    {"W", "watts"},         {"g", "grams"},         {"Cel", "celsius"},    {"Hz", "hertz"},
    {"%", "percent"},
};

/* After a slash. */
static const struct unit_word words_per[] = {
    {"s", "second"}, {"m", "minute"}, {"min", "minute"}, {"h", "hour"}, {"d", "day"},
    {"w", "week"},   {"wk", "week"},  {"mo", "month"},   {"y", "year"}, {"a", "year"},
};

static const char *find(const struct unit_word *list, size_t count, haetae_string unit)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(list[i].ucum) == unit.length &&
            memcmp(list[i].ucum, unit.data, unit.length) == 0) {
            return list[i].word;
        }
    }
    return NULL;
}

/* A unit without a slash. */
static void put_part(struct hae_buffer *out, haetae_string unit, const struct unit_word *list,
                     size_t count)
{
    const char *word = find(list, count, unit);

    if (word != NULL) {
        hae_buffer_text(out, word);
    } else {
        hae_prom_put_plain(out, unit, false);
    }
}

enum { UNIT_BYTES = 64 };

/* Without what is in braces. One that is too long is cut. */
static size_t without_annotations(haetae_string unit, char to[UNIT_BYTES])
{
    size_t length = 0;
    bool inside = false;

    for (size_t i = 0; i < unit.length && length < UNIT_BYTES; i++) {
        if (unit.data[i] == '{' || unit.data[i] == '}') {
            inside = unit.data[i] == '{';
        } else if (!inside) {
            to[length++] = unit.data[i];
        }
    }
    return length;
}

void hae_prom_put_unit(struct hae_buffer *out, haetae_string unit, bool is_gauge)
{
    char bare[UNIT_BYTES];
    haetae_string whole =
        hae_trimmed_header((haetae_string){bare, without_annotations(unit, bare)});
    const char *slash = whole.length > 0 ? memchr(whole.data, '/', whole.length) : NULL;
    haetae_string first = whole;
    haetae_string per = {NULL, 0};
    size_t from = out->length;

    if (slash != NULL) {
        first.length = (size_t)(slash - whole.data);
        per = hae_trimmed_header((haetae_string){slash + 1, whole.length - first.length - 1});
        first = hae_trimmed_header(first);
    }
    if (first.length == 1 && first.data[0] == '1') {
        if (is_gauge && slash == NULL) {
            hae_buffer_text(out, "ratio");
        }
    } else if (first.length > 0) {
        put_part(out, first, words, sizeof words / sizeof words[0]);
    }
    if (per.length > 0) {
        hae_buffer_text(out, out->length > from ? "_per_" : "per_");
        put_part(out, per, words_per, sizeof words_per / sizeof words_per[0]);
    }
}
