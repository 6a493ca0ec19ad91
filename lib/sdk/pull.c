/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting for whoever asks. All pieces are made before the first is given away, so that a slow
 * caller holds nobody up. */
#include "base/alloc.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "pipeline/batch_finish.h"
#include "recorder/consumer.h"
#include "recorder/fork.h"
#include "sdk/fork.h"
#include "sdk/readers.h"
#include "sdk/sdk_internal.h"

/* A piece ends with the item that takes it beyond this. */
enum { PIECE_BYTES = 1024 * 1024 };

struct pull {
    struct hae_batch batch;
    struct hae_redactor redactor; /* with the rules of the SDK's */
    bool redacts;
    struct hae_request *first;
    struct hae_request *last;
};

static bool finish_piece(struct pull *pull)
{
    struct hae_request *piece = hae_batch_finish(&pull->batch, SIZE_MAX);

    if (piece == NULL) {
        return false;
    }
    if (pull->last != NULL) {
        pull->last->newer = piece;
    } else {
        pull->first = piece;
    }
    pull->last = piece;
    return true;
}

/* As hae_metric_callback. Points that nobody can redact are left out. */
static bool take(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                 uint32_t point_count)
{
    struct pull *pull = user;
    struct hae_item item = {scope, metric, size_bytes, point_count};

    if (pull->redacts) {
        enum hae_redacted redacted = hae_redact(&pull->redactor, HAETAE_SIGNAL_METRICS, &item);

        if (redacted != HAE_REDACTED_DONE) {
            return redacted == HAE_REDACTED_MALFORMED;
        }
    }
    return hae_batch_add(&pull->batch, &item, SIZE_MAX) == HAE_BATCH_PUT &&
           (pull->batch.size_bytes < PIECE_BYTES || finish_piece(pull));
}

static void free_pieces(struct pull *pull)
{
    while (pull->first != NULL) {
        struct hae_request *next = pull->first->newer;

        hae_request_free(pull->first);
        pull->first = next;
    }
}

/* The caller has the reader's lock. */
static haetae_status collect(haetae_sdk *sdk, struct hae_metric_reader *reader,
                             uint64_t deadline_ms, struct pull *pull)
{
    struct hae_try_lock *lock = &sdk->metrics.collecting;
    enum hae_collected collected;

    if (!hae_try_lock_wait(lock, deadline_ms)) {
        return HAETAE_ETIMEOUT;
    }
    hae_batch_init(&pull->batch, sdk->recorder->heap, HAETAE_SIGNAL_METRICS, sdk->resource);
    pull->redacts = sdk->redactor.rule_count != 0;
    pull->redactor =
        (struct hae_redactor){.rules = sdk->redactor.rules, .rule_count = sdk->redactor.rule_count};
    hae_metric_reader_begin(reader, hae_clock_now_unix_ns(&sdk->recorder->region->clock), take,
                            pull);
    hae_metric_reader_hold(reader);
    collected = hae_metric_reader_go_on(reader, UINT32_MAX);
    if (collected == HAE_COLLECTED_ALL && pull->batch.item_count != 0 && !finish_piece(pull)) {
        collected = HAE_COLLECTED_NO_MEMORY;
    }
    hae_metric_reader_settle(reader, collected == HAE_COLLECTED_ALL);
    hae_try_lock_release(lock);
    pull->redactor.rules = NULL; /* the SDK's */
    hae_redactor_done(&pull->redactor);
    hae_batch_done(&pull->batch);
    return collected == HAE_COLLECTED_ALL ? HAETAE_OK : HAETAE_ENOMEM;
}

/* Whether the SDK runs; in a forked child that has recorded, after making it the child's own. */
static haetae_status make_ready(haetae_sdk *sdk, bool *ret_anything)
{
    if (sdk == NULL || hae_sdk_state_of(sdk) != HAE_SDK_RUNNING) {
        return HAETAE_ESHUTDOWN;
    }
    *ret_anything = !hae_recorder_untouched(sdk->recorder);
    if (*ret_anything) {
        (void)hae_sdk_resume(sdk, true);
    }
    return HAETAE_OK;
}

haetae_status haetae_metric_reader_collect(haetae_metric_reader *reader, uint32_t timeout_ms,
                                           haetae_metrics_callback callback, void *user)
{
    HAE_HOLD_CANCELLATION();
    uint64_t deadline_ms = hae_now_ms() + timeout_ms;
    struct pull pull = {.first = NULL};
    bool anything = false;
    haetae_status status;

    if (reader == NULL || callback == NULL || !reader->pull) {
        return HAETAE_EINVAL;
    }
    if (!hae_try_lock_wait(&reader->use, deadline_ms)) {
        return HAETAE_ETIMEOUT;
    }
    status = make_ready(reader->sdk, &anything);
    if (status == HAETAE_OK && anything) {
        status = collect(reader->sdk, reader->reader, deadline_ms, &pull);
    }
    hae_try_lock_release(&reader->use);
    if (status == HAETAE_OK) {
        const struct hae_request *piece = pull.first;

        while (piece != NULL && callback(user, piece->data, piece->size_bytes)) {
            piece = piece->newer;
        }
    }
    free_pieces(&pull);
    return status;
}
