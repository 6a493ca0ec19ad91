/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers items of one signal by scope, of which batch_finish.h makes requests.
 *
 * The three requests have the same shape, field numbers included:
 *     Export…Request { 1: Resource… { 1: Resource, 3: schema URL, 2: Scope… { 1: scope,
 *     2: item …, 3: schema URL } … } }
 * so one batch serves traces, metrics and logs. */
#ifndef HAETAE_PIPELINE_BATCH_H
#define HAETAE_PIPELINE_BATCH_H

#include "pipeline/batch_section.h"
#include "pipeline/request.h"
#include "pipeline/spare.h"

struct hae_batch {
    struct hae_heap heap; /* has the scopes */
    struct hae_resource_view resource;
    haetae_signal signal;
    struct hae_spares *spares; /* memory for the first section; NULL: none. Of the caller. */

    struct hae_batch_section *sections;
    uint32_t section_count;
    uint32_t section_capacity;
    uint32_t last_section; /* where the last item went */
    size_t size_bytes;     /* of the request made of it now, at most */
    size_t memory_bytes;   /* allocated here */
    uint64_t item_count;
    uint64_t since_ms; /* when the first item was added */
};

void hae_batch_init(struct hae_batch *batch, struct hae_heap heap, haetae_signal signal,
                    struct hae_resource_view resource);
void hae_batch_done(struct hae_batch *batch);

/* How much an item of this size and scope adds to the request. */
size_t hae_batch_growth(const struct hae_batch *batch, uint16_t scope, size_t item_size_bytes);

struct hae_item {
    uint16_t scope;
    const uint8_t *data;
    size_t size_bytes;
    uint64_t count; /* 1, or the data points of a metric */
};

enum hae_batch_put {
    HAE_BATCH_PUT,
    HAE_BATCH_FULL,      /* there is no room below `memory_max` */
    HAE_BATCH_NO_MEMORY, /* the system has none */
};

/* Adds an item; it is copied. Growing takes twice the memory for a moment, and
 * leaves memory_bytes below `memory_max`. Nothing was added when it fails. */
enum hae_batch_put hae_batch_add(struct hae_batch *batch, const struct hae_item *item,
                                 size_t memory_max);

/* Adds an item in the common case: it has the scope of the last one, memory is there, and the
 * request stays within both limits. False: this is not that case; nothing was added, and
 * hae_batch_add() may still succeed. */
bool hae_batch_append(struct hae_batch *batch, const struct hae_item *item, size_t size_max_bytes,
                      uint64_t count_max);

#endif
