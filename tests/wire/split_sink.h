/* SPDX-License-Identifier: Apache-2.0 */
/* A sink over small areas with guard bytes between them. It shows writes across areas, and
 * finds writes beside them. */
#ifndef HAETAE_TESTS_WIRE_SPLIT_SINK_H
#define HAETAE_TESTS_WIRE_SPLIT_SINK_H

#include "support/core_cmocka.h"
#include "wire/sink.h"

enum { SPLIT_MEMORY = 256 * 1024, SPLIT_GAP = 16, SPLIT_GAP_BYTE = 0xA5 };

struct split_sink {
    struct hae_sink sink; /* first */
    size_t first_bytes;   /* of the first area */
    size_t area_bytes;    /* of the others     */
    size_t area;          /* the current one */
    size_t limit_bytes;   /* that may be reserved in total */
    size_t promised_areas;
    uint8_t memory[SPLIT_MEMORY];
};

/* Areas of `first_bytes` and then of `area_bytes`, at most `limit_bytes` in total. */
void split_begin(struct split_sink *split, size_t first_bytes, size_t area_bytes,
                 size_t limit_bytes);

/* Copies all that was written to `to` and returns its size. Checks the guard bytes. */
size_t split_end(struct split_sink *split, uint8_t *to, size_t capacity);

#endif
