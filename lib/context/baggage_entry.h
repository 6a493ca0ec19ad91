/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of a baggage, in an array. */
#ifndef HAETAE_CONTEXT_BAGGAGE_ENTRY_H
#define HAETAE_CONTEXT_BAGGAGE_ENTRY_H

#include "haetae/types.h"

/* Texts are never NULL. In a baggage they end with NUL. */
struct hae_baggage_entry {
    haetae_string name;
    haetae_string value;
    haetae_string metadata;
};

/* Where a name is; `count`: nowhere. */
size_t hae_baggage_find(const struct hae_baggage_entry *entries, size_t count, haetae_string name);

/* Puts an entry into an array of *count, which has room for one more, in place of one with the same
 * name. */
void hae_baggage_put(struct hae_baggage_entry *entries, size_t *count,
                     const struct hae_baggage_entry *entry);

#endif
