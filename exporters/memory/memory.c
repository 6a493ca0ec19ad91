/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter. */
#include "haetae/memory.h"

#include "store.h"

static void send(void *self, haetae_delivery *delivery)
{
    haetae_result result =
        HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_OK, .retry_after_ms = -1);
    haetae_signal signal = haetae_delivery_signal(delivery);
    enum hae_mem_decoded decoded = HAE_MEM_MALFORMED;

    if ((unsigned)signal < HAETAE_SIGNAL_COUNT) {
        decoded =
            hae_mem_store_add(self, signal, haetae_delivery_data(delivery),
                              haetae_delivery_size(delivery), haetae_delivery_item_count(delivery));
    }
    switch (decoded) {
    case HAE_MEM_DECODED:
        break;
    case HAE_MEM_NO_MEMORY:
        result.verdict = HAETAE_VERDICT_RETRY;
        result.message = "out of memory";
        break;
    case HAE_MEM_FULL:
        result.verdict = HAETAE_VERDICT_DROP;
        result.message = "the memory is full";
        break;
    default:
        result.verdict = HAETAE_VERDICT_DROP;
        result.message = "undecodable request";
        break;
    }
    haetae_delivery_complete(delivery, &result);
}

static void after_fork(void *self, bool idle)
{
    (void)idle; /* its own threads may use the memory at any time */
    hae_mem_store_in_child(self);
}

static void free_self(void *self)
{
    hae_mem_store_unref(self);
}

haetae_status haetae_memory_exporter_new(haetae_memory *memory, haetae_exporter **ret_exporter)
{
    static const haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "memory", .send = send, .free = free_self,
                       .after_fork = after_fork);
    haetae_status status;

    if (memory == NULL || ret_exporter == NULL) {
        return HAETAE_EINVAL;
    }
    hae_mem_store_ref(memory);
    status = haetae_exporter_new(&ops, memory, ret_exporter);
    if (status != HAETAE_OK) {
        hae_mem_store_unref(memory);
    }
    return status;
}
