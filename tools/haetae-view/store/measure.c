/* SPDX-License-Identifier: Apache-2.0 */
#include "store/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/grow.h"

#define SECOND_NS 1e9

void hae_view_series_init(struct hae_view_series_set *set, size_t limit)
{
    memset(set, 0, sizeof *set);
    hae_view_memo_init(&set->places, limit);
}

void hae_view_series_done(struct hae_view_series_set *set)
{
    hae_view_memo_done(&set->places);
    free(set->items);
    free(set->changed);
    memset(set, 0, sizeof *set);
}

void hae_view_series_begin(struct hae_view_series_set *set)
{
    set->request++;
    set->count_before = set->places.count;
    set->changed_count = 0;
}

static struct hae_view_digest digest_of(int64_t id)
{
    /* Numbers that follow each other are spread. */
    return (struct hae_view_digest){(uint64_t)id * 0x9e3779b97f4a7c15U >> 16, (uint64_t)id};
}

void hae_view_series_take_back(struct hae_view_series_set *set)
{
    hae_view_memo_cut(&set->places, set->count_before);
    for (size_t i = 0; i < set->changed_count; i++) {
        const struct hae_view_series *before = &set->changed[i];
        set->items[hae_view_memo_find(&set->places, digest_of(before->id))->id] = *before;
    }
    set->changed_count = 0;
}

/* Room for one more in an array. False: out of memory. */
static bool grow(struct hae_view_series **items, size_t count, size_t *capacity)
{
    struct hae_view_series *grown = hae_view_grow(*items, count, capacity, sizeof **items);
    if (grown != NULL) {
        *items = grown;
    }
    return grown != NULL;
}

static struct hae_view_series *add_series(struct hae_view_series_set *set,
                                          const struct hae_view_series *series)
{
    size_t place = set->places.count;
    if (!grow(&set->items, place, &set->capacity) ||
        !hae_view_memo_add(&set->places, digest_of(series->id), (int64_t)place)) {
        return NULL;
    }
    set->items[place] = *series;
    set->items[place].rate = NAN;
    set->items[place].request = set->request;
    return &set->items[place];
}

/* The series that a point belongs to, to be changed; NULL: out of memory. */
static struct hae_view_series *find_or_add(struct hae_view_series_set *set,
                                           const struct hae_view_series *series)
{
    const struct hae_view_memo_entry *known =
        hae_view_memo_find(&set->places, digest_of(series->id));
    if (known == NULL) {
        return add_series(set, series);
    }
    struct hae_view_series *found = &set->items[known->id];
    if (found->request != set->request) {
        if (!grow(&set->changed, set->changed_count, &set->changed_capacity)) {
            return NULL;
        }
        set->changed[set->changed_count++] = *found;
        found->request = set->request;
    }
    return found;
}

static bool is_number(enum hae_view_metric_kind kind)
{
    return kind == HAE_VIEW_GAUGE || kind == HAE_VIEW_UP_DOWN || kind == HAE_VIEW_COUNTER;
}

static double number_of(const struct hae_view_figures *figures)
{
    return figures->is_integer ? (double)figures->integer : figures->value;
}

/* A cumulative series that only rises was reset when its start time moves on or its value
 * falls. */
static bool started_over(const struct hae_view_series *series,
                         const struct hae_view_point_row *point)
{
    if (!series->has_value || series->kind == HAE_VIEW_GAUGE || series->kind == HAE_VIEW_UP_DOWN) {
        return false;
    }
    if (point->start_ns > series->start_ns) {
        return true;
    }
    if (series->kind == HAE_VIEW_COUNTER) {
        return number_of(&point->figures) < number_of(&series->figures);
    }
    return point->figures.count < series->figures.count;
}

static int64_t add_clamped(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) {
        return a < 0 ? INT64_MIN : INT64_MAX;
    }
    return sum;
}

