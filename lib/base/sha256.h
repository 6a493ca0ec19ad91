/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4). */
#ifndef HAETAE_BASE_SHA256_H
#define HAETAE_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { HAE_SHA256_BYTES = 32 };

struct hae_sha256 {
    uint32_t state[8];
    uint64_t size_bytes;
    uint8_t block[64];
};

void hae_sha256_begin(struct hae_sha256 *sha);
void hae_sha256_add(struct hae_sha256 *sha, const void *data, size_t size_bytes);
void hae_sha256_end(struct hae_sha256 *sha, uint8_t ret_digest[HAE_SHA256_BYTES]);

#endif
