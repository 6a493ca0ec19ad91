/* SPDX-License-Identifier: Apache-2.0 */
/* Instruments: what the API's handles point to, whatever their kind. */
#ifndef HAETAE_METRICS_INSTRUMENT_H
#define HAETAE_METRICS_INSTRUMENT_H

#include <pthread.h>

#include "metrics/bound.h"
#include "metrics/instrument_options.h"
#include "metrics/stream_init.h"

/* No measurement has this type. */
enum { HAE_INLINE_NONE = 0xFF };

/* An instrument has one stream, unless a view asks for other ones. One that keeps every
 * attribute, has the instrument's own aggregation and gives no series back is recorded into inline
 * (record.c); it is `first` then. The others, and instruments with several streams, take the way of
 * measure.c.
 * The fields that every recording call reads come first. */
struct hae_instrument {
    /* An integer below this, taken as unsigned, may be recorded inline by a counter or histogram:
     * 0 where none may. */
    uint64_t increments_below;
    uint8_t inline_type; /* the number_type, or HAE_INLINE_NONE */
    uint8_t kind;        /* a hae_instrument_kind */
    uint8_t number_type; /* a haetae_number_type  */
    /* While the current span has one of these trace flags, nothing is recorded inline, since a
     * measurement may become an exemplar. 0: nothing that is recorded inline may become one. */
    uint8_t exemplar_flags;
    uint8_t bound_type; /* as inline_type, of what is bound */
    uint32_t stream_count;
    struct hae_stream first;
    struct hae_stream *streams; /* stream_count; `first` if that is all */
    struct hae_recorder *recorder;
    const struct haetae_meter *meter;
    uint64_t made_unix_ns; /* or when a forked child began */
    const uint8_t *fields; /* name, description and unit as fields; in the same memory */
    struct hae_metric_texts texts;
    bool own_description; /* some stream has the instrument's description, not a view's */
    const struct hae_stream *own_boundaries; /* one that has its boundaries; or NULL */
    struct hae_key_filter *advised;          /* which attributes are kept by default; NULL: all */
    bool warned;           /* of a registration with other texts or boundaries; under the lock */
    pthread_mutex_t *lock; /* the provider's: of `bounds` */
    struct hae_bound *bounds;
    _Atomic(struct hae_instrument *) next; /* of the meter */
};

/* What increments_below is for an inline_type. */
static inline uint64_t hae_increments_below(uint8_t inline_type)
{
    return inline_type == HAETAE_NUMBER_INT64 ? UINT64_C(1) << 63 : 0;
}

struct haetae_counter {
    struct hae_instrument instrument;
};
struct haetae_up_down_counter {
    struct hae_instrument instrument;
};
struct haetae_gauge {
    struct hae_instrument instrument;
};
struct haetae_histogram {
    struct hae_instrument instrument;
};
struct haetae_observable {
    struct hae_instrument instrument;
};

/* What a new instrument is made of. */
struct hae_instrument_parts {
    struct hae_stream_list *list;
    pthread_mutex_t *lock;
    const struct haetae_meter *meter;
    struct hae_key_filter *advised; /* the instrument's, once it is made */
    const struct hae_stream_options *streams;
    uint32_t stream_count;
};

/* Makes an instrument and its streams. The caller holds the lock.
 * Errors: HAETAE_ENOMEM, HAETAE_ELIMIT (the region's heap). */
haetae_status hae_instrument_new(const struct hae_instrument_request *request,
                                 const struct hae_instrument_parts *parts,
                                 struct hae_instrument **ret_instrument);

haetae_string hae_instrument_name(const struct hae_instrument *instrument);
haetae_string hae_instrument_unit(const struct hae_instrument *instrument);

/* Whether an instrument has the name of a request, ignoring case; whether it has all else that
 * identifies it; and whether it has the rest, which does not. */
bool hae_instrument_same_name(const struct hae_instrument *instrument,
                              const struct hae_instrument_request *request);
bool hae_instrument_same_identity(const struct hae_instrument *instrument,
                                  const struct hae_instrument_request *request);
bool hae_instrument_same_description(const struct hae_instrument *instrument,
                                     const struct hae_instrument_request *request);
bool hae_instrument_same_boundaries(const struct hae_instrument *instrument,
                                    const struct hae_instrument_request *request);
bool hae_instrument_same_keys(const struct hae_instrument *instrument,
                              const struct hae_instrument_request *request);

/* In a forked child: the streams are as if nothing had been recorded. Async-signal-safe. */
void hae_instrument_reinit(struct hae_instrument *instrument);

/* Frees the instrument, and what is bound to it. What was recorded stays in the region. */
void hae_instrument_free(struct hae_instrument *instrument);

#endif
