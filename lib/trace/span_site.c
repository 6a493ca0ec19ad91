/* SPDX-License-Identifier: Apache-2.0 */
/* Sites: what they are prepared to, and the objects that other languages make. */
#include "trace/span_site.h"

#include "base/alloc.h"
#include "base/cancel.h"
#include "recorder/counts.h"
#include "trace/span_short.h"
#include "wire/key.h"
#include "wire/key_list.h"

/* ---- Preparing ---------------------------------------------------------------------------- */

/* Whether the parts beside the keys are for the short way. */
static bool is_plain(const haetae_span_site *site)
{
    return site->name.data != NULL && site->name.length != 0 &&
           site->name.length <= HAE_SHORT_TEXT_MAX &&
           hae_utf8_valid((const uint8_t *)site->name.data, site->name.length) &&
           site->key_count <= HAE_BLOCK_KEYS_MAX && (site->key_count == 0 || site->keys != NULL) &&
           (site->attribute_count == 0 ||
            hae_attributes_valid(site->attributes, site->attribute_count));
}

/* Writes name and constant attributes, and returns their end. NULL: they are not for this way. */
static uint8_t *put_run(uint8_t *at, const uint8_t *end, const haetae_span_site *site,
                        struct hae_span_site_room *room)
{
    if ((size_t)(end - at) < 2 + site->name.length) {
        return NULL;
    }
    *at++ = HAE_TAG(HAE_OTLP_SPAN_NAME, HAE_WIRE_LENGTH);
    *at++ = (uint8_t)site->name.length;
    memcpy(at, site->name.data, site->name.length);
    at += site->name.length;
    for (size_t i = 0; i < site->attribute_count; i++) {
        haetae_string key = site->attributes[i].key;

        if (!hae_short_key(key) || hae_span_key_in(site->attributes, i, key)) {
            return NULL;
        }
        room->attribute_filter |= hae_key_bits(key.data, key.length);
        at = hae_put_short_attribute(at, end, HAE_OTLP_SPAN_ATTRIBUTES, &site->attributes[i],
                                     HAE_NO_LIMIT);
        if (at == NULL) {
            return NULL;
        }
    }
    return at;
}

/* Writes the bits of all keys, and returns their end. NULL: they don't fit, or one is a constant
 * attribute's. */
static uint8_t *put_bits(uint8_t *at, const uint8_t *end, const haetae_span_site *site)
{
    if ((size_t)(end - at) < site->key_count * sizeof(uint64_t)) {
        return NULL;
    }
    for (size_t i = 0; i < site->key_count; i++) {
        haetae_string key = site->keys[i];
        uint64_t bits;

        if (!hae_short_key(key) || hae_span_key_in(site->attributes, site->attribute_count, key)) {
            return NULL;
        }
        bits = hae_key_bits(key.data, key.length);
        memcpy(at, &bits, sizeof bits);
        at += sizeof bits;
    }
    return at;
}

static bool fill(const haetae_span_site *site, struct hae_span_site_room *room)
{
    const uint8_t *end = (const uint8_t *)site->room + site->room_bytes;
    const uint8_t *run_end = end;
    uint8_t *at = room->fields;

    if (run_end - at > HAE_SPAN_SITE_RUN_MAX) {
        run_end = at + HAE_SPAN_SITE_RUN_MAX;
    }
    room->attribute_filter = 0;
    at = is_plain(site) ? put_run(at, run_end, site, room) : NULL;
    if (at == NULL) {
        return false;
    }
    room->run_size = (uint16_t)(at - room->fields);
    at = put_bits(at, end, site);
    if (at == NULL || end - at < HAE_BLOCK_PIECE ||
        hae_put_key_blocks(at, end, HAE_OTLP_SPAN_ATTRIBUTES, site->keys, site->key_count) ==
            NULL) {
        return false;
    }
    room->attribute_count = (uint16_t)site->attribute_count;
    room->key_count = (uint16_t)site->key_count;
    room->kind = (uint8_t)hae_span_kind(site->kind);
    room->values_size_max =
        room->key_count * (uint32_t)HAE_BLOCK_ATTRIBUTE_MAX + 2u * HAE_BLOCK_PIECE;
    return true;
}

