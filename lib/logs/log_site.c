/* SPDX-License-Identifier: Apache-2.0 */
/* Sites: what they are prepared to, and the objects that other languages make. */
#include "logs/log_site.h"

#include "base/alloc.h"
#include "base/cancel.h"
#include "logs/log_fields.h"
#include "wire/key_blocks.h"

/* ---- Preparing ---------------------------------------------------------------------------- */

static bool text_is_plain(haetae_string text, size_t length_max)
{
    size_t length = hae_string_length(text);

    return length <= length_max && hae_utf8_valid((const uint8_t *)text.data, length);
}

/* Whether the parts beside the keys are for the short way. */
static bool is_plain(const haetae_log_site *site)
{
    return (uint32_t)site->severity - 1 < HAETAE_SEVERITY_FATAL4 &&
           site->key_count <= HAE_BLOCK_KEYS_MAX && (site->key_count == 0 || site->keys != NULL) &&
           text_is_plain(site->body, HAE_LOG_SITE_BODY_MAX) &&
           text_is_plain(site->event_name, HAE_SHORT_TEXT_MAX);
}

/* Writes the fields of body and event name. */
static uint8_t *put_texts(uint8_t *at, const haetae_log_site *site, struct hae_log_site_room *room)
{
    uint8_t *from = at;
    size_t length = hae_string_length(site->event_name);

    if (site->body.data != NULL) {
        at = hae_log_put_body_head(at, site->body.length);
        memcpy(at, site->body.data, site->body.length);
        at += site->body.length;
    }
    room->body_size = (uint16_t)(at - from);
    from = at;
    if (length != 0) {
        *at++ = HAE_TAG(HAE_OTLP_LOG_RECORD_EVENT_NAME, HAE_WIRE_LENGTH);
        *at++ = (uint8_t)length;
        memcpy(at, site->event_name.data, length);
        at += length;
    }
    room->event_size = (uint16_t)(at - from);
    return at;
}

static bool fill(const haetae_log_site *site, struct hae_log_site_room *room)
{
    const uint8_t *end = (const uint8_t *)site->room + site->room_bytes;
    size_t texts = HAE_LOG_BODY_AROUND + hae_string_length(site->body) + 2 +
                   hae_string_length(site->event_name);
    uint8_t *at = room->fields;

    if (!is_plain(site) || (size_t)(end - at) < texts + HAE_BLOCK_PIECE) {
        return false;
    }
    at = put_texts(at, site, room);
    if (hae_put_key_blocks(at, end, HAE_OTLP_LOG_RECORD_ATTRIBUTES, site->keys, site->key_count) ==
        NULL) {
        return false;
    }
    room->key_count = (uint16_t)site->key_count;
    room->severity_field =
        hae_le16((uint16_t)(HAE_TAG(HAE_OTLP_LOG_RECORD_SEVERITY_NUMBER, HAE_WIRE_VARINT) |
                            site->severity << 8));
    room->size_max = (uint32_t)HAE_LOG_FIXED_MAX + room->body_size + room->event_size +
                     room->key_count * (uint32_t)HAE_BLOCK_ATTRIBUTE_MAX + 2u * HAE_BLOCK_PIECE;
    return true;
}

HAE_COLD bool hae_log_site_prepare(const haetae_log_site *site)
{
    struct hae_log_site_room *room = site->room;

    if (!hae_prepared_begin(&room->state)) {
        return hae_prepared_get(&room->state) == HAE_PREPARED_DONE;
    }
    return hae_prepared_end(&room->state, fill(site, room));
}

/* ---- Objects -------------------------------------------------------------------------------- */

/* One block of memory: the site, its keys, its room, its texts. */
static haetae_log_site *copy(const haetae_log_site *site)
{
    size_t texts = hae_string_length(site->body) + hae_string_length(site->event_name) +
                   hae_texts_size(site->keys, site->key_count);
    size_t keys = site->key_count * sizeof *site->keys;
    size_t room = HAETAE_LOG_SITE_ROOM_BYTES(site->key_count, texts);
    haetae_log_site *made = hae_calloc(1, hae_align8(sizeof *made + keys) + room + texts + 1);
    haetae_string *names;
    char *at;

    if (made == NULL) {
        return NULL;
    }
    names = (haetae_string *)(made + 1);
    at = (char *)made + hae_align8(sizeof *made + keys);
    *made = *site;
    made->keys = names;
    made->room = at;
    made->room_bytes = room;
    at += room;
    hae_keep_texts(names, site->keys, site->key_count, &at);
    made->body = hae_keep_text(site->body, &at);
    made->event_name = hae_keep_text(site->event_name, &at);
    return made;
}

haetae_status haetae_log_site_new(const haetae_log_site *site, haetae_log_site **ret_site)
{
    HAE_HOLD_CANCELLATION();
    haetae_log_site *made;

    if (site == NULL || ret_site == NULL || !is_plain(site) ||
        !hae_keys_plain(site->keys, site->key_count)) {
        return HAETAE_EINVAL;
    }
    made = copy(site);
    if (made == NULL) {
        return HAETAE_ENOMEM;
    }
    if (!hae_log_site_prepare(made)) {
        hae_free(made);
        return HAETAE_EINVAL;
    }
    *ret_site = made;
    return HAETAE_OK;
}

void haetae_log_site_free(haetae_log_site *site)
{
    hae_free(site);
}
