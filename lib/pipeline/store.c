/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/store.h"

#include "base/alloc.h"
#include "base/minmax.h"
#include "pipeline/source.h"
#include "pipeline/ticket.h"

/* Splitting may take a signal's memory beyond its limit by this. */
enum { SPLIT_EXTRA_BYTES = 64 * 1024 };

void hae_store_forget_losses(struct hae_store *store)
{
    store->first_lost = UINT64_MAX;
    store->first_replaced = UINT64_MAX;
}

void hae_store_init(struct hae_store *store)
{
    hae_store_forget_losses(store);
}

/* Frees spares that batches and requests leave no room for. */
static void fit_spares(struct hae_store *store, haetae_signal signal)
{
    /* A batch that grows takes twice its memory for a moment. */
    uint64_t used = store->used_bytes[signal] + 2 * store->batch_bytes[signal];
    uint64_t limit = store->limit_bytes[signal];

    hae_spares_trim(&store->spares[signal], used < limit ? (size_t)(limit - used) : 0);
}

void hae_store_add(struct hae_store *store, struct hae_request *request)
{
    request->store = store;
    request->sequence = ++store->last_sequence;
    request->order = request->split != NULL ? request->split->whole->order : request->sequence;
    request->older = store->newest;
    if (store->newest != NULL) {
        store->newest->newer = request;
    } else {
        store->oldest = request;
    }
    store->newest = request;
    store->used_bytes[request->signal] += hae_request_charge(request->capacity_bytes);
    fit_spares(store, request->signal);
}

static void take_out(const struct hae_request *request)
{
    struct hae_store *store = request->store;

    if (request->older != NULL) {
        request->older->newer = request->newer;
    } else {
        store->oldest = request->newer;
    }
    if (request->newer != NULL) {
        request->newer->older = request->older;
    } else {
        store->newest = request->older;
    }
}

size_t hae_store_left(const struct hae_store *store, haetae_signal signal)
{
    uint64_t limit = store->limit_bytes[signal];
    uint64_t used = store->used_bytes[signal];

    return used < limit ? (size_t)(limit - used) : 0;
}

void hae_store_set_batch(struct hae_store *store, haetae_signal signal, uint64_t size_bytes)
{
    store->batch_bytes[signal] = size_bytes;
    fit_spares(store, signal);
}

void hae_store_free_spares(struct hae_store *store)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        hae_spares_trim(&store->spares[signal], 0);
    }
}

size_t hae_store_left_for_parts(const struct hae_store *store, const struct hae_request *request)
{
    /* When nobody else reads the request, it makes room for its parts itself. */
    uint64_t limit = store->limit_bytes[request->signal] + SPLIT_EXTRA_BYTES +
                     (request->reader_count == 1 ? request->capacity_bytes : 0);
    uint64_t used = store->used_bytes[request->signal] + store->batch_bytes[request->signal];

    return used < limit ? (size_t)(limit - used) : 0;
}

bool hae_store_settled_up_to(const struct hae_store *store, uint64_t sequence)
{
    return store->oldest == NULL || store->oldest->sequence > sequence;
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
    struct hae_store *store = request->store;

    if (request->data != NULL) {
        store->used_bytes[request->signal] -= request->capacity_bytes;
        hae_spares_give(&store->spares[request->signal], request->memory, request->capacity_bytes);
        request->data = request->memory = NULL;
        fit_spares(store, request->signal);
    }
}

void hae_request_close(struct hae_request *request)
{
    if (--request->reader_count == 0) {
        free_data(request);
    }
}

/* ---- Settling ----------------------------------------------------------------------- */

static void add_loss(struct hae_loss *sum, const struct hae_loss *loss)
{
    sum->count += loss->count;
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        sum->by_reason[reason] += loss->by_reason[reason];
    }
}

/* What this process had spooled leaves the spool. A request whose items are lost for another
 * destination stands for fewer than it has. */
static void count_spooled(const struct hae_request *request)
{
    struct hae_accounting *accounting = request->store->accounting;
    struct hae_item_counts *counts = &accounting->signals[request->signal];
    uint64_t left = hae_min(request->recovered.own_count, request->item_count);

    counts->spooled -= left;
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        uint64_t lost = hae_min(request->loss.by_reason[reason], left);

        counts->dropped[reason] += lost;
        left -= lost;
    }
    counts->delivered += left;
    hae_accounting_publish(accounting);
}

/* Recovered items were nobody's until now: they come and go at once. */
static void count(const struct hae_request *request)
{
    struct hae_accounting *accounting = request->store->accounting;
    struct hae_item_counts *counts = &accounting->signals[request->signal];

    if (request->recovered.is_own) {
        count_spooled(request);
        return;
    }
    if (request->recovered.settled != NULL) {
        counts->taken += request->item_count;
        counts->recovered += request->item_count;
    } else {
        counts->held -= request->item_count;
        counts->exporting -= request->handed_over ? request->item_count : 0;
    }
    counts->spooled += request->spooled_count;
    counts->delivered += request->item_count - request->loss.count - request->spooled_count;
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        counts->dropped[reason] += request->loss.by_reason[reason];
        if (!request->handed_over && request->recovered.settled == NULL) {
            counts->refused[reason] += request->loss.by_reason[reason];
        }
    }
    hae_accounting_publish(accounting);
}

