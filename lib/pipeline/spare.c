/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/spare.h"

#include "base/alloc.h"

static struct hae_spare take_out(struct hae_spares *spares, uint32_t index)
{
    struct hae_spare block = spares->blocks[index];

    spares->blocks[index] = spares->blocks[--spares->count];
    spares->total_bytes -= block.size_bytes;
    return block;
}

void hae_spares_give(struct hae_spares *spares, uint8_t *memory, size_t size_bytes)
{
    if (memory == NULL || size_bytes < HAE_SPARE_MIN_BYTES || spares->count == HAE_SPARES_MAX ||
        size_bytes > HAE_SPARES_MAX_BYTES - spares->total_bytes) {
        hae_free(memory);
        return;
    }
    spares->blocks[spares->count++] = (struct hae_spare){memory, size_bytes};
    spares->total_bytes += size_bytes;
}

struct hae_spare hae_spares_take(struct hae_spares *spares, size_t minimum, size_t maximum)
{
    uint32_t best = spares->count;

    for (uint32_t i = 0; i < spares->count; i++) {
        size_t size = spares->blocks[i].size_bytes;

        if (size >= minimum && size <= maximum &&
            (best == spares->count || size < spares->blocks[best].size_bytes)) {
            best = i;
        }
    }
    return best < spares->count ? take_out(spares, best) : (struct hae_spare){NULL, 0};
}

void hae_spares_trim(struct hae_spares *spares, size_t maximum)
{
    while (spares->total_bytes > maximum) {
        hae_free(take_out(spares, spares->count - 1).memory);
    }
}
