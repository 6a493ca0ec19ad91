/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/recovery_read.h"

#include "pipeline/batch_finish.h"
#include "recovery/dead_metrics.h"
#include "recovery/dead_read.h"
#include "recovery/recovery_files.h"

/* A request of what was recovered is no larger than this, so that it takes little of the
 * memory that what is recorded now needs. */
enum { REQUEST_SIZE_MAX = 1024 * 1024, SHIFT_MAX = 20 };

enum { SIGNALS = HAETAE_SIGNAL_COUNT };
static const haetae_signal order[SIGNALS] = {HAETAE_SIGNAL_TRACES, HAETAE_SIGNAL_LOGS,
                                             HAETAE_SIGNAL_METRICS};

static size_t request_size_max(const struct hae_recovery *recovery, const struct hae_intake *intake,
                               haetae_signal signal)
{
    size_t max = hae_intake_request_size_max(intake, signal);

    return (max < REQUEST_SIZE_MAX ? max : REQUEST_SIZE_MAX) >> recovery->request_shift;
}

/* Begins with a signal. */
static void begin_signal(struct hae_recovery *recovery)
{
    haetae_signal signal = order[recovery->signal_index];
    struct hae_dead *dead = &recovery->dead;

    hae_batch_done(&recovery->batch);
    hae_batch_init(&recovery->batch, hae_heap_of(dead->layout.region), signal, dead->resource);
    recovery->to_pass = recovery->done[signal];
    recovery->open_in_batch = 0;
    if (signal != HAETAE_SIGNAL_METRICS) {
        hae_dead_begin(dead, signal);
    } else {
        hae_dead_begin_metrics(dead);
    }
}

/* The next record that is not done yet. */
static enum hae_dead_next next_record(struct hae_recovery *recovery, struct hae_record *ret_record)
{
    enum hae_dead_next next = hae_dead_peek(&recovery->dead, ret_record);

    while (next == HAE_DEAD_RECORD && recovery->to_pass != 0) {
        recovery->to_pass--;
        hae_dead_skip(&recovery->dead);
        next = hae_dead_peek(&recovery->dead, ret_record);
    }
    return next;
}

void hae_recovery_begin(struct hae_recovery *recovery)
{
    recovery->signal_index = 0;
    begin_signal(recovery);
}

/* ---- Settling ------------------------------------------------------------------------------- */

static void settled(void *user, enum hae_recovered_end end)
{
    struct hae_recovery *recovery = user;
    haetae_signal signal = recovery->outstanding_signal;

    recovery->outstanding = false;
    if (hae_recovery_done(recovery)) {
        return; /* in a forked child: the request is the parent's */
    }
    if (end == HAE_RECOVERED_TOO_LARGE && recovery->request_shift < SHIFT_MAX) {
        recovery->request_shift++;
        recovery->state = HAE_RECOVERY_PAUSE;
        recovery->resume_ms = 1; /* long ago: at once */
        return;
    }
    if (end != HAE_RECOVERED_DONE) {
        recovery->state =
            end == HAE_RECOVERED_UNANSWERED ? HAE_RECOVERY_PAUSE : HAE_RECOVERY_REFUSED;
        recovery->resume_ms = 0;
        return;
    }
    recovery->done[signal] += recovery->outstanding_items;
    recovery->item_count[signal] += recovery->outstanding_items;
    recovery->open_count += recovery->outstanding_open;
    hae_recovery_note(recovery);
}

/* Drops items, and notes it at the next note. No request is outstanding. */
static void drop(struct hae_recovery *recovery, struct hae_intake *intake, uint64_t item_count,
                 haetae_drop_reason reason)
{
    haetae_signal signal = order[recovery->signal_index];

    hae_intake_drop_recovered(intake, signal, item_count, reason);
    recovery->done[signal] += item_count;
}

