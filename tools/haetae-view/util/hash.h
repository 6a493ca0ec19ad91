/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-1-3: a keyed hash, so that a sender cannot choose data that collides. */
#ifndef HAETAE_VIEW_UTIL_HASH_H
#define HAETAE_VIEW_UTIL_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hae_view_hash_key {
    uint64_t k0;
    uint64_t k1;
};

/* 128 bits: equal digests mean equal data. */
struct hae_view_digest {
    uint64_t low;
    uint64_t high;
};

/* A key from the system's random numbers. */
struct hae_view_hash_key hae_view_hash_key_new(void);

uint64_t hae_view_hash(struct hae_view_hash_key key, const void *data, size_t length);

struct hae_view_digest hae_view_digest(struct hae_view_hash_key key, const void *data,
                                       size_t length);

#endif
