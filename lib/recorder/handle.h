/* SPDX-License-Identifier: Apache-2.0 */
/* How a handle names an open record:
 *   generation (32 bits) | 3 bits unused | not recording (1) | recorder + 1 (4) | slot (24) */
#ifndef HAETAE_RECORDER_HANDLE_H
#define HAETAE_RECORDER_HANDLE_H

#include <stdbool.h>

#include "recorder/format.h"

/* Of a record that is open only for its identity, and never becomes one for the consumer. */
enum { HAE_HANDLE_RECORDER_SHIFT = 24, HAE_HANDLE_NOT_RECORDING = 1 << 28 };

/* The handle of a slot's use, whose generation is in the high half of the slot's state. */
static inline uint64_t hae_handle_new(uint64_t state, uint32_t recorder_index, uint32_t slot,
                                      bool recording)
{
    return (state & ~(uint64_t)UINT32_MAX) | (recording ? 0u : (uint32_t)HAE_HANDLE_NOT_RECORDING) |
           (recorder_index + 1) << HAE_HANDLE_RECORDER_SHIFT | slot;
}

static inline uint32_t hae_handle_slot(uint64_t handle)
{
    return (uint32_t)handle & HAE_SLOT_INDEX_MAX;
}

static inline uint32_t hae_handle_generation(uint64_t handle)
{
    return (uint32_t)(handle >> 32);
}

/* The number of its recorder, from 1 on; what is no handle has any other. */
static inline uint32_t hae_handle_recorder_number(uint64_t handle)
{
    return (uint32_t)handle >> HAE_HANDLE_RECORDER_SHIFT & 15;
}

#endif
