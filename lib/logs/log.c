/* SPDX-License-Identifier: Apache-2.0 */
/* haetae_log() writes the usual record straight into the lane's ring; log_record.c writes all
 * others. */
#include "logs/log_record.h"

/* Writes attributes that are short and have different keys, and returns their end. NULL: one
 * of them is another kind. */
static HAE_ALWAYS_INLINE uint8_t *put_usual_attributes(uint8_t *at, const uint8_t *end,
                                                       const struct hae_plain_log *plain,
                                                       size_t value_limit)
{
    for (size_t i = 0; i < plain->attribute_count; i++) {
        if (HAE_UNLIKELY(
                hae_attribute_is_plain_duplicate(plain->attributes, plain->attribute_count, i))) {
            return NULL;
        }
        at = hae_put_short_attribute(at, end, HAE_OTLP_LOG_RECORD_ATTRIBUTES, &plain->attributes[i],
                                     value_limit);
        if (HAE_UNLIKELY(at == NULL)) {
            return NULL;
        }
    }
    return at;
}

/* Writes the usual record, in which nothing is repaired, cut or left out, and returns its end.
 * NULL: the record is another kind, or there is no room; what was written does no harm. */
static HAE_ALWAYS_INLINE uint8_t *put_usual(uint8_t *at, const uint8_t *end,
                                            const struct hae_plain_log *plain,
                                            const haetae_logger *logger)
{
    const struct hae_limits *limits = &logger->provider->limits;
    size_t length = plain->body.length;

    if (HAE_UNLIKELY((uint32_t)plain->severity - 1 >=
                         atomic_load_explicit(&logger->usual_severities, memory_order_relaxed) ||
                     plain->body.data == NULL || length > UINT16_MAX / 2 ||
                     (size_t)(end - at) < HAE_LOG_FIXED_MAX + HAE_LOG_BODY_AROUND + length ||
                     plain->attribute_count > limits->count)) {
        return NULL;
    }
    at = hae_log_put_fixed_fields(at, (struct hae_log_fixed){plain->now_unix_ns, plain->now_unix_ns,
                                                             plain->severity, hae_current()});
    at = hae_log_put_body_head(at, length);
    if (HAE_UNLIKELY(!hae_copy_text(at, plain->body.data, length))) {
        return NULL;
    }
    return put_usual_attributes(at + length, end, plain, limits->value.length);
}

static HAE_ALWAYS_INLINE bool log_usual(struct hae_recorder *recorder, struct hae_lane *lane,
                                        const haetae_logger *logger,
                                        const struct hae_plain_log *plain)
{
    size_t room;
    uint8_t *to = hae_record_reserve(recorder, lane, HAE_LOG_ROOM_GUESS, &room);
    uint8_t *at;

    if (HAE_UNLIKELY(to == NULL)) {
        return false;
    }
    at = put_usual(to, to + room, plain, logger);
    if (HAE_UNLIKELY(at == NULL)) {
        return false;
    }
    hae_record_commit(recorder, lane, (uint32_t)(at - to), logger->scope, HAETAE_SIGNAL_LOGS);
    hae_wake_if_filling(recorder, lane);
    return true;
}

/* Does what haetae_log() does, for a severity that is recorded. It is a function of its own so
 * that haetae_log() returns for other severities before it saves registers. */
static HAE_NOINLINE void log_plain(haetae_logger *logger, haetae_severity severity,
                                   const char *body, size_t body_length,
                                   const haetae_attribute *attributes, size_t attribute_count)
{
    struct hae_recorder *recorder = logger->recorder;
    struct hae_lane *lane = NULL;
    struct hae_plain_log plain = {
        (int32_t)severity, {body, body_length}, attributes, attribute_count, 0};
    struct hae_plain_log any;

    if (HAE_UNLIKELY(!hae_log_admitted(logger))) {
        return;
    }
    plain.now_unix_ns = hae_clock_now_unix_ns(&recorder->region->clock);
    if (attribute_count == 0 || HAE_LIKELY(hae_attributes_valid(attributes, attribute_count))) {
        lane = hae_enter_lane(recorder);
    }
    if (HAE_LIKELY(lane != NULL)) {
        bool written = log_usual(recorder, lane, logger, &plain);

        hae_leave_lane();
        if (HAE_LIKELY(written)) {
            return;
        }
    }
    any = plain; /* so that `plain` can stay in registers */
    hae_log_any(logger, &any);
}

void haetae_log(haetae_logger *logger, haetae_severity severity, const char *body,
                size_t body_length, const haetae_attribute *attributes, size_t attribute_count)
{
    if (hae_log_wanted(logger, (int)severity)) {
        log_plain(logger, severity, body, body_length, attributes, attribute_count);
    }
}
