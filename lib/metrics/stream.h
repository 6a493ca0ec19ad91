/* SPDX-License-Identifier: Apache-2.0 */
/* A stream as recording threads use it. What it has recorded lies in the region: see
 * layout.h. stream_init.h makes streams. */
#ifndef HAETAE_METRICS_STREAM_H
#define HAETAE_METRICS_STREAM_H

#include "haetae/exemplar.h"
#include "metrics/aggregation.h"
#include "metrics/budget.h"
#include "metrics/exemplar_pool.h"
#include "metrics/filter.h"
#include "recorder/recorder.h"

/* What reservoirs the series of a stream have. */
struct hae_reservoir_plan {
    uint8_t kind;                             /* a haetae_exemplar_reservoir */
    uint16_t place_count;                     /* 0: not decided yet          */
    const haetae_exemplar_reservoir_ops *ops; /* of a custom one; else NULL */
};

/* Constant once the stream's instrument can be found. The fields that every recording call
 * reads come first. */
struct hae_stream {
    struct hae_recorder *recorder;
    struct hae_region *region;
    struct hae_stream_data *data;
    const double *boundaries; /* in the region, like the data */
    uint32_t boundary_count;
    uint32_t reference;         /* of the data                         */
    uint32_t attachment_offset; /* see lane_ready.h                    */
    uint8_t number_type;        /* a haetae_number_type                */
    bool is_first;              /* of its instrument's streams         */
    uint8_t kind;               /* of the instrument, as in the data; as the next two */
    int8_t max_scale;
    uint16_t max_size;
    uint32_t slot_bias; /* of exponential buckets, see below */
    const struct hae_aggregation *aggregation;
    const struct hae_key_filter *filter; /* NULL: keeps every attribute         */
    uint32_t index;                      /* among all streams of its provider   */
    uint32_t readers;                    /* bit set by their indices: who reports it */
    struct hae_metrics_reserve *reserve; /* memory for its series; its own      */
    struct hae_exemplar_pool *exemplars; /* the provider's                      */
    struct hae_reservoir_plan reservoir;
    /* Whether its series are given back when they are not used. `unused` is there where those of
     * any stream of the provider are: the table is one. */
    bool gives_back;
    struct hae_unused *unused;
};

/* What is added to an index of exponential buckets so that none is below 0: about 2^31, and a
 * multiple of `max_size`. Streams keep it, as it takes a division. */
static inline uint32_t hae_exponential_slot_bias(uint32_t max_size)
{
    return max_size != 0 ? (UINT32_C(1) << 31) / max_size * max_size : 0;
}

/* A measurement of the stream as a double. */
static inline double hae_stream_real(const struct hae_stream *stream, union hae_number value)
{
    return stream->number_type == HAETAE_NUMBER_INT64 ? (double)value.int64 : value.real;
}

#endif
