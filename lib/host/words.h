/* SPDX-License-Identifier: Apache-2.0 */
/* Words and numbers of a line. Each call moves *line behind what it has taken. */
#ifndef HAETAE_HOST_WORDS_H
#define HAETAE_HOST_WORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Takes a word, and replaces the space or tab behind it by a NUL. False: there is none. */
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

/* Reads a text that consists of digits only. False: it does not, or an int64_t cannot hold it. */
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

/* Takes up to `count` numbers; returns how many came before the first word that is none. */
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

/* Multiplies two numbers that are not negative. False: an int64_t cannot hold the product. */
static inline bool hae_product(int64_t a, int64_t b, int64_t *ret_product)
{
    return !__builtin_mul_overflow(a, b, ret_product);
}

#endif
