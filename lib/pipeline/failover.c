/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/failover.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/minmax.h"

/* So many failures in a row, and a destination is away: one alone may be a connection that the
 * receiver has closed meanwhile. */
enum { FAILURES_AWAY = 2 };

/* A target that stands for none. */
#define ALL_AWAY UINT32_MAX

bool hae_failover_is_away(const struct hae_export_queue *queue, uint64_t now_ms)
{
    return queue->backoff.failures >= FAILURES_AWAY || now_ms < queue->backoff.pause.asked_until_ms;
}

/* Whether a single request may find out if the receiver is back, once its pause is over. */
static bool has_place(const struct hae_export_queue *queue)
{
    const struct hae_destination *destination = queue->destination;

    return queue->in_flight_count == 0 &&
           hae_destination_in_flight(destination) < destination->in_flight_max;
}

bool hae_failover_may_try(const struct hae_export_queue *queue, uint64_t now_ms)
{
    return has_place(queue) && now_ms >= queue->backoff.pause.until_ms;
}

/* The spool's is behind all others. */
static uint32_t rank(const struct hae_destination *destination)
{
    enum { SPOOL_RANK = 31 };

    return hae_destination_is_spool(destination) ? SPOOL_RANK
                                                 : (uint32_t)(destination - destination->first);
}

/* ---- The members ------------------------------------------------------------------------ */

/* The queue of the member of a rank; NULL: it does not take the signal. */
static struct hae_export_queue *queue_at(struct hae_destination *first, uint32_t at,
                                         haetae_signal signal)
{
    return hae_destination_takes(&first[at], signal) ? &first[at].queues[signal] : NULL;
}

struct hae_export_queue *hae_failover_healthy(struct hae_destination *first, haetae_signal signal,
                                              uint64_t now_ms)
{
    for (uint32_t at = 0; at <= first->backup_count; at++) {
        struct hae_export_queue *queue = queue_at(first, at, signal);

        if (queue != NULL && !hae_failover_is_away(queue, now_ms)) {
            return queue;
        }
    }
    return NULL;
}

struct hae_export_queue *hae_failover_place(struct hae_destination *first, haetae_signal signal,
                                            uint64_t now_ms)
{
    struct hae_export_queue *healthy = hae_failover_healthy(first, signal, now_ms);

    for (uint32_t at = 0; at <= first->backup_count && healthy == NULL; at++) {
        struct hae_export_queue *queue = queue_at(first, at, signal);

        if (queue != NULL && hae_failover_may_try(queue, now_ms)) {
            return queue;
        }
    }
    return healthy;
}

struct hae_export_queue *hae_failover_choose(struct hae_destination *first, haetae_signal signal)
{
    uint64_t now_ms = first->backup_count != 0 ? hae_now_ms() : 0;
    struct hae_export_queue *otherwise = NULL;

    for (uint32_t at = 0; at <= first->backup_count; at++) {
        struct hae_export_queue *queue = queue_at(first, at, signal);

        if (queue == NULL) {
            continue;
        }
        if (first->backup_count == 0 || !hae_failover_is_away(queue, now_ms) ||
            (queue->waiting.first == NULL && hae_failover_may_try(queue, now_ms))) {
            return queue;
        }
        otherwise = otherwise == NULL ? queue : otherwise;
    }
    return otherwise;
}

uint64_t hae_failover_held_bytes(const struct hae_destination *destination, haetae_signal signal)
{
    const struct hae_destination *first = destination->first;
    uint64_t held = 0;

    for (uint32_t at = 0; at <= first->backup_count; at++) {
        held += first[at].queues[signal].held_bytes;
    }
    return held + (first->spool != NULL ? first->spool->queues[signal].held_bytes : 0);
}

uint64_t hae_failover_oldest(const struct hae_destination *destination)
{
    const struct hae_destination *first = destination->first;
    uint64_t oldest = UINT64_MAX;

    for (uint32_t at = 0; at <= first->backup_count; at++) {
        oldest = hae_min(oldest, hae_destination_oldest(&first[at]));
    }
    return first->spool != NULL ? hae_min(oldest, hae_destination_oldest(first->spool)) : oldest;
}

/* ---- Moving ----------------------------------------------------------------------------- */

static bool may_have(const struct hae_export_queue *queue, const struct hae_delivery *delivery)
{
    return (delivery->refused_by >> rank(queue->destination) & 1) == 0;
}

static bool was_tried_by(const struct hae_export_queue *queue, const struct hae_delivery *delivery)
{
    return (delivery->flush_tried >> rank(queue->destination) & 1) != 0;
}

/* The first that waits for one queue and that another may have: not the one with which the first
 * queue itself is about to find out whether its receiver is back. */
