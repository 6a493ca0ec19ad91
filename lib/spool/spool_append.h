/* SPDX-License-Identifier: Apache-2.0 */
/* What comes into a spool. */
#ifndef HAETAE_SPOOL_SPOOL_APPEND_H
#define HAETAE_SPOOL_SPOOL_APPEND_H

#include "spool/spool_state.h"

/* Appends a request, for which the oldest segments make room. NULL: done; else why not. */
const char *hae_spool_append(struct hae_spool *spool, struct hae_segment_record *record,
                             const uint8_t *body, struct hae_spool_receipt *ret_receipt);

/* The request of a record has been settled but for this many items. False: the record is no longer
 * there. */
bool hae_spool_carry(struct hae_spool *spool, const struct hae_spool_receipt *receipt,
                     uint32_t item_count);

#endif
