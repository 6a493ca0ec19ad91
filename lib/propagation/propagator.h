/* SPDX-License-Identifier: Apache-2.0 */
/* Propagators: how a context travels in the headers of a request. Each format is one: it
 * implements struct hae_propagator in a file of its own, and propagation.c names it in its
 * list. No propagator knows another. This layer may include lib/trace and what is below it.
 * Specification: "Propagators API", "TextMap Propagator". */
#ifndef HAETAE_PROPAGATION_PROPAGATOR_H
#define HAETAE_PROPAGATION_PROPAGATOR_H

#include <stddef.h>

#include "haetae/context.h"

/* What travels with a request. Values of the sender's context, such as baggage, are in
 * hae_context()->values. */
struct hae_carried {
    haetae_span_context span;  /* all zero: none */
    haetae_string trace_state; /* W3C, of `span`; empty: none. A NUL stands behind it */
};

struct hae_propagator {
    const char *name;          /* as the specification has it for OTEL_PROPAGATORS */
    const char *const *fields; /* the headers that inject may set; NULL ends the list */

    /* Sets the headers for what it knows of `carried`; none when that is not there. */
    void (*inject)(const struct hae_carried *carried, haetae_carrier_set set, void *carrier);

    /* Reads its headers, and fills *carried, which is all zero before. Text in it is the
     * carrier's: it is valid until the next call of `get`.
     * Errors: HAETAE_EFORMAT (absent or malformed); *carried is unchanged then. */
    haetae_status (*extract)(haetae_carrier_get get, void *carrier, struct hae_carried *carried);
};

/* ---- Several of them ------------------------------------------------------------------- */

struct hae_propagators {
    const struct hae_propagator *const *items;
    size_t count;
};

/* Calls each in turn. */
void hae_propagators_inject(const struct hae_propagators *propagators,
                            const struct hae_carried *carried, haetae_carrier_set set,
                            void *carrier);

/* Calls each in turn: when two of them find a span context, the later one wins. HAETAE_OK when
 * at least one succeeded. Errors: HAETAE_EFORMAT; *ret_carried is untouched then. */
haetae_status hae_propagators_extract(const struct hae_propagators *propagators,
                                      haetae_carrier_get get, void *carrier,
                                      struct hae_carried *ret_carried);

#endif
