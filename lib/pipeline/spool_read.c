/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/spool_read.h"

#include "pipeline/split.h"
#include "spool/spool_out.h"

static enum hae_spool_read read_found(struct hae_spool *spool,
                                      const struct hae_segment_record *record,
                                      struct hae_request **ret_request)
{
    struct hae_request *request = hae_request_new(record->signal, (size_t)record->size_bytes);
    enum hae_spool_next taken;

    if (request == NULL) {
        return HAE_SPOOL_READ_LATER;
    }
    request->item_count = record->item_count;
    taken = hae_spool_take(spool, record, request->data);
    if (taken == HAE_SPOOL_FOUND && hae_request_counts_right(request)) {
        *ret_request = request;
        return HAE_SPOOL_READ_DONE;
    }
    hae_request_free(request);
    if (taken == HAE_SPOOL_FOUND) {
        return HAE_SPOOL_READ_WRONG;
    }
    return taken == HAE_SPOOL_FAILED ? HAE_SPOOL_READ_FAILED : HAE_SPOOL_READ_MORE;
}

enum hae_spool_read hae_spool_read_next(struct hae_spool *spool, const struct hae_intake *intake,
                                        uint64_t now_ms, struct hae_request **ret_request,
                                        uint64_t *ret_items)
{
    struct hae_segment_record record;

    switch (hae_spool_next(spool, now_ms, &record)) {
    case HAE_SPOOL_FOUND:
        *ret_items = record.item_count;
        return hae_intake_has_room(intake, record.signal, 2 * record.size_bytes)
                   ? read_found(spool, &record, ret_request)
                   : HAE_SPOOL_READ_LATER;
    case HAE_SPOOL_FAILED:
        return HAE_SPOOL_READ_FAILED;
    case HAE_SPOOL_EMPTY:
        return HAE_SPOOL_READ_EMPTY;
    case HAE_SPOOL_MORE:
    case HAE_SPOOL_DAMAGED:
        break;
    }
    return HAE_SPOOL_READ_MORE;
}
