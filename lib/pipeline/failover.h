/* SPDX-License-Identifier: Apache-2.0 */
/* A destination and its backups are a chain, and each of them is a member. Of each signal, the
 * first member that is not away gets the requests. What waits for one that goes away moves on; one
 * that was away gets single requests until it takes one, and then gets all again. Only the driver
 * of the pipeline touches it. */
#ifndef HAETAE_PIPELINE_FAILOVER_H
#define HAETAE_PIPELINE_FAILOVER_H

#include "pipeline/destination.h"

/* Deliveries that move in one run, so that the worker comes back to the rings. */
enum { HAE_MOVES_PER_RUN = 64 };

/* `first` is the first member, which stands in for no other; its backups follow it in memory. */

/* Whether the destination of a queue is away: its receiver does not answer, or has asked for a
 * pause. */
bool hae_failover_is_away(const struct hae_export_queue *queue, uint64_t now_ms);

/* The queue of the first of them that is not away; NULL: all are. And whether a single request may
 * find out if the receiver of one that is away is back. */
struct hae_export_queue *hae_failover_healthy(struct hae_destination *first, haetae_signal signal,
                                              uint64_t now_ms);
bool hae_failover_may_try(const struct hae_export_queue *queue, uint64_t now_ms);

/* The queue of one that may have a request which is not urgent: of the first that is not away, else
 * of one that is to be tried again. NULL: none may now. */
struct hae_export_queue *hae_failover_place(struct hae_destination *first, haetae_signal signal,
                                            uint64_t now_ms);

/* Which of them gets a new request of the signal, which at least one of them takes. */
struct hae_export_queue *hae_failover_choose(struct hae_destination *first, haetae_signal signal);

/* Moves what waits for a member, or for the spool, to the queue of a member; with `keep_one` all
 * but the first, and `most` at a time. What that member has refused stays, or, if it waits for the
 * spool, goes to another member that has not refused it. Returns how many moved. */
uint32_t hae_failover_move(struct hae_export_queue *from, struct hae_export_queue *to,
                           bool keep_one, uint32_t most);

/* Moves what waits for those that are away, and gives those a request that are to be tried again.
 * It does a bounded piece of it. True: there is more. */
bool hae_failover_run(struct hae_destination *first, uint64_t now_ms);

/* When one of them is to be tried again with what waits for another; UINT64_MAX: not known. */
uint64_t hae_failover_due_ms(const struct hae_destination *first);

/* Why a delivery goes to another destination before the pipeline finds that its own is away. */
enum hae_pass_reason {
    HAE_PASS_REFUSED,  /* the receiver refuses the request for good: it does not get it again */
    HAE_PASS_GIVEN_UP, /* the time for tries is over: nor does it then */
    HAE_PASS_FLUSH     /* a flush wants everything tried, and this try has failed */
};

/* Gives a delivery in neither list to the best of those that may have it. False: none may; it is
 * as it was. */
bool hae_failover_pass_on(struct hae_delivery *delivery, enum hae_pass_reason reason);

/* Moves a delivery in neither list to the spool of its destination. False: there is none, or it may
 * not go there, or there is no memory; it is as it was. */
bool hae_failover_spool(struct hae_delivery *delivery);

/* What all of them, and their spool, hold of a signal; and the sequence of the oldest request of
 * any signal that one of them has, UINT64_MAX: there is none. `destination` is any of them. */
uint64_t hae_failover_held_bytes(const struct hae_destination *destination, haetae_signal signal);
uint64_t hae_failover_oldest(const struct hae_destination *destination);

#endif
