/* SPDX-License-Identifier: Apache-2.0 */
#include "exact/reference.h"

#include <string.h>

const struct exact_instrument exact_instruments[EXACT_INSTRUMENTS] = {
    [EXACT_COUNTER_INT] = {"counter.int", EXACT_COUNTER, HAETAE_NUMBER_INT64},
    [EXACT_COUNTER_REAL] = {"counter.real", EXACT_COUNTER, HAETAE_NUMBER_DOUBLE},
    [EXACT_UP_DOWN_INT] = {"up_down.int", EXACT_UP_DOWN_COUNTER, HAETAE_NUMBER_INT64},
    [EXACT_UP_DOWN_REAL] = {"up_down.real", EXACT_UP_DOWN_COUNTER, HAETAE_NUMBER_DOUBLE},
    [EXACT_GAUGE_INT] = {"gauge.int", EXACT_GAUGE, HAETAE_NUMBER_INT64},
    [EXACT_GAUGE_REAL] = {"gauge.real", EXACT_GAUGE, HAETAE_NUMBER_DOUBLE},
    [EXACT_HISTOGRAM_INT] = {"histogram.int", EXACT_HISTOGRAM, HAETAE_NUMBER_INT64},
    [EXACT_HISTOGRAM_REAL] = {"histogram.real", EXACT_HISTOGRAM, HAETAE_NUMBER_DOUBLE},
    [EXACT_COUNTER_VIEWED] = {"viewed.counter", EXACT_COUNTER, HAETAE_NUMBER_INT64},
    [EXACT_HISTOGRAM_VIEWED] = {"viewed.histogram", EXACT_HISTOGRAM, HAETAE_NUMBER_DOUBLE},
    [EXACT_UP_DOWN_VIEWED] = {"viewed.up_down", EXACT_UP_DOWN_COUNTER, HAETAE_NUMBER_DOUBLE},
    [EXACT_GAUGE_VIEWED] = {"viewed.gauge", EXACT_GAUGE, HAETAE_NUMBER_DOUBLE},
    [EXACT_BASE2_INT] = {"base2.int", EXACT_HISTOGRAM, HAETAE_NUMBER_INT64},
    [EXACT_COUNTER_DROPPED] = {"dropped", EXACT_COUNTER, HAETAE_NUMBER_INT64},
    [EXACT_OBSERVED_COUNTER] = {"observed.counter", EXACT_OBSERVABLE_COUNTER, HAETAE_NUMBER_INT64},
    [EXACT_OBSERVED_UP_DOWN] = {"observed.up_down", EXACT_OBSERVABLE_UP_DOWN_COUNTER,
                                HAETAE_NUMBER_DOUBLE},
    [EXACT_OBSERVED_GAUGE] = {"observed.gauge", EXACT_OBSERVABLE_GAUGE, HAETAE_NUMBER_DOUBLE},
};

#define DIRECT(name, instrument, kind)                                                             \
    {                                                                                              \
        (name), (instrument), (kind), EXACT_ALL, false, false,                                     \
        {                                                                                          \
            0, 0                                                                                   \
        }                                                                                          \
    }
#define VIEW(name, instrument, kind, keys)                                                         \
    {                                                                                              \
        (name), (instrument), (kind), (keys), true, false,                                         \
        {                                                                                          \
            0, 0                                                                                   \
        }                                                                                          \
    }
#define BASE2(name, instrument, keys, size, scale)                                                 \
    {                                                                                              \
        (name), (instrument), EXACT_BASE2, (keys), true, false,                                    \
        {                                                                                          \
            (size), (scale)                                                                        \
        }                                                                                          \
    }

