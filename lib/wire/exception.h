/* SPDX-License-Identifier: Apache-2.0 */
/* An exception as attributes, by the semantic conventions. */
#ifndef HAETAE_WIRE_EXCEPTION_H
#define HAETAE_WIRE_EXCEPTION_H

#include "haetae/types.h"

enum { HAE_EXCEPTION_ATTRIBUTES = 3 };

/* Makes attributes of type, message and stack trace, without those that are empty, and returns
 * their number. They point to the exception's text. */
size_t hae_exception_attributes(const haetae_exception *exception,
                                haetae_attribute ret_attributes[HAE_EXCEPTION_ATTRIBUTES]);

/* Whether a list has this key. */
bool hae_attributes_have(const haetae_attribute *attributes, size_t count, haetae_string key);

#endif
