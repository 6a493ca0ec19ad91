/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/spool_recovery.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "pipeline/spool_read.h"
#include "spool/spool.h"
#include "spool/spool_look.h"
#include "spool/spool_out.h"

/* The pause after a request that nobody took, after what the system refused, and without memory. */
enum { PAUSE_MS = 1000 };

/* So often a spool is tried that the system does not let read. */
enum { FAILURES_MAX = 3 };

enum state {
    STATE_BEGIN,
    STATE_SENDING,
    STATE_REFUSED, /* it stays, as do those that nobody takes, or that cannot be read */
    STATE_DONE
};

/* One spool. */
struct leg {
    struct hae_spool_recovery *recovery;
    struct hae_spool spool;
    bool has_spool; /* until it is let go */
    enum state state;
    struct hae_request *out; /* NULL: none is on its way */
    uint64_t resume_ms;
    unsigned failures; /* of the system, in a row */
};

struct hae_spool_recovery {
    struct hae_diagnostics *diagnostics;
    struct hae_spool_recovery_counts counts;
    bool is_inherited; /* in a forked child: all is the parent's */
    size_t leg_count;
    struct leg legs[];
};

/* ---- Settling --------------------------------------------------------------------------- */

/* How many of a spool's segments are still there. */
static uint64_t segments_left(const struct hae_spool *spool)
{
    uint64_t count = 0;

    for (const struct hae_spool_segment *s = spool->oldest; s != NULL; s = s->newer) {
        count++;
    }
    return count;
}

static void refuse(struct leg *leg)
{
    leg->state = STATE_REFUSED;
    leg->recovery->counts.refused += segments_left(&leg->spool);
    hae_diagnose(leg->recovery->diagnostics, HAETAE_DIAGNOSTIC_ERROR, "spool refused",
                 "spool %s: the receiver refused what is in it, which stays", leg->spool.name);
}

static void settled(void *user, enum hae_recovered_end end)
{
    struct leg *leg = user;

    leg->out = NULL;
    if (leg->recovery->is_inherited) {
        return;
    }
    if (end == HAE_RECOVERED_DONE) {
        (void)hae_spool_settle(&leg->spool);
        return;
    }
    hae_spool_put_back(&leg->spool);
    leg->resume_ms = hae_now_ms() + PAUSE_MS;
    if (end == HAE_RECOVERED_REFUSED) {
        refuse(leg);
    }
}

/* What was damaged is nobody's any more. */
static void count_lost(struct leg *leg, struct hae_accounting *accounting)
{
    struct hae_spool_lost lost = hae_spool_take_lost(&leg->spool);
    struct hae_item_counts *counts = &accounting->signals[leg->spool.signal];

    counts->taken += lost.adopted;
    counts->recovered += lost.adopted;
    counts->dropped[HAETAE_DROP_SPOOL] += lost.adopted;
    leg->recovery->counts.damaged += lost.broken_count + lost.damaged_count;
    if (lost.adopted != 0) {
        hae_accounting_publish(accounting);
    }
}

/* ---- Sending ---------------------------------------------------------------------------- */

static enum hae_source_result pause_leg(struct leg *leg, uint64_t now_ms)
{
    leg->resume_ms = now_ms + PAUSE_MS;
    return HAE_SOURCE_DONE;
}

/* The system does not let it be read: what is in it stays. */
static enum hae_source_result put_off(struct leg *leg, uint64_t now_ms)
{
    if (++leg->failures >= FAILURES_MAX) {
        leg->state = STATE_REFUSED;
        hae_diagnose(leg->recovery->diagnostics, HAETAE_DIAGNOSTIC_ERROR, "spool read",
                     "spool %s: it cannot be read, and stays", leg->spool.name);
    }
    return pause_leg(leg, now_ms);
}

static void hand_out(struct leg *leg, struct hae_intake *intake, struct hae_request *request)
{
    leg->failures = 0;
    request->group = HAE_GROUP_ALL;
    request->recovered =
        (struct hae_recovered){.settled = settled, .user = leg, .is_spooled = true, .stays = true};
    leg->out = request;
    hae_intake_hand_out(intake, request);
}

static void drop_wrong(struct leg *leg, struct hae_intake *intake, uint64_t items)
{
    hae_intake_drop_recovered(intake, leg->spool.signal, items, HAETAE_DROP_SPOOL);
    leg->recovery->counts.damaged++;
    (void)hae_spool_settle(&leg->spool);
}

static enum hae_source_result send_next(struct leg *leg, struct hae_intake *intake)
{
    struct hae_request *request = NULL;
    uint64_t items = 0;

    /* Whatever its age: it is here to be sent. */
    switch (hae_spool_read_next(&leg->spool, intake, 0, &request, &items)) {
    case HAE_SPOOL_READ_DONE:
        hand_out(leg, intake, request);
        return HAE_SOURCE_MORE;
    case HAE_SPOOL_READ_WRONG:
        drop_wrong(leg, intake, items);
        return HAE_SOURCE_MORE;
    case HAE_SPOOL_READ_MORE:
        return HAE_SOURCE_MORE;
    case HAE_SPOOL_READ_LATER:
        return pause_leg(leg, intake->now_ms);
    case HAE_SPOOL_READ_FAILED:
        return put_off(leg, intake->now_ms);
    case HAE_SPOOL_READ_EMPTY:
        leg->state = STATE_DONE;
        break;
    }
    return HAE_SOURCE_DONE;
}

