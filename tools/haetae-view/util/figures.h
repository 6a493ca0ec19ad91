/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people read them: three significant digits and a unit.
 * Each function writes at most `size` bytes with the NUL and returns `out`. */
#ifndef HAETAE_VIEW_UTIL_FIGURES_H
#define HAETAE_VIEW_UTIL_FIGURES_H

#include <stddef.h>
#include <stdint.h>

/* Enough for every function here. */
#define HAE_VIEW_FIGURE_SIZE 64

/* 1234567 as "1,234,567". */
char *hae_view_figure_count(char *out, size_t size, uint64_t count);

/* Nanoseconds as "812 ns", "4.12 ms", "1.02 s", "1m 23s", "2h 05m". */
char *hae_view_figure_duration(char *out, size_t size, double ns);

/* Bytes as "512 B", "1.21 MiB". */
char *hae_view_figure_bytes(char *out, size_t size, double bytes);

/* A rate per second: "0", "0.42", "41.2", "1,234". */
char *hae_view_figure_rate(char *out, size_t size, double per_second);

/* part of whole: "2.31%"; "-" when whole is 0. */
char *hae_view_figure_percent(char *out, size_t size, uint64_t part, uint64_t whole);

/* A plain number: integers with separators, others with four digits. */
char *hae_view_figure_number(char *out, size_t size, double value);

/* A measured value with its UCUM unit: "s", "ms", "us", "ns" become a duration,
 * "By" a size, "1" and annotations such as "{request}" no unit at all. */
char *hae_view_figure_value(char *out, size_t size, double value, const char *unit);

/* Local time of day, "02:13:40.123"; "-" for 0. */
char *hae_view_figure_time(char *out, size_t size, uint64_t unix_ns);

/* 16 or 8 bytes as hexadecimal digits. */
char *hae_view_figure_hex(char *out, size_t size, const uint8_t *bytes, size_t length);

#endif
