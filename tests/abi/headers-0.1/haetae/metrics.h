/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics: meters and synchronous instruments.
 *
 * A measurement is folded into a cell of the recorder's memory; it takes no
 * place in a ring and is never dropped for want of one. Any thread may make any
 * of these calls. Recording never blocks, allocates or fails visibly.
 *
 * An instrument measures either integers or doubles, as its options say. A
 * measurement of the other type, a NaN, or a negative increment of a counter
 * changes nothing and is counted (HAETAE_MISUSE_MEASUREMENT), and so is one after
 * shutdown. Sums of integers are of 64 bits and wrap around.
 *
 * Measurements with the same attribute set, in any order, belong to the same
 * series. Past the cardinality limit (HAETAE_METRICS_CARDINALITY_LIMIT series for one
 * instrument), and when the recorder's memory for metrics is used up, new sets fall into
 * the series otel.metric.overflow=true; so do sets of more than 128 attributes or 64 KiB
 * (HAETAE_MISUSE_ARGUMENT).
 * Specification: "Metrics API", "Metrics SDK". */
#ifndef HAETAE_METRICS_H
#define HAETAE_METRICS_H

#include "trace.h"

HAETAE_BEGIN_DECLS

typedef struct haetae_meter haetae_meter;

/* Instruments: handles owned by the SDK, valid until haetae_sdk_free(). NULL is
 * a valid handle for every call and does nothing. */
typedef struct haetae_counter haetae_counter;                 /* grows only: a monotonic sum */
typedef struct haetae_up_down_counter haetae_up_down_counter; /* a sum that also shrinks     */
typedef struct haetae_gauge haetae_gauge;                     /* the last value              */
typedef struct haetae_histogram haetae_histogram;             /* a distribution              */

/* An instrument with its attribute set resolved once: the fastest way to
 * record. Owned by the SDK as well, and valid as long. */
typedef struct haetae_bound_counter haetae_bound_counter;
typedef struct haetae_bound_up_down_counter haetae_bound_up_down_counter;
typedef struct haetae_bound_gauge haetae_bound_gauge;
typedef struct haetae_bound_histogram haetae_bound_histogram;

/* Finds or makes the meter of a scope; see haetae_tracer_get(). */
HAETAE_API haetae_status haetae_meter_get(haetae_sdk *sdk, const haetae_scope_options *scope,
                                          haetae_meter **ret_meter);
HAETAE_API haetae_meter *haetae_meter_named(haetae_sdk *sdk, const char *name);

typedef enum haetae_number_type {
    HAETAE_NUMBER_INT64 = 0,
    HAETAE_NUMBER_DOUBLE = 1
} haetae_number_type;

typedef struct haetae_instrument_options {
    size_t struct_size;
    haetae_string name;        /* a letter, then up to 254 letters, digits, _ . - /  */
    haetae_string unit;        /* UCUM, e.g. "s", "By", "{request}"; at most 63      */
    haetae_string description; /* for people                                         */
    int32_t number_type;       /* a haetae_number_type                               */
    int32_t reserved;          /* zero                                               */
    /* Histograms: the upper, inclusive bounds of the buckets, finite and strictly
     * increasing; the last bucket has no upper bound. NULL and 0: the
     * specification's default bounds 0, 5, 10, 25, … 10000. Copied. */
    const double *boundaries;
    size_t boundary_count; /* at most HAETAE_BOUNDARIES_MAX */
} haetae_instrument_options;

#define HAETAE_BOUNDARIES_MAX 200

/* Make an instrument, or find the one made before with the same name (ignoring
 * case), kind, unit, description and type in this meter.
 * Errors: HAETAE_EINVAL (name, unit, bounds), HAETAE_ECONFLICT (the name is taken
 * by an instrument with other options), HAETAE_ENOMEM, HAETAE_ELIMIT (the memory
 * budget for metrics), HAETAE_ESHUTDOWN. Output untouched on failure. A NULL
 * `meter` gives a NULL instrument and HAETAE_OK. */
HAETAE_API haetae_status haetae_counter_create(haetae_meter *meter,
                                               const haetae_instrument_options *options,
                                               haetae_counter **ret_counter);
HAETAE_API haetae_status haetae_up_down_counter_create(haetae_meter *meter,
                                                       const haetae_instrument_options *options,
                                                       haetae_up_down_counter **ret_counter);
HAETAE_API haetae_status haetae_gauge_create(haetae_meter *meter,
                                             const haetae_instrument_options *options,
                                             haetae_gauge **ret_gauge);
HAETAE_API haetae_status haetae_histogram_create(haetae_meter *meter,
                                                 const haetae_instrument_options *options,
                                                 haetae_histogram **ret_histogram);

/* Record with attributes. */
HAETAE_API void haetae_counter_add(haetae_counter *counter, int64_t increment,
                                   const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_counter_add_double(haetae_counter *counter, double increment,
                                          const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_up_down_counter_add(haetae_up_down_counter *counter, int64_t increment,
                                           const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_up_down_counter_add_double(haetae_up_down_counter *counter, double increment,
                                                  const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_gauge_record(haetae_gauge *gauge, int64_t value,
                                    const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_gauge_record_double(haetae_gauge *gauge, double value,
                                           const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_histogram_record(haetae_histogram *histogram, int64_t value,
                                        const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_histogram_record_double(haetae_histogram *histogram, double value,
                                               const haetae_attribute *attributes, size_t count);

/* Bind an instrument to an attribute set. The series is reported from its first
 * measurement on. Past the cardinality limit the bound instrument records into
 * the overflow series. It takes a lock: bind once, not for each measurement.
 * Errors: HAETAE_EINVAL (more than 128 attributes), HAETAE_ENOMEM, HAETAE_ESHUTDOWN; output
 * untouched on failure. A NULL instrument gives a NULL bound one and HAETAE_OK. */
HAETAE_API haetae_status haetae_counter_bind(haetae_counter *counter,
                                             const haetae_attribute *attributes, size_t count,
                                             haetae_bound_counter **ret_bound);
HAETAE_API haetae_status haetae_up_down_counter_bind(haetae_up_down_counter *counter,
                                                     const haetae_attribute *attributes,
                                                     size_t count,
                                                     haetae_bound_up_down_counter **ret_bound);
HAETAE_API haetae_status haetae_gauge_bind(haetae_gauge *gauge, const haetae_attribute *attributes,
                                           size_t count, haetae_bound_gauge **ret_bound);
HAETAE_API haetae_status haetae_histogram_bind(haetae_histogram *histogram,
                                               const haetae_attribute *attributes, size_t count,
                                               haetae_bound_histogram **ret_bound);

/* Record into a bound instrument. */
HAETAE_API void haetae_bound_counter_add(haetae_bound_counter *bound, int64_t increment);
HAETAE_API void haetae_bound_counter_add_double(haetae_bound_counter *bound, double increment);
HAETAE_API void haetae_bound_up_down_counter_add(haetae_bound_up_down_counter *bound,
                                                 int64_t increment);
HAETAE_API void haetae_bound_up_down_counter_add_double(haetae_bound_up_down_counter *bound,
                                                        double increment);
HAETAE_API void haetae_bound_gauge_record(haetae_bound_gauge *bound, int64_t value);
HAETAE_API void haetae_bound_gauge_record_double(haetae_bound_gauge *bound, double value);
HAETAE_API void haetae_bound_histogram_record(haetae_bound_histogram *bound, int64_t value);
HAETAE_API void haetae_bound_histogram_record_double(haetae_bound_histogram *bound, double value);

HAETAE_END_DECLS

#endif
