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
    haetae_span_context span;       /* all zero: none */
    haetae_trace_state trace_state; /* W3C, of `span`; empty: none */
    haetae_string carrier_text;     /* of the tracestate, where the carrier has it in one value */
};

/* How the headers of a request are read: by one of the two functions; the other is NULL. */
struct hae_headers {
    haetae_carrier_get get;
    haetae_carrier_get_all get_all;
    void *carrier;
};

/* Value number `index` of a header; NULL: there are no more. Valid until the next call. */
static inline const char *hae_header(const struct hae_headers *headers, const char *key,
                                     size_t index)
{
    if (headers->get_all != NULL) {
        return headers->get_all(headers->carrier, key, index);
    }
    return index == 0 ? headers->get(headers->carrier, key) : NULL;
}

struct hae_propagator {
    const char *name;          /* as the specification has it for OTEL_PROPAGATORS */
    const char *const *fields; /* the headers that inject may set; NULL ends the list */

    /* Sets the headers for what it knows of `carried`; none when that is not there. */
    void (*inject)(const struct hae_carried *carried, haetae_carrier_set set, void *carrier);

    /* Reads its headers, and fills *carried, which is all zero before. `carrier_text` in it is the
     * carrier's: it is valid until the next header is read.
     * Errors: HAETAE_EFORMAT (absent or malformed); *carried is unchanged then. */
    haetae_status (*extract)(const struct hae_headers *headers, struct hae_carried *carried);
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
                                      const struct hae_headers *headers,
                                      struct hae_carried *ret_carried);

#endif