static enum hae_recovery_read hand_out(struct hae_recovery *recovery, struct hae_intake *intake)
{
    struct hae_request *request = hae_batch_finish(&recovery->batch, 0);

    if (request == NULL) {
        begin_signal(recovery);
        return HAE_READ_NO_MEMORY;
    }
    request->recovered = (struct hae_recovered){.settled = settled, .user = recovery};
    recovery->outstanding = true;
    recovery->outstanding_signal = order[recovery->signal_index];
    recovery->outstanding_items = request->item_count;
    recovery->outstanding_open = recovery->open_in_batch;
    recovery->open_in_batch = 0;
    hae_intake_hand_out(intake, request);
    return HAE_READ_REQUEST;
}

/* ---- Filling a batch ---------------------------------------------------------------------- */

struct filling {
    struct hae_recovery *recovery;
    struct hae_intake *intake;
    bool pauses;
    bool no_memory;
};

enum put { PUT, PUT_FULL, PUT_TOO_LARGE, PUT_NO_MEMORY };

static enum put put(const struct filling *filling, const struct hae_item *given)
{
    struct hae_batch *batch = &filling->recovery->batch;
    struct hae_intake *intake = filling->intake;
    struct hae_item redacted = *given;
    const struct hae_item *item = &redacted;
    uint64_t count_max = hae_intake_item_count_max(intake, batch->signal);
    /* One item may have a request of its own, as large as requests may be. */
    size_t size_max = batch->item_count != 0
                          ? request_size_max(filling->recovery, intake, batch->signal)
                          : hae_intake_request_size_max(intake, batch->signal);

    switch (hae_intake_redact(intake, batch->signal, &redacted)) {
    case HAE_REDACTED_NO_MEMORY:
        return PUT_NO_MEMORY;
    case HAE_REDACTED_MALFORMED:
        return PUT_TOO_LARGE;
    default:
        break;
    }
    if (batch->size_bytes + hae_batch_growth(batch, item->scope, item->size_bytes) > size_max ||
        (batch->item_count != 0 && batch->item_count + item->count > count_max)) {
        return batch->item_count != 0 ? PUT_FULL : PUT_TOO_LARGE;
    }
    return hae_batch_add(batch, item, SIZE_MAX / 4) == HAE_BATCH_PUT ? PUT : PUT_NO_MEMORY;
}

/* It stays in the file, which is put aside in the end. */
static void leave_out(struct hae_recovery *recovery, struct hae_intake *intake, uint64_t item_count)
{
    hae_dead_fault(&recovery->dead, "something in it is too large for a request");
    drop(recovery, intake, item_count, HAETAE_DROP_TOO_LARGE);
}

/* Puts records into the batch until it is full. */
static void fill_with_records(struct filling *filling)
{
    struct hae_recovery *recovery = filling->recovery;
    struct hae_record record;

    enum hae_dead_next next;

    while ((next = next_record(recovery, &record)) == HAE_DEAD_RECORD) {
        struct hae_item item = {record.scope, record.data, record.size_bytes, 1};

        switch (put(filling, &item)) {
        case PUT:
            recovery->open_in_batch += recovery->dead.record_is_open;
            break;
        case PUT_FULL:
            return;
        case PUT_TOO_LARGE:
            leave_out(recovery, filling->intake, 1);
            break;
        case PUT_NO_MEMORY:
            filling->no_memory = true;
            return;
        }
        hae_dead_skip(&recovery->dead);
    }
    filling->pauses = next == HAE_DEAD_PAUSES;
}

static bool take_metric(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                        uint32_t point_count)
{
    struct filling *filling = user;
    struct hae_recovery *recovery = filling->recovery;
    struct hae_item item = {scope, metric, size_bytes, point_count};

    /* The process that began may have divided the points otherwise. Then some come twice, which
     * does no harm: they are cumulative. */
    if (recovery->to_pass >= point_count) {
        recovery->to_pass -= point_count;
        return true;
    }
    recovery->to_pass = 0;
    switch (put(filling, &item)) {
    case PUT:
        return true;
    case PUT_FULL:
        return false;
    case PUT_TOO_LARGE:
        leave_out(recovery, filling->intake, point_count);
        return true;
    case PUT_NO_MEMORY:
        break;
    }
    filling->no_memory = true;
    return false;
}

