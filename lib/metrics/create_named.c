/* SPDX-License-Identifier: Apache-2.0 */
/* Instruments by name and unit alone. */
#include "haetae/metrics.h"

static haetae_instrument_options options_of(const char *name, const char *unit,
                                            haetae_number_type number_type)
{
    return (haetae_instrument_options)HAETAE_OPTIONS(
        haetae_instrument_options, .name = haetae_string_of(name), .unit = haetae_string_of(unit),
        .number_type = (int32_t)number_type);
}

haetae_counter *haetae_counter_named(haetae_meter *meter, const char *name, const char *unit)
{
    haetae_instrument_options options = options_of(name, unit, HAETAE_NUMBER_INT64);
    haetae_counter *counter = NULL;

    (void)haetae_counter_create(meter, &options, &counter);
    return counter;
}

haetae_up_down_counter *haetae_up_down_counter_named(haetae_meter *meter, const char *name,
                                                     const char *unit)
{
    haetae_instrument_options options = options_of(name, unit, HAETAE_NUMBER_INT64);
    haetae_up_down_counter *counter = NULL;

    (void)haetae_up_down_counter_create(meter, &options, &counter);
    return counter;
}

haetae_gauge *haetae_gauge_named(haetae_meter *meter, const char *name, const char *unit)
{
    haetae_instrument_options options = options_of(name, unit, HAETAE_NUMBER_DOUBLE);
    haetae_gauge *gauge = NULL;

    (void)haetae_gauge_create(meter, &options, &gauge);
    return gauge;
}

haetae_histogram *haetae_histogram_named(haetae_meter *meter, const char *name, const char *unit)
{
    haetae_instrument_options options = options_of(name, unit, HAETAE_NUMBER_DOUBLE);
    haetae_histogram *histogram = NULL;

    (void)haetae_histogram_create(meter, &options, &histogram);
    return histogram;
}

haetae_observable *haetae_observable_counter_named(haetae_meter *meter, const char *name,
                                                   const char *unit)
{
    haetae_instrument_options options = options_of(name, unit, HAETAE_NUMBER_INT64);
    haetae_observable *observable = NULL;

    (void)haetae_observable_counter_create(meter, &options, &observable);
    return observable;
}

haetae_observable *haetae_observable_up_down_counter_named(haetae_meter *meter, const char *name,
                                                           const char *unit)
{
    haetae_instrument_options options = options_of(name, unit, HAETAE_NUMBER_INT64);
    haetae_observable *observable = NULL;

    (void)haetae_observable_up_down_counter_create(meter, &options, &observable);
    return observable;
}

haetae_observable *haetae_observable_gauge_named(haetae_meter *meter, const char *name,
                                                 const char *unit)
{
    haetae_instrument_options options = options_of(name, unit, HAETAE_NUMBER_DOUBLE);
    haetae_observable *observable = NULL;

    (void)haetae_observable_gauge_create(meter, &options, &observable);
    return observable;
}
