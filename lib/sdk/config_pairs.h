/* SPDX-License-Identifier: Apache-2.0 */
/* Reads key=value,key=value with percent-encoding, as OTEL_RESOURCE_ATTRIBUTES
 * has it. Spaces around keys and values don't count, nor do empty members; a
 * value may contain "=".
 * Specification: "Specifying resource information via an environment variable". */
#ifndef HAETAE_SDK_CONFIG_PAIRS_H
#define HAETAE_SDK_CONFIG_PAIRS_H

#include "haetae/types.h"

enum hae_pair_step {
    HAE_PAIR_FOUND,
    HAE_PAIR_END,
    HAE_PAIR_NO_EQUALS,  /* a member without "="                   */
    HAE_PAIR_NO_KEY,     /* nothing before the "="                 */
    HAE_PAIR_BAD_ESCAPE, /* "%" without two hexadecimal digits     */
    HAE_PAIR_NOT_UTF8    /* once decoded                           */
};

struct hae_pair_reader {
    const char *rest;
    unsigned number; /* of the member read last, from 1 */
};

static inline struct hae_pair_reader hae_pairs_of(const char *text)
{
    struct hae_pair_reader reader = {text, 0};

    return reader;
}

/* Reads the next member. Its key and value are decoded into `buffer`, which has
 * room for as many bytes as the whole text, and stay until the next call. */
enum hae_pair_step hae_pair_next(struct hae_pair_reader *reader, char *buffer,
                                 haetae_string *ret_key, haetae_string *ret_value);

/* What is wrong, to follow "pair 3 ". */
const char *hae_pair_fault(enum hae_pair_step step);

#endif
