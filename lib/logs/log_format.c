/* SPDX-License-Identifier: Apache-2.0 */
/* haetae_logf(): the C library formats the body right into the lane's ring. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "logs/log_record.h"

/* A body that cannot go into a ring is formatted on the stack, up to this size. */
enum { TEXT_ON_STACK = 1024 };

/* What stands before a body of any length, at most; and the NUL that vsnprintf() writes. */
enum { HEAD_MAX = 2 + 2 * 5, AROUND_TEXT = HAE_LOG_FIXED_MAX + HEAD_MAX + 1 };

enum outcome { WRITTEN, NO_ROOM, INVALID };

struct formatted {
    int32_t severity;
    int error; /* errno at the call */
    uint64_t now_unix_ns;
    const char *format;
    va_list *arguments;
};

/* vsnprintf() with arguments that may be used again. */
static int print(char *to, size_t size_bytes, const struct formatted *formatted)
{
    va_list arguments;
    int length;

    va_copy(arguments, *formatted->arguments);
    length = vsnprintf(to, size_bytes, formatted->format, arguments);
    va_end(arguments);
    return length;
}

/* Repairs `length` bytes of text in place; once repaired it has `size` bytes. */
static void repair(uint8_t *text, size_t length, size_t size)
{
    haetae_string rest = {(const char *)text + (size - length), length};
    const uint8_t *bytes;
    size_t step;

    /* No part becomes shorter when it is repaired: what is written never passes what is read. */
    memmove(text + (size - length), text, length);
    while ((step = hae_text_next(&rest, &bytes)) != 0) {
        memmove(text, bytes, step);
        text += step;
    }
}

/* Whether text is UTF-8; it mostly is ASCII. */
static bool is_utf8(const uint8_t *text, size_t length)
{
    uint64_t seen = 0;
    size_t at = 0;

    for (; at + 8 <= length; at += 8) {
        seen |= hae_load64(text + at);
    }
    for (; at < length; at++) {
        seen |= text[at];
    }
    return HAE_LIKELY((seen & HAE_HIGH_BITS) == 0) || hae_utf8_valid(text, length);
}

/* Writes the record into `room` bytes and sets its size. NO_ROOM: *ret_size is what it needs. */
static enum outcome put(uint8_t *to, size_t room, const struct formatted *formatted,
                        size_t *ret_size)
{
    uint8_t *at = hae_log_put_fixed_fields(
        to, (struct hae_log_fixed){formatted->now_unix_ns, formatted->now_unix_ns,
                                   formatted->severity, hae_current()});
    uint8_t *text = at + HEAD_MAX;
    size_t space = room - (size_t)(text - to);
    int printed = print((char *)text, space, formatted);
    size_t length = (size_t)printed;
    size_t size = length;
    bool valid = length >= space;

    if (HAE_UNLIKELY(printed < 0)) {
        return INVALID;
    }
    valid = valid || is_utf8(text, length);
    if (HAE_UNLIKELY(!valid)) {
        size_t consumed;

        size = hae_utf8_repaired_size(text, length, HAE_NO_LIMIT, &consumed);
    }
    if (HAE_UNLIKELY(size >= space)) {
        *ret_size = AROUND_TEXT + size;
        return NO_ROOM;
    }
    if (HAE_UNLIKELY(!valid)) {
        repair(text, length, size);
    }
    at = hae_log_put_body_head(at, size);
    memmove(at, text, size);
    *ret_size = (size_t)(at + size - to);
    return WRITTEN;
}

/* Tries with as much room as most records need, and then with what this one needs. */
static enum outcome write_to_ring(const haetae_logger *logger, struct hae_lane *lane,
                                  const struct formatted *formatted, size_t *ret_size)
{
    struct hae_recorder *recorder = logger->recorder;
    enum outcome outcome = NO_ROOM;

    *ret_size = HAE_LOG_ROOM_GUESS;
    for (int tries = 0; tries < 2 && outcome == NO_ROOM; tries++) {
        size_t room;
        uint8_t *to = *ret_size <= recorder->record_size_max
                          ? hae_record_reserve(recorder, lane, *ret_size, &room)
                          : NULL;

        if (to == NULL) {
            return NO_ROOM;
        }
        errno = formatted->error; /* for %m */
        outcome = put(to, room, formatted, ret_size);
    }
    if (outcome == WRITTEN) {
        hae_record_commit(recorder, lane, (uint32_t)*ret_size, logger->scope, HAETAE_SIGNAL_LOGS);
        hae_wake_if_filling(recorder, lane);
    }
    return outcome;
}

