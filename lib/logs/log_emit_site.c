/* SPDX-License-Identifier: Apache-2.0 */
/* haetae_log_emit_site() copies what its site has prepared and writes the values; log_record.c
 * writes the records that are not for this way, as haetae_log() would. */
#include "logs/log_record.h"
#include "logs/log_site.h"
#include "wire/key_blocks.h"
#include "wire/key_list.h"

/* What a call brings. */
struct given {
    const haetae_value *values;
    size_t value_count;
    haetae_string body; /* NULL: the site's */
};

/* Writes the record, for which there is room, and returns its end. NULL: it is not for this way;
 * what was written does no harm. */
static HAE_ALWAYS_INLINE uint8_t *put(uint8_t *at, const struct hae_log_site_room *room,
                                      const struct hae_clock *clock, struct given given)
{
    const uint8_t *field = room->fields;

    at = hae_log_put_usual_fields(at, hae_clock_now_unix_ns(clock), room->severity_field);
    if (given.body.data == NULL) {
        hae_copy_pieces(at, field, room->body_size);
        at += room->body_size;
    } else {
        at = hae_log_put_body_head(at, given.body.length);
        if (HAE_UNLIKELY(!hae_copy_text(at, given.body.data, given.body.length))) {
            return NULL;
        }
        at += given.body.length;
    }
    field += room->body_size;
    at = hae_put_with_blocks(at, field + room->event_size, given.values, given.value_count);
    if (HAE_UNLIKELY(at == NULL)) {
        return NULL;
    }
    hae_copy_pieces(at, field, room->event_size);
    return at + room->event_size;
}

static HAE_ALWAYS_INLINE bool write(const haetae_logger *logger, struct hae_lane *lane,
                                    const struct hae_log_site_room *prepared, struct given given)
{
    struct hae_recorder *recorder = logger->recorder;
    size_t minimum = prepared->size_max;
    uint8_t *to;
    uint8_t *at;

    if (given.body.data != NULL) {
        minimum += HAE_LOG_BODY_AROUND + given.body.length;
    }
    to = minimum <= recorder->record_size_max
             ? hae_ring_reserve_only(lane, recorder->ring_size_bytes, minimum)
             : NULL;
    if (HAE_UNLIKELY(to == NULL)) {
        return false;
    }
    at = put(to, prepared, &recorder->region->clock, given);
    if (HAE_UNLIKELY(at == NULL)) {
        return false;
    }
    hae_record_commit(recorder, lane, (uint32_t)(at - to), logger->scope, HAETAE_SIGNAL_LOGS);
    hae_wake_if_filling(recorder, lane);
    return true;
}

/* Whether the site can be used this way with so many values. */
static inline bool is_ready(const haetae_logger *logger, const haetae_log_site *site,
                            const haetae_value *values, size_t value_count)
{
    const struct hae_log_site_room *room = site->room;
    const struct hae_limits *limits;

    if (HAE_UNLIKELY(site->room_bytes < sizeof *room)) {
        return false;
    }
    if (HAE_UNLIKELY(hae_prepared_get(&room->state) != HAE_PREPARED_DONE) &&
        !hae_log_site_prepare(site)) {
        return false;
    }
    limits = atomic_load_explicit(&logger->usual_limits, memory_order_relaxed);
    return HAE_LIKELY(value_count == room->key_count && value_count <= limits->count &&
                      limits->value.length >= HAE_SHORT_MAX &&
                      (values != NULL || value_count == 0));
}

/* ---- All other records ---------------------------------------------------------------------- */

static HAE_COLD void log_joined(haetae_logger *logger, const haetae_log_site *site,
                                const struct given *given)
{
    uint64_t now_unix_ns = hae_clock_now_unix_ns(&logger->recorder->region->clock);
    haetae_attribute attributes[HAE_BLOCK_KEYS_MAX];
    haetae_log_record record = {.struct_size = sizeof record,
                                .severity = site->severity,
                                .event_name = site->event_name,
                                .time_unix_ns = now_unix_ns,
                                .observed_time_unix_ns = now_unix_ns,
                                .attributes = attributes};
    haetae_string body = given->body.data != NULL ? given->body : site->body;
    struct hae_joined joined;

    if (body.data != NULL) {
        record.body = haetae_value_of(body);
    }
    joined = hae_join_keys(attributes, HAE_BLOCK_KEYS_MAX, site->keys, site->key_count,
                           given->values, given->value_count);
    record.attribute_count = joined.count;
    if (!joined.all) {
        hae_count_misuse(logger->recorder, HAETAE_MISUSE_ARGUMENT);
    }
    hae_log_full(logger, &record);
}

/* ---- The call ------------------------------------------------------------------------------- */

static HAE_ALWAYS_INLINE void emit_site(haetae_logger *logger, const haetae_log_site *site,
                                        struct given given)
{
    struct given any;

    if (HAE_UNLIKELY(!hae_log_admitted(logger))) {
        return;
    }
    if (HAE_LIKELY(is_ready(logger, site, given.values, given.value_count) &&
                   (given.body.data == NULL || given.body.length <= HAE_LOG_SITE_BODY_MAX))) {
        struct hae_lane *lane = hae_enter_lane(logger->recorder);

        if (HAE_LIKELY(lane != NULL)) {
            bool written = write(logger, lane, site->room, given);

            hae_leave_lane();
            if (HAE_LIKELY(written)) {
                return;
            }
        }
    }
    any = given; /* so that `given` can stay in registers */
    log_joined(logger, site, &any);
}

/* Two functions, so that the one for the site's own body has fewer arguments to keep; of their own,
 * as in log.c. */
static HAE_NOINLINE void log_own_body(haetae_logger *logger, const haetae_log_site *site,
                                      const haetae_value *values, size_t value_count)
{
    emit_site(logger, site, (struct given){values, value_count, {NULL, 0}});
}

static HAE_NOINLINE void log_body(haetae_logger *logger, const haetae_log_site *site,
                                  const haetae_value *values, size_t value_count, const char *body,
                                  size_t body_length)
{
    emit_site(logger, site, (struct given){values, value_count, {body, body_length}});
}

void haetae_log_emit_site(haetae_logger *logger, const haetae_log_site *site,
                          const haetae_value *values, size_t value_count, const char *body,
                          size_t body_length)
{
    if (HAE_UNLIKELY(site == NULL)) {
        if (logger != NULL && hae_log_admitted(logger)) {
            hae_count_misuse(logger->recorder, HAETAE_MISUSE_ARGUMENT);
        }
    } else if (!hae_log_wanted(logger, site->severity)) {
        return;
    } else if (body == NULL) {
        log_own_body(logger, site, values, value_count);
    } else {
        log_body(logger, site, values, value_count, body, body_length);
    }
}
