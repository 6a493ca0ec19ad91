/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder: threads write records into it without waiting for anyone, one
 * consumer takes them out. */
#ifndef HAETAE_RECORDER_RECORDER_H
#define HAETAE_RECORDER_RECORDER_H

#include "recorder/counts.h"
#include "recorder/region_file.h"
#include "recorder/state.h"

struct hae_recorder_options {
    uint64_t size_bytes;
    uint32_t lane_count; /* 0: chosen from the size */
    bool allow_counter;  /* the CPU's counter as clock */
    bool wakes_always;   /* each record wakes the consumer, not only many of them */
    /* NULL: the region is in no file. Else, when a file is what fails, *file_fault says why. */
    const struct hae_region_file_options *file;
    struct hae_file_fault *file_fault;
};

/* Ownership: the caller's, for hae_recorder_free(). Errors: HAETAE_EINVAL (size),
 * HAETAE_ENOMEM, HAETAE_EIO (no descriptor, no file), HAETAE_ELIMIT (too many recorders). */
haetae_status hae_recorder_new(const struct hae_recorder_options *options,
                               struct hae_recorder **ret_recorder);
void hae_recorder_free(struct hae_recorder *recorder);

/* Whether an instrument was ever made. */
bool hae_recorder_has_instruments(const struct hae_recorder *recorder);

#endif
