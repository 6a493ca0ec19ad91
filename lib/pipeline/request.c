/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/request.h"

#include "base/alloc.h"
#include "recorder/journal.h"

size_t hae_request_charge(size_t size_bytes)
{
    return sizeof(struct hae_request) + size_bytes;
}

struct hae_request *hae_request_new(haetae_signal signal, size_t size_bytes)
{
    struct hae_request *request = hae_calloc(1, sizeof *request);

    if (request == NULL) {
        return NULL;
    }
    request->signal = signal;
    request->size_bytes = size_bytes;
    request->data = hae_malloc(size_bytes);
    if (request->data == NULL) {
        hae_free(request);
        return NULL;
    }
    return request;
}

void hae_request_discard(struct hae_request *request)
{
    if (request != NULL) {
        hae_free(request->data);
        hae_free(request);
    }
}

void hae_request_track(struct hae_request *request, struct hae_account *account)
{
    request->account = account;
    request->sequence = ++account->last_sequence;
    request->order = request->split != NULL ? request->split->whole->order : request->sequence;
    request->older = account->newest;
    if (account->newest != NULL) {
        account->newest->newer = request;
    } else {
        account->oldest = request;
    }
    account->newest = request;
    account->queued_bytes[request->signal] += hae_request_charge(request->size_bytes);
}

static void untrack(const struct hae_request *request)
{
    struct hae_account *account = request->account;

    if (request->older != NULL) {
        request->older->newer = request->newer;
    } else {
        account->oldest = request->newer;
    }
    if (request->newer != NULL) {
        request->newer->older = request->older;
    } else {
        account->newest = request->older;
    }
}

struct hae_request *hae_request_ref(struct hae_request *request)
{
    request->reference_count++;
    return request;
}

struct hae_request *hae_request_open(struct hae_request *request)
{
    request->reader_count++;
    return hae_request_ref(request);
}

static void free_data(struct hae_request *request)
{
    if (request->data != NULL) {
        hae_free(request->data);
        request->data = NULL;
        request->account->queued_bytes[request->signal] -= request->size_bytes;
    }
}

void hae_request_close(struct hae_request *request)
{
    if (--request->reader_count == 0) {
        free_data(request);
    }
}

/* ---- Losses ------------------------------------------------------------------------- */

static void add_loss(struct hae_loss *sum, const struct hae_loss *loss)
{
    sum->count += loss->count;
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        sum->by_reason[reason] += loss->by_reason[reason];
    }
}

/* Items that were recovered were nobody's until now: they come and go at once. */
static void count(const struct hae_request *request)
{
    struct hae_ledger *ledger = &request->account->signals[request->signal];

    pthread_mutex_lock(&request->account->lock);
    if (request->recovered.settled != NULL) {
        ledger->taken += request->item_count;
        ledger->recovered += request->item_count;
    } else {
        ledger->held -= request->item_count;
    }
    ledger->delivered += request->item_count - request->loss.count;
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        ledger->dropped[reason] += request->loss.by_reason[reason];
    }
    pthread_mutex_unlock(&request->account->lock);
}

static void settle(const struct hae_request *request)
{
    struct hae_account *account = request->account;

    if (request->recovered.settled != NULL) {
        bool done = request->answered && request->loss.by_reason[HAETAE_DROP_SHUTDOWN] == 0;

        request->recovered.settled(request->recovered.user, done);
        if (!done) {
            return;
        }
    } else if (account->keep) {
        return;
    } else if (account->journaled != NULL && request->journal_to != request->journal_from) {
        hae_journal_settle(account->journaled, request->signal, request->journal_from,
                           request->journal_to);
    }
    count(request);
}

/* The end of a request. Returns its split when it was the last part of a whole, whose
 * reference is to be given up then. */
static struct hae_split *end(struct hae_request *request)
{
    struct hae_split *split = request->split;

    if (split == NULL) {
        settle(request);
    } else {
        add_loss(&split->loss, &request->loss);
        split->whole->answered |= request->answered;
        split = --split->parts_left == 0 ? split : NULL;
    }
    untrack(request);
    free_data(request);
    request->account->queued_bytes[request->signal] -= hae_request_charge(0);
    hae_free(request);
    return split;
}

void hae_request_unref(struct hae_request *request, uint64_t lost_count, haetae_drop_reason reason)
{
    struct hae_loss loss = {0, {0}};
    struct hae_split *split;

    loss.count = lost_count < request->item_count ? lost_count : request->item_count;
    loss.by_reason[reason] = loss.count;
    for (;;) {
        if (loss.count > request->loss.count) {
            request->loss = loss;
        }
        if (--request->reference_count != 0) {
            return;
        }
        split = end(request);
        if (split == NULL) {
            return;
        }
        /* The last part: go on with the whole, which may be a part itself. */
        request = split->whole;
        loss = split->loss;
        hae_free(split);
    }
}
