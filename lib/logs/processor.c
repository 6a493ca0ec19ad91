/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/processor.h"

#include <stdatomic.h>

#include "context/context.h"

/* While this thread calls processors. */
static _Thread_local bool in_processor HAE_NEAR_THREAD;
static _Thread_local struct hae_log_scratch *own_scratch HAE_NEAR_THREAD;

struct hae_log_scratch *hae_log_scratch(void)
{
    return own_scratch;
}

haetae_status hae_log_processors_add(struct hae_log_processors *processors,
                                     const haetae_log_processor *processor)
{
    if (processors->count == HAE_LOG_PROCESSORS_MAX) {
        return HAETAE_ELIMIT;
    }
    processors->items[processors->count++] = *processor;
    return HAETAE_OK;
}

void hae_log_processors_done(struct hae_log_processors *processors)
{
    for (uint32_t i = 0; i < processors->count; i++) {
        if (processors->items[i].free != NULL) {
            processors->items[i].free(processors->items[i].self);
        }
    }
    processors->count = 0;
}

bool hae_log_processors_emit(const struct hae_log_processors *processors,
                             const haetae_item_origin *origin, haetae_log_record *record,
                             const struct hae_current *current, struct hae_log_scratch *scratch)
{
    haetae_context context;
    bool kept = true;

    if (in_processor) {
        return true;
    }
    context = hae_context_view(current);
    record->context = NULL;
    record->span = HAETAE_SPAN_NONE;
    scratch->text_size = 0;
    /* In this order, and backwards at the end: a signal handler that logs in between goes past the
     * processors, and leaves the scratch. */
    in_processor = true;
    atomic_signal_fence(memory_order_seq_cst);
    own_scratch = scratch;
    for (uint32_t i = 0; i < processors->count && kept; i++) {
        const haetae_log_processor *processor = &processors->items[i];

        if (processor->on_emit != NULL) {
            kept = processor->on_emit(processor->self, record, origin, &context);
        }
    }
    own_scratch = NULL;
    atomic_signal_fence(memory_order_seq_cst);
    in_processor = false;
    return kept;
}

bool hae_log_processors_enabled(const struct hae_log_processors *processors,
                                const haetae_item_origin *origin, const haetae_context *context,
                                haetae_severity severity, haetae_string event_name)
{
    haetae_context own;
    bool enabled = false;

    if (in_processor) {
        return true;
    }
    if (context == NULL) {
        own = hae_context_view(hae_current());
        context = &own;
    }
    in_processor = true;
    for (uint32_t i = 0; i < processors->count && !enabled; i++) {
        const haetae_log_processor *processor = &processors->items[i];

        enabled = processor->enabled == NULL ||
                  processor->enabled(processor->self, origin, context, severity, event_name);
    }
    in_processor = false;
    return enabled;
}
