/* SPDX-License-Identifier: Apache-2.0 */
/* A turn: one thread at a time has it, and others try again. Nobody sleeps on it, so that a
 * thread which must not wait can ask as well. For work that is rare and long. */
#ifndef HAETAE_BASE_TURN_H
#define HAETAE_BASE_TURN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Zeroes: nobody has it. The process whose thread has it: in a forked child, what a thread of the
 * parent had is free. */
struct hae_turn {
    _Atomic int process;
};

/* Takes the turn if nobody has it. */
bool hae_turn_try(struct hae_turn *turn);

/* The same, trying until a moment of hae_now_ms(), and at least once. */
bool hae_turn_take(struct hae_turn *turn, uint64_t deadline_ms);

void hae_turn_end(struct hae_turn *turn);

#endif
