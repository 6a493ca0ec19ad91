/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that write log records have in common. */
#ifndef HAETAE_LOGS_LOG_FIELDS_H
#define HAETAE_LOGS_LOG_FIELDS_H

#include <limits.h>

#include "context/current.h"
#include "logs/logger.h"
#include "recorder/record.h"
#include "wire/otlp.h"
#include "wire/short_attribute.h"

/* Bytes of all fields of fixed size, at most. */
enum { HAE_LOG_FIXED_MAX = 9 + 2 + 6 + 5 + 18 + 10 + 9 };

/* Bytes of the body's field around text of at most UINT16_MAX / 2 bytes, at most. */
enum { HAE_LOG_BODY_AROUND = 2 + 2 * 3 };

/* Room that most records fit in. A record that does not is measured. */
enum { HAE_LOG_ROOM_GUESS = 512 };

/* The arguments of haetae_log(), and the time of the call. */
struct hae_plain_log {
    int32_t severity;
    haetae_string body;
    const haetae_attribute *attributes;
    size_t attribute_count;
    uint64_t now_unix_ns;
};

/* Whether the logger takes records of this severity. */
static inline bool hae_log_wanted(haetae_logger *logger, int severity)
{
    int minimum;

    if (HAE_UNLIKELY(logger == NULL)) {
        return false;
    }
    minimum = atomic_load_explicit(&logger->min_severity, memory_order_relaxed);
    /* A severity that does not exist counts as unspecified, which always passes. */
    return severity >= minimum || (severity <= HAETAE_SEVERITY_UNSPECIFIED && minimum != INT_MAX);
}

/* Whether the logger takes records now. After shutdown it does not, and counts the record. */
static inline bool hae_log_admitted(haetae_logger *logger)
{
    if (HAE_UNLIKELY(!hae_admits(logger->recorder))) {
        hae_count_rejected(logger->recorder, HAETAE_SIGNAL_LOGS);
        return false;
    }
    return true;
}

/* Writes the fields for a current context, which is valid. */
static HAE_ALWAYS_INLINE uint8_t *hae_log_put_context(uint8_t *at,
                                                      const struct hae_current *current)
{
    at[0] = HAE_TAG(HAE_OTLP_LOG_RECORD_FLAGS, HAE_WIRE_FIXED32);
    hae_put_fixed32(at + 1, current->trace_flags);
    at[5] = HAE_TAG(HAE_OTLP_LOG_RECORD_TRACE_ID, HAE_WIRE_LENGTH);
    at[6] = 16;
    hae_store64(at + 7, current->trace_id[0]);
    hae_store64(at + 15, current->trace_id[1]);
    at[23] = HAE_TAG(HAE_OTLP_LOG_RECORD_SPAN_ID, HAE_WIRE_LENGTH);
    at[24] = 8;
    hae_store64(at + 25, current->span_id);
    return at + 33;
}

/* The fields of fixed size. A time of 0, severity 0 and a context that is not valid are left
 * out. */
struct hae_log_fixed {
    uint64_t time_unix_ns;
    uint64_t observed_unix_ns;
    int32_t severity;
    const struct hae_current *current;
};

static HAE_ALWAYS_INLINE uint8_t *hae_log_put_fixed_fields(uint8_t *at, struct hae_log_fixed fixed)
{
    if (fixed.time_unix_ns != 0) {
        *at = HAE_TAG(HAE_OTLP_LOG_RECORD_TIME_UNIX_NANO, HAE_WIRE_FIXED64);
        at = hae_put_fixed64(at + 1, fixed.time_unix_ns);
    }
    if (fixed.severity > 0 && fixed.severity <= HAETAE_SEVERITY_FATAL4) {
        at[0] = HAE_TAG(HAE_OTLP_LOG_RECORD_SEVERITY_NUMBER, HAE_WIRE_VARINT);
        at[1] = (uint8_t)fixed.severity;
        at += 2;
    }
    if (fixed.current->valid) {
        at = hae_log_put_context(at, fixed.current);
    }
    *at = HAE_TAG(HAE_OTLP_LOG_RECORD_OBSERVED_TIME_UNIX_NANO, HAE_WIRE_FIXED64);
    return hae_put_fixed64(at + 1, fixed.observed_unix_ns);
}

/* The same for a record of this moment, in the current context. `severity_field` is a field of two
 * bytes, as it stands in memory. */
static HAE_ALWAYS_INLINE uint8_t *hae_log_put_usual_fields(uint8_t *at, uint64_t now_unix_ns,
                                                           uint16_t severity_field)
{
    const struct hae_current *current = hae_current();

    at[0] = HAE_TAG(HAE_OTLP_LOG_RECORD_TIME_UNIX_NANO, HAE_WIRE_FIXED64);
    hae_put_fixed64(at + 1, now_unix_ns);
    hae_store16(at + 9, severity_field);
    at += 11;
    if (current->valid) {
        at = hae_log_put_context(at, current);
    }
    at[0] = HAE_TAG(HAE_OTLP_LOG_RECORD_OBSERVED_TIME_UNIX_NANO, HAE_WIRE_FIXED64);
    return hae_put_fixed64(at + 1, now_unix_ns);
}

/* Writes what stands before a body of `length` bytes of text. */
static HAE_ALWAYS_INLINE uint8_t *hae_log_put_body_head(uint8_t *at, size_t length)
{
    at[0] = HAE_TAG(HAE_OTLP_LOG_RECORD_BODY, HAE_WIRE_LENGTH);
    at = hae_put_varint(at + 1, hae_field_size(length));
    at[0] = HAE_TAG(HAE_OTLP_ANY_VALUE_STRING_VALUE, HAE_WIRE_LENGTH);
    return hae_put_varint(at + 1, length);
}

#endif
