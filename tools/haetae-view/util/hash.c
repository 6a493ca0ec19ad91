/* SPDX-License-Identifier: Apache-2.0 */
#include "util/hash.h"

#include <string.h>

#include "base/random.h"

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static void sip_block(uint64_t v[4], uint64_t block)
{
    v[3] ^= block;
    sip_round(v);
    v[0] ^= block;
}

struct hae_view_hash_key hae_view_hash_key_new(void)
{
    struct hae_random random;
    hae_random_seed(&random);
    return (struct hae_view_hash_key){random.a, random.b};
}

uint64_t hae_view_hash(struct hae_view_hash_key key, const void *data, size_t length)
{
    uint64_t v[4] = {key.k0 ^ 0x736f6d6570736575U, key.k1 ^ 0x646f72616e646f6dU,
                     key.k0 ^ 0x6c7967656e657261U, key.k1 ^ 0x7465646279746573U};
    const unsigned char *p = data;
    size_t left = length;
    /* Host byte order: digests never leave the process. */
    for (; left >= 8; left -= 8, p += 8) {
        uint64_t block;
        memcpy(&block, p, 8);
        sip_block(v, block);
    }
    uint64_t last = (uint64_t)length << 56;
    for (size_t i = 0; i < left; i++) {
        last |= (uint64_t)p[i] << (8 * i);
    }
    sip_block(v, last);
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct hae_view_digest hae_view_digest(struct hae_view_hash_key key, const void *data,
                                       size_t length)
{
    struct hae_view_hash_key other = {key.k0 ^ 0x9e3779b97f4a7c15U, key.k1 ^ 0xbf58476d1ce4e5b9U};
    return (struct hae_view_digest){hae_view_hash(key, data, length),
                                    hae_view_hash(other, data, length)};
}
