/* SPDX-License-Identifier: Apache-2.0 */
/* Mixing for hashes of tables in memory. They are not kept anywhere and defend against
 * nobody: a table that is attacked is bounded by its cardinality limit. */
#ifndef HAE_BASE_HASH_H
#define HAE_BASE_HASH_H

#include "base/bytes.h"

static inline uint64_t hae_mix64(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0x9FB21C651E98DF25);
    x ^= x >> 28;
    return x;
}

#endif
