/* SPDX-License-Identifier: Apache-2.0 */
/* What metrics keep in the region's heap, so that it can be read back from there:
 *
 *   region -> streams (a list) -> series (a list each) -> cells
 *
 * Nothing of it is ever moved, nor is memory given back: a series that is not used any more may
 * become another one of its stream (unused.h). A reference is an offset in the region divided
 * by 8, so that it fits 32 bits; 0 leads nowhere.
 *
 * A stream is what one instrument reports under one name: with a set of keys, and with an
 * aggregation. Its measurements are folded into cells, those of one attribute set (a series)
 * into these: one cell for each lane that has recorded into the series, which only the lane's
 * owner writes, and one that all other threads share. The value of a series is what all its
 * cells hold together. */
#ifndef HAETAE_METRICS_LAYOUT_H
#define HAETAE_METRICS_LAYOUT_H

#include "base/bytes.h"
#include "recorder/region.h"

enum hae_instrument_kind {
    HAE_COUNTER = 1,
    HAE_UP_DOWN_COUNTER = 2,
    HAE_GAUGE = 3,
    HAE_HISTOGRAM = 4,
    HAE_OBSERVABLE_COUNTER = 5,
    HAE_OBSERVABLE_UP_DOWN_COUNTER = 6,
    HAE_OBSERVABLE_GAUGE = 7,
    HAE_INSTRUMENT_KIND_COUNT = 8 /* 0 is none */
};

/* How a stream folds measurements; aggregations.h has the operations. */
enum hae_aggregation_id {
    HAE_AGGREGATION_SUM = 1,
    HAE_AGGREGATION_LAST_VALUE = 2,
    HAE_AGGREGATION_HISTOGRAM = 3,
    HAE_AGGREGATION_EXPONENTIAL = 4,
    HAE_AGGREGATION_OBSERVED_SUM = 5
};

enum {
    HAE_METRIC_ATTRIBUTES_MAX = 1024,           /* of one set                     */
    HAE_METRIC_ATTRIBUTES_SIZE_MAX = 64 * 1024, /* bytes of one set on the wire   */
    HAE_LANES_PER_GROUP = 16,                   /* cells are found by lane groups */
    HAE_BOUNDARY_BLOCK = 4                      /* boundaries are searched so     */
};

/* Everything but the atomic fields is constant once the stream is in the list. */
struct hae_stream_data {
    _Atomic uint64_t next; /* offset of the stream made after this one */
    uint16_t scope;
    uint8_t kind;          /* a hae_instrument_kind  */
    uint8_t number_type;   /* a haetae_number_type   */
    uint32_t series_limit; /* without the overflow series */
    uint32_t boundary_count;
    uint32_t boundaries; /* reference to doubles, filled up with +infinity to whole blocks */
    uint32_t overflow;   /* reference to the series of what the others have no room for    */
    uint32_t fields_size_bytes;
    /* The list of series: a reference to the newest one in the low half, and in the
     * high half how many there are, the overflow series not among them. Adding a
     * series is one exchange of this word, so the limit is exact. */
    _Atomic uint64_t series;
    /* How many of these are in the series table as well. */
    _Atomic uint32_t series_tabled;
    uint8_t aggregation;    /* a hae_aggregation_id */
    uint8_t omits_extremes; /* of a histogram, not 0: points have no minimum and maximum */
    int8_t max_scale;       /* of an exponential histogram: where it begins */
    uint8_t only_pulled;    /* not 0: no reader exports it, so recovery leaves it out */
    uint16_t max_size;      /* of one: how many buckets either sign may have */
    uint8_t reserved[6];
    double zero_threshold; /* of one: values up to it, and down to its negative, count as 0 */
    uint8_t fields[];      /* name, description and unit as fields of a Metric */
};

/* What hae_series.use says, besides how many rounds it has not been used for: 0 of one that has
 * been since the last round, or that is never given back. */
#define HAE_SERIES_KEPT  UINT32_MAX       /* it is not to be given back              */
#define HAE_SERIES_ENDED (UINT32_MAX - 1) /* nobody uses it again, and some still look at it */
#define HAE_SERIES_FREE  (UINT32_MAX - 2) /* it is no series, but the place for one  */
#define HAE_SERIES_NEW   (UINT32_MAX - 3) /* a series if it is in the table, and unused */

