/* SPDX-License-Identifier: Apache-2.0 */
/* An encoded export request: immutable, and shared by the exporters that get it.
 * Only the driver of the pipeline touches requests. */
#ifndef HAE_PIPELINE_REQUEST_H
#define HAE_PIPELINE_REQUEST_H

#include <stddef.h>

#include "pipeline/account.h"

/* Items that were lost, and why. */
struct hae_loss {
    uint64_t count; /* over all reasons */
    uint64_t by_reason[HAETAE_DROP_COUNT];
};

/* A request that one exporter got in parts. It counts as one: when the last part is
 * done, so is the whole for that exporter. */
struct hae_split {
    struct hae_request *whole; /* holds the exporter's reference */
    uint32_t parts_left;
    struct hae_loss loss;
};

/* Of a request with items that a dead process had left. `settled` is called with its last
 * reference. Not done: no receiver has answered; the items count as if the request had
 * never been, and have to come again. */
struct hae_recovered {
    void (*settled)(void *user, bool done);
    void *user;
};

struct hae_request {
    struct hae_account *account;
    struct hae_split *split; /* NULL: not a part */
    struct hae_request *older;
    struct hae_request *newer;
    uint64_t sequence; /* in the order of making                   */
    uint64_t order;    /* in the order of sending: a part's is its whole's */
    uint64_t item_count;
    struct hae_loss loss;  /* the most that any exporter lost of it */
    bool answered;         /* a receiver has taken or refused some of it */
    uint64_t journal_from; /* where its items lie in the signal's journal */
    uint64_t journal_to;
    struct hae_recovered recovered; /* settled NULL: not such a request */
    haetae_signal signal;
    uint32_t reference_count;
    uint32_t reader_count; /* of those, who still need the bytes */
    size_t size_bytes;
    uint8_t *data; /* NULL when nobody needs it any more */
};

/* A request with room for `size_bytes`, which the caller fills; NULL: no memory. */
struct hae_request *hae_request_new(haetae_signal signal, size_t size_bytes);

/* Frees a request that was not tracked. NULL: nothing. */
void hae_request_discard(struct hae_request *request);

/* Puts a request among those outstanding. From then on its bytes are charged, and
 * its items are settled with its last reference. */
void hae_request_track(struct hae_request *request, struct hae_account *account);

struct hae_request *hae_request_ref(struct hae_request *request);

/* The same for one who reads the bytes: hae_request_close() ends the reading. */
struct hae_request *hae_request_open(struct hae_request *request);
void hae_request_close(struct hae_request *request);

/* A holder is done with the request and has lost `lost_count` of its items. With the
 * last one the items leave the account's held; a part's go to its whole. */
void hae_request_unref(struct hae_request *request, uint64_t lost_count, haetae_drop_reason reason);

/* What a request of this size takes of the memory. */
size_t hae_request_charge(size_t size_bytes);

#endif
