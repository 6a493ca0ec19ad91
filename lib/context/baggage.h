/* SPDX-License-Identifier: Apache-2.0 */
/* Baggage: one block of memory for each, with the entries, their texts and the header, which is
 * written when the baggage is made. So injecting it neither allocates nor needs room.
 * Specification: "Baggage API". */
#ifndef HAETAE_CONTEXT_BAGGAGE_H
#define HAETAE_CONTEXT_BAGGAGE_H

#include "base/reference.h"
#include "context/baggage_entry.h"
#include "haetae/baggage.h"

struct haetae_baggage {
    _Atomic size_t references;
    size_t count;
    haetae_string header;
    struct hae_baggage_entry entries[];
};

/* A baggage of copies of entries whose names differ; NULL for none. Output untouched on failure.
 * Errors: HAETAE_ENOMEM, HAETAE_ELIMIT. */
haetae_status hae_baggage_of(const struct hae_baggage_entry *entries, size_t count,
                             haetae_baggage **ret_baggage);

/* The key of the baggage in a context. */
extern haetae_context_key hae_baggage_key;

#endif
