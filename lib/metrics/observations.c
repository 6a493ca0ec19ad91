/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/observations.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "metrics/attribute_set.h"
#include "metrics/cell.h"
#include "metrics/observed.h"
#include "metrics/plain.h"
#include "metrics/series.h"
#include "metrics/unused.h"

enum { ROOM_MIN = 16 };

bool hae_observed_together(const struct hae_stream *stream, const struct hae_series *series)
{
    return hae_stream_is_observed(stream->data) &&
           (stream->filter != NULL || hae_ref_of(stream->region, series) == stream->data->overflow);
}

/* Of any set with at most HAE_METRIC_ATTRIBUTES_MAX attributes; the others are one. */
static HAE_COLD uint64_t hash_of(const haetae_attribute *attributes, size_t count)
{
    struct hae_attribute_set set;

    if (count > HAE_METRIC_ATTRIBUTES_MAX) {
        return 0;
    }
    hae_attribute_set_read(attributes, count, NULL, &set);
    return set.sum;
}

struct hae_observation hae_observation_of(const struct hae_stream *stream, union hae_number value,
                                          uint64_t since_unix_ns,
                                          const haetae_attribute *attributes, size_t count)
{
    size_t given = attributes != NULL ? count : 0;
    struct hae_observation observation = {
        .stream = stream, .since_unix_ns = since_unix_ns, .value = value};

    if (stream->unused != NULL) {
        hae_unused_enter(stream->unused, NULL);
    }
    observation.series = hae_series_find(stream, attributes, given);
    if (stream->unused != NULL) {
        hae_unused_leave(stream->unused, NULL);
    }
    if (hae_observed_together(stream, observation.series)) {
        observation.set = hash_of(attributes, given);
    }
    return observation;
}

static bool reserve(struct hae_observations *observations)
{
    size_t room = observations->room != 0 ? 2 * observations->room : ROOM_MIN;
    struct hae_observation *list;

    if (observations->count < observations->room) {
        return true;
    }
    list = hae_realloc(observations->list, room * sizeof *list);
    if (list == NULL) {
        return false;
    }
    observations->list = list;
    observations->room = room;
    return true;
}

bool hae_observations_add(struct hae_observations *observations,
                          const struct hae_observation *observation)
{
    if (!reserve(observations)) {
        return false;
    }
    observations->list[observations->count] = *observation;
    observations->list[observations->count].order = observations->count;
    observations->count++;
    return true;
}

/* ---- By series and set ---- */

static int by_place(const struct hae_observation *one, const struct hae_observation *other)
{
    uintptr_t series = (uintptr_t)one->series;
    uintptr_t other_series = (uintptr_t)other->series;

    if (series != other_series) {
        return series < other_series ? -1 : 1;
    }
    return one->set != other->set ? (one->set < other->set ? -1 : 1) : 0;
}

static int by_place_and_order(const void *a, const void *b)
{
    const struct hae_observation *one = a;
    const struct hae_observation *other = b;
    int order = by_place(one, other);

    return order != 0 ? order : (one->order > other->order) - (one->order < other->order);
}

/* The first one that does not come before an observation. */
static size_t place_of(const struct hae_observations *kept,
                       const struct hae_observation *observation, bool *ret_is_there)
{
    size_t from = 0;
    size_t end = kept->count;

    while (from < end) {
        size_t middle = from + (end - from) / 2;

        if (by_place(&kept->list[middle], observation) < 0) {
            from = middle + 1;
        } else {
            end = middle;
        }
    }
    *ret_is_there = from < kept->count && by_place(&kept->list[from], observation) == 0;
    return from;
}

bool hae_observations_keep(struct hae_observations *kept, const struct hae_observation *observation)
{
    bool is_there;
    size_t at = place_of(kept, observation, &is_there);

    if (!is_there) {
        if (!reserve(kept)) {
            return false;
        }
        memmove(kept->list + at + 1, kept->list + at, (kept->count - at) * sizeof *kept->list);
        kept->count++;
    }
    kept->list[at] = *observation;
    return true;
}

void hae_observations_remove(struct hae_observations *kept,
                             const struct hae_observation *observation)
{
    bool is_there;
    size_t at = place_of(kept, observation, &is_there);

    if (is_there) {
        kept->count--;
        memmove(kept->list + at, kept->list + at + 1, (kept->count - at) * sizeof *kept->list);
    }
}

/* ---- Into the cells ---- */

static void put(const struct hae_observation *observation, union hae_number value, uint64_t round)
{
    (void)hae_observed_put(observation->stream, observation->series, value, round,
                           observation->since_unix_ns);
}

static union hae_number add(const struct hae_stream *stream, union hae_number one,
                            union hae_number other)
{
    if (stream->number_type == HAETAE_NUMBER_INT64) {
        return (union hae_number){.int64 = (int64_t)((uint64_t)one.int64 + (uint64_t)other.int64)};
    }
    return (union hae_number){.real = hae_add_finite(one.real, other.real)};
}

/* Puts the value of a series that several sets have: the sum of their totals, or the last of their
 * levels. Returns where the next series begins. */
static size_t put_together(const struct hae_observation *list, size_t from, size_t count,
                           uint64_t round)
{
    const struct hae_observation *last = &list[from];
    union hae_number sum = {.int64 = 0};
    size_t at = from;

    if (last->stream->number_type != HAETAE_NUMBER_INT64) {
        sum.real = 0;
    }
    for (; at < count && list[at].series == list[from].series; at++) {
        if (at + 1 < count && by_place(&list[at], &list[at + 1]) == 0) {
            continue; /* it was observed again */
        }
        sum = add(list[at].stream, sum, list[at].value);
        if (list[at].order >= last->order) {
            last = &list[at];
        }
    }
    put(last, last->stream->data->aggregation == HAE_AGGREGATION_OBSERVED_SUM ? sum : last->value,
        round);
    return at;
}

void hae_observations_apply(struct hae_observations *observations, uint64_t round)
{
    struct hae_observation *list = observations->list;
    size_t together = 0;

    for (size_t i = 0; i < observations->count; i++) {
        if (hae_observed_together(list[i].stream, list[i].series)) {
            list[together++] = list[i];
        } else {
            put(&list[i], list[i].value, round);
        }
    }
    if (together != 0) {
        qsort(list, together, sizeof *list, by_place_and_order);
    }
    for (size_t at = 0; at < together;) {
        at = put_together(list, at, together, round);
    }
    observations->count = 0;
}

void hae_observations_done(struct hae_observations *observations)
{
    hae_free(observations->list);
    *observations = (struct hae_observations){0};
}