const struct exact_stream exact_streams[EXACT_STREAMS] = {
    DIRECT("counter.int", EXACT_COUNTER_INT, EXACT_SUM),
    DIRECT("counter.real", EXACT_COUNTER_REAL, EXACT_SUM),
    DIRECT("up_down.int", EXACT_UP_DOWN_INT, EXACT_SUM),
    DIRECT("up_down.real", EXACT_UP_DOWN_REAL, EXACT_SUM),
    DIRECT("gauge.int", EXACT_GAUGE_INT, EXACT_LEVEL),
    DIRECT("gauge.real", EXACT_GAUGE_REAL, EXACT_LEVEL),
    DIRECT("histogram.int", EXACT_HISTOGRAM_INT, EXACT_BUCKETS),
    DIRECT("histogram.real", EXACT_HISTOGRAM_REAL, EXACT_BUCKETS),
    VIEW("renamed", EXACT_COUNTER_VIEWED, EXACT_SUM, EXACT_ALL),
    VIEW("renamed.by_b", EXACT_COUNTER_VIEWED, EXACT_SUM, EXACT_B),
    {"renamed.without_b", EXACT_COUNTER_VIEWED, EXACT_SUM, EXACT_A | EXACT_C, true, true, {0, 0}},
    VIEW("renamed.total", EXACT_COUNTER_VIEWED, EXACT_SUM, 0),
    BASE2("seconds", EXACT_HISTOGRAM_VIEWED, EXACT_ALL, EXACT_SIZE_MAX, EXACT_SCALE_MAX),
    BASE2("seconds.by_c", EXACT_HISTOGRAM_VIEWED, EXACT_C, 20, 4),
    BASE2("seconds.total", EXACT_HISTOGRAM_VIEWED, 0, EXACT_SIZE_MAX, EXACT_SCALE_MAX),
    VIEW("seconds.explicit", EXACT_HISTOGRAM_VIEWED, EXACT_BUCKETS, EXACT_A | EXACT_B),
    VIEW("seconds.sum", EXACT_HISTOGRAM_VIEWED, EXACT_SUM, EXACT_A),
    BASE2("changes", EXACT_UP_DOWN_VIEWED, EXACT_B | EXACT_C, 31, EXACT_SCALE_MAX),
    VIEW("level", EXACT_UP_DOWN_VIEWED, EXACT_SUM, EXACT_A | EXACT_B),
    /* Without "a" each series is still one thread's. */
    VIEW("gauge.by_b_c", EXACT_GAUGE_VIEWED, EXACT_LEVEL, EXACT_B | EXACT_C),
    BASE2("gauge.distribution", EXACT_GAUGE_VIEWED, EXACT_A, 2, EXACT_SCALE_MAX),
    BASE2("base2.int", EXACT_BASE2_INT, EXACT_ALL, EXACT_SIZE_MAX, EXACT_SCALE_MAX),
    VIEW("dropped", EXACT_COUNTER_DROPPED, EXACT_NOTHING, EXACT_ALL),
    VIEW("observed.renamed", EXACT_OBSERVED_COUNTER, EXACT_SUM, EXACT_ALL),
    VIEW("observed.by_c", EXACT_OBSERVED_COUNTER, EXACT_SUM, EXACT_C),
    DIRECT("observed.up_down", EXACT_OBSERVED_UP_DOWN, EXACT_SUM),
    DIRECT("observed.gauge", EXACT_OBSERVED_GAUGE, EXACT_LEVEL),
};
const double exact_bounds[EXACT_BOUNDS] = {0, 1, 100, 1000, 100000};

bool exact_is_observed(unsigned instrument)
{
    return exact_instruments[instrument].sort >= EXACT_OBSERVABLE_COUNTER;
}

bool exact_is_level(unsigned instrument)
{
    enum exact_sort sort = exact_instruments[instrument].sort;

    return sort == EXACT_GAUGE || sort == EXACT_OBSERVABLE_GAUGE;
}

bool exact_may_be_negative(unsigned instrument)
{
    enum exact_sort sort = exact_instruments[instrument].sort;

    return exact_is_level(instrument) || sort == EXACT_UP_DOWN_COUNTER ||
           sort == EXACT_OBSERVABLE_UP_DOWN_COUNTER;
}

