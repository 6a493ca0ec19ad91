/* SPDX-License-Identifier: Apache-2.0 */
/* Where in a spool a request is, for one of its destinations. When the request has ended the items
 * that it has not lost are the record's, from which they count once. Only the driver of the
 * pipeline touches tickets. */
#ifndef HAETAE_PIPELINE_TICKET_H
#define HAETAE_PIPELINE_TICKET_H

#include "pipeline/request.h"
#include "spool/spool_state.h"

struct hae_ticket {
    struct hae_ticket *next;
    struct hae_spool *spool;
    struct hae_spool_receipt receipt;
    uint64_t item_count;
};

/* Adds a ticket to those of a request, which owns it from then on. */
void hae_ticket_add(struct hae_request *request, struct hae_ticket *ticket);

/* The last part of a request gives it the part's tickets. */
void hae_tickets_pass_on(struct hae_request *part, struct hae_request *whole);

/* At the end of a request: has its records stand for its items. Returns for how many they do; those
 * that the spool has dropped meanwhile become losses of the request. */
uint64_t hae_tickets_settle(struct hae_request *request);

/* Frees the tickets of a request. */
void hae_tickets_free(struct hae_request *request);

/* The record at `receipt` is done though its request, one of those from `oldest` on, has not ended,
 * and was lost as `loss` says: so has the request been for that destination. */
void hae_tickets_done(struct hae_request *oldest, const struct hae_spool *spool,
                      const struct hae_spool_receipt *receipt, const struct hae_loss *loss);

#endif
