/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a fuzzer's input, read as choices and numbers. Behind the end all are zero. */
#ifndef HAETAE_FUZZ_SUPPORT_INPUT_H
#define HAETAE_FUZZ_SUPPORT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fuzz_input {
    const uint8_t *at;
    const uint8_t *end;
};

static inline bool fuzz_more(const struct fuzz_input *input)
{
    return input->at != input->end;
}

static inline uint8_t fuzz_byte(struct fuzz_input *input)
{
    return input->at != input->end ? *input->at++ : 0;
}

/* A number below `limit`, which is at most 256. */
static inline unsigned fuzz_below(struct fuzz_input *input, unsigned limit)
{
    return fuzz_byte(input) % limit;
}

/* A number of any size: small ones take two bytes. */
static inline uint64_t fuzz_number(struct fuzz_input *input)
{
    unsigned size = fuzz_byte(input) % 9;
    uint64_t number = 0;

    while (size-- > 0) {
        number = number << 8 | fuzz_byte(input);
    }
    return number;
}

#endif
