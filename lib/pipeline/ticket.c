/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/ticket.h"

#include "base/alloc.h"
#include "base/minmax.h"
#include "spool/spool_append.h"

void hae_ticket_add(struct hae_request *request, struct hae_ticket *ticket)
{
    ticket->next = request->tickets;
    request->tickets = ticket;
}

void hae_tickets_pass_on(struct hae_request *part, struct hae_request *whole)
{
    struct hae_ticket *ticket;

    while ((ticket = part->tickets) != NULL) {
        part->tickets = ticket->next;
        hae_ticket_add(whole, ticket);
    }
}

uint64_t hae_tickets_settle(struct hae_request *request)
{
    uint64_t left = request->item_count - request->loss.count;
    uint64_t spooled = 0;

    for (const struct hae_ticket *ticket = request->tickets; ticket != NULL;
         ticket = ticket->next) {
        uint64_t items = hae_min(ticket->item_count, left);

        left -= items;
        if (hae_spool_carry(ticket->spool, &ticket->receipt, (uint32_t)items)) {
            spooled += items;
        } else {
            request->loss.count += items;
            request->loss.by_reason[HAETAE_DROP_SPOOL] += items;
        }
    }
    return spooled;
}

void hae_tickets_free(struct hae_request *request)
{
    struct hae_ticket *ticket;

    while ((ticket = request->tickets) != NULL) {
        request->tickets = ticket->next;
        hae_free(ticket);
    }
}

/* Takes a ticket out of those of a request. NULL: it has no such one. */
static struct hae_ticket *take_out(struct hae_request *request, const struct hae_spool *spool,
                                   const struct hae_spool_receipt *receipt)
{
    for (struct hae_ticket **link = &request->tickets; *link != NULL; link = &(*link)->next) {
        struct hae_ticket *ticket = *link;

        if (ticket->spool == spool && ticket->receipt.segment == receipt->segment &&
            ticket->receipt.index == receipt->index) {
            *link = ticket->next;
            return ticket;
        }
    }
    return NULL;
}

void hae_tickets_done(struct hae_request *oldest, const struct hae_spool *spool,
                      const struct hae_spool_receipt *receipt, const struct hae_loss *loss)
{
    for (struct hae_request *request = oldest; request != NULL; request = request->newer) {
        struct hae_ticket *ticket = take_out(request, spool, receipt);

        if (ticket != NULL) {
            hae_free(ticket);
            if (loss->count > request->loss.count && loss->count <= request->item_count) {
                request->loss = *loss;
            }
            return;
        }
    }
}