static struct hae_delivery *first_for(const struct hae_export_queue *from,
                                      const struct hae_export_queue *to, uint64_t now_ms)
{
    struct hae_delivery *delivery = from->waiting.first;

    if (delivery != NULL && hae_failover_is_away(from, now_ms) &&
        hae_failover_may_try(from, now_ms)) {
        delivery = delivery->next;
    }
    while (delivery != NULL && !may_have(to, delivery)) {
        delivery = delivery->next;
    }
    return delivery;
}

static void move_waiting(struct hae_delivery *delivery, struct hae_export_queue *to, bool urgent)
{
    hae_export_queue_take_out(delivery);
    delivery->urgent = urgent;
    hae_export_queue_move(delivery, to, HAETAE_DROP_RETRIES);
}

/* Of those but for some: the first that is not away, else the first. NULL: there is none. */
static struct hae_export_queue *next_for(struct hae_destination *first,
                                         const struct hae_delivery *delivery, uint32_t without)
{
    struct hae_export_queue *otherwise = NULL;
    uint64_t now_ms = hae_now_ms();

    for (uint32_t at = 0; at <= first->backup_count; at++) {
        struct hae_export_queue *queue = queue_at(first, at, delivery->queue->signal);

        if (queue == NULL || queue == delivery->queue || (without >> at & 1) != 0) {
            continue;
        }
        if (!hae_failover_is_away(queue, now_ms)) {
            return queue;
        }
        otherwise = otherwise == NULL ? queue : otherwise;
    }
    return otherwise;
}

/* Moves one that waits for a member that is away. False: it stays, as `to` has refused it. */
static bool move_on(struct hae_delivery *delivery, struct hae_export_queue *to)
{
    if (!may_have(to, delivery)) {
        return false;
    }
    /* What a flush has tried there already waits like any other. */
    move_waiting(delivery, to, delivery->urgent && !was_tried_by(to, delivery));
    return true;
}

/* Moves one that waits for the spool, which keeps none: what `to` has refused goes to the best of
 * those that have not, if there is one. */
static void give_back(struct hae_delivery *delivery, struct hae_export_queue *to)
{
    struct hae_export_queue *other =
        may_have(to, delivery) ? NULL
                               : next_for(to->destination->first, delivery, delivery->refused_by);

    /* Not urgent: a flush that sent it to the spool has tried them. */
    move_waiting(delivery, other != NULL ? other : to, false);
}

uint32_t hae_failover_move(struct hae_export_queue *from, struct hae_export_queue *to,
                           bool keep_one, uint32_t most)
{
    struct hae_delivery *next = from->waiting.first;
    uint32_t moved = 0;

    if (keep_one && next != NULL) {
        next = next->next;
    }
    while (next != NULL && moved < most) {
        struct hae_delivery *delivery = next;

        next = next->next;
        if (hae_destination_is_spool(from->destination)) {
            give_back(delivery, to);
            moved++;
        } else {
            moved += move_on(delivery, to);
        }
    }
    return moved;
}

/* Has one that is away try a request of another, if it has none itself. */
static void give_one(struct hae_destination *first, struct hae_export_queue *to, uint64_t now_ms)
{
    if (to->waiting.first != NULL || !hae_failover_may_try(to, now_ms)) {
        return;
    }
    for (uint32_t at = 0; at <= first->backup_count; at++) {
        struct hae_delivery *delivery = first_for(&first[at].queues[to->signal], to, now_ms);

        if (delivery != NULL) {
            /* Not urgent: when it fails, the pause has to become longer. */
            move_waiting(delivery, to, false);
            return;
        }
    }
}

/* Reports a change of the member that gets the requests. */
static void note_target(struct hae_destination *first, haetae_signal signal,
                        const struct hae_export_queue *target)
{
    uint32_t now = target != NULL ? rank(target->destination) : ALL_AWAY;
    uint32_t before = first->target[signal];
    bool back = now < before;

    if (now == before) {
        return;
    }
    first->target[signal] = now;
    if (target == NULL) {
        hae_diagnose_about(first->options.diagnostics, first, HAETAE_DIAGNOSTIC_WARN, "failover",
                           "%s: exporter %s and all its backups are away",
                           haetae_signal_name(signal), first->exporter->title);
        return;
    }
    hae_diagnose_about(first->options.diagnostics, first,
                       back ? HAETAE_DIAGNOSTIC_INFO : HAETAE_DIAGNOSTIC_WARN, "failover",
                       back
                           ? "%s: exporter %s is back and gets the requests"
                           : "%s: exporter %s gets the requests of those before it, which are away",
                       haetae_signal_name(signal), target->destination->exporter->title);
}