/* A table finds the series of all streams by hash: heads of lists that are linked by
 * table_next. Everything but the atomic fields is constant once the series can be found, and until
 * it is free. In the stream's list it stays. */
struct hae_series {
    uint64_t hash;
    uint32_t next;               /* in the stream's list */
    _Atomic uint32_t table_next; /* of a free one: the next free one */
    uint32_t stream;             /* reference */
    uint32_t attribute_count;
    uint32_t attributes; /* reference to KeyValue fields, ready for a data point */
    uint16_t room;       /* of one that may be given back: words for attributes and `kept` */
    uint16_t group_count;
    uint32_t attributes_size_bytes;
    uint32_t shared;            /* reference to the shared cell */
    uint32_t kept;              /* reference to a hae_kept_attribute each; 0 if not all are plain */
    _Atomic uint32_t reservoir; /* of this process alone: see exemplar_pool.h; 0: none */
    _Atomic uint32_t use;       /* see above */
    uint32_t life;              /* how often it was another series before */
    /* When the first measurement came; 0: none yet, and nothing to report. */
    _Atomic uint64_t start_unix_ns;
    /* References to groups: HAE_LANES_PER_GROUP references to cells, by lane. */
    _Atomic uint32_t groups[];
};

/* A plain value in three words, so that most comparisons are three of them. No value has the
 * shape 0. */
struct hae_plain_value {
    uint64_t shape; /* the haetae_value_type, and above 8 bits the length of text */
    uint64_t first; /* the first 8 bytes of text; shorter text, or a number's 64 bits */
    uint64_t last;  /* the last 8 bytes of text, or 0 */
};

/* A plain attribute of a series, split up for comparisons. Its text lies in the fields
 * that `attributes` leads to: `key` and `value` are offsets there. */
struct hae_kept_attribute {
    struct hae_plain_value plain;
    uint16_t key;
    uint16_t key_length;
    uint16_t value;
    uint16_t reserved;
};

/* A lane's cell of a sum is one 64-bit word, an integer or a double's bits. A last value has
 * no lanes' cells: the latest write of any thread wins. The shared cell: */
struct hae_number_cell {
    /* Integers, and last values, use the first word alone. Doubles are added to either:
     * a thread that finds one contended tries the other. Of an observed value the first word is
     * the value, and the other one says whether it is reported: observed.h. */
    _Atomic uint64_t word[2];
};

/* A histogram's cell. The count is the sum of the buckets, so that the two always
 * agree. Sum, minimum and maximum are doubles' bits. */
struct hae_histogram_cell {
    union {
        _Atomic uint64_t sequence; /* a lane's: odd while its owner changes it */
        _Atomic uint64_t sum_too;  /* the shared one's: as in hae_number_cell  */
    } as;
    _Atomic uint64_t sum;
    _Atomic uint64_t minimum;
    _Atomic uint64_t maximum;
    _Atomic uint64_t buckets[]; /* boundary_count + 1 */
};

/* Buckets of an exponential histogram, for each sign that the instrument takes: the positive ones
 * first. Of 2^32 possible ones these are side by side: a range is the lowest one's index in the low
 * half, and how many there are in the high half; 0: none. Bucket i is counted at i modulo the
 * stream's max_size, so nothing moves when a range grows. */
struct hae_exponential_buckets {
    _Atomic uint64_t range[2];
    _Atomic uint64_t counts[]; /* max_size of each sign */
};

/* What the cells of an exponential histogram begin with. The count is the sum of the buckets and
 * of zero_count. */
struct hae_exponential_head {
    union {
        _Atomic uint64_t sequence; /* a lane's: odd while its owner changes it */
        _Atomic uint64_t sum_too;  /* the shared one's: as in hae_number_cell  */
    } as;
    _Atomic uint64_t sum;
    _Atomic uint64_t minimum;
    _Atomic uint64_t maximum;
    _Atomic uint64_t zero_count;
};