/* Takes over what dead processes have left in it, if anybody takes its signal. */
static void begin(struct leg *leg, const struct hae_intake *intake)
{
    if (!hae_intake_is_wanted(intake, leg->spool.signal)) {
        leg->state = STATE_REFUSED;
        hae_diagnose(leg->recovery->diagnostics, HAETAE_DIAGNOSTIC_WARN, "spool without exporter",
                     "spool %s: no exporter takes %s, which stay", leg->spool.name,
                     haetae_signal_name(leg->spool.signal));
        return;
    }
    hae_spool_look(&leg->spool);
    leg->state = STATE_SENDING;
}

static bool is_over(const struct leg *leg)
{
    return leg->out == NULL && (leg->state == STATE_REFUSED || leg->state == STATE_DONE);
}

static enum hae_source_result run_leg(struct leg *leg, struct hae_intake *intake,
                                      const struct hae_run *run)
{
    if (leg->state == STATE_BEGIN) {
        begin(leg, intake);
    }
    count_lost(leg, intake->accounting);
    return leg->state == STATE_SENDING && leg->out == NULL && run->now_ms >= leg->resume_ms
               ? send_next(leg, intake)
               : HAE_SOURCE_DONE;
}

/* ---- The source ------------------------------------------------------------------------- */

static enum hae_source_result run(void *self, struct hae_intake *intake, const struct hae_run *run)
{
    struct hae_spool_recovery *recovery = self;
    enum hae_source_result result = HAE_SOURCE_DONE;

    for (size_t i = 0; i < recovery->leg_count && !run->closing; i++) {
        if (run_leg(&recovery->legs[i], intake, run) == HAE_SOURCE_MORE) {
            result = HAE_SOURCE_MORE;
        }
    }
    return result;
}

static uint64_t wait_ms(void *self, uint64_t now_ms)
{
    const struct hae_spool_recovery *recovery = self;
    uint64_t due = UINT64_MAX;

    for (size_t i = 0; i < recovery->leg_count; i++) {
        const struct leg *leg = &recovery->legs[i];

        if (leg->out == NULL && !is_over(leg) && leg->resume_ms < due) {
            due = leg->resume_ms;
        }
    }
    return due > now_ms ? due - now_ms : 0;
}

static bool end(void *self, struct hae_intake *intake)
{
    struct hae_spool_recovery *recovery = self;

    for (size_t i = 0; i < recovery->leg_count; i++) {
        count_lost(&recovery->legs[i], intake->accounting);
    }
    return false;
}

static void in_child(void *self, bool idle)
{
    struct hae_spool_recovery *recovery = self;

    recovery->is_inherited = true;
    for (size_t i = 0; i < recovery->leg_count; i++) {
        if (recovery->legs[i].has_spool) {
            hae_spool_in_child(&recovery->legs[i].spool, idle);
        }
        recovery->legs[i].state = STATE_DONE;
    }
}

struct hae_source hae_spool_recovery_source(struct hae_spool_recovery *recovery)
{
    return (struct hae_source){.name = "spool recovery",
                               .self = recovery,
                               .run = run,
                               .wait_ms = wait_ms,
                               .end = end,
                               .in_child = in_child};
}

/* ---- Life ------------------------------------------------------------------------------- */

haetae_status hae_spool_recovery_new(const char *path, const struct hae_spool_entries *entries,
                                     struct hae_diagnostics *diagnostics,
                                     struct hae_spool_recovery **ret_recovery)
{
    struct hae_spool_recovery *recovery =
        hae_calloc(1, sizeof *recovery + entries->count * sizeof recovery->legs[0]);

    if (recovery == NULL) {
        return HAETAE_ENOMEM;
    }
    recovery->diagnostics = diagnostics;
    for (size_t i = 0; i < entries->count; i++) {
        struct leg *leg = &recovery->legs[recovery->leg_count++];
        const struct hae_spool_options options = {.path = path,
                                                  .title = entries->items[i].title,
                                                  .signal = entries->items[i].signal,
                                                  .bytes_max = UINT64_MAX,
                                                  .age_max_ms = UINT64_MAX,
                                                  .diagnostics = diagnostics};

        leg->recovery = recovery;
        leg->has_spool = hae_spool_init(&leg->spool, &options) == HAETAE_OK;
        if (!leg->has_spool) {
            hae_spool_recovery_free(recovery);
            return HAETAE_ENOMEM;
        }
    }
    *ret_recovery = recovery;
    return HAETAE_OK;
}

void hae_spool_recovery_let_go(struct hae_spool_recovery *recovery)
{
    for (size_t i = 0; i < recovery->leg_count; i++) {
        if (recovery->legs[i].has_spool) {
            hae_spool_done(&recovery->legs[i].spool);
            recovery->legs[i].has_spool = false;
        }
    }
}

void hae_spool_recovery_free(struct hae_spool_recovery *recovery)
{
    if (recovery != NULL) {
        hae_spool_recovery_let_go(recovery);
        hae_free(recovery);
    }
}

bool hae_spool_recovery_done(const struct hae_spool_recovery *recovery)
{
    for (size_t i = 0; i < recovery->leg_count; i++) {
        if (!is_over(&recovery->legs[i])) {
            return false;
        }
    }
    return true;
}

struct hae_spool_recovery_counts
hae_spool_recovery_counts(const struct hae_spool_recovery *recovery)
{
    return recovery->counts;
}
