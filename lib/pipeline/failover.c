/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/failover.h"

#include "base/clock.h"
#include "base/minmax.h"

/* So many failures in a row, and a destination is away: one alone may be a connection that the
 * receiver has closed meanwhile. */
enum { FAILURES_AWAY = 2 };

/* Deliveries that move in one run, so that the worker comes back to the rings. */
enum { MOVES_PER_RUN = 64 };

/* A target that stands for none. */
#define ALL_AWAY UINT32_MAX

static bool takes(const struct hae_destination *destination, haetae_signal signal)
{
    return (destination->signals >> signal & 1) != 0;
}

static bool is_away(const struct hae_export_queue *queue, uint64_t now_ms)
{
    return queue->backoff.failures >= FAILURES_AWAY || now_ms < queue->backoff.pause.asked_until_ms;
}

/* Whether a single request may find out if the receiver is back. */
static bool may_try(const struct hae_export_queue *queue, uint64_t now_ms)
{
    return queue->in_flight_count == 0 && now_ms >= queue->backoff.pause.until_ms;
}

static uint32_t rank(const struct hae_destination *destination)
{
    return (uint32_t)(destination - destination->first);
}

/* ---- The members ------------------------------------------------------------------------ */

/* The queue of the member of a rank; NULL: it does not take the signal. */
static struct hae_export_queue *queue_at(struct hae_destination *first, uint32_t at,
                                         haetae_signal signal)
{
    return takes(&first[at], signal) ? &first[at].queues[signal] : NULL;
}

/* The first member that is not away; NULL: all are. */
static struct hae_export_queue *healthy(struct hae_destination *first, haetae_signal signal,
                                        uint64_t now_ms)
{
    for (uint32_t at = 0; at <= first->backup_count; at++) {
        struct hae_export_queue *queue = queue_at(first, at, signal);

        if (queue != NULL && !is_away(queue, now_ms)) {
            return queue;
        }
    }
    return NULL;
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
        if (first->backup_count == 0 || !is_away(queue, now_ms) ||
            (queue->waiting.first == NULL && may_try(queue, now_ms))) {
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
    return held;
}

uint64_t hae_failover_oldest(const struct hae_destination *destination)
{
    const struct hae_destination *first = destination->first;
    uint64_t oldest = UINT64_MAX;

    for (uint32_t at = 0; at <= first->backup_count; at++) {
        oldest = hae_min(oldest, hae_destination_oldest(&first[at]));
    }
    return oldest;
}

/* ---- Moving ----------------------------------------------------------------------------- */

static bool may_have(const struct hae_export_queue *queue, const struct hae_delivery *delivery)
{
    return (delivery->refused_by >> rank(queue->destination) & 1) == 0;
}

/* The first that waits for one queue and that another may have. */
static struct hae_delivery *first_for(const struct hae_export_queue *from,
                                      const struct hae_export_queue *to)
{
    struct hae_delivery *delivery = from->waiting.first;

    while (delivery != NULL && !may_have(to, delivery)) {
        delivery = delivery->next;
    }
    return delivery;
}

static void move_waiting(struct hae_delivery *delivery, struct hae_export_queue *to)
{
    bool urgent = delivery->urgent;

    hae_export_queue_take_out(delivery);
    delivery->urgent = urgent;
    hae_export_queue_move(delivery, to, HAETAE_DROP_RETRIES);
}

/* Moves what waits, but for the first of it if one is to be kept. Returns how many it moved. */
static uint32_t move_all(struct hae_export_queue *from, struct hae_export_queue *to, bool keep_one,
                         uint32_t most)
{
    struct hae_delivery *next = from->waiting.first;
    uint32_t moved = 0;

    if (keep_one && next != NULL) {
        next = next->next;
    }
    while (next != NULL && moved < most) {
        struct hae_delivery *delivery = next;

        next = next->next;
        if (may_have(to, delivery)) {
            move_waiting(delivery, to);
            moved++;
        }
    }
    return moved;
}

/* Has one that is away try a request of another, if it has none itself. */
static bool give_one(const struct hae_export_queue *from, struct hae_export_queue *to,
                     uint64_t now_ms)
{
    struct hae_delivery *delivery;

    if (from == to || to->waiting.first != NULL || !may_try(to, now_ms)) {
        return false;
    }
    delivery = first_for(from, to);
    if (delivery != NULL) {
        move_waiting(delivery, to);
    }
    return delivery != NULL;
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
        hae_diagnose(first->options.diagnostics, HAETAE_DIAGNOSTIC_WARN, "failover",
                     "%s: exporter %s and all its backups are away", haetae_signal_name(signal),
                     first->exporter->title);
        return;
    }
    hae_diagnose(first->options.diagnostics, back ? HAETAE_DIAGNOSTIC_INFO : HAETAE_DIAGNOSTIC_WARN,
                 "failover",
                 back ? "%s: exporter %s is back and gets the requests"
                      : "%s: exporter %s gets the requests of those before it, which are away",
                 haetae_signal_name(signal), target->destination->exporter->title);
}

