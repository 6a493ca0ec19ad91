/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/default.h"

#include "propagation/formats.h"

/* NULL: the usual one. A propagator that was here is never freed, so readers need no lock. */
static _Atomic(const haetae_propagator *) in_use;
static _Atomic bool is_chosen; /* by the program */

const haetae_propagator *haetae_default_propagator(void)
{
    /* Acquire pairs with the release in set(): what it points to is complete. */
    const haetae_propagator *propagator = atomic_load_explicit(&in_use, memory_order_acquire);

    return propagator != NULL ? propagator : hae_propagator_usual();
}

static void set(haetae_propagator *propagator)
{
    if (propagator != NULL) {
        hae_propagator_keep(propagator);
    }
    /* Release pairs with the acquire in haetae_default_propagator(). */
    atomic_store_explicit(&in_use, propagator, memory_order_release);
}

void haetae_set_default_propagator(const haetae_propagator *propagator)
{
    /* Relaxed: a start of an SDK beside this call may come before or after it. */
    atomic_store_explicit(&is_chosen, true, memory_order_relaxed);
    set((haetae_propagator *)(uintptr_t)propagator); /* only its count changes */
}

void hae_propagator_suggest(haetae_propagator *propagator)
{
    /* Relaxed: as above. */
    if (!atomic_load_explicit(&is_chosen, memory_order_relaxed)) {
        set(propagator);
    }
}
