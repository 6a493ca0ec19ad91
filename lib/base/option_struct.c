/* SPDX-License-Identifier: Apache-2.0 */
#include "base/option_struct.h"

#include <string.h>

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool any_set(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != 0) {
            return true;
        }
    }
    return false;
}

enum hae_option_struct hae_option_struct_read(void *ret_known, size_t known_size, const void *given,
                                              size_t size_v1)
{
    size_t given_size;
    size_t common;

    memcpy(&given_size, given, sizeof given_size);
    if (!hae_option_struct_valid(given_size, size_v1)) {
        return HAE_OPTION_STRUCT_REJECTED;
    }
    common = lesser(given_size, known_size);
    memcpy(ret_known, given, common);
    memset((unsigned char *)ret_known + common, 0, known_size - common);
    return any_set((const unsigned char *)given + common, given_size - common)
               ? HAE_OPTION_STRUCT_NEWER
               : HAE_OPTION_STRUCT_KNOWN;
}

void hae_option_struct_write(void *ret_given, const void *known, size_t known_size)
{
    unsigned char *to = ret_given;
    size_t given_size;
    size_t common;

    memcpy(&given_size, ret_given, sizeof given_size);
    common = lesser(given_size, known_size);
    memcpy(to + sizeof given_size, (const unsigned char *)known + sizeof given_size,
           common - sizeof given_size);
    memset(to + common, 0, given_size - common);
}
