/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of requests that are done, kept for the next ones of their signal: the pages of a new
 * allocation cost more than what is written to them. Only the driver of the pipeline touches it. */
#ifndef HAETAE_PIPELINE_SPARE_H
#define HAETAE_PIPELINE_SPARE_H

#include <stddef.h>
#include <stdint.h>

enum {
    HAE_SPARES_MAX = 4,
    HAE_SPARE_MIN_BYTES = 16 * 1024,        /* a smaller block is not worth keeping */
    HAE_SPARES_MAX_BYTES = 4 * 1024 * 1024, /* of one signal                        */
    HAE_SPARES_IDLE_MS = 10000              /* then they are freed                  */
};

struct hae_spare {
    uint8_t *memory;
    size_t size_bytes;
};

struct hae_spares {
    struct hae_spare blocks[HAE_SPARES_MAX];
    uint32_t count;
    size_t total_bytes;
    uint64_t used_ms; /* when a request was made last */
};

/* Keeps or frees a block of hae_malloc(). NULL: nothing. */
void hae_spares_give(struct hae_spares *spares, uint8_t *memory, size_t size_bytes);

/* The smallest block that has at least `minimum` and at most `maximum` bytes; its memory is NULL
 * when there is none. Ownership: the caller's, for hae_free(). */
struct hae_spare hae_spares_take(struct hae_spares *spares, size_t minimum, size_t maximum);

/* Frees blocks until they have at most `maximum` bytes together. */
void hae_spares_trim(struct hae_spares *spares, size_t maximum);

#endif
