/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter for Kafka: any body, as a request of each signal, becomes messages within the limit
 * that together have its items, each once, or is refused. Input: a byte for the limit, then a body.
 */
#include "plan_message.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* How many items a message has; it must be a whole request. */
static uint32_t count_items(haetae_signal signal, const uint8_t *message, size_t size)
{
    const struct hae_kafka_options all = {.by = HAE_KAFKA_BY_RESOURCE,
                                          .message_max_bytes = SIZE_MAX / 4};
    struct hae_kafka_plan plan;
    uint32_t count;

    check(hae_kafka_plan_init(&plan, &all, signal, message, size, 0) == HAE_KAFKA_PLANNED);
    count = plan.item_count;
    hae_kafka_plan_done(&plan);
    return count;
}

static void plan_as(haetae_signal signal, const struct hae_kafka_options *options,
                    const uint8_t *data, size_t size)
{
    struct hae_kafka_plan plan;
    uint32_t count = 0;

    if (hae_kafka_plan_init(&plan, options, signal, data, size, 0) != HAE_KAFKA_PLANNED)
        return;
    for (uint32_t i = 0; i < plan.part_count; i++) {
        char key[HAE_KAFKA_KEY_BYTES];
        size_t bytes;
        const uint8_t *message = hae_kafka_plan_message(&plan, i, &bytes);

        check(bytes + hae_kafka_plan_key(&plan, i, key) <= options->message_max_bytes);
        if (plan.items != NULL)
            count += count_items(signal, message, bytes);
    }
    check(count == plan.item_count);
    hae_kafka_plan_done(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        for (int by = 0; by <= HAE_KAFKA_BY_TRACE_ID; by++) {
            const struct hae_kafka_options options = {.by = (enum hae_kafka_partition_by)by,
                                                      .message_max_bytes = 32 + 8U * data[0],
                                                      .seed = 1};

            plan_as((haetae_signal)signal, &options, data + 1, size - 1);
        }
    }
    return 0;
}
