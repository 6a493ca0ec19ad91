/* SPDX-License-Identifier: Apache-2.0 */
/* From a dead region's records to requests. */
#ifndef HAETAE_RECOVERY_RECOVERY_READ_H
#define HAETAE_RECOVERY_RECOVERY_READ_H

#include "pipeline/intake.h"
#include "recovery/recovery_state.h"

/* Begins to read the file, where the process that read it before was interrupted. */
void hae_recovery_begin(struct hae_recovery *recovery);

/* Makes a request of the next records and hands it out, if there are any. */
enum hae_recovery_read {
    HAE_READ_REQUEST,   /* one was handed out                  */
    HAE_READ_AGAIN,     /* there may be more                   */
    HAE_READ_PAUSES,    /* there is, but other work waits      */
    HAE_READ_LATER,     /* no room beside what waits for export */
    HAE_READ_ALL,       /* there is nothing more               */
    HAE_READ_NO_MEMORY, /* try again from where it was         */
};
enum hae_recovery_read hae_recovery_read(struct hae_recovery *recovery, struct hae_intake *intake);

#endif
