/* SPDX-License-Identifier: Apache-2.0 */
#include "gunzip.h"

#include <stdlib.h>

#include <isa-l/igzip_lib.h>

static bool unpack(struct inflate_state *state, size_t max_bytes, struct hae_http_buffer *buffer)
{
    size_t wanted = hae_http_buffer_first_bytes(state->avail_in);

    /* A byte more than the limit shows that it is passed. */
    for (;; wanted = buffer->capacity_bytes * 2) {
        size_t before = buffer->size_bytes;

        wanted = wanted < max_bytes + 1 ? wanted : max_bytes + 1;
        if (wanted == before || !hae_http_buffer_reserve(buffer, wanted)) {
            return false;
        }
        state->next_out = buffer->data + before;
        state->avail_out = (uint32_t)(wanted - before);
        if (isal_inflate(state) != ISAL_DECOMP_OK) {
            return false;
        }
        buffer->size_bytes = wanted - state->avail_out;
        if (state->block_state == ISAL_BLOCK_FINISH) {
            return state->avail_in == 0 && buffer->size_bytes <= max_bytes;
        }
        if (state->avail_out != 0) {
            return false; /* it is not whole */
        }
    }
}

bool hae_grpc_gunzip(const void *data, size_t size_bytes, size_t max_bytes,
                     struct hae_http_buffer *buffer)
{
    struct inflate_state *state = malloc(sizeof *state); /* too large for a stack */
    bool good;

    if (state == NULL) {
        return false;
    }
    isal_inflate_init(state);
    state->crc_flag = ISAL_GZIP;
    state->next_in = (uint8_t *)data; /* it is only read */
    state->avail_in = (uint32_t)size_bytes;
    good = unpack(state, max_bytes, buffer);
    free(state);
    return good;
}
