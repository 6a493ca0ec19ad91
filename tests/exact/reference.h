/* SPDX-License-Identifier: Apache-2.0 */
/* What was measured, kept in the simplest way: a table of all series of all streams. The thread
 * that measures fills it; reported.h compares it with what readers report.
 *
 * The numbers are multiples of 1/4 below 2^20, so that their sums are exact in any order.
 *
 * An instrument of another sort is a row of exact_instruments and one of exact_streams; another
 * view is a row of exact_streams. */
#ifndef HAETAE_TESTS_EXACT_REFERENCE_H
#define HAETAE_TESTS_EXACT_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "exact/exponential.h"
#include "haetae/metrics.h"

enum {
    EXACT_KEYS = 3,   /* "a", "b", "c" */
    EXACT_VALUES = 4, /* of each; the last stands for: not there */
    EXACT_SETS = 64,
    EXACT_BOUNDS = 5,
    EXACT_A = 1, /* keys that a stream keeps */
    EXACT_B = 2,
    EXACT_C = 4,
    EXACT_ALL = 7
};

/* ---- Instruments and streams ---- */

enum exact_sort {
    EXACT_COUNTER,
    EXACT_UP_DOWN_COUNTER,
    EXACT_GAUGE,
    EXACT_HISTOGRAM,
    EXACT_OBSERVABLE_COUNTER,
    EXACT_OBSERVABLE_UP_DOWN_COUNTER,
    EXACT_OBSERVABLE_GAUGE
};

struct exact_instrument {
    const char *name;
    enum exact_sort sort;
    haetae_number_type type;
};

enum {
    EXACT_COUNTER_INT,
    EXACT_COUNTER_REAL,
    EXACT_UP_DOWN_INT,
    EXACT_UP_DOWN_REAL,
    EXACT_GAUGE_INT,
    EXACT_GAUGE_REAL,
    EXACT_HISTOGRAM_INT,
    EXACT_HISTOGRAM_REAL,
    EXACT_COUNTER_VIEWED,
    EXACT_HISTOGRAM_VIEWED,
    EXACT_UP_DOWN_VIEWED,
    EXACT_GAUGE_VIEWED,
    EXACT_BASE2_INT,
    EXACT_COUNTER_DROPPED,
    EXACT_OBSERVED_COUNTER,
    EXACT_OBSERVED_UP_DOWN,
    EXACT_OBSERVED_GAUGE,
    EXACT_INSTRUMENTS
};
extern const struct exact_instrument exact_instruments[EXACT_INSTRUMENTS];

bool exact_is_observed(unsigned instrument);
bool exact_is_level(unsigned instrument); /* its sets are each of one thread */
bool exact_may_be_negative(unsigned instrument);

/* How what is reported is compared. */
enum exact_kind { EXACT_SUM, EXACT_LEVEL, EXACT_BUCKETS, EXACT_BASE2, EXACT_NOTHING };

/* What is reported of an instrument under one name: as it is, or by a view. */
struct exact_stream {
    const char *name; /* of a view that does not rename, the instrument's */
    unsigned instrument;
    enum exact_kind kind;
    unsigned keys;          /* that it keeps */
    bool is_view;           /* else the instrument has no view */
    bool excludes;          /* the view names the keys that it leaves out */
    struct exact_room room; /* EXACT_BASE2 */
};

enum { EXACT_STREAMS = 27 };
extern const struct exact_stream exact_streams[EXACT_STREAMS];
extern const double exact_bounds[EXACT_BOUNDS];

/* Whether what a stream reports never falls, and is reported as deltas by who wants them. */
bool exact_is_monotonic(const struct exact_stream *stream);

/* ---- What was measured ---- */

struct exact_series {
    uint64_t count; /* of measurements */
    double sum;     /* a level: the last value */
    double minimum;
    double maximum;
    uint64_t buckets[EXACT_BOUNDS + 1];
    struct exact_values values; /* EXACT_BASE2 */
};

struct exact_table {
    struct exact_series series[EXACT_STREAMS][EXACT_SETS];
};

/* A random number. */
uint64_t exact_random(uint64_t *state);

/* Notes a measurement in all streams of its instrument. */
void exact_note(struct exact_table *table, unsigned instrument, unsigned set, double value);

/* In which of the explicit buckets a value is. */
unsigned exact_bucket_of(double value);

/* The set that is left of another one where these keys are kept. */
unsigned exact_kept_of(unsigned set, unsigned keys);

/* Adds what another thread has measured. Levels of a set are those of one thread. */
void exact_add(struct exact_table *table, const struct exact_table *other);

/* Forgets all. */
void exact_table_done(struct exact_table *table);

/* Writes the attributes of a set in a random order; returns how many. */
size_t exact_attributes(unsigned set, uint64_t *random, haetae_attribute attributes[EXACT_KEYS]);

#endif
