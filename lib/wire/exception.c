/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/exception.h"

#include "wire/text.h"

size_t hae_exception_attributes(const haetae_exception *exception,
                                haetae_attribute ret_attributes[HAE_EXCEPTION_ATTRIBUTES])
{
    static const char *const keys[] = {"exception.type", "exception.message",
                                       "exception.stacktrace"};
    const haetae_string *const parts[] = {&exception->type, &exception->message,
                                          &exception->stacktrace};
    size_t count = 0;

    for (int i = 0; i < HAE_EXCEPTION_ATTRIBUTES; i++) {
        if (hae_string_length(*parts[i]) != 0) {
            ret_attributes[count++] = haetae_attribute_of(keys[i], haetae_value_of(*parts[i]));
        }
    }
    return count;
}

bool hae_attributes_have(const haetae_attribute *attributes, size_t count, haetae_string key)
{
    size_t at = 0;

    while (at < count && !hae_string_same(attributes[at].key, key)) {
        at++;
    }
    return at < count;
}
