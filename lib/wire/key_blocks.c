/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/key_blocks.h"

static bool key_is_plain(const haetae_string *keys, size_t index)
{
    haetae_string key = keys[index];

    if (!hae_key_valid(key) || key.length > HAE_BLOCK_KEY_MAX ||
        !hae_utf8_valid((const uint8_t *)key.data, key.length)) {
        return false;
    }
    for (size_t i = 0; i < index; i++) {
        if (hae_string_same(keys[i], key)) {
            return false;
        }
    }
    return true;
}

bool hae_keys_plain(const haetae_string *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!key_is_plain(keys, i)) {
            return false;
        }
    }
    return true;
}

uint8_t *hae_put_key_blocks(uint8_t *at, const uint8_t *end, unsigned field,
                            const haetae_string *keys, size_t count)
{
    if (count > HAE_BLOCK_KEYS_MAX || !hae_keys_plain(keys, count)) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        size_t length = keys[i].length;

        if ((size_t)(end - at) < 1 + HAE_BLOCK_AROUND + length + HAE_BLOCK_PIECE) {
            return NULL;
        }
        *at++ = (uint8_t)(HAE_BLOCK_AROUND + length);
        *at++ = HAE_TAG(field, HAE_WIRE_LENGTH);
        *at++ = 0;
        *at++ = HAE_TAG(HAE_OTLP_KEY_VALUE_KEY, HAE_WIRE_LENGTH);
        *at++ = (uint8_t)length;
        memcpy(at, keys[i].data, length);
        at += length;
        *at++ = HAE_TAG(HAE_OTLP_KEY_VALUE_VALUE, HAE_WIRE_LENGTH);
        *at++ = 0;
    }
    return at;
}
