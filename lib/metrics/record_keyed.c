/* SPDX-License-Identifier: Apache-2.0 */
/* The API's calls that record with a list of keys and with values. */
#include "metrics/joined_keys.h"
#include "metrics/record_inline.h"

/* Measurements that are not recorded inline. A list that is NULL or does not fit is a mistake,
 * which hae_measured_keys() counts. */
static HAE_NOINLINE void measure_int64(const struct hae_instrument *instrument, int64_t value,
                                       const haetae_keys *keys, const haetae_value *values,
                                       size_t count)
{
    struct hae_joined_keys joined;

    if (keys != NULL && hae_measures_only_one(instrument) &&
        hae_measure_int64_valid(instrument->kind, instrument->number_type, value) &&
        hae_admits(instrument->recorder)) {
        hae_measure_only_keyed(instrument, (union hae_number){.int64 = value}, keys, values, count);
        return;
    }
    hae_measured_keys(instrument->recorder, keys, values, count, &joined);
    hae_measure_int64(instrument, value, joined.attributes, joined.count);
}

static HAE_NOINLINE void measure_double(const struct hae_instrument *instrument, double value,
                                        const haetae_keys *keys, const haetae_value *values,
                                        size_t count)
{
    struct hae_joined_keys joined;

    if (keys != NULL && hae_measures_only_one(instrument) &&
        hae_measure_double_valid(instrument->kind, instrument->number_type, value) &&
        hae_admits(instrument->recorder)) {
        hae_measure_only_keyed(instrument, (union hae_number){.real = value}, keys, values, count);
        return;
    }
    hae_measured_keys(instrument->recorder, keys, values, count, &joined);
    hae_measure_double(instrument, value, joined.attributes, joined.count);
}

/* ---- The calls ------------------------------------------------------------------------- */

/* They differ in their types, in which values may be recorded inline, and how. A call without an
 * instrument saves no registers. */
#define KEYED(call, kind, type, valid, record, given, measure)                                     \
    static HAE_NOINLINE void call##_set(struct hae_instrument *instrument, type value,             \
                                        const haetae_keys *keys, const haetae_value *values,       \
                                        size_t count)                                              \
    {                                                                                              \
        if (HAE_LIKELY(keys != NULL && hae_record_admit(instrument, valid))) {                     \
            record(&instrument->first, given, hae_given_keys(keys, values, count));                \
        } else {                                                                                   \
            measure(instrument, value, keys, values, count);                                       \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    void call(haetae_##kind *handle, type value, const haetae_keys *keys,                          \
              const haetae_value *values, size_t count)                                            \
    {                                                                                              \
        if (handle != NULL) {                                                                      \
            call##_set((struct hae_instrument *)handle, value, keys, values, count);               \
        }                                                                                          \
    }

KEYED(haetae_counter_add_keyed, counter, int64_t, (uint64_t)value < instrument->increments_below,
      hae_record_add_int64, value, measure_int64)
KEYED(haetae_counter_add_double_keyed, counter, double, hae_takes_double(instrument) && value >= 0,
      hae_record_add_double, value, measure_double)
KEYED(haetae_up_down_counter_add_keyed, up_down_counter, int64_t, hae_takes_int64(instrument),
      hae_record_add_int64, value, measure_int64)
KEYED(haetae_up_down_counter_add_double_keyed, up_down_counter, double,
      hae_takes_double(instrument), hae_record_add_double, value, measure_double)
KEYED(haetae_gauge_record_keyed, gauge, int64_t, hae_takes_int64(instrument), hae_record_set,
      ((union hae_number){.int64 = value}), measure_int64)
KEYED(haetae_gauge_record_double_keyed, gauge, double,
      hae_takes_double(instrument) && __builtin_isfinite(value), hae_record_set,
      ((union hae_number){.real = value}), measure_double)
KEYED(haetae_histogram_record_keyed, histogram, int64_t,
      (uint64_t)value < instrument->increments_below, hae_record_observe_int64, value,
      measure_int64)
KEYED(haetae_histogram_record_double_keyed, histogram, double,
      hae_takes_double(instrument) && value >= 0, hae_record_observe_double, value, measure_double)