HAE_COLD bool hae_span_site_prepare(const haetae_span_site *site)
{
    struct hae_span_site_room *room = site->room;

    if (!hae_prepared_begin(&room->state)) {
        return hae_prepared_get(&room->state) == HAE_PREPARED_DONE;
    }
    return hae_prepared_end(&room->state, fill(site, room));
}

HAE_COLD size_t hae_span_site_join(struct hae_recorder *recorder, const haetae_span_site *site,
                                   const haetae_value *values, size_t value_count,
                                   haetae_attribute *ret_attributes)
{
    struct hae_joined joined = hae_join_keys(ret_attributes, HAE_BLOCK_KEYS_MAX, site->keys,
                                             site->key_count, values, value_count);

    if (!joined.all) {
        hae_count_misuse(recorder, HAETAE_MISUSE_ARGUMENT);
    }
    return joined.count;
}

/* ---- Objects -------------------------------------------------------------------------------- */

static size_t texts_size(const haetae_span_site *site)
{
    size_t size = site->name.length + hae_texts_size(site->keys, site->key_count);

    for (size_t i = 0; i < site->attribute_count; i++) {
        const haetae_attribute *attribute = &site->attributes[i];

        size += attribute->key.length;
        size +=
            attribute->value.type == HAETAE_VALUE_STRING ? attribute->value.as.string.length : 0;
    }
    return size;
}

static haetae_attribute keep_attribute(const haetae_attribute *attribute, char **at)
{
    haetae_attribute kept = {hae_keep_text(attribute->key, at), attribute->value};

    if (kept.value.type == HAETAE_VALUE_STRING) {
        kept.value.as.string = hae_keep_text(kept.value.as.string, at);
    }
    return kept;
}

/* One block of memory: the site, its attributes, its keys, its room, its texts. */
static haetae_span_site *copy(const haetae_span_site *site)
{
    size_t texts = texts_size(site);
    size_t attributes = site->attribute_count * sizeof *site->attributes;
    size_t keys = site->key_count * sizeof *site->keys;
    size_t room = HAETAE_SPAN_SITE_ROOM_BYTES(site->key_count + site->attribute_count, texts);
    size_t head = hae_align8(sizeof *site + attributes + keys);
    haetae_span_site *made = hae_calloc(1, head + room + texts + 1);
    haetae_attribute *constants;
    haetae_string *names;
    char *at;

    if (made == NULL) {
        return NULL;
    }
    constants = (haetae_attribute *)(void *)(made + 1);
    names = (haetae_string *)(void *)(constants + site->attribute_count);
    *made = *site;
    made->attributes = constants;
    made->keys = names;
    made->room = (char *)made + head;
    made->room_bytes = room;
    at = (char *)made->room + room;
    made->name = hae_keep_text(site->name, &at);
    hae_keep_texts(names, site->keys, site->key_count, &at);
    for (size_t i = 0; i < site->attribute_count; i++) {
        constants[i] = keep_attribute(&site->attributes[i], &at);
    }
    return made;
}

/* Whether what the site has can be copied at all. */
static bool is_short(const haetae_span_site *site)
{
    if (!is_plain(site) || site->attribute_count > HAE_SPAN_SITE_RUN_MAX ||
        !hae_keys_plain(site->keys, site->key_count)) {
        return false;
    }
    for (size_t i = 0; i < site->attribute_count; i++) {
        const haetae_attribute *attribute = &site->attributes[i];

        if (!hae_short_key(attribute->key) || (attribute->value.type == HAETAE_VALUE_STRING &&
                                               attribute->value.as.string.length > HAE_SHORT_MAX)) {
            return false;
        }
    }
    return true;
}

haetae_status haetae_span_site_new(const haetae_span_site *site, haetae_span_site **ret_site)
{
    HAE_HOLD_CANCELLATION();
    haetae_span_site *made;

    if (site == NULL || ret_site == NULL || !is_short(site)) {
        return HAETAE_EINVAL;
    }
    made = copy(site);
    if (made == NULL) {
        return HAETAE_ENOMEM;
    }
    if (!hae_span_site_prepare(made)) {
        hae_free(made);
        return HAETAE_EINVAL;
    }
    *ret_site = made;
    return HAETAE_OK;
}

void haetae_span_site_free(haetae_span_site *site)
{
    hae_free(site);
}
