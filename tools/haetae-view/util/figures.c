/* SPDX-License-Identifier: Apache-2.0 */
#include "util/figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/hex.h"

/* Above this a double cannot represent every integer. */
#define EXACT_INTEGER_MAX 9007199254740992.0

char *hae_view_figure_count(char *out, size_t size, uint64_t count)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    size_t used = 0;
    for (int i = 0; i < length && used + 2 < size; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            out[used++] = ',';
        }
        if (used + 1 < size) {
            out[used++] = digits[i];
        }
    }
    out[used] = '\0';
    return out;
}

/* Three significant digits for values of 0 to 1000. */
static void scaled(char *out, size_t size, double value, const char *unit)
{
    int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    snprintf(out, size, "%.*f %s", decimals, value, unit);
}

char *hae_view_figure_duration(char *out, size_t size, double ns)
{
    if (!isfinite(ns)) {
        snprintf(out, size, "-");
    } else if (ns < 0) {
        if (size > 1) {
            out[0] = '-';
            hae_view_figure_duration(out + 1, size - 1, -ns);
        }
    } else if (ns == 0) {
        snprintf(out, size, "0");
    } else if (ns < 999.5) {
        snprintf(out, size, "%.*f ns", ns < 9.995 && ns != floor(ns) ? 2 : 0, ns);
    } else if (ns < 999.5e3) {
        scaled(out, size, ns / 1e3, "\xc2\xb5s");
    } else if (ns < 999.5e6) {
        scaled(out, size, ns / 1e6, "ms");
    } else if (ns < 59.95e9) {
        scaled(out, size, ns / 1e9, "s");
    } else if (ns < 3599.5e9) {
        unsigned seconds = (unsigned)(ns / 1e9 + 0.5);
        snprintf(out, size, "%um %02us", seconds / 60, seconds % 60);
    } else if (ns < 1e18) {
        uint64_t minutes = (uint64_t)(ns / 60e9 + 0.5);
        snprintf(out, size, "%" PRIu64 "h %02" PRIu64 "m", minutes / 60, minutes % 60);
    } else {
        snprintf(out, size, "%.3g s", ns / 1e9);
    }
    return out;
}

char *hae_view_figure_bytes(char *out, size_t size, double bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (!isfinite(bytes) || fabs(bytes) < 1023.5) {
        snprintf(out, size, "%.0f B", bytes);
        return out;
    }
    double value = fabs(bytes) / 1024;
    size_t unit = 0;
    while (value >= 1023.5 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1024;
        unit++;
    }
    if (bytes < 0 && size > 1) {
        out[0] = '-';
        scaled(out + 1, size - 1, value, units[unit]);
    } else {
        scaled(out, size, value, units[unit]);
    }
    return out;
}

char *hae_view_figure_rate(char *out, size_t size, double per_second)
{
    if (!isfinite(per_second) || per_second < 0) {
        snprintf(out, size, "-");
    } else if (per_second == 0) {
        snprintf(out, size, "0");
    } else if (per_second < 0.01) {
        snprintf(out, size, "<0.01");
    } else if (per_second < 9.995) {
        snprintf(out, size, "%.2f", per_second);
    } else if (per_second < 99.95) {
        snprintf(out, size, "%.1f", per_second);
    } else if (per_second < 1e15) {
        hae_view_figure_count(out, size, (uint64_t)(per_second + 0.5));
    } else {
        snprintf(out, size, "%.3g", per_second);
    }
    return out;
}

char *hae_view_figure_percent(char *out, size_t size, uint64_t part, uint64_t whole)
{
    if (whole == 0) {
        snprintf(out, size, "-");
        return out;
    }
    double percent = 100.0 * (double)part / (double)whole;
    if (part == 0 || part == whole) {
        snprintf(out, size, "%.0f%%", percent);
    } else if (percent < 0.01) {
        snprintf(out, size, "<0.01%%");
    } else if (percent > 99.9) {
        snprintf(out, size, ">99.9%%"); /* not quite all of them */
    } else {
        snprintf(out, size, "%.*f%%", percent < 9.995 ? 2 : 1, percent);
    }
    return out;
}

char *hae_view_figure_number(char *out, size_t size, double value)
{
    if (!isfinite(value)) {
        snprintf(out, size, "%s", isnan(value) ? "NaN" : value > 0 ? "+inf" : "-inf");
    } else if (value == floor(value) && fabs(value) <= EXACT_INTEGER_MAX) {
        if (value < 0 && size > 1) {
            out[0] = '-';
            hae_view_figure_count(out + 1, size - 1, (uint64_t)-value);
        } else {
            hae_view_figure_count(out, size, (uint64_t)value);
        }
    } else if (fabs(value) >= 1000 && fabs(value) < 1e9) {
        snprintf(out, size, "%.1f", value);
    } else {
        snprintf(out, size, "%.4g", value);
    }
    return out;
}

/* How many nanoseconds one of a unit of time is; 0 for other units. */
static double nanoseconds_of(const char *unit)
{
    static const struct {
        const char *unit;
        double ns;
    } table[] = {{"s", 1e9}, {"ms", 1e6},   {"us", 1e3},  {"\xc2\xb5s", 1e3},
                 {"ns", 1},  {"min", 60e9}, {"h", 3600e9}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(unit, table[i].unit) == 0) {
            return table[i].ns;
        }
    }
    return 0;
}

char *hae_view_figure_value(char *out, size_t size, double value, const char *unit)
{
    double ns = nanoseconds_of(unit);
    if (ns > 0 && isfinite(value)) {
        return hae_view_figure_duration(out, size, value * ns);
    }
    if (strcmp(unit, "By") == 0 && isfinite(value)) {
        return hae_view_figure_bytes(out, size, value);
    }
    hae_view_figure_number(out, size, value);
    if (unit[0] != '\0' && unit[0] != '{' && strcmp(unit, "1") != 0) {
        size_t used = strlen(out);
        snprintf(out + used, size - used, "%s%.16s", strcmp(unit, "%") == 0 ? "" : " ", unit);
    }
    return out;
}

char *hae_view_figure_time(char *out, size_t size, uint64_t unix_ns)
{
    time_t seconds = (time_t)(unix_ns / 1000000000U);
    struct tm tm;
    if (unix_ns == 0 || localtime_r(&seconds, &tm) == NULL) {
        snprintf(out, size, "-");
    } else {
        snprintf(out, size, "%02d:%02d:%02d.%03u", tm.tm_hour, tm.tm_min, tm.tm_sec,
                 (unsigned)(unix_ns / 1000000U % 1000U));
    }
    return out;
}

char *hae_view_figure_hex(char *out, size_t size, const uint8_t *bytes, size_t length)
{
    size_t fit = (size - 1) / 2;
    *hae_put_hex(out, bytes, length < fit ? length : fit) = '\0';
    return out;
}
