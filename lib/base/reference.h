/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of references to objects that never change once they are shared. */
#ifndef HAETAE_BASE_REFERENCE_H
#define HAETAE_BASE_REFERENCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static inline void hae_reference_take(_Atomic size_t *count)
{
    /* Relaxed: a caller that takes a reference holds one already, or got the object from a caller
     * that does. */
    atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

/* True: it was the last, and the caller frees the object. */
static inline bool hae_reference_drop(_Atomic size_t *count)
{
    /* Release pairs with the acquire in hae_reference_drop() of the thread that frees: it sees the
     * end of every use. */
    return atomic_fetch_sub_explicit(count, 1, memory_order_acq_rel) == 1;
}

#endif
