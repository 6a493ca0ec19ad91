/* SPDX-License-Identifier: Apache-2.0 */
/* What goes out of a spool: one record at a time, the oldest first. */
#ifndef HAETAE_SPOOL_SPOOL_OUT_H
#define HAETAE_SPOOL_SPOOL_OUT_H

#include "spool/spool_state.h"

enum hae_spool_next {
    HAE_SPOOL_FOUND,
    HAE_SPOOL_EMPTY,
    HAE_SPOOL_MORE,   /* a bounded piece of work is done; ask again */
    HAE_SPOOL_FAILED, /* the system failed to read it now           */
    HAE_SPOOL_DAMAGED /* the record was; the next one may be whole  */
};

/* Finds the oldest record. Nothing is out. */
enum hae_spool_next hae_spool_next(struct hae_spool *spool, uint64_t now_ms,
                                   struct hae_segment_record *ret_record);

/* Hands out the record that was found last, into room for its body. */
enum hae_spool_next hae_spool_take(struct hae_spool *spool, const struct hae_segment_record *record,
                                   uint8_t *ret_body);

/* Whether this process wrote the record that is out. */
bool hae_spool_out_is_own(const struct hae_spool *spool);

/* The record that is out is done: returns the items that it stands for, or HAE_SPOOL_PENDING, if
 * this process wrote it. Or it comes again, unless the bounds have dropped it meanwhile. */
uint32_t hae_spool_settle(struct hae_spool *spool);
void hae_spool_put_back(struct hae_spool *spool);

#endif