/* Where there is no room in a ring, or no lane. */
static HAE_COLD void write_elsewhere(haetae_logger *logger, const struct formatted *formatted)
{
    char text[TEXT_ON_STACK];
    int length;
    struct hae_plain_log plain;

    errno = formatted->error;
    length = print(text, sizeof text, formatted);
    plain = (struct hae_plain_log){
        formatted->severity, {text, (size_t)length}, NULL, 0, formatted->now_unix_ns};
    if (length >= 0 && (size_t)length < sizeof text) {
        hae_log_any(logger, &plain);
    } else {
        hae_count_dropped(logger->recorder, NULL, HAETAE_SIGNAL_LOGS,
                          length < 0 ? HAETAE_DROP_INVALID : HAETAE_DROP_RING_FULL);
    }
}

/* Checks the arguments, and records what has to be looked at first. True: the usual way goes on. */
static HAE_COLD bool log_unusual(haetae_logger *logger, struct formatted *formatted)
{
    if (formatted->format == NULL || (uint32_t)formatted->severity > HAETAE_SEVERITY_FATAL4) {
        hae_count_misuse(logger->recorder, HAETAE_MISUSE_ARGUMENT);
        formatted->severity = HAETAE_SEVERITY_UNSPECIFIED;
    }
    if (formatted->format == NULL ||
        atomic_load_explicit(&logger->usual_end, memory_order_relaxed) != 0) {
        return formatted->format != NULL;
    }
    if (!hae_log_sampled(logger, hae_current())) {
        return false; /* of a span that is not sampled, where the logger goes by that */
    }
    if (logger->provider->processors.count == 0) {
        return true;
    }
    formatted->now_unix_ns = hae_clock_now_unix_ns(&logger->recorder->region->clock);
    write_elsewhere(logger, formatted);
    errno = formatted->error;
    return false;
}

static HAE_NOINLINE void log_formatted(haetae_logger *logger, haetae_severity severity,
                                       const char *format, va_list *arguments)
{
    struct hae_recorder *recorder = logger->recorder;
    struct formatted formatted = {(int32_t)severity, errno, 0, format, arguments};
    enum outcome outcome = NO_ROOM;
    struct hae_entry entry;
    size_t size = 0;

    if (!hae_log_admitted(logger)) {
        return;
    }
    if (format == NULL ||
        (uint32_t)severity >= atomic_load_explicit(&logger->usual_end, memory_order_relaxed)) {
        if (!log_unusual(logger, &formatted)) {
            return;
        }
    }
    formatted.now_unix_ns = hae_clock_now_unix_ns(&recorder->region->clock);
    entry = hae_enter(recorder);
    if (HAE_LIKELY(entry.lane != NULL)) {
        outcome = write_to_ring(logger, entry.lane, &formatted, &size);
    }
    if (outcome == INVALID || size > recorder->record_size_max) {
        hae_count_dropped(recorder, entry.lane, HAETAE_SIGNAL_LOGS,
                          outcome == INVALID ? HAETAE_DROP_INVALID : HAETAE_DROP_TOO_LARGE);
        outcome = WRITTEN; /* that is, done with */
    }
    hae_leave(entry);
    if (HAE_UNLIKELY(outcome == NO_ROOM)) {
        write_elsewhere(logger, &formatted);
    }
    errno = formatted.error;
}

void haetae_vlogf(haetae_logger *logger, haetae_severity severity, const char *format,
                  va_list arguments)
{
    va_list copy;

    if (hae_log_wanted(logger, (int)severity)) {
        va_copy(copy, arguments);
        log_formatted(logger, severity, format, &copy);
        va_end(copy);
    }
}

void haetae_logf(haetae_logger *logger, haetae_severity severity, const char *format, ...)
{
    va_list arguments;

    if (hae_log_wanted(logger, (int)severity)) {
        va_start(arguments, format);
        log_formatted(logger, severity, format, &arguments);
        va_end(arguments);
    }
}
