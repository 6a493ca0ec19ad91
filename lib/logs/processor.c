/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/processor.h"

#include "context/context.h"
#include "logs/logger.h"
#include "recorder/origin.h"

/* While this thread calls processors. */
static _Thread_local bool in_processor HAE_NEAR_THREAD;

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

static haetae_item_origin origin_of(const struct haetae_logger *logger)
{
    return hae_origin_of(logger->recorder, logger->scope, logger->provider->resource,
                         logger->provider->resource_size_bytes);
}

bool hae_log_processors_emit(const struct haetae_logger *logger, haetae_log_record *record,
                             const struct hae_current *current)
{
    const struct hae_log_processors *processors = &logger->provider->processors;
    haetae_item_origin origin;
    haetae_context context;
    bool kept = true;

    if (processors->count == 0 || in_processor) {
        return true;
    }
    origin = origin_of(logger);
    context = hae_context_view(current);
    record->context = NULL;
    record->span = HAETAE_SPAN_NONE;
    in_processor = true;
    for (uint32_t i = 0; i < processors->count && kept; i++) {
        const haetae_log_processor *processor = &processors->items[i];

        if (processor->on_emit != NULL) {
            kept = processor->on_emit(processor->self, record, &origin, &context);
        }
    }
    in_processor = false;
    return kept;
}

bool hae_log_processors_enabled(const struct haetae_logger *logger, haetae_severity severity)
{
    const struct hae_log_processors *processors = &logger->provider->processors;
    static const haetae_string no_event = {NULL, 0};
    haetae_item_origin origin;
    haetae_context context;
    bool enabled = false;

    if (processors->count == 0 || in_processor) {
        return true;
    }
    origin = origin_of(logger);
    context = hae_context_view(hae_current());
    in_processor = true;
    for (uint32_t i = 0; i < processors->count && !enabled; i++) {
        const haetae_log_processor *processor = &processors->items[i];

        enabled = processor->enabled == NULL ||
                  processor->enabled(processor->self, &origin, &context, severity, no_event);
    }
    in_processor = false;
    return enabled;
}