/* Returns how many moved. */
static uint32_t run_signal(struct hae_destination *first, haetae_signal signal, uint64_t now_ms,
                           uint32_t most)
{
    struct hae_export_queue *target = hae_failover_healthy(first, signal, now_ms);
    uint32_t moved = 0;

    note_target(first, signal, target);
    for (uint32_t at = 0; at <= first->backup_count && moved < most; at++) {
        struct hae_export_queue *queue = queue_at(first, at, signal);
        /* Those behind the target are tried when it goes away itself. */
        bool tried = target == NULL || at < rank(target->destination);

        if (queue == NULL || !hae_failover_is_away(queue, now_ms)) {
            continue;
        }
        if (tried) {
            give_one(first, queue, now_ms);
        }
        if (target != NULL) {
            moved += hae_failover_move(queue, target, tried && hae_failover_may_try(queue, now_ms),
                                       most - moved);
        }
    }
    return moved;
}

bool hae_failover_run(struct hae_destination *first, uint64_t now_ms)
{
    uint32_t moved = 0;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT && first->backup_count != 0; signal++) {
        if (hae_destination_takes(first, (haetae_signal)signal)) {
            moved += run_signal(first, (haetae_signal)signal, now_ms, HAE_MOVES_PER_RUN - moved);
        }
    }
    return moved == HAE_MOVES_PER_RUN;
}

/* ---- Waiting ---------------------------------------------------------------------------- */

/* Whether a queue may have something that waits for another one. */
static bool may_get(const struct hae_destination *first, const struct hae_export_queue *queue,
                    uint64_t now_ms)
{
    for (uint32_t at = 0; at <= first->backup_count; at++) {
        if (first_for(&first[at].queues[queue->signal], queue, now_ms) != NULL) {
            return true;
        }
    }
    return false;
}

/* How many members, from the first on, are tried while they are away: those before the one that
 * gets the requests. */
static uint32_t tried_count(const struct hae_destination *first, haetae_signal signal,
                            uint64_t now_ms)
{
    uint32_t count = 0;

    while (count <= first->backup_count &&
           (!hae_destination_takes(&first[count], signal) ||
            hae_failover_is_away(&first[count].queues[signal], now_ms))) {
        count++;
    }
    return count;
}

/* When a member that has nothing itself is to be tried with what waits for others. */
static uint64_t due_ms(const struct hae_destination *first, haetae_signal signal, uint64_t now_ms)
{
    uint64_t due = UINT64_MAX;

    for (uint32_t at = 0; at < tried_count(first, signal, now_ms); at++) {
        const struct hae_export_queue *queue = &first[at].queues[signal];

        if (hae_destination_takes(&first[at], signal) && queue->waiting.first == NULL &&
            has_place(queue) && may_get(first, queue, now_ms)) {
            due = hae_min(due, queue->backoff.pause.until_ms);
        }
    }
    return due;
}

uint64_t hae_failover_due_ms(const struct hae_destination *first)
{
    uint64_t now_ms = first->backup_count != 0 ? hae_now_ms() : 0;
    uint64_t due = UINT64_MAX;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT && first->backup_count != 0; signal++) {
        due = hae_min(due, due_ms(first, (haetae_signal)signal, now_ms));
    }
    return due;
}

/* ---- Passing on ------------------------------------------------------------------------- */

bool hae_failover_spool(struct hae_delivery *delivery)
{
    struct hae_destination *spool = delivery->queue->destination->first->spool;

    /* What comes out of a file has a place already. */
    if (spool == NULL || delivery->queue->destination == spool ||
        hae_request_is_recovered(delivery->request)) {
        return false;
    }
    if (delivery->ticket == NULL) {
        delivery->ticket = hae_calloc(1, sizeof *delivery->ticket);
    }
    if (delivery->ticket == NULL) {
        return false;
    }
    hae_export_queue_move(delivery, &spool->queues[delivery->queue->signal], HAETAE_DROP_RETRIES);
    return true;
}

bool hae_failover_pass_on(struct hae_delivery *delivery, enum hae_pass_reason reason)
{
    struct hae_destination *destination = delivery->queue->destination;
    uint32_t bit = UINT32_C(1) << rank(destination);
    struct hae_export_queue *next;

    if (reason == HAE_PASS_FLUSH) {
        delivery->flush_tried |= bit;
    } else {
        delivery->refused_by |= bit;
    }
    next = next_for(destination->first, delivery, delivery->refused_by | delivery->flush_tried);
    if (next == NULL && (reason == HAE_PASS_REFUSED || destination->first->spool == NULL)) {
        return false;
    }
    if (reason == HAE_PASS_GIVEN_UP) {
        delivery->first_try_ms = 0; /* each has its time */
    }
    delivery->urgent = delivery->flush_wants;
    if (next == NULL) {
        if (hae_failover_spool(delivery)) {
            return true;
        }
        delivery->urgent = false;
        return false;
    }
    hae_export_queue_move(delivery, next,
                          reason == HAE_PASS_REFUSED ? HAETAE_DROP_REJECTED : HAETAE_DROP_RETRIES);
    return true;
}