/* While all are away each is tried when its pause is over, with what waits for another. */
static void try_all(struct hae_destination *first, haetae_signal signal, uint64_t now_ms)
{
    for (uint32_t to = 0; to <= first->backup_count; to++) {
        for (uint32_t from = 0; from <= first->backup_count; from++) {
            if (takes(&first[to], signal) &&
                give_one(&first[from].queues[signal], &first[to].queues[signal], now_ms)) {
                break;
            }
        }
    }
}

/* Returns how many moved. */
static uint32_t run_signal(struct hae_destination *first, haetae_signal signal, uint64_t now_ms,
                           uint32_t most)
{
    struct hae_export_queue *target = healthy(first, signal, now_ms);
    uint32_t moved = 0;

    note_target(first, signal, target);
    if (target == NULL) {
        try_all(first, signal, now_ms);
        return 0;
    }
    for (uint32_t at = 0; at <= first->backup_count && moved < most; at++) {
        struct hae_export_queue *queue = queue_at(first, at, signal);
        bool tried;

        if (queue == NULL || queue == target || !is_away(queue, now_ms)) {
            continue;
        }
        /* Those behind the target are tried when it goes away itself. */
        tried = at < rank(target->destination) && may_try(queue, now_ms);
        if (tried) {
            (void)give_one(target, queue, now_ms);
        }
        moved += move_all(queue, target, tried, most - moved);
    }
    return moved;
}

bool hae_failover_run(struct hae_destination *first, uint64_t now_ms)
{
    uint32_t moved = 0;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT && first->backup_count != 0; signal++) {
        if (takes(first, (haetae_signal)signal)) {
            moved += run_signal(first, (haetae_signal)signal, now_ms, MOVES_PER_RUN - moved);
        }
    }
    return moved == MOVES_PER_RUN;
}

/* ---- Waiting ---------------------------------------------------------------------------- */

/* When a member that has nothing itself is to be tried with what waits for others. */
static uint64_t due_ms(const struct hae_destination *first, haetae_signal signal)
{
    uint64_t due = UINT64_MAX;
    bool any = false;

    for (uint32_t at = 0; at <= first->backup_count; at++) {
        const struct hae_export_queue *queue = &first[at].queues[signal];

        any |= queue->waiting.first != NULL;
        if (takes(&first[at], signal) && queue->waiting.first == NULL &&
            queue->in_flight_count == 0 && queue->backoff.failures >= FAILURES_AWAY) {
            due = hae_min(due, queue->backoff.pause.until_ms);
        }
    }
    return any ? due : UINT64_MAX;
}

uint64_t hae_failover_due_ms(const struct hae_destination *first)
{
    uint64_t due = UINT64_MAX;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT && first->backup_count != 0; signal++) {
        due = hae_min(due, due_ms(first, (haetae_signal)signal));
    }
    return due;
}

/* ---- Passing on ------------------------------------------------------------------------- */

/* Of those that may have the delivery and were not tried for the flush: the first that is not
 * away, else the first. NULL: there is none. */
static struct hae_export_queue *next_for(struct hae_destination *first,
                                         const struct hae_delivery *delivery)
{
    uint32_t without = delivery->refused_by | delivery->flush_tried;
    struct hae_export_queue *otherwise = NULL;
    uint64_t now_ms = hae_now_ms();

    for (uint32_t at = 0; at <= first->backup_count; at++) {
        struct hae_export_queue *queue = queue_at(first, at, delivery->queue->signal);

        if (queue == NULL || queue == delivery->queue || (without >> at & 1) != 0) {
            continue;
        }
        if (!is_away(queue, now_ms)) {
            return queue;
        }
        otherwise = otherwise == NULL ? queue : otherwise;
    }
    return otherwise;
}

bool hae_failover_pass_on(struct hae_delivery *delivery, enum hae_pass_reason reason)
{
    struct hae_destination *destination = delivery->queue->destination;
    uint32_t bit = UINT32_C(1) << rank(destination);
    struct hae_export_queue *next;

    if (reason == HAE_PASS_REFUSED) {
        delivery->refused_by |= bit;
    } else {
        delivery->flush_tried |= bit;
    }
    next = next_for(destination->first, delivery);
    if (next == NULL) {
        return false;
    }
    delivery->urgent = delivery->flush_wants;
    hae_export_queue_move(delivery, next,
                          reason == HAE_PASS_REFUSED ? HAETAE_DROP_REJECTED : HAETAE_DROP_RETRIES);
    return true;
}
