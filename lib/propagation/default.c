/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/default.h"

#include "propagation/formats.h"

/* The address of a propagator, 0 for the usual one; and a bit that the program chose it. One word,
 * so that a start never replaces what the program chose at the same moment. A propagator that was
 * here is never freed, so readers need no lock. */
static _Atomic uintptr_t in_use;
enum { CHOSEN = 1 };
_Static_assert(_Alignof(haetae_propagator) > CHOSEN, "the bit is not one of an address");

const haetae_propagator *haetae_default_propagator(void)
{
    /* Acquire pairs with the releases below: what it points to is complete. */
    uintptr_t word = atomic_load_explicit(&in_use, memory_order_acquire) & ~(uintptr_t)CHOSEN;

    return word != 0 ? (const haetae_propagator *)word : hae_propagator_usual();
}

/* The word of a propagator, which is kept for good. */
static uintptr_t word_of(haetae_propagator *propagator)
{
    if (propagator != NULL) {
        hae_propagator_keep(propagator);
    }
    return (uintptr_t)propagator;
}

void haetae_set_default_propagator(const haetae_propagator *propagator)
{
    /* Only its count changes. */
    uintptr_t word = word_of((haetae_propagator *)(uintptr_t)propagator);

    /* Release pairs with the acquire in haetae_default_propagator(). */
    atomic_store_explicit(&in_use, word | CHOSEN, memory_order_release);
}

void hae_propagator_suggest(haetae_propagator *propagator)
{
    /* Relaxed: it is looked at for the bit alone. */
    uintptr_t before = atomic_load_explicit(&in_use, memory_order_relaxed);

    if ((before & CHOSEN) != 0) {
        return;
    }
    /* Release pairs with the acquire in haetae_default_propagator(). */
    while (!atomic_compare_exchange_weak_explicit(&in_use, &before, word_of(propagator),
                                                  memory_order_release, memory_order_relaxed)) {
        if ((before & CHOSEN) != 0) {
            return;
        }
    }
}
