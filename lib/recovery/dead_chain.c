/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/dead_chain.h"

#include <string.h>

size_t hae_dead_gather(struct hae_dead *dead, uint32_t index, uint32_t offset, uint8_t *to,
                       size_t size_max)
{
    size_t size = 0;

    while (index != 0) {
        const struct hae_slot *slot = hae_layout_slot(&dead->layout, index);
        uint32_t used;

        if (slot == NULL || hae_dead_bit(dead->slots_seen, index)) {
            hae_dead_fault(dead, "a chain of slots is invalid at slot %u", (unsigned)index);
            break;
        }
        hae_dead_set_bit(dead->slots_seen, index);
        used = slot->used;
        if (used > sizeof slot->data || used < offset || used - offset > size_max - size) {
            hae_dead_fault(dead, "slot %u is invalid", (unsigned)index);
            break;
        }
        memcpy(to + size, slot->data + offset, used - offset);
        size += used - offset;
        /* What is reserved behind the last full slot is not in use yet. */
        index = used == sizeof slot->data ? slot->chain : 0;
        offset = 0;
    }
    return size;
}
