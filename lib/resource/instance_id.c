/* SPDX-License-Identifier: Apache-2.0 */
#include "resource/instance_id.h"

#include "base/hex.h"

/* ---- SHA-1, RFC 3174 ---------------------------------------------------------------------- */

enum { BLOCK_BYTES = 64, DIGEST_WORDS = 5 };

struct sha1 {
    uint32_t state[DIGEST_WORDS];
    uint64_t length_bytes;
    uint8_t block[BLOCK_BYTES];
};

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

static void expand(const uint8_t *block, uint32_t words[80])
{
    for (int i = 0; i < 16; i++) {
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
                   (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    }
    for (int i = 16; i < 80; i++) {
        words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    }
}

static uint32_t mix(int round, const uint32_t *v)
{
    if (round < 20) {
        return ((v[1] & v[2]) | (~v[1] & v[3])) + UINT32_C(0x5A827999);
    }
    if (round < 40) {
        return (v[1] ^ v[2] ^ v[3]) + UINT32_C(0x6ED9EBA1);
    }
    if (round < 60) {
        return ((v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])) + UINT32_C(0x8F1BBCDC);
    }
    return (v[1] ^ v[2] ^ v[3]) + UINT32_C(0xCA62C1D6);
}

static void add_block(struct sha1 *sha)
{
    uint32_t words[80];
    uint32_t v[DIGEST_WORDS];

    expand(sha->block, words);
    memcpy(v, sha->state, sizeof v);
    for (int i = 0; i < 80; i++) {
        uint32_t next = rotate(v[0], 5) + mix(i, v) + v[4] + words[i];

        v[4] = v[3];
        v[3] = v[2];
        v[2] = rotate(v[1], 30);
        v[1] = v[0];
        v[0] = next;
    }
    for (int i = 0; i < DIGEST_WORDS; i++) {
        sha->state[i] += v[i];
    }
}

static void add_bytes(struct sha1 *sha, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    for (size_t i = 0; i < size; i++) {
        sha->block[sha->length_bytes++ % BLOCK_BYTES] = at[i];
        if (sha->length_bytes % BLOCK_BYTES == 0) {
            add_block(sha);
        }
    }
}

static void add_big_endian(struct sha1 *sha, uint64_t number)
{
    for (int shift = 56; shift >= 0; shift -= 8) {
        uint8_t byte = (uint8_t)(number >> shift);

        add_bytes(sha, &byte, 1);
    }
}

static void finish(struct sha1 *sha)
{
    static const uint8_t padding[BLOCK_BYTES] = {0x80};
    uint64_t bits = sha->length_bytes * 8;
    size_t used = (size_t)(sha->length_bytes % BLOCK_BYTES);

    add_bytes(sha, padding, used < 56 ? 56 - used : BLOCK_BYTES + 56 - used);
    add_big_endian(sha, bits);
}

/* ---- The UUID ------------------------------------------------------------------------------- */

static void put_uuid(const uint8_t bytes[16], char ret_id[HAE_INSTANCE_ID_BYTES])
{
    static const size_t groups[] = {4, 2, 2, 2, 6};
    char *at = ret_id;

    for (size_t i = 0; i < 5; i++) {
        if (i != 0) {
            *at++ = '-';
        }
        at = hae_put_hex(at, bytes, groups[i]);
        bytes += groups[i];
    }
    *at = '\0';
}

void hae_instance_id_of(const haetae_string *texts, size_t count,
                        char ret_id[HAE_INSTANCE_ID_BYTES])
{
    /* 4d63009a-8d0f-11ee-aad7-4c796ed8e320 */
    static const uint8_t name_space[16] = {0x4D, 0x63, 0x00, 0x9A, 0x8D, 0x0F, 0x11, 0xEE,
                                           0xAA, 0xD7, 0x4C, 0x79, 0x6E, 0xD8, 0xE3, 0x20};
    struct sha1 sha = {.state = {UINT32_C(0x67452301), UINT32_C(0xEFCDAB89), UINT32_C(0x98BADCFE),
                                 UINT32_C(0x10325476), UINT32_C(0xC3D2E1F0)}};
    uint8_t bytes[16];

    add_bytes(&sha, name_space, sizeof name_space);
    for (size_t i = 0; i < count; i++) {
        if (i != 0) {
            add_bytes(&sha, "", 1); /* so that texts that are cut elsewhere give another one */
        }
        add_bytes(&sha, texts[i].data, texts[i].length);
    }
    finish(&sha);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(sha.state[i / 4] >> (24 - i % 4 * 8));
    }
    bytes[6] = (uint8_t)((bytes[6] & 0x0F) | 0x50);
    bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80);
    put_uuid(bytes, ret_id);
}
