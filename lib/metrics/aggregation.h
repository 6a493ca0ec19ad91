/* SPDX-License-Identifier: Apache-2.0 */
/* What an aggregation is: how a stream's cells are made, written, added up and encoded.
 *
 * A new aggregation is one file with such a table, an id in layout.h, and a line in
 * aggregations.c. What the common streams do on the way of a recording call is inline
 * beside their tables (aggregation_sum.h, aggregation_histogram.h) and does not pass
 * through the pointers here. */
#ifndef HAETAE_METRICS_AGGREGATION_H
#define HAETAE_METRICS_AGGREGATION_H

#include <string.h>

#include "haetae/metrics.h"
#include "metrics/layout.h"

struct hae_stream;

/* A measurement; the stream's number_type says which member is set. */
union hae_number {
    int64_t int64;
    double real;
};

static inline uint64_t hae_number_bits(union hae_number value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* The buckets of two signs of an exponential histogram need most. */
enum { HAE_EXPONENTIAL_SIZE_MIN = 2, HAE_EXPONENTIAL_SIZE_MAX = 320 };
/* Two buckets at the lowest scale hold all finite doubles above 0. */
enum { HAE_EXPONENTIAL_SCALE_MIN = -11, HAE_EXPONENTIAL_SCALE_MAX = 20 };
/* What a stream has unless something else is asked for. */
enum { HAE_EXPONENTIAL_SIZE_DEFAULT = 160, HAE_EXPONENTIAL_SCALE_DEFAULT = 20 };
enum { HAE_POINT_WORDS_MAX = 8 + 2 * HAE_EXPONENTIAL_SIZE_MAX };
_Static_assert((int)HAE_POINT_WORDS_MAX >= 5 + HAETAE_BOUNDARIES_MAX,
               "a histogram's point has more words");

/* The value of a series at one moment, or what came in between two moments. What the words
 * mean, each aggregation says. */
struct hae_point {
    uint64_t start_unix_ns;
    uint64_t words[HAE_POINT_WORDS_MAX];
};

/* A data point that is to be encoded. */
struct hae_data_point {
    const struct hae_stream_data *stream;
    const double *boundaries;
    const uint8_t *attributes; /* as fields, ready */
    size_t attributes_size_bytes;
    uint64_t time_unix_ns;
    const struct hae_point *point;
};

/* Whether there are `size_bytes` of the region's heap at a distance from a place in the region; the
 * distance wraps around. */
typedef bool (*hae_holds_callback)(void *user, const void *from, uint64_t distance,
                                   uint64_t size_bytes);

struct hae_aggregation {
    uint8_t id;               /* a hae_aggregation_id, which a region keeps         */
    uint8_t data_field;       /* of a Metric: where the points are                  */
    uint8_t attributes_field; /* of a data point; so is the next one                */
    uint8_t exemplars_field;
    bool has_lane_cells;  /* false: all threads write the shared cell           */
    bool has_temporality; /* false: a point stands for its moment alone         */

    /* ---- Cells. `shared`: the series' shared cell, not a lane's. ---- */
    size_t (*cell_size)(const struct hae_stream_data *stream, bool shared);
    /* Makes a cell of zeroes one that nothing was recorded into. NULL: it is one. */
    void (*cell_init)(void *cell);
    /* Before a shared cell that no thread uses is made again: keeps for the stream what it leads
     * to. NULL: it leads nowhere. */
    void (*cell_leave)(const struct hae_stream *stream, void *cell);
    /* How many bytes of scratch memory each lane with such cells has for all of them, and tells a
     * lane's cell where they are. 0 and NULL: none. */
    size_t scratch_size_bytes;
    void (*give_scratch)(void *cell, void *scratch);
    /* Whether all that a cell leads to is in the heap. NULL: it leads nowhere. */
    bool (*cell_valid)(const struct hae_stream_data *stream, const void *cell, bool shared,
                       hae_holds_callback holds, void *user);
    /* Folds a measurement into a lane's cell. Only the lane's owner calls this. False, here and
     * below: it is refused, counted, and in no cell. */
    bool (*record)(const struct hae_stream *stream, void *cell, union hae_number value);
    /* Folds it into the series' shared cell, and marks the series as started. Any thread. */
    bool (*record_shared)(const struct hae_stream *stream, struct hae_series *series,
                          union hae_number value);

    /* ---- Points. Only readers call these. ---- */
    /* How many words a point has. NULL: one. */
    size_t (*point_word_count)(const struct hae_stream_data *stream);
    /* Makes a point of zeroes one of no cell. NULL: it is one. */
    void (*point_init)(struct hae_point *point);
    /* Adds one cell to a point, while threads record into it. */
    void (*merge)(const struct hae_stream_data *stream, const void *cell, bool shared,
                  struct hae_point *point);
    /* Whether there is anything to report. NULL: always. */
    bool (*has_value)(const struct hae_point *point);
    /* Takes away from a point what was there at an earlier moment: its words then. False:
     * nothing came since. NULL where has_temporality is false. */
    bool (*subtract)(const struct hae_stream_data *stream, struct hae_point *point,
                     const uint64_t *earlier);

    /* ---- Encoding ---- */
    size_t (*encoded_size)(const struct hae_data_point *data);
    /* Writes as many bytes; returns where they end. */
    uint8_t *(*encode)(uint8_t *at, const struct hae_data_point *data);
    /* Writes what follows the points, at most HAE_DATA_TAIL_MAX bytes. NULL: nothing. */
    uint8_t *(*encode_tail)(uint8_t *at, const struct hae_stream_data *stream, uint8_t temporality);
};

enum { HAE_DATA_TAIL_MAX = 4 };

/* Makes a cell one that nothing was recorded into. No other thread uses it. */
static inline void hae_cell_init(const struct hae_aggregation *aggregation,
                                 const struct hae_stream_data *stream, void *cell, bool shared)
{
    memset(cell, 0, aggregation->cell_size(stream, shared));
    if (aggregation->cell_init != NULL) {
        aggregation->cell_init(cell);
    }
}

/* The same for a lane's. `own` is what the lane keeps, with the scratch if there is one. */
static inline void hae_lane_cell_init(const struct hae_aggregation *aggregation,
                                      const struct hae_stream_data *stream,
                                      struct hae_region *region, const struct hae_lane_metrics *own,
                                      void *cell)
{
    hae_cell_init(aggregation, stream, cell, false);
    if (aggregation->give_scratch != NULL) {
        aggregation->give_scratch(cell, hae_region_at(region, own->scratch));
    }
}

static inline size_t hae_point_word_count(const struct hae_aggregation *aggregation,
                                          const struct hae_stream_data *stream)
{
    return aggregation->point_word_count != NULL ? aggregation->point_word_count(stream) : 1;
}

#endif
