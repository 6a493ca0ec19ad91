/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/request.h"

#include "base/alloc.h"

struct hae_request *hae_request_ref(struct hae_request *request)
{
    request->reference_count++;
    return request;
}

static void settle(const struct hae_request *request)
{
    struct hae_ledger *ledger = &request->account->signals[request->signal];

    pthread_mutex_lock(&request->account->lock);
    ledger->held -= request->item_count;
    ledger->delivered += request->item_count - request->lost_count;
    ledger->dropped[request->lost_reason] += request->lost_count;
    pthread_mutex_unlock(&request->account->lock);
}

/* Returns the whole, when this was its last part: its reference is to be given up. */
static struct hae_split *settle_part(const struct hae_request *request)
{
    struct hae_split *split = request->split;

    if (request->lost_count != 0) {
        split->lost_count += request->lost_count;
        split->lost_reason = request->lost_reason;
    }
    return --split->parts_left == 0 ? split : NULL;
}

static void unlink_request(struct hae_request *request)
{
    if (request->previous != NULL) {
        request->previous->next = request->next;
    } else {
        *request->outstanding = request->next;
    }
    if (request->next != NULL) {
        request->next->previous = request->previous;
    }
}

void hae_request_unref(struct hae_request *request, uint64_t lost_count, haetae_drop_reason reason)
{
    for (;;) {
        struct hae_split *split = NULL;

        if (lost_count > request->lost_count) {
            request->lost_count =
                lost_count < request->item_count ? lost_count : request->item_count;
            request->lost_reason = reason;
        }
        if (--request->reference_count != 0) {
            return;
        }
        if (request->split != NULL) {
            split = settle_part(request);
        } else {
            settle(request);
        }
        unlink_request(request);
        hae_free(request);
        if (split == NULL) {
            return;
        }
        /* The last part: go on with the whole, which may be a part itself. */
        request = split->whole;
        lost_count = split->lost_count;
        reason = split->lost_reason;
        hae_free(split);
    }
}
