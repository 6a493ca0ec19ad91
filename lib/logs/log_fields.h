/* SPDX-License-Identifier: Apache-2.0 */
/* What the two ways of a log record into the ring have in common: the short one of log.c,
 * which most calls of haetae_log() take, and the one of log_record.c for any record. */
#ifndef HAE_LOGS_LOG_FIELDS_H
#define HAE_LOGS_LOG_FIELDS_H

#include <limits.h>

#include "context/current.h"
#include "logs/logger.h"
#include "recorder/record.h"
#include "wire/otlp.h"
#include "wire/short_attribute.h"

/* What the fields of fixed size take together, at most. */
enum { HAE_LOG_FIXED_MAX = 9 + 2 + 6 + 5 + 18 + 10 + 9 };

/* A first guess at the room a record takes; a larger one is measured. */
enum { HAE_LOG_ROOM_GUESS = 512 };

/* What haetae_log() is given, and when. */
struct hae_plain_log {
    int32_t severity;
    haetae_string body;
    const haetae_attribute *attributes;
    size_t attribute_count;
    uint64_t now_unix_ns;
};

/* Any record; its arguments are looked at first. */
void hae_log_any(haetae_logger *logger, const struct hae_plain_log *plain);

/* Whether the logger takes records of this severity. */
static inline bool hae_log_wanted(haetae_logger *logger, int severity)
{
    int minimum;

    if (HAE_UNLIKELY(logger == NULL)) {
        return false;
    }
    minimum = atomic_load_explicit(&logger->min_severity, memory_order_relaxed);
    /* Severities that don't exist count as unspecified, which always passes. */
    return severity >= minimum || (severity <= HAETAE_SEVERITY_UNSPECIFIED && minimum != INT_MAX);
}

/* Whether it takes any now; after shutdown the record is counted. */
static inline bool hae_log_admitted(haetae_logger *logger)
{
    if (HAE_UNLIKELY(!hae_admits(logger->recorder))) {
        hae_count_rejected(logger->recorder, HAETAE_SIGNAL_LOGS);
        return false;
    }
    return true;
}

/* Of a current context that is valid. */
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

/* Times of 0, severity 0 and a context that is not valid are left out. */
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

#endif
