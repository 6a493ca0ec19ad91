/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/bound.h"

#include "base/alloc.h"

struct hae_bound *hae_bound_new(struct hae_recorder *recorder, const struct hae_bound_series *all,
                                uint32_t series_count)
{
    size_t places = (size_t)recorder->lane_count + 1;
    size_t head = sizeof(struct hae_bound) + places * sizeof(hae_cell_entry);
    struct hae_bound *bound = hae_calloc(1, head + series_count * sizeof all[0]);

    if (bound == NULL) {
        return NULL;
    }
    bound->recorder = recorder;
    bound->series = series_count != 0 ? all[0].series : NULL;
    bound->series_count = series_count;
    bound->all = (struct hae_bound_series *)(void *)(hae_bound_cells(bound) + places);
    for (uint32_t i = 0; i < series_count; i++) {
        bound->all[i] = all[i];
    }
    return bound;
}

static bool same_series(const struct hae_bound *bound, const struct hae_bound_series *all,
                        uint32_t series_count)
{
    for (uint32_t i = 0; i < series_count; i++) {
        if (bound->all[i].series != all[i].series) {
            return false;
        }
    }
    return true;
}

struct hae_bound *hae_bound_find(struct hae_bound *first, const struct hae_bound_series *all,
                                 uint32_t series_count)
{
    while (first != NULL && !same_series(first, all, series_count)) {
        first = first->next;
    }
    return first;
}

void hae_bound_keep(const struct hae_bound *bound)
{
    for (uint32_t i = 0; i < bound->series_count; i++) {
        /* Relaxed: no other thread uses it yet. */
        if (bound->all[i].stream->gives_back) {
            atomic_store_explicit(&bound->all[i].series->use, HAE_SERIES_KEPT,
                                  memory_order_relaxed);
        }
    }
}

void hae_bound_reinit(struct hae_bound *bound)
{
    for (uint32_t i = 0; i <= bound->recorder->lane_count; i++) {
        /* Relaxed: no other thread uses it yet. */
        atomic_store_explicit(&hae_bound_cells(bound)[i], NULL, memory_order_relaxed);
    }
}

void hae_bound_free_list(struct hae_bound *first)
{
    while (first != NULL) {
        struct hae_bound *next = first->next;

        hae_free(first);
        first = next;
    }
}
