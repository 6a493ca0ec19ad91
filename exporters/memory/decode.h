/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of OTLP as the structs of memory.h. */
#ifndef HAETAE_MEMORY_DECODE_H
#define HAETAE_MEMORY_DECODE_H

#include "arena.h"
#include "entry.h"
#include "haetae/memory.h"

enum hae_mem_decoded {
    HAE_MEM_DECODED,
    HAE_MEM_MALFORMED, /* no request of this signal, or values nest too deep */
    HAE_MEM_FULL,      /* it does not fit the arena */
    HAE_MEM_NO_MEMORY
};

/* Makes the items of a request, in the arena, which has a copy of `data` then. Output untouched
 * on failure. */
enum hae_mem_decoded hae_mem_decode(struct hae_mem_arena *arena, haetae_signal signal,
                                    const uint8_t *data, size_t size_bytes,
                                    struct hae_mem_entry **ret_first, size_t *ret_count);

#endif
