/* SPDX-License-Identifier: Apache-2.0 */
/* The instruments of the metrics part, and a simple model of their series. */
#ifndef HAETAE_TESTS_INTEROP_EVERYTHING_METRICS_H
#define HAETAE_TESTS_INTEROP_EVERYTHING_METRICS_H

#include "everything.h"

enum instrument_kind { COUNTER, UP_DOWN_COUNTER, GAUGE, HISTOGRAM };

struct instrument_def {
    enum instrument_kind kind;
    haetae_string name, unit, description;
    const double *boundaries; /* histograms: NULL for the default ones */
    size_t boundary_count;
};

/* The measurements of a series: enough to make any kind of point. */
struct series {
    double values[32];
    size_t count;
};

enum { SERIES_MAX = 8, INSTRUMENT_COUNT = 10 };

struct instrument {
    const struct instrument_def *def;
    bool is_double;
    haetae_counter *counter;
    haetae_up_down_counter *up_down_counter;
    haetae_gauge *gauge;
    haetae_histogram *histogram;
    struct series series[SERIES_MAX];
};

/* Makes each kind of instrument for integers and for doubles, and histograms with
 * default and with custom bounds. */
void make_instruments(const struct run *run, haetae_meter *meter,
                      struct instrument instruments[INSTRUMENT_COUNT]);

void model_add(struct series *series, double value);

/* Expects the points that a collection makes of the series now: none for a series
 * without measurements. */
void expect_points(const struct run *run, const char *scope, const struct instrument *instrument,
                   const struct series *series, const haetae_attribute *attributes, size_t count);

#endif
