/* SPDX-License-Identifier: Apache-2.0 */
/* A data point as it is in the request: its numbers, and where its lists begin. */
#ifndef HAETAE_PROMETHEUS_POINT_H
#define HAETAE_PROMETHEUS_POINT_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/reader.h"

/* What kind of points a metric has: the number of its field in Metric (wire/otlp.h). */
typedef uint32_t hae_prom_kind;

enum hae_prom_number { HAE_PROM_NO_NUMBER, HAE_PROM_INT, HAE_PROM_DOUBLE };

struct hae_prom_value {
    enum hae_prom_number number;
    int64_t as_int;
    double as_double;
};

struct hae_prom_buckets {
    int32_t offset;
    struct hae_reader counts; /* varints, one after the other */
};

struct hae_prom_point {
    hae_prom_kind kind;
    struct hae_reader whole;
    uint32_t attributes; /* the numbers of the fields that have them */
    uint32_t exemplars;  /* 0: a point of this kind has none         */
    uint64_t start_ns;
    bool has_value; /* the flag "no recorded value" is not set */
    struct hae_prom_value value;
    uint64_t count;
    bool has_sum;
    double sum;
    const uint8_t *bucket_counts; /* of eight bytes each */
    size_t bucket_count;
    const uint8_t *bounds;
    size_t bound_count;
    int32_t scale;
    uint64_t zero_count;
    double zero_threshold;
    struct hae_prom_buckets positive;
    struct hae_prom_buckets negative;
};

struct hae_prom_exemplar {
    struct hae_prom_value value;
    uint64_t time_ns;
    const uint8_t *trace_id; /* of 16 bytes; NULL: none */
    const uint8_t *span_id;  /* of 8 bytes; NULL: none  */
    struct hae_reader whole;
};

/* False: malformed. */
bool hae_prom_read_point(hae_prom_kind kind, const struct hae_field *field,
                         struct hae_prom_point *ret_point);
bool hae_prom_read_exemplar(const struct hae_field *field, struct hae_prom_exemplar *ret_exemplar);

/* Reads a ValueAtQuantile of a summary. False: the field is something else. */
bool hae_prom_read_quantile(const struct hae_field *field, double *ret_quantile, double *ret_value);

double hae_prom_value_as_double(const struct hae_prom_value *value);

static inline uint64_t hae_prom_bucket(const struct hae_prom_point *point, size_t index)
{
    return hae_le64(hae_load64(point->bucket_counts + 8 * index));
}

static inline double hae_prom_bound(const struct hae_prom_point *point, size_t index)
{
    return hae_double_from_bits(hae_le64(hae_load64(point->bounds + 8 * index)));
}

#endif
