/* SPDX-License-Identifier: Apache-2.0 */
/* The circular logs of records in a dead process's file: the rings of lanes, and journals. Frames
 * stand one behind the other, each with a head that has its size. Where one makes no sense,
 * reading goes on at the next place from which the log makes sense again, so that one damaged
 * frame costs no other. */
#ifndef HAETAE_RECOVERY_DEAD_LOG_H
#define HAETAE_RECOVERY_DEAD_LOG_H

#include "recovery/dead.h"

/* What stands at a position. */
enum hae_dead_frame_state {
    HAE_FRAME_WHOLE,
    HAE_FRAME_BAD_BODY, /* its head makes sense, and the record in it does not */
    HAE_FRAME_BAD
};

struct hae_dead_frame {
    uint64_t next;       /* the position behind it; not of HAE_FRAME_BAD */
    const uint8_t *body; /* NULL: it holds no record                     */
    uint32_t size_bytes; /* of the record                                */
    uint32_t scope;
    haetae_signal signal;
    /* Of a journal's entry. */
    bool settled;
    uint32_t source;
    uint64_t source_position;
};

struct hae_dead_log {
    struct hae_dead *dead;
    const uint8_t *bytes;
    uint64_t size_bytes;
    uint64_t tail;
    haetae_signal signal;  /* of a journal                                  */
    uint64_t search_bytes; /* that are read in search of sense, at one place */
    enum hae_dead_frame_state (*look)(const struct hae_dead_log *log, uint64_t position,
                                      struct hae_dead_frame *ret_frame);
};

/* The ring of a lane that was used, and the journal of a signal, which is valid. */
struct hae_dead_log hae_dead_ring(struct hae_dead *dead, uint32_t index);
struct hae_dead_log hae_dead_journal(struct hae_dead *dead, haetae_signal signal);

enum hae_dead_step {
    HAE_DEAD_STEP_RECORD,
    HAE_DEAD_STEP_NOTHING, /* it was a filler, or a piece of what makes no sense */
    HAE_DEAD_STEP_END
};

/* Does one step, of a bounded size, from `cursor` on. If `damage` is not NULL, what makes no
 * sense is counted there. */
enum hae_dead_step hae_dead_step(const struct hae_dead_log *log, struct hae_dead_cursor *cursor,
                                 struct hae_dead_frame *ret_frame, struct hae_dead_damage *damage);

#endif
