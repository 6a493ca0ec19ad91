/* SPDX-License-Identifier: Apache-2.0 */
/* The API's calls that record with attributes: inline, where the instrument has one stream for
 * that. measure.c has the way of all other measurements. */
#include "metrics/record_inline.h"

/* Each is a function of its own, so that a call that is refused saves no registers. Those of a set
 * without attributes, which follow them, are shorter. */

static HAE_NOINLINE void add_int64(const struct hae_stream *stream, int64_t value,
                                   const haetae_attribute *attributes, size_t count)
{
    hae_record_add_int64(stream, value, hae_given_attributes(attributes, count));
}

static HAE_NOINLINE void add_int64_alone(const struct hae_stream *stream, int64_t value)
{
    hae_record_add_int64(stream, value, hae_given_nothing);
}

static HAE_NOINLINE void add_double(const struct hae_stream *stream, double value,
                                    const haetae_attribute *attributes, size_t count)
{
    hae_record_add_double(stream, value, hae_given_attributes(attributes, count));
}

static HAE_NOINLINE void add_double_alone(const struct hae_stream *stream, double value)
{
    hae_record_add_double(stream, value, hae_given_nothing);
}

static HAE_NOINLINE void set(const struct hae_stream *stream, union hae_number value,
                             const haetae_attribute *attributes, size_t count)
{
    hae_record_set(stream, value, hae_given_attributes(attributes, count));
}

static HAE_NOINLINE void set_alone(const struct hae_stream *stream, union hae_number value)
{
    hae_record_set(stream, value, hae_given_nothing);
}

static HAE_NOINLINE void observe_int64(const struct hae_stream *stream, int64_t value,
                                       const haetae_attribute *attributes, size_t count)
{
    hae_record_observe_int64(stream, value, hae_given_attributes(attributes, count));
}

static HAE_NOINLINE void observe_int64_alone(const struct hae_stream *stream, int64_t value)
{
    hae_record_observe_int64(stream, value, hae_given_nothing);
}

static HAE_NOINLINE void observe_double(const struct hae_stream *stream, double value,
                                        const haetae_attribute *attributes, size_t count)
{
    hae_record_observe_double(stream, value, hae_given_attributes(attributes, count));
}

static HAE_NOINLINE void observe_double_alone(const struct hae_stream *stream, double value)
{
    hae_record_observe_double(stream, value, hae_given_nothing);
}

/* ---- The calls ------------------------------------------------------------------------- */

static inline bool is_empty(const haetae_attribute *attributes, size_t count)
{
    return attributes == NULL || count == 0;
}

/* The most frequent call: the way with attributes has its checks behind it. */
static HAE_NOINLINE void counter_add_set(struct hae_instrument *instrument, int64_t increment,
                                         const haetae_attribute *attributes, size_t count)
{
    if (HAE_LIKELY(attributes != NULL) &&
        hae_record_admit(instrument, (uint64_t)increment < instrument->increments_below)) {
        hae_record_add_int64(&instrument->first, increment,
                             hae_given_attributes(attributes, count));
    } else {
        hae_measure_int64(instrument, increment, attributes, count);
    }
}

void haetae_counter_add(haetae_counter *counter, int64_t increment,
                        const haetae_attribute *attributes, size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)counter;

    if (instrument == NULL) {
        return;
    }
    if (count != 0) {
        counter_add_set(instrument, increment, attributes, count);
    } else if (hae_record_admit(instrument, (uint64_t)increment < instrument->increments_below)) {
        add_int64_alone(&instrument->first, increment);
    } else {
        hae_measure_int64(instrument, increment, NULL, 0);
    }
}

void haetae_counter_add_double(haetae_counter *counter, double increment,
                               const haetae_attribute *attributes, size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)counter;

    if (instrument == NULL) {
        return;
    }
    if (hae_record_admit(instrument, hae_takes_double(instrument) && increment >= 0)) {
        if (is_empty(attributes, count)) {
            add_double_alone(&instrument->first, increment);
        } else {
            add_double(&instrument->first, increment, attributes, count);
        }
    } else {
        hae_measure_double(instrument, increment, attributes, count);
    }
}

void haetae_up_down_counter_add(haetae_up_down_counter *counter, int64_t increment,
                                const haetae_attribute *attributes, size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)counter;

    if (instrument == NULL) {
        return;
    }
    if (hae_record_admit(instrument, hae_takes_int64(instrument))) {
        if (is_empty(attributes, count)) {
            add_int64_alone(&instrument->first, increment);
        } else {
            add_int64(&instrument->first, increment, attributes, count);
        }
    } else {
        hae_measure_int64(instrument, increment, attributes, count);
    }
}

void haetae_up_down_counter_add_double(haetae_up_down_counter *counter, double increment,
                                       const haetae_attribute *attributes, size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)counter;

    if (instrument == NULL) {
        return;
    }
    if (hae_record_admit(instrument, hae_takes_double(instrument))) {
        if (is_empty(attributes, count)) {
            add_double_alone(&instrument->first, increment);
        } else {
            add_double(&instrument->first, increment, attributes, count);
        }
    } else {
        hae_measure_double(instrument, increment, attributes, count);
    }
}

void haetae_gauge_record(haetae_gauge *gauge, int64_t value, const haetae_attribute *attributes,
                         size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)gauge;

    if (instrument == NULL) {
        return;
    }
    if (hae_record_admit(instrument, hae_takes_int64(instrument))) {
        if (is_empty(attributes, count)) {
            set_alone(&instrument->first, (union hae_number){.int64 = value});
        } else {
            set(&instrument->first, (union hae_number){.int64 = value}, attributes, count);
        }
    } else {
        hae_measure_int64(instrument, value, attributes, count);
    }
}

void haetae_gauge_record_double(haetae_gauge *gauge, double value,
                                const haetae_attribute *attributes, size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)gauge;

    if (instrument == NULL) {
        return;
    }
    if (hae_record_admit(instrument, hae_takes_double(instrument) && __builtin_isfinite(value))) {
        if (is_empty(attributes, count)) {
            set_alone(&instrument->first, (union hae_number){.real = value});
        } else {
            set(&instrument->first, (union hae_number){.real = value}, attributes, count);
        }
    } else {
        hae_measure_double(instrument, value, attributes, count);
    }
}

void haetae_histogram_record(haetae_histogram *histogram, int64_t value,
                             const haetae_attribute *attributes, size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)histogram;

    if (instrument == NULL) {
        return;
    }
    if (hae_record_admit(instrument, (uint64_t)value < instrument->increments_below)) {
        if (is_empty(attributes, count)) {
            observe_int64_alone(&instrument->first, value);
        } else {
            observe_int64(&instrument->first, value, attributes, count);
        }
    } else {
        hae_measure_int64(instrument, value, attributes, count);
    }
}

void haetae_histogram_record_double(haetae_histogram *histogram, double value,
                                    const haetae_attribute *attributes, size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)histogram;

    if (instrument == NULL) {
        return;
    }
    if (hae_record_admit(instrument, hae_takes_double(instrument) && value >= 0)) {
        if (is_empty(attributes, count)) {
            observe_double_alone(&instrument->first, value);
        } else {
            observe_double(&instrument->first, value, attributes, count);
        }
    } else {
        hae_measure_double(instrument, value, attributes, count);
    }
}
