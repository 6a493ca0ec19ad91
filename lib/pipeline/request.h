/* SPDX-License-Identifier: Apache-2.0 */
/* An encoded export request: immutable, and shared by the destinations that get it. The store
 * counts who needs it (store.h). Only the driver of the pipeline touches requests. */
#ifndef HAETAE_PIPELINE_REQUEST_H
#define HAETAE_PIPELINE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "haetae/signal.h"
#include "haetae/stats.h"

struct hae_destination;
struct hae_source;
struct hae_store;
struct hae_ticket;

/* Destinations of one group get the same collections of metrics. A request of any other items goes
 * to those of all groups. */
enum { HAE_GROUP_ALL = 0xFF };

/* Items that were lost, and why. */
struct hae_loss {
    uint64_t count; /* over all reasons */
    uint64_t by_reason[HAETAE_DROP_COUNT];
};

/* A request that one destination got in parts. It counts as one: when the last part is
 * done, so is the whole for that destination. */
struct hae_split {
    struct hae_request *whole; /* holds the destination's reference */
    uint32_t parts_left;
    bool answered; /* for each part that is done */
    bool is_pick;  /* the part is all that the destination gets, by scope */
    struct hae_loss loss;
};

/* Of a request whose items the source keeps until they are settled: where they lie there. A part
 * has the range of the whole, and which of its items are the part's. */
struct hae_kept_range {
    const struct hae_source *source; /* NULL: no such request */
    uint64_t from;
    uint64_t to;
    uint64_t first_item; /* in the order of the whole request */
};

/* What became of a request with items that a dead process had left. If it is not done, the
 * items count as if the request had never been, and have to come again. */
enum hae_recovered_end {
    HAE_RECOVERED_DONE,      /* a receiver has taken all of it, or said that it is invalid */
    HAE_RECOVERED_REFUSED,   /* no receiver has; one refused it for another reason         */
    HAE_RECOVERED_TOO_LARGE, /* no receiver has; it is for smaller requests to try         */
    HAE_RECOVERED_UNANSWERED /* none has answered, or the pipeline has shut down           */
};

/* Of such a request, and of one that comes out of a spool. `settled` is called with its last
 * reference. */
struct hae_recovered {
    void (*settled)(void *user, enum hae_recovered_end end);
    void *user;
    bool is_spooled; /* it comes out of a spool: what a receiver refuses is done, too */
    bool stays;      /* of such a one: that is not, unless the receiver said that it is invalid */
    /* Of one that this process had spooled, when it is done: items count as spooled until then, of
     * the request at most as many as it has. */
    bool is_own;
    uint64_t own_count;
};

struct hae_request {
    struct hae_store *store;
    struct hae_split *split; /* NULL: not a part */
    struct hae_request *older;
    struct hae_request *newer;
    uint64_t sequence; /* in the order of making                   */
    uint64_t order;    /* in the order of sending: a part's is its whole's */
    uint64_t item_count;
    struct hae_loss loss;      /* the most that any destination lost of it */
    struct hae_loss pick_loss; /* what those lost that get some scopes only; together */
    bool answered;             /* a receiver has taken all of it, or said that it is invalid */
    bool pick_answered;        /* the same of what a destination gets by scope               */
    bool pick_unanswered;      /* another one has not                                        */
    bool handed_over;          /* an exporter got it, or a part of it, or what it is a part of */
    struct hae_kept_range kept;
    struct hae_recovered recovered;     /* settled NULL: not such a request */
    struct hae_ticket *tickets;         /* for destinations that have spooled it */
    uint64_t spooled_count;             /* of its items, at its end              */
    const struct hae_destination *only; /* that gets it, or one of those that stand in for it;
                                         * NULL: all */
    haetae_signal signal;
    uint8_t group;        /* of the destinations that get it, or HAE_GROUP_ALL */
    uint32_t given_count; /* to so many destinations, whole or by scope */
    uint32_t reference_count;
    uint32_t reader_count; /* of those, who still need the bytes */
    size_t size_bytes;
    uint8_t *data;         /* NULL when nobody needs it any more */
    uint8_t *memory;       /* the block that it lies in */
    size_t capacity_bytes; /* of the block              */
};

/* A request with room for `size_bytes`, which the caller fills; NULL: no memory. */
struct hae_request *hae_request_new(haetae_signal signal, size_t size_bytes);

/* A request without bytes. NULL: no memory. */
struct hae_request *hae_request_new_empty(haetae_signal signal);

/* Frees a request that is in no store. NULL: nothing. */
void hae_request_free(struct hae_request *request);

/* Whether it comes out of a file, or what it is a part of: nothing newer holds the same. */
bool hae_request_is_recovered(const struct hae_request *request);

/* What a request of this size takes of the memory. */
size_t hae_request_charge(size_t size_bytes);

#endif
