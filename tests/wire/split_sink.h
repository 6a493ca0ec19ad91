/* SPDX-License-Identifier: Apache-2.0 */
/* A sink over small areas with forbidden bytes between them, so that what is written
 * across areas is seen to be, and what is written beside them too. */
#ifndef TESTS_WIRE_SPLIT_SINK_H
#define TESTS_WIRE_SPLIT_SINK_H

#include "support/core_cmocka.h"
#include "wire/sink.h"

enum { SPLIT_MEMORY = 256 * 1024, SPLIT_GAP = 16, SPLIT_GAP_BYTE = 0xA5 };

struct split_sink {
    struct hae_sink sink; /* first */
    size_t first_bytes;   /* of the first area */
    size_t area_bytes;    /* of the others     */
    size_t area;          /* which is under way */
    size_t limit_bytes;   /* that may be reserved in all */
    size_t promised_areas;
    uint8_t memory[SPLIT_MEMORY];
};

/* Areas of `first_bytes`, and then of `area_bytes`, which together take
 * `limit_bytes` at most. */
void split_begin(struct split_sink *split, size_t first_bytes, size_t area_bytes,
                 size_t limit_bytes);

/* Copies all that was written to `to`, returns its size. Checks the gaps. */
size_t split_end(struct split_sink *split, uint8_t *to, size_t capacity);

#endif