/* Whether the file has metrics that were not delivered. */
static bool has_metrics(const struct hae_recovery *recovery)
{
    const struct hae_dead *dead = &recovery->dead;

    return atomic_load_explicit(&dead->stored->metrics_settled, memory_order_relaxed) == 0 &&
           atomic_load_explicit(&dead->layout.region->streams_first, memory_order_relaxed) != 0;
}

static void fill_with_metrics(struct filling *filling)
{
    struct hae_recovery *recovery = filling->recovery;

    if (has_metrics(recovery)) {
        filling->pauses =
            hae_dead_collect(&recovery->dead, recovery->collector,
                             request_size_max(recovery, filling->intake, HAETAE_SIGNAL_METRICS) / 4,
                             take_metric, filling) == HAE_DEAD_TAKING_PAUSES;
    }
}

/* ---- Reading ------------------------------------------------------------------------------- */

/* Deals with a signal that no exporter here takes. The dead process would have dropped it, too, if
 * it had none for it; else it is for another process. False: it pauses. */
static bool pass_signal(struct hae_recovery *recovery, struct hae_intake *intake)
{
    haetae_signal signal = order[recovery->signal_index];
    uint32_t unwanted =
        atomic_load_explicit(&recovery->dead.stored->signals_unwanted, memory_order_relaxed);
    bool drops = (unwanted >> signal & 1) != 0;
    enum hae_dead_next next = HAE_DEAD_NO_MORE;
    struct hae_record record;

    if (signal == HAETAE_SIGNAL_METRICS) {
        recovery->keeps |= !drops && has_metrics(recovery);
        return true;
    }
    while ((next = next_record(recovery, &record)) == HAE_DEAD_RECORD && drops) {
        drop(recovery, intake, 1, HAETAE_DROP_NO_EXPORTER);
        hae_dead_skip(&recovery->dead);
    }
    recovery->keeps |= next == HAE_DEAD_RECORD;
    hae_recovery_note(recovery);
    return next != HAE_DEAD_PAUSES;
}

static enum hae_recovery_read next_signal(struct hae_recovery *recovery)
{
    if (++recovery->signal_index == SIGNALS) {
        return HAE_READ_ALL;
    }
    begin_signal(recovery);
    return HAE_READ_AGAIN;
}

static enum hae_recovery_read read_signal(struct hae_recovery *recovery, struct hae_intake *intake)
{
    haetae_signal signal = order[recovery->signal_index];
    struct filling filling = {recovery, intake, false, false};

    if (!hae_intake_is_wanted(intake, signal)) {
        return pass_signal(recovery, intake) ? next_signal(recovery) : HAE_READ_PAUSES;
    }
    if (!hae_intake_has_room(intake, signal,
                             2 * (uint64_t)request_size_max(recovery, intake, signal))) {
        return HAE_READ_LATER;
    }
    if (signal == HAETAE_SIGNAL_METRICS) {
        fill_with_metrics(&filling);
    } else {
        fill_with_records(&filling);
    }
    if (filling.pauses) {
        return HAE_READ_PAUSES;
    }
    if (recovery->batch.item_count != 0) {
        return hand_out(recovery, intake);
    }
    if (filling.no_memory) {
        begin_signal(recovery);
        return HAE_READ_NO_MEMORY;
    }
    return next_signal(recovery);
}

enum hae_recovery_read hae_recovery_read(struct hae_recovery *recovery, struct hae_intake *intake)
{
    enum hae_recovery_read read;

    do {
        read = read_signal(recovery, intake);
    } while (read == HAE_READ_AGAIN);
    return read;
}
