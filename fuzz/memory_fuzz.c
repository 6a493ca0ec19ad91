/* SPDX-License-Identifier: Apache-2.0 */
/* The in-memory exporter: any body, as a request of each signal, becomes items within the limit,
 * each of one kind and printable, or is refused. Input: a request body. */
#include <stdlib.h>

#include "decode.h"
#include "text.h"

enum { LIMIT_BYTES = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void decode_as(haetae_signal signal, const uint8_t *data, size_t size)
{
    struct hae_mem_arena arena = {.limit_bytes = LIMIT_BYTES};
    struct hae_buffer text = HAE_BUFFER_INIT;
    struct hae_mem_entry *entry = NULL;
    size_t count = 0;

    (void)hae_mem_decode(&arena, signal, data, size, &entry, &count);
    check(arena.used_bytes <= LIMIT_BYTES);
    for (; entry != NULL; entry = entry->next) {
        const haetae_memory_item *item = &entry->item;

        check((item->span != NULL) == (signal == HAETAE_SIGNAL_TRACES));
        check((item->log != NULL) == (signal == HAETAE_SIGNAL_LOGS));
        check((item->point != NULL) == (signal == HAETAE_SIGNAL_METRICS));
        hae_mem_put_item(&text, item);
        count--;
    }
    check(count == 0);
    hae_buffer_done(&text);
    hae_mem_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++)
        decode_as((haetae_signal)signal, data, size);
    return 0;
}
