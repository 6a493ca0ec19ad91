/* SPDX-License-Identifier: Apache-2.0 */
/* Words and numbers of a line. A line is read from its start on: each call takes what it returns
 * off the line. */
#ifndef HAETAE_HOST_WORDS_H
#define HAETAE_HOST_WORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Takes a word, up to a space or tab, which a NUL replaces. False: there is none. */
static inline bool hae_word_take(char **line, char **ret_word)
{
    char *word = *line + strspn(*line, " \t");
    char *end = word + strcspn(word, " \t");

    if (end == word) {
        return false;
    }
    *line = end;
    if (*end != '\0') {
        *end = '\0';
        (*line)++;
    }
    *ret_word = word;
    return true;
}

/* A whole text as a number that an int64_t can hold: digits only. */
static inline bool hae_number_of(const char *text, int64_t *ret_number)
{
    int64_t number = 0;

    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || number > (INT64_MAX - (*text - '0')) / 10) {
            return false;
        }
        number = number * 10 + (*text - '0');
    }
    *ret_number = number;
    return true;
}

/* Takes words as numbers; returns how many, up to `count` or the first that is none. */
static inline unsigned hae_numbers_take(char **line, int64_t *ret_numbers, unsigned count)
{
    unsigned taken = 0;
    char *word;

    while (taken < count && hae_word_take(line, &word) &&
           hae_number_of(word, &ret_numbers[taken])) {
        taken++;
    }
    return taken;
}

/* The product of two numbers that are not negative. False: an int64_t does not hold it. */
static inline bool hae_product(int64_t a, int64_t b, int64_t *ret_product)
{
    return !__builtin_mul_overflow(a, b, ret_product);
}

#endif
