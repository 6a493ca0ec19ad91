/* SPDX-License-Identifier: Apache-2.0 */
/* Making streams in the region. */
#ifndef HAETAE_METRICS_STREAM_INIT_H
#define HAETAE_METRICS_STREAM_INIT_H

#include "metrics/stream.h"

enum { HAE_STREAMS_PER_INSTRUMENT_MAX = 16 };

/* A text as a field of a Metric message; 0 bytes: it is empty. */
struct hae_metric_text {
    const uint8_t *field;
    uint32_t size_bytes;
};

enum { HAE_TEXT_NAME, HAE_TEXT_DESCRIPTION, HAE_TEXT_UNIT, HAE_TEXT_COUNT };

/* What a stream is to be. The boundaries and texts are copied; the filter is borrowed for as
 * long as the recorder takes measurements. */
struct hae_stream_options {
    const struct hae_aggregation *aggregation; /* NULL: what each reader wants */
    const struct hae_key_filter *filter;       /* NULL: keeps every attribute  */
    const double *boundaries;                  /* of a histogram; NULL: the defaults */
    uint32_t boundary_count;
    uint32_t series_limit; /* without the overflow series; 0: what each reader wants */
    uint32_t readers;      /* bit set by their indices: who reports it               */
    struct hae_metric_text texts[HAE_TEXT_COUNT];
    bool only_pulled;    /* no reader exports it: it is not recovered */
    bool omits_extremes; /* of a histogram: points have no minimum and maximum */
    uint16_t scope;
    uint8_t kind; /* of the instrument */
    uint8_t number_type;
    uint16_t max_size; /* exponential: HAE_EXPONENTIAL_SIZE_MIN to HAE_EXPONENTIAL_SIZE_MAX   */
    int8_t max_scale;  /* likewise: HAE_EXPONENTIAL_SCALE_MIN to HAE_EXPONENTIAL_SCALE_MAX    */
    struct hae_reservoir_plan reservoir; /* all zero: the default one */
    double zero_threshold; /* exponential: values up to it, of either sign, count as 0; 0 or more */
};

/* The streams of a region, to which new ones are added. */
struct hae_stream_list {
    struct hae_recorder *recorder;
    struct hae_metrics_budget budget;
    struct hae_exemplar_pool exemplars;
    struct hae_unused *unused; /* the provider's */
    _Atomic uint64_t *last;    /* where the region's list goes on */
    uint32_t count;
};

/* Begins with a recorder without streams; the table of series has its memory already. */
void hae_stream_list_init(struct hae_stream_list *list, struct hae_recorder *recorder,
                          struct hae_unused *unused);

/* Makes a stream at the end of the list. The caller holds the provider's lock.
 * Errors: HAETAE_ELIMIT (the region's heap), HAETAE_ENOMEM. */
haetae_status hae_stream_init(struct hae_stream *stream, struct hae_stream_list *list,
                              const struct hae_stream_options *options);

/* Frees what does not lie in the region. */
void hae_stream_done(struct hae_stream *stream);

/* In a forked child, one after the other: the stream is as if nothing had been recorded into it.
 * Of its series that can be given back, the child has those that the caller keeps in between:
 * which of the others are whole, the copy of a region does not tell. Async-signal-safe; no other
 * thread uses the region. */
void hae_stream_begin_reinit(struct hae_stream *stream);
void hae_stream_reinit(struct hae_stream *stream);

#endif
