/* SPDX-License-Identifier: Apache-2.0 */
/* The calling thread's lane, where it is at hand: hae_enter() without its slow parts, for
 * calls that find everything as it mostly is.
 *
 * Relaxed throughout: the thread reads what is its own, but for the epoch, for which any
 * moment of the call will do. */
#ifndef HAETAE_METRICS_LANE_READY_H
#define HAETAE_METRICS_LANE_READY_H

#include "recorder/call.h"

/* Where threads keep the attachment to a recorder, in bytes: streams remember it, which
 * spares recording calls the way through the recorder. */
static inline uint32_t hae_attachment_offset(const struct hae_recorder *recorder)
{
    return (uint32_t)(offsetof(struct hae_thread, attachments) +
                      recorder->index * sizeof(struct hae_attachment));
}

static inline const struct hae_attachment *hae_lane_attachment(uint32_t offset)
{
    return (const void *)((const uint8_t *)&hae_thread + offset);
}

static inline bool hae_lane_attached(const struct hae_recorder *recorder,
                                     const struct hae_attachment *attachment)
{
    return attachment->epoch == atomic_load_explicit(&recorder->epoch, memory_order_relaxed);
}

/* Whether no recording call of this thread is under way, which this one would have
 * interrupted. */
static inline bool hae_lane_is_free(void)
{
    return atomic_load_explicit(&hae_thread.busy, memory_order_relaxed) == 0;
}

/* This thread's lane if it has one and it is free. NULL: hae_enter() decides. */
static inline struct hae_lane *hae_lane_ready(const struct hae_recorder *recorder, uint32_t offset)
{
    const struct hae_attachment *attachment = hae_lane_attachment(offset);

    return HAE_LIKELY(hae_lane_is_free() && hae_lane_attached(recorder, attachment))
               ? attachment->lane
               : NULL;
}

/* The index of this thread's lane plus 1, whether it is free or not; 0 without one. */
static inline uint32_t hae_lane_place(const struct hae_recorder *recorder, uint32_t offset)
{
    const struct hae_attachment *attachment = hae_lane_attachment(offset);

    return HAE_LIKELY(hae_lane_attached(recorder, attachment)) ? attachment->place : 0;
}

#endif
