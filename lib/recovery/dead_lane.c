/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/dead_lane.h"

#include <string.h>

static bool is_blank(const uint8_t *bytes, size_t size_bytes)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, size_bytes - 1) == 0;
}

/* A lane whose tail is 0 has nothing in its ring, or the beginning of its first record. One whose
 * page was lost has a piece of zeroes and then what was there. */
static bool is_missing(const struct hae_lane *lane, uint64_t tail, uint64_t ring_size_bytes)
{
    enum { BEGINNING = 64, LOOKED_AT = 64 * 1024 };

    return tail == 0 &&
           is_blank(lane->ring + sizeof(struct hae_record_header),
                    BEGINNING - sizeof(struct hae_record_header)) &&
           !is_blank(lane->ring + BEGINNING, ring_size_bytes < LOOKED_AT
                                                 ? (size_t)ring_size_bytes - BEGINNING
                                                 : LOOKED_AT - BEGINNING);
}

struct hae_dead_cursor hae_dead_lane_begin(struct hae_dead *dead, uint32_t index)
{
    const struct hae_lane *lane = hae_layout_lane(&dead->layout, index);
    struct hae_dead_cursor cursor = {.position = 0};
    uint64_t head;
    uint64_t tail;

    if (lane == NULL) {
        return cursor;
    }
    head = hae_dead_load(&lane->head);
    tail = hae_dead_load(&lane->tail);
    if (head > tail || tail - head > dead->layout.region->ring_size_bytes ||
        (head | tail) % 8 != 0) {
        hae_dead_fault(dead, "lane %u is invalid", (unsigned)index);
        cursor.position = tail;
    } else if (is_missing(lane, tail, dead->layout.region->ring_size_bytes)) {
        hae_dead_fault(dead, "what lane %u held is missing", (unsigned)index);
        cursor.position = tail;
    } else {
        cursor.position = dead->lanes_taken[index] > head ? dead->lanes_taken[index] : head;
    }
    return cursor;
}