/* A lane's cell; its hae_exponential_buckets lie behind it. When a value does not fit, its owner
 * merges buckets: into the lane's scratch, and from there back. `state` is the scale, as how far it
 * is below the stream's max_scale, times two; and 1 added while the scratch has the buckets.
 * There they begin at the lowest one, in half the room and one more. */
struct hae_exponential_cell {
    struct hae_exponential_head head;
    _Atomic uint64_t state;
    uint64_t scratch; /* where it is, in bytes from the cell on */
};

/* A shared cell's buckets are never merged, as threads may be adding to them. A value that does not
 * fit begins another piece at a lower scale, and readers add up all pieces. */
struct hae_exponential_shared {
    struct hae_exponential_head head;
    _Atomic uint64_t newest; /* piece, in bytes from this cell on; 0: none */
    _Atomic uint64_t spare;  /* a piece that was made and not needed       */
    /* At the lowest scale there are two buckets: below 1, and above. They serve where
     * there is no memory for a piece; for each sign. */
    _Atomic uint64_t coarse[4];
};

/* Its hae_exponential_buckets lie behind it. */
struct hae_exponential_piece {
    /* The piece that is older, in bytes from this one on; of a free one a reference to another
     * one. 0: none. */
    _Atomic uint64_t next;
    uint64_t scale_down; /* its scale is so far below the stream's max_scale */
};

/* What a lane keeps for its owner, made when it is first needed. */
struct hae_lane_metrics {
    /* The piece of the heap that its cells are cut from, in whole cache lines: lanes
     * don't write to each other's. */
    uint64_t free_offset;
    uint64_t free_size_bytes;
    uint64_t cache_mask; /* even: places come in pairs, the newer entry first */
    uint64_t scratch;    /* offset of memory that cells are rescaled in; 0: none yet */
    /* Which series the last look-ups led to, by quick hash. */
    struct hae_lane_series {
        uint64_t hash;
        uint32_t series; /* 0: not used */
        uint32_t cell;   /* this lane's; the shared one of an aggregation without lanes' cells */
    } cache[];
};

/* Whether measurements of a kind come from callbacks, or are totals that are set. */
static inline bool hae_kind_is_observable(uint8_t kind)
{
    return kind >= HAE_OBSERVABLE_COUNTER;
}

/* Specification: "Sum Aggregation": sums of counters and histograms are monotonic. */
static inline bool hae_kind_is_monotonic(uint8_t kind)
{
    return kind == HAE_COUNTER || kind == HAE_HISTOGRAM || kind == HAE_OBSERVABLE_COUNTER;
}

/* Whether the cells of a stream hold observed values: an observable may also have a histogram of
 * what was observed, by a view. */
static inline bool hae_stream_is_observed(const struct hae_stream_data *stream)
{
    return stream->aggregation == HAE_AGGREGATION_OBSERVED_SUM ||
           (stream->aggregation == HAE_AGGREGATION_LAST_VALUE &&
            hae_kind_is_observable(stream->kind));
}

static inline void *hae_ref_at(struct hae_region *region, uint32_t reference)
{
    return (uint8_t *)region + (uint64_t)reference * 8;
}

static inline uint32_t hae_ref_of(const struct hae_region *region, const void *at)
{
    return (uint32_t)((uint64_t)((const uint8_t *)at - (const uint8_t *)region) / 8);
}

/* Whether there may be something of a series that nobody has got yet. False: it is a free place, or
 * has ended. */
static inline bool hae_series_may_report(const struct hae_series *series)
{
    /* Relaxed: nobody changes the region. */
    uint32_t use = atomic_load_explicit(&series->use, memory_order_relaxed);

    return use != HAE_SERIES_FREE && use != HAE_SERIES_ENDED;
}

static inline uint32_t hae_series_ref(uint64_t list_word)
{
    return (uint32_t)list_word;
}

static inline uint32_t hae_series_count(uint64_t list_word)
{
    return (uint32_t)(list_word >> 32);
}

static inline size_t hae_histogram_cell_size(uint32_t boundary_count)
{
    return sizeof(struct hae_histogram_cell) + ((size_t)boundary_count + 1) * sizeof(uint64_t);
}

#endif
