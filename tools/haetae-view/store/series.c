/* SPDX-License-Identifier: Apache-2.0 */
#include "store/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256
#define SECOND_NS      1e9

void hae_view_series_init(struct hae_view_series_set *set, size_t limit,
                          struct hae_view_hash_key key)
{
    memset(set, 0, sizeof *set);
    set->limit = limit;
    set->key = key;
}

void hae_view_series_done(struct hae_view_series_set *set)
{
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i] != NULL) {
            free(set->slots[i]->name);
            free(set->slots[i]);
        }
    }
    free(set->slots);
    memset(set, 0, sizeof *set);
}

static struct hae_view_digest identity(const struct hae_view_series_set *set,
                                       const struct hae_view_source *source,
                                       const struct hae_view_point *point)
{
    struct {
        struct hae_view_digest resource;
        struct hae_view_digest attributes;
        struct hae_view_digest name;
        struct hae_view_digest unit;
        uint64_t service_scope;
        uint64_t kind;
    } parts;
    parts.resource = source->resource;
    parts.attributes = point->attributes_digest;
    parts.name = hae_view_digest(set->key, point->name, strlen(point->name));
    parts.unit = hae_view_digest(set->key, point->unit, strlen(point->unit));
    parts.service_scope = (uint64_t)source->service << 32 | source->scope;
    parts.kind = (uint64_t)point->kind << 32 | (uint64_t)point->temporality;
    return hae_view_digest(set->key, &parts, sizeof parts);
}

static bool same(struct hae_view_digest a, struct hae_view_digest b)
{
    return a.low == b.low && a.high == b.high;
}

static struct hae_view_series **find(struct hae_view_series **slots, size_t capacity,
                                     struct hae_view_digest digest)
{
    size_t at = (size_t)digest.low & (capacity - 1);
    while (slots[at] != NULL && !same(slots[at]->digest, digest)) {
        at = (at + 1) & (capacity - 1);
    }
    return &slots[at];
}

static bool make_room(struct hae_view_series_set *set)
{
    if ((set->count + 1) * 4 <= set->capacity * 3) {
        return true;
    }
    size_t capacity = set->capacity == 0 ? FIRST_CAPACITY : set->capacity * 2;
    struct hae_view_series **slots = calloc(capacity, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i] != NULL) {
            *find(slots, capacity, set->slots[i]->digest) = set->slots[i];
        }
    }
    free(set->slots);
    set->slots = slots;
    set->capacity = capacity;
    return true;
}

static struct hae_view_series *new_series(const struct hae_view_point *point)
{
    size_t name_size = strlen(point->name) + 1;
    size_t unit_size = strlen(point->unit) + 1;
    size_t attributes_size = strlen(point->attributes) + 1;
    struct hae_view_series *series = calloc(1, sizeof *series);
    char *text = malloc(name_size + unit_size + attributes_size);
    if (series == NULL || text == NULL) {
        free(series);
        free(text);
        return NULL;
    }
    series->name = memcpy(text, point->name, name_size);
    series->unit = memcpy(text + name_size, point->unit, unit_size);
    series->attributes = memcpy(text + name_size + unit_size, point->attributes, attributes_size);
    series->kind = point->kind;
    series->temporality = point->temporality;
    series->rate = NAN;
    return series;
}

static struct hae_view_series *find_or_make(struct hae_view_series_set *set,
                                            const struct hae_view_source *source,
                                            const struct hae_view_point *point)
{
    struct hae_view_digest digest = identity(set, source, point);
    if (set->capacity > 0) {
        struct hae_view_series *known = *find(set->slots, set->capacity, digest);
        if (known != NULL) {
            return known;
        }
    }
    if (set->count >= set->limit || !make_room(set)) {
        return NULL;
    }
    struct hae_view_series *series = new_series(point);
    if (series != NULL) {
        series->digest = digest;
        series->service = source->service;
        series->scope = source->scope;
        *find(set->slots, set->capacity, digest) = series;
        set->count++;
    }
    return series;
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
static bool started_over(const struct hae_view_series *series, const struct hae_view_point *point)
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

static void keep_earlier(struct hae_view_series *series)
{
    if (series->kind != HAE_VIEW_COUNTER) {
        series->earlier_count += series->figures.count;
    } else if (series->figures.is_integer) {
        series->earlier_integer = add_clamped(series->earlier_integer, series->figures.integer);
    } else {
        series->earlier_value += series->figures.value;
    }
}

static void take_cumulative(struct hae_view_series_set *set, struct hae_view_series *series,
                            const struct hae_view_point *point)
{
    double before = 0;
    uint64_t since_ns = 0; /* one point gives no rate */
    if (started_over(series, point)) {
        set->restarts++;
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
}

static void take_delta(struct hae_view_series *series, const struct hae_view_point *point)
{
    struct hae_view_figures total = point->figures;
    if (series->has_value) {
        total.integer = add_clamped(total.integer, series->figures.integer);
        total.value += series->figures.value;
        total.count += series->figures.count;
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
                                               const struct hae_view_source *source,
                                               const struct hae_view_point *point)
{
    struct hae_view_series *series = find_or_make(set, source, point);
    if (series == NULL) {
        return HAE_VIEW_POINT_UNTRACKED;
    }
    if (series->time_ns != 0 && point->time_ns == series->time_ns) {
        return HAE_VIEW_POINT_REPEATED;
    }
    /* A start before the known one belongs to an earlier run. */
    if (point->time_ns < series->time_ns ||
        (point->start_ns != 0 && point->start_ns < series->start_ns)) {
        return HAE_VIEW_POINT_LATE;
    }
    if (!point->no_recorded_value) {
        if (point->temporality == HAE_VIEW_DELTA) {
            take_delta(series, point);
        } else {
            take_cumulative(set, series, point);
        }
        series->has_value = true;
        series->start_ns = point->start_ns;
    }
    series->time_ns = point->time_ns;
    return HAE_VIEW_POINT_TAKEN;
}

void hae_view_series_measure(const struct hae_view_series *series,
                             struct hae_view_measurements *sum)
{
    if (!series->has_value || series->kind == HAE_VIEW_GAUGE || series->kind == HAE_VIEW_UP_DOWN) {
        return;
    }
    if (series->kind != HAE_VIEW_COUNTER) {
        sum->histograms += series->figures.count + series->earlier_count;
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