/* A part counts in the place of its whole. */
static void note_losses(const struct hae_request *request)
{
    struct hae_store *store = request->store;
    const struct hae_loss *loss = &request->loss;
    uint64_t replaced = loss->by_reason[HAETAE_DROP_REPLACED];

    if (replaced != 0) {
        store->first_replaced = hae_min(store->first_replaced, request->order);
    }
    if (loss->count > replaced) {
        store->first_lost = hae_min(store->first_lost, request->order);
    }
}

static enum hae_recovered_end end_of_recovered(const struct hae_request *request)
{
    const uint64_t *lost = request->loss.by_reason;

    if (request->recovered.stays && lost[HAETAE_DROP_REJECTED] != 0 && !request->answered &&
        lost[HAETAE_DROP_REJECTED] + lost[HAETAE_DROP_TOO_LARGE] == request->loss.count) {
        return HAE_RECOVERED_REFUSED;
    }
    if (request->recovered.is_spooled) {
        return lost[HAETAE_DROP_REJECTED] + lost[HAETAE_DROP_TOO_LARGE] == request->loss.count
                   ? HAE_RECOVERED_DONE
                   : HAE_RECOVERED_UNANSWERED;
    }
    bool answered = request->answered || (request->pick_answered && !request->pick_unanswered);

    if (answered && lost[HAETAE_DROP_SHUTDOWN] == 0) {
        return HAE_RECOVERED_DONE;
    }
    if (lost[HAETAE_DROP_TOO_LARGE] == request->item_count && request->item_count > 1) {
        return HAE_RECOVERED_TOO_LARGE;
    }
    return lost[HAETAE_DROP_REJECTED] != 0 || lost[HAETAE_DROP_TOO_LARGE] != 0
               ? HAE_RECOVERED_REFUSED
               : HAE_RECOVERED_UNANSWERED;
}

static void settle(struct hae_request *request)
{
    const struct hae_source *source = request->kept.source;

    if (request->recovered.settled != NULL) {
        enum hae_recovered_end end = end_of_recovered(request);

        request->recovered.settled(request->recovered.user, end);
        if (end != HAE_RECOVERED_DONE) {
            return;
        }
    } else if (request->store->keeps) {
        return;
    } else if (source != NULL && request->kept.to != request->kept.from) {
        source->settle(source->self, request->signal, request->kept.from, request->kept.to);
    }
    request->spooled_count = hae_tickets_settle(request);
    note_losses(request);
    count(request);
}

/* Whether nobody else needs the items of a part: each whole that it belongs to went to one
 * destination only. */
static bool is_alone(const struct hae_request *part)
{
    for (const struct hae_split *split = part->split; split != NULL; split = split->whole->split) {
        if (split->whole->reference_count != 1) {
            return false;
        }
    }
    return true;
}

/* Settles a part before the others are done, so that what a receiver has got is not sent again by
 * the next start when this process ends in between. False: the part waits for the whole. */
static bool settle_part(struct hae_request *part)
{
    const struct hae_source *source = part->kept.source;

    if (source == NULL || part->kept.to == part->kept.from || part->store->keeps ||
        !is_alone(part)) {
        return false;
    }
    source->settle_items(source->self, part->signal, part->kept.from, part->kept.to,
                         part->kept.first_item, part->item_count);
    part->spooled_count = hae_tickets_settle(part);
    note_losses(part);
    count(part);
    for (const struct hae_split *split = part->split; split != NULL; split = split->whole->split) {
        split->whole->item_count -= part->item_count;
    }
    return true;
}

/* Adds what was lost by scope. It may be the same as what a destination lost that gets all: nothing
 * that was lost counts as delivered. */
static void add_pick_loss(struct hae_request *request)
{
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        uint64_t room = request->item_count - request->loss.count;
        uint64_t more = hae_min(request->pick_loss.by_reason[reason], room);

        request->loss.by_reason[reason] += more;
        request->loss.count += more;
    }
}

/* The end of a request. Returns its split when it was the last part of a whole, whose
 * reference is to be given up then. */
static struct hae_split *end(struct hae_request *request)
{
    struct hae_split *split = request->split;

    add_pick_loss(request);
    if (split == NULL) {
        settle(request);
    } else {
        if (!settle_part(request)) {
            add_loss(&split->loss, &request->loss);
            hae_tickets_pass_on(request, split->whole);
        }
        split->answered &= request->answered;
        split = --split->parts_left == 0 ? split : NULL;
    }
    hae_tickets_free(request);
    take_out(request);
    free_data(request);
    request->store->used_bytes[request->signal] -= hae_request_charge(0);
    request->store->is_full[request->signal] = false;
    hae_request_free(request);
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
        if (split->is_pick) {
            request->pick_answered |= split->answered;
            request->pick_unanswered |= !split->answered;
            add_loss(&request->pick_loss, &split->loss);
        } else {
            request->answered |= split->answered;
        }
        loss = split->is_pick ? (struct hae_loss){0, {0}} : split->loss;
        hae_free(split);
    }
}

void hae_store_reinit(struct hae_store *store)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        store->batch_bytes[signal] = 0;
        store->used_bytes[signal] = 0;
        store->is_full[signal] = false;
        store->spares[signal] = (struct hae_spares){.count = 0};
    }
    hae_store_forget_losses(store);
    store->oldest = NULL;
    store->newest = NULL;
    store->last_sequence = 0;
    store->keeps = false;
}
