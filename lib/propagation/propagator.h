/* SPDX-License-Identifier: Apache-2.0 */
/* Propagators: how a context travels in the headers of a request. Each format is one: it implements
 * struct hae_format in a file of its own, and formats.c names it in its list. No format knows
 * another. A haetae_propagator is a list of formats. This layer may include lib/trace and what is
 * below it.
 * Specification: "Propagators API", "TextMap Propagator". */
#ifndef HAETAE_PROPAGATION_PROPAGATOR_H
#define HAETAE_PROPAGATION_PROPAGATOR_H

#include "base/reference.h"
#include "context/baggage_header.h"
#include "haetae/propagation.h"
#include "propagation/carrier.h"

/* The span context that travels with a request. */
struct hae_carried {
    haetae_span_context span;       /* all zero: none */
    haetae_trace_state trace_state; /* W3C, of `span`; empty: none */
    haetae_string carrier_text;     /* of the tracestate, where the carrier has it in one value */
    bool is_debug;                  /* B3 and Jaeger: the trace is to be kept at any cost */
};

/* What is injected. */
struct hae_injection {
    struct hae_carried carried;
    const haetae_baggage *baggage;
    const haetae_context *context; /* all of it, for formats of the program's own */
    struct hae_setter setter;
};

/* What has been extracted. */
struct hae_extraction {
    struct hae_getter getter;
    struct hae_carried carried;
    const haetae_context *base;         /* what it is added to; NULL: the current context */
    haetae_context *made;               /* the same, where a format of the program's made it */
    const haetae_baggage *replaced;     /* what was in the first `base`, where there is `made` */
    struct hae_baggage_reader *baggage; /* NULL: there was none */
    bool wants_baggage;
    bool wants_text; /* carried.carrier_text, which has to be valid at the end */
    bool no_memory;
};

struct hae_format {
    const char *name;           /* as the specification has it for OTEL_PROPAGATORS */
    const char *const *fields;  /* the headers that inject may set; NULL ends the list */
    const char *const *others;  /* further ones that extract reads; NULL: none */
    const char *const *baggage; /* those that carry baggage, not in `others`; NULL: none */
    const char *prefix;         /* of headers for entries of baggage; NULL: there are none */

    /* Sets the headers for what it knows of; none when that is not there. */
    void (*inject)(const struct hae_format *format, const struct hae_injection *injection);

    /* Reads its headers. A span context goes to *carried, which is all zero before; `carrier_text`
     * in it is the carrier's, and valid until the next header is read. Baggage goes to the reader
     * that hae_extraction_baggage() gives. Errors: HAETAE_EFORMAT (absent or malformed); *carried
     * is unchanged then. */
    haetae_status (*extract)(const struct hae_format *format, struct hae_extraction *extraction,
                             struct hae_carried *carried);
};

struct haetae_propagator {
    _Atomic size_t references; /* 0: it is static */
    size_t count;
    const struct hae_format *const *formats;
    haetae_propagator *const *parts; /* that it has references of, as many; NULL: none */
    haetae_propagator *next_kept;    /* in the list of those that are kept for good */
    _Atomic bool is_kept;
    void (*free)(haetae_propagator *propagator);
};

/* Calls each format in turn. */
void hae_formats_inject(const haetae_propagator *propagator, const struct hae_injection *injection);

/* The same: when two of them find a span context, the later one wins. HAETAE_OK when at least one
 * succeeded. Errors: HAETAE_EFORMAT. */
haetae_status hae_formats_extract(const haetae_propagator *propagator,
                                  struct hae_extraction *extraction);

/* Where a format puts baggage that it finds. NULL: it is not wanted, or memory is short. */
struct hae_baggage_reader *hae_extraction_baggage(struct hae_extraction *extraction);

/* The context that was extracted so far, with a reference for the caller. */
haetae_status hae_extraction_context(const struct hae_extraction *extraction,
                                     haetae_context **ret_context);

void hae_extraction_done(struct hae_extraction *extraction);

/* Keeps a propagator for good. */
void hae_propagator_keep(haetae_propagator *propagator);

/* What says in a context's values that the trace is to be kept at any cost. */
extern haetae_context_key hae_debug_key;

#endif