/* A gauge and an up-down counter are cumulative for all readers, with whatever aggregation. */
bool exact_is_monotonic(const struct exact_stream *stream)
{
    return !exact_may_be_negative(stream->instrument);
}

uint64_t exact_random(uint64_t *state)
{
    /* splitmix64 */
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* ---- Measuring ------------------------------------------------------------------------------ */

unsigned exact_bucket_of(double value)
{
    unsigned bucket = 0;

    while (bucket < EXACT_BOUNDS && value > exact_bounds[bucket]) {
        bucket++;
    }
    return bucket;
}

unsigned exact_kept_of(unsigned set, unsigned keys)
{
    for (unsigned key = 0; key < EXACT_KEYS; key++) {
        if ((keys >> key & 1) == 0) {
            set |= (EXACT_VALUES - 1u) << 2 * key;
        }
    }
    return set;
}

static void note(struct exact_series *series, enum exact_kind kind, double value)
{
    if (kind == EXACT_NOTHING) {
        return;
    }
    series->sum = kind == EXACT_LEVEL ? value : series->sum + value;
    series->minimum = series->count == 0 || value < series->minimum ? value : series->minimum;
    series->maximum = series->count == 0 || value > series->maximum ? value : series->maximum;
    series->buckets[exact_bucket_of(value)]++;
    series->count++;
    if (kind == EXACT_BASE2) {
        exact_values_note(&series->values, value);
    }
}

void exact_note(struct exact_table *table, unsigned instrument, unsigned set, double value)
{
    for (unsigned i = 0; i < EXACT_STREAMS; i++) {
        const struct exact_stream *stream = &exact_streams[i];

        if (stream->instrument == instrument) {
            note(&table->series[i][exact_kept_of(set, stream->keys)], stream->kind, value);
        }
    }
}

static void add_series(struct exact_series *to, const struct exact_series *from)
{
    if (from->count == 0) {
        return;
    }
    to->minimum = to->count == 0 || from->minimum < to->minimum ? from->minimum : to->minimum;
    to->maximum = to->count == 0 || from->maximum > to->maximum ? from->maximum : to->maximum;
    to->sum += from->sum;
    to->count += from->count;
    for (unsigned i = 0; i <= EXACT_BOUNDS; i++) {
        to->buckets[i] += from->buckets[i];
    }
    exact_values_add(&to->values, &from->values);
}

void exact_add(struct exact_table *table, const struct exact_table *other)
{
    for (unsigned i = 0; i < EXACT_STREAMS; i++) {
        for (unsigned set = 0; set < EXACT_SETS; set++) {
            add_series(&table->series[i][set], &other->series[i][set]);
        }
    }
}

void exact_table_done(struct exact_table *table)
{
    for (unsigned i = 0; i < EXACT_STREAMS; i++) {
        for (unsigned set = 0; set < EXACT_SETS; set++) {
            exact_values_done(&table->series[i][set].values);
        }
    }
    memset(table, 0, sizeof *table);
}

size_t exact_attributes(unsigned set, uint64_t *random, haetae_attribute attributes[EXACT_KEYS])
{
    static const char *const texts[] = {"first", "a second value, longer", "3"};
    unsigned parts[EXACT_KEYS] = {set % 4, set / 4 % 4, set / 16 % 4};
    size_t count = 0;

    if (parts[0] != 3) {
        attributes[count++] = HAETAE_ATTR("a", (int64_t)parts[0]);
    }
    if (parts[1] != 3) {
        attributes[count++] = HAETAE_ATTR("b", texts[parts[1]]);
    }
    if (parts[2] != 3) {
        attributes[count++] = HAETAE_ATTR("c", 0.5 * parts[2]);
    }
    for (size_t i = count; i > 1; i--) {
        size_t other = exact_random(random) % i;
        haetae_attribute moved = attributes[other];

        attributes[other] = attributes[i - 1];
        attributes[i - 1] = moved;
    }
    return count;
}
