/* SPDX-License-Identifier: Apache-2.0 */
/* The next request of a spool, for those that send it again: replay.c, and the recovery. */
#ifndef HAETAE_PIPELINE_SPOOL_READ_H
#define HAETAE_PIPELINE_SPOOL_READ_H

#include "pipeline/intake.h"
#include "spool/spool.h"

enum hae_spool_read {
    HAE_SPOOL_READ_DONE,  /* *ret_request is the caller's, with its items counted             */
    HAE_SPOOL_READ_WRONG, /* a whole record, but no request with so many items: not ours. The
                             caller settles it, and counts its *ret_items                      */
    HAE_SPOOL_READ_MORE,  /* not this one: call again                                         */
    HAE_SPOOL_READ_LATER, /* there is no memory, or no room for it                            */
    HAE_SPOOL_READ_FAILED,
    HAE_SPOOL_READ_EMPTY /* what is being written comes later */
};

/* `now_ms` is since 1970, for the ages of records; 0: whatever their age. */
enum hae_spool_read hae_spool_read_next(struct hae_spool *spool, const struct hae_intake *intake,
                                        uint64_t now_ms, struct hae_request **ret_request,
                                        uint64_t *ret_items);

#endif
