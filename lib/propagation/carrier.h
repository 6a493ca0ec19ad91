/* SPDX-License-Identifier: Apache-2.0 */
/* Carriers, by the functions of haetae_carrier_ops or by one of the three in haetae/context.h. */
#ifndef HAETAE_PROPAGATION_CARRIER_H
#define HAETAE_PROPAGATION_CARRIER_H

#include "haetae/propagation.h"

/* Headers of one name that are read, at most. */
enum { HAE_HEADER_VALUES_MAX = 256 };

/* How headers are read: by the functions of `ops`, or by one of the others. */
struct hae_getter {
    const haetae_carrier_ops *ops;
    haetae_carrier_get get;
    haetae_carrier_get_all get_all;
    void *carrier;
};

/* How headers are set: by ops->set(), or by `set`. */
struct hae_setter {
    const haetae_carrier_ops *ops;
    haetae_carrier_set set;
    void *carrier;
};

/* Value number `index` of a header. False: there are no more. Valid until the next call. */
bool hae_header(const struct hae_getter *getter, const char *key, size_t index,
                haetae_string *ret_value);

/* The only value of a header; false: there is none, or more than one. */
bool hae_header_only(const struct hae_getter *getter, const char *key, haetae_string *ret_value);

/* The next header whose name begins with a prefix, from number *index on, which moves behind it:
 * what follows the prefix, in the carrier's text. Case does not matter, and - is the same as _, as
 * it is in environment variables. False: there are no more. */
bool hae_header_with_prefix(const struct hae_getter *getter, const char *prefix, size_t *index,
                            haetae_string *ret_rest);

/* The longest name of a header that hae_header_named() and hae_set_header_named() take. */
enum { HAE_HEADER_NAME_MAX = 255 };

/* A value of the header whose name is a prefix and a rest. */
bool hae_header_named(const struct hae_getter *getter, const char *prefix, haetae_string rest,
                      haetae_string *ret_value);
void hae_set_header_named(const struct hae_setter *setter, const char *prefix, haetae_string rest,
                          haetae_string value);

/* Sets a header. `value` ends with NUL. */
void hae_set_header(const struct hae_setter *setter, const char *key, haetae_string value);

/* The functions of a getter and a setter as a haetae_carrier_ops, whose carrier is the struct. */
extern const haetae_carrier_ops hae_getter_ops;
extern const haetae_carrier_ops hae_setter_ops;

#endif
