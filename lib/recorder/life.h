/* SPDX-License-Identifier: Apache-2.0 */
/* Whose recorder it is: after fork() it is the parent's until the child records something. */
#ifndef HAETAE_RECORDER_LIFE_H
#define HAETAE_RECORDER_LIFE_H

#include "recorder/state.h"

enum hae_life {
    HAE_LIFE_OWN,            /* the recorder of this process               */
    HAE_LIFE_INHERITED,      /* the parent's; the first record resumes it  */
    HAE_LIFE_REINITIALIZING, /* one thread is doing that                   */
    HAE_LIFE_OVER            /* the parent's, and shut down: it stays so   */
};

static inline uint32_t hae_life_of(const struct hae_recorder *recorder)
{
    /* Acquire pairs with the release in reinit() of resume.c: a thread that sees the recorder
     * resumed sees its memory emptied. */
    return atomic_load_explicit(&recorder->life, memory_order_acquire);
}

/* Whether nothing was recorded in this process yet, nor can have been. */
bool hae_recorder_untouched(const struct hae_recorder *recorder);

/* Whether a record may still resume it, or one is doing so. */
bool hae_recorder_may_resume(const struct hae_recorder *recorder);

/* Waits while another thread resumes the recorder. */
void hae_recorder_settle(const struct hae_recorder *recorder);

/* From here on nothing is resumed any more. True: the recorder was not resumed in this process,
 * and never will be. */
bool hae_recorder_give_up(struct hae_recorder *recorder);

#endif
