/* SPDX-License-Identifier: Apache-2.0 */
/* An export queue: what waits for one destination and signal, what is in flight, and in which
 * order. Only the driver of the pipeline touches it. When to send is the sender's business
 * (sender.h). */
#ifndef HAETAE_PIPELINE_QUEUE_H
#define HAETAE_PIPELINE_QUEUE_H

#include "pipeline/backoff.h"
#include "pipeline/delivery_view.h"
#include "pipeline/store.h"
#include "pipeline/ticket.h"

struct hae_destination;
struct hae_export_queue;

/* One request on its way through one queue. */
struct hae_delivery {
    struct haetae_delivery view; /* first: what the exporter gets */
    struct hae_export_queue *queue;
    struct hae_request *request;
    struct hae_delivery *previous;
    struct hae_delivery *next;
    bool in_flight;
    bool urgent;           /* a flush wants it tried once, whatever the pause */
    bool was_urgent;       /* this try is made for a flush */
    bool was_tried;        /* it counts as in flight */
    bool flush_wants;      /* a flush wants it tried, by backups too */
    uint32_t refused_by;   /* of the destination and its backups, bit by bit */
    uint32_t flush_tried;  /* the same: those that were tried for the last flush */
    uint32_t round;        /* of the queue, when it was sent */
    uint64_t first_try_ms; /* not for a flush; 0: none yet */
    uint64_t sent_ms;
    uint64_t sent_ns;          /* where operations are reported */
    struct hae_pause pause;    /* of this request alone, while others pass it */
    struct hae_ticket *ticket; /* for a spool, before it goes there; NULL: none */
};

/* What became of the items that an exporter got. An item of several tries counts once. */
struct hae_export_counts {
    uint64_t in_flight; /* from the first try to the end, pauses between tries included */
    uint64_t exported;
    uint64_t failed[HAETAE_DROP_COUNT];
};

struct hae_deliveries {
    struct hae_delivery *first;
    struct hae_delivery *last;
    uint32_t count;
    uint64_t item_count;
};

struct hae_export_queue {
    struct hae_destination *destination;
    haetae_signal signal;
    struct hae_deliveries waiting;   /* in the order of their requests */
    struct hae_deliveries in_flight; /* in the order of sending        */
    uint32_t in_flight_count;
    uint64_t in_flight_bytes;
    uint64_t in_flight_bytes_most;     /* from so many on none is sent; 0: no bound. See spill.c */
    struct hae_delivery *urgent_first; /* of those that wait; NULL: none is urgent */
    uint64_t held_bytes;               /* of the requests that it reads, shared or not */
    struct hae_backoff backoff;
    struct hae_export_counts counts;
    uint64_t lost_count;    /* items, for the destination, tried or not    */
    uint64_t retries;       /* requests that were sent again               */
    uint64_t last_error_ms; /* of the last try that failed, since 1970; 0: none */
};

/* Adds a request, as a reader of it. False: out of memory. */
bool hae_export_queue_add(struct hae_export_queue *queue, struct hae_request *request);

/* Moves a delivery that waits to those in flight, and back to neither list. */
void hae_export_queue_begin(struct hae_delivery *delivery);
void hae_export_queue_take_back(struct hae_delivery *delivery);

/* A delivery in neither list waits again, in its place. */
void hae_export_queue_put_back(struct hae_delivery *delivery);

/* A delivery that waits is in neither list, and not urgent any more. */
void hae_export_queue_take_out(struct hae_delivery *delivery);

/* A delivery in neither list waits in another queue of its signal, which has not tried it; its time
 * since the first try goes on. What the first queue sent of it counts as failed there, as `reason`.
 */
void hae_export_queue_move(struct hae_delivery *delivery, struct hae_export_queue *to,
                           haetae_drop_reason reason);

/* A delivery in neither list is over, with `lost_count` items lost. */
void hae_export_queue_settle(struct hae_delivery *delivery, uint64_t lost_count,
                             haetae_drop_reason reason);

/* A delivery in neither list is over; its reference to the request is the caller's now. */
void hae_export_queue_forget(struct hae_delivery *delivery);

/* Has each delivery that waits now tried once, whatever the pauses after failures. */
void hae_export_queue_flush_now(struct hae_export_queue *queue);

/* The next delivery to send, now or when that time has come: the first one of those that may
 * go. While the receiver fails, a request that has failed twice lets those behind it try.
 * NULL, or UINT64_MAX: none waits. */
struct hae_delivery *hae_export_queue_next(const struct hae_export_queue *queue, uint64_t now_ms);
uint64_t hae_export_queue_next_ms(const struct hae_export_queue *queue);

/* The same of the urgent ones, which wait only as the receiver asked. */
struct hae_delivery *hae_export_queue_next_urgent(const struct hae_export_queue *queue,
                                                  uint64_t now_ms);
uint64_t hae_export_queue_next_urgent_ms(const struct hae_export_queue *queue);

/* Whether its signal has no room for more, and something waits here. */
bool hae_export_queue_is_full(const struct hae_export_queue *queue);

/* The delivery of a request that waits, or is in flight; NULL: there is none. */
struct hae_delivery *hae_export_queue_find(const struct hae_export_queue *queue,
                                           const struct hae_request *request);
struct hae_delivery *hae_export_queue_find_in_flight(const struct hae_export_queue *queue,
                                                     const struct hae_request *request);

/* Drops one that waits. */
void hae_export_queue_evict(struct hae_delivery *delivery, haetae_drop_reason reason);

/* Drops all that wait, of which `lost` or nothing is counted as lost. */
void hae_export_queue_clear(struct hae_export_queue *queue, bool lost, haetae_drop_reason reason);

#endif
