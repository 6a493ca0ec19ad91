/* SPDX-License-Identifier: Apache-2.0 */
/* Values by key: sets that never change, with references. A set is an array, so it keeps nothing of
 * the sets that it was made from. NULL is the empty one.
 * Specification: "Context". */
#ifndef HAETAE_CONTEXT_VALUES_H
#define HAETAE_CONTEXT_VALUES_H

#include "base/reference.h"
#include "haetae/context.h"

struct haetae_context_key {
    _Atomic size_t references;
    const char *name;
};

/* A key of the library's own: static, and never freed. */
#define HAE_CONTEXT_KEY(text)                                                                      \
    {                                                                                              \
        .references = 1, .name = (text)                                                            \
    }

struct hae_values;

/* A set with another value for a key; NULL `value`: without it. *ret_values may be NULL.
 * Ownership: as in haetae_context_with_value(). Errors: HAETAE_ENOMEM, HAETAE_ELIMIT. */
haetae_status hae_values_with(const struct hae_values *values, haetae_context_key *key, void *value,
                              void (*free_value)(void *value), struct hae_values **ret_values);

/* The value for a key; NULL: there is none. Async-signal-safe. */
void *hae_values_get(const struct hae_values *values, const haetae_context_key *key);

/* Another reference. Returns `values`. */
struct hae_values *hae_values_ref(const struct hae_values *values);

/* Gives one back. */
void hae_values_unref(struct hae_values *values);

/* Whether the caller's reference is the only one. */
bool hae_values_is_last(const struct hae_values *values);

#endif
