/* SPDX-License-Identifier: Apache-2.0 */
/* The requests held in memory: the byte budget, the references to a request, and what is counted
 * when the last reference goes. Only the driver of the pipeline touches it. */
#ifndef HAETAE_PIPELINE_STORE_H
#define HAETAE_PIPELINE_STORE_H

#include "pipeline/accounting.h"
#include "pipeline/request.h"
#include "pipeline/spare.h"

struct hae_store {
    struct hae_accounting *accounting;
    uint64_t limit_bytes[HAETAE_SIGNAL_COUNT];     /* of batches and requests together */
    uint64_t batch_bytes[HAETAE_SIGNAL_COUNT];     /* of batches                       */
    uint64_t used_bytes[HAETAE_SIGNAL_COUNT];      /* of requests and deliveries       */
    struct hae_spares spares[HAETAE_SIGNAL_COUNT]; /* within the limit, unless there is no room */
    struct hae_request *oldest;
    struct hae_request *newest;
    uint64_t last_sequence;
    bool keeps; /* what is not delivered by now stays held: its source keeps it */
    bool is_full[HAETAE_SIGNAL_COUNT]; /* an item had no room, and no request has gone since */

    /* For flushes, since they looked last: the first request that lost items, and the first that
     * newer data replaced, by their sequence; UINT64_MAX: none. */
    uint64_t first_lost;
    uint64_t first_replaced;
};

/* Begins in memory that is zero. */
void hae_store_init(struct hae_store *store);

/* Adds a request. From then on its bytes are charged, and its items are settled with its last
 * reference. */
void hae_store_add(struct hae_store *store, struct hae_request *request);

/* Forgets what was lost and replaced so far. */
void hae_store_forget_losses(struct hae_store *store);

/* Memory that is left for a signal's requests, beside its batches' own memory. */
size_t hae_store_left(const struct hae_store *store, haetae_signal signal);

/* The memory that a signal's batch has now. Frees spares that it leaves no room for. */
void hae_store_set_batch(struct hae_store *store, haetae_signal signal, uint64_t size_bytes);

/* Frees all spares. */
void hae_store_free_spares(struct hae_store *store);

/* Memory that the parts of a request may take. Together they are a little larger than the whole,
 * so they may exceed the limit by a constant. */
size_t hae_store_left_for_parts(const struct hae_store *store, const struct hae_request *request);

/* Whether every request up to this number in the order of making has been settled. */
bool hae_store_settled_up_to(const struct hae_store *store, uint64_t sequence);

/* Adds a reference to a request; hae_request_open() also keeps its bytes, until
 * hae_request_close(). */
struct hae_request *hae_request_ref(struct hae_request *request);
struct hae_request *hae_request_open(struct hae_request *request);
void hae_request_close(struct hae_request *request);

/* Removes a reference, whose holder has lost `lost_count` of the items. With the last one the
 * items are settled: they leave the accounting's held, or, of a part, go to its whole. */
void hae_request_unref(struct hae_request *request, uint64_t lost_count, haetae_drop_reason reason);

/* In a forked child: forgets all that is held. */
void hae_store_reinit(struct hae_store *store);

#endif
