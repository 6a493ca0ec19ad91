/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include "wire/otlp.h"

/* What is a number or an id. */
static void read_fixed(haetae_memory_log *log, const struct hae_field *field)
{
    switch (hae_mem_field(field)) {
    case HAE_MEM_FIELD(HAE_OTLP_LOG_RECORD_TIME_UNIX_NANO, HAE_WIRE_FIXED64):
        log->time_unix_ns = field->value;
        break;
    case HAE_MEM_FIELD(HAE_OTLP_LOG_RECORD_OBSERVED_TIME_UNIX_NANO, HAE_WIRE_FIXED64):
        log->observed_time_unix_ns = field->value;
        break;
    case HAE_MEM_FIELD(HAE_OTLP_LOG_RECORD_SEVERITY_NUMBER, HAE_WIRE_VARINT):
        log->severity = (int32_t)field->value;
        break;
    case HAE_MEM_FIELD(HAE_OTLP_LOG_RECORD_DROPPED_ATTRIBUTES_COUNT, HAE_WIRE_VARINT):
        log->dropped_attribute_count = (uint32_t)field->value;
        break;
    case HAE_MEM_FIELD(HAE_OTLP_LOG_RECORD_FLAGS, HAE_WIRE_FIXED32):
        log->context.trace_flags =
            (uint8_t)(field->value & HAE_OTLP_LOG_RECORD_FLAGS_TRACE_FLAGS_MASK);
        break;
    case HAE_MEM_FIELD(HAE_OTLP_LOG_RECORD_TRACE_ID, HAE_WIRE_LENGTH):
        hae_mem_id(field, log->context.trace_id, sizeof log->context.trace_id);
        break;
    case HAE_MEM_FIELD(HAE_OTLP_LOG_RECORD_SPAN_ID, HAE_WIRE_LENGTH):
        hae_mem_id(field, log->context.span_id, sizeof log->context.span_id);
        break;
    default:
        break;
    }
}

void hae_mem_add_log(struct hae_mem_parser *parser, struct hae_mem_list *list,
                     struct hae_reader message)
{
    haetae_memory_item *item = hae_mem_add_item(parser, list);
    haetae_memory_log *log = hae_mem_take(parser, 1, sizeof *log);
    struct hae_reader whole = message;
    struct hae_field field;

    if (log == NULL) {
        return;
    }
    *log = (haetae_memory_log)HAETAE_OPTIONS(haetae_memory_log);
    item->log = log;
    while (hae_mem_next(parser, &message, &field)) {
        switch (hae_mem_field(&field)) {
        case HAE_MEM_FIELD(HAE_OTLP_LOG_RECORD_EVENT_NAME, HAE_WIRE_LENGTH):
            item->name = hae_mem_text(&field);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_LOG_RECORD_SEVERITY_TEXT, HAE_WIRE_LENGTH):
            log->severity_text = hae_mem_text(&field);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_LOG_RECORD_BODY, HAE_WIRE_LENGTH):
            hae_mem_value(parser, hae_mem_inside(&field), &log->body);
            break;
        default:
            read_fixed(log, &field);
            break;
        }
    }
    hae_mem_attributes(parser, whole, HAE_OTLP_LOG_RECORD_ATTRIBUTES, &item->attributes,
                       &item->attribute_count);
}
