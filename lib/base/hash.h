/* SPDX-License-Identifier: Apache-2.0 */
/* Mixes the bits of hashes for tables in memory. The hashes are not stored, and do not
 * resist an attacker: a table's cardinality limit bounds what an attack can do. */
#ifndef HAETAE_BASE_HASH_H
#define HAETAE_BASE_HASH_H

#include "base/bytes.h"

static inline uint64_t hae_mix64(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0x9FB21C651E98DF25);
    x ^= x >> 28;
    return x;
}

#endif