static uint64_t add_counts(uint64_t a, uint64_t b)
{
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

static void keep_earlier(struct hae_view_series *series)
{
    if (series->kind != HAE_VIEW_COUNTER) {
        series->earlier_count = add_counts(series->earlier_count, series->figures.count);
    } else if (series->figures.is_integer) {
        series->earlier_integer = add_clamped(series->earlier_integer, series->figures.integer);
    } else {
        series->earlier_value += series->figures.value;
    }
}

/* Returns whether it is the first one after a restart. */
static bool take_cumulative(struct hae_view_series *series, const struct hae_view_point_row *point)
{
    double before = 0;
    uint64_t since_ns = 0; /* one point gives no rate */
    bool restarted = started_over(series, point);
    if (restarted) {
        keep_earlier(series);
    } else if (series->has_value) {
        before = number_of(&series->figures);
        since_ns = series->time_ns;
    }
    series->rate = NAN;
    if (series->kind == HAE_VIEW_COUNTER && since_ns > 0 && point->time_ns > since_ns) {
        series->rate =
            (number_of(&point->figures) - before) * SECOND_NS / (double)(point->time_ns - since_ns);
    }
    series->figures = point->figures;
    return restarted;
}

static void take_delta(struct hae_view_series *series, const struct hae_view_point_row *point)
{
    struct hae_view_figures total = point->figures;
    if (series->has_value) {
        total.integer = add_clamped(total.integer, series->figures.integer);
        total.value += series->figures.value;
        total.count = add_counts(total.count, series->figures.count);
        total.sum += series->figures.sum;
    }
    series->rate = NAN;
    if (is_number(series->kind) && point->time_ns > point->start_ns && point->start_ns > 0) {
        series->rate =
            number_of(&point->figures) * SECOND_NS / (double)(point->time_ns - point->start_ns);
    }
    series->figures = total;
}

enum hae_view_point_answer hae_view_series_add(struct hae_view_series_set *set,
                                               const struct hae_view_series *of_series,
                                               const struct hae_view_point_row *point)
{
    struct hae_view_series *series = find_or_add(set, of_series);
    if (series == NULL) {
        return HAE_VIEW_POINT_NO_MEMORY;
    }
    if (series->time_ns != 0 && point->time_ns == series->time_ns) {
        return HAE_VIEW_POINT_REPEATED;
    }
    /* A start before the known one belongs to an earlier run. */
    if (point->time_ns < series->time_ns ||
        (point->start_ns != 0 && point->start_ns < series->start_ns)) {
        return HAE_VIEW_POINT_LATE;
    }
    bool restarted = false;
    if (!point->no_recorded_value) {
        if (series->temporality == HAE_VIEW_DELTA) {
            take_delta(series, point);
        } else {
            restarted = take_cumulative(series, point);
        }
        series->has_value = true;
        series->start_ns = point->start_ns;
    }
    series->time_ns = point->time_ns;
    return restarted ? HAE_VIEW_POINT_RESTARTED : HAE_VIEW_POINT_TAKEN;
}

void hae_view_series_measure(const struct hae_view_series *series,
                             struct hae_view_measurements *sum)
{
    if (!series->has_value || series->kind == HAE_VIEW_GAUGE || series->kind == HAE_VIEW_UP_DOWN) {
        return;
    }
    if (series->kind != HAE_VIEW_COUNTER) {
        sum->histograms =
            add_counts(sum->histograms, add_counts(series->figures.count, series->earlier_count));
        return;
    }
    sum->integer_sums = add_clamped(sum->integer_sums, series->earlier_integer);
    sum->real_sums += series->earlier_value;
    if (series->figures.is_integer) {
        sum->integer_sums = add_clamped(sum->integer_sums, series->figures.integer);
    } else {
        sum->real_sums += series->figures.value;
    }
}

double hae_view_measurements_total(const struct hae_view_measurements *measurements)
{
    return (double)measurements->histograms + (double)measurements->integer_sums +
           measurements->real_sums;
}
