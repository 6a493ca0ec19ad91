/* SPDX-License-Identifier: Apache-2.0 */
/* Text with every kind of ill-formed UTF-8, and what another implementation makes of it:
 * the second column is Python's bytes.decode("utf-8", "replace"), encoded again. */
#ifndef HAETAE_TESTS_SUPPORT_CORE_UTF8_H
#define HAETAE_TESTS_SUPPORT_CORE_UTF8_H

#include <stddef.h>

static const struct core_utf8_case {
    const char *text;
    size_t length;
    const char *repaired;
    size_t repaired_length;
} core_utf8_cases[] = {
    {"\x80", 1, "\xEF\xBF\xBD", 3},
    {"\xBF\xBF", 2, "\xEF\xBF\xBD\xEF\xBF\xBD", 6},
    {"\xC0\xAF", 2, "\xEF\xBF\xBD\xEF\xBF\xBD", 6},
    {"\xC1\xBF", 2, "\xEF\xBF\xBD\xEF\xBF\xBD", 6},
    {"\xC2", 1, "\xEF\xBF\xBD", 3},
    {"\xC2\x41", 2, "\xEF\xBF\xBD\x41", 4},
    {"\xDF\xBF", 2, "\xDF\xBF", 2},
    {"\xE0\x80\xAF", 3, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 9},
    {"\xE0\x9F\xBF", 3, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 9},
    {"\xE0\xA0", 2, "\xEF\xBF\xBD", 3},
    {"\xE2\x82", 2, "\xEF\xBF\xBD", 3},
    {"\xE2\x82\x41", 3, "\xEF\xBF\xBD\x41", 4},
    {"\xE2\x41\x82", 3, "\xEF\xBF\xBD\x41\xEF\xBF\xBD", 7},
    {"\xED\xA0\x80", 3, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 9},
    {"\xED\xBF\xBF", 3, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 9},
    {"\xED\xA0\x80\xED\xB0\x80", 6,
     "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 18},
    {"\xEF\xBF\xBD", 3, "\xEF\xBF\xBD", 3},
    {"\xEF\xBB\xBF", 3, "\xEF\xBB\xBF", 3},
    {"\xF0\x80\x80\xAF", 4, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 12},
    {"\xF0\x8F\xBF\xBF", 4, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 12},
    {"\xF0\x90\x80", 3, "\xEF\xBF\xBD", 3},
    {"\xF0\x9F\x94", 3, "\xEF\xBF\xBD", 3},
    {"\xF0\x9F\x94\x41", 4, "\xEF\xBF\xBD\x41", 4},
    {"\xF0\x9F\x94\xA5", 4, "\xF0\x9F\x94\xA5", 4},
    {"\xF4\x8F\xBF\xBF", 4, "\xF4\x8F\xBF\xBF", 4},
    {"\xF4\x90\x80\x80", 4, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 12},
    {"\xF5\x80\x80\x80", 4, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 12},
    {"\xF8\x88\x80\x80\x80", 5, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 15},
    {"\xFE\xFF", 2, "\xEF\xBF\xBD\xEF\xBF\xBD", 6},
    {"\x61\xFF\x62", 3, "\x61\xEF\xBF\xBD\x62", 5},
    {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", 9,
     "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\x41", 13},
};
enum { CORE_UTF8_CASES = sizeof core_utf8_cases / sizeof core_utf8_cases[0] };

/* Bytes at the borders of the valid ranges. The hash and the count below are of all strings
 * of 1 to 4 of these bytes, in ascending order of positions, each repaired by Python and
 * followed by a line feed: the FNV-1a hash, and the number of ill-formed strings. */
static const unsigned char core_utf8_borders[] = {
    0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
    0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
enum { CORE_UTF8_BORDERS = sizeof core_utf8_borders };

static const struct {
    unsigned long long hash;
    unsigned ill_formed_count;
} core_utf8_expected[] = {{0x5746b4f2101c85d9, 22},
                          {0x6d2412024e6c5c95, 604},
                          {0x3012c7701387791f, 15346},
                          {0x2e00705b7e282a71, 388348}};

#endif
