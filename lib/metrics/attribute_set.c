/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/attribute_set.h"

#include "base/utf8.h"
#include "metrics/plain.h"
#include "wire/attribute.h"
#include "wire/otlp.h"

/* ---- Bytes that come one after the other --------------------------------------- */

/* A sink that keeps nothing: it hashes what is written, or compares it with bytes
 * that exist already. */
struct stream {
    struct hae_sink sink; /* first: the sink's calls find the stream by it */
    uint64_t hash;
    uint64_t word; /* bytes not hashed yet */
    unsigned word_bytes;
    uint64_t last_bytes; /* the last 8, the newest one on top */
    size_t size_bytes;
    const uint8_t *expected; /* NULL: nothing to compare with */
    size_t expected_bytes;
    bool differs;
    uint8_t buffer[128];
};

static void hash_bytes(struct stream *stream, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        uint64_t byte = stream->buffer[i];

        stream->last_bytes = stream->last_bytes >> 8 | byte << 56;
        stream->word |= byte << (8 * stream->word_bytes);
        if (++stream->word_bytes == 8) {
            stream->hash = hae_hash_word(stream->hash, stream->word);
            stream->word = 0;
            stream->word_bytes = 0;
        }
    }
}

/* Takes what the sink holds. */
static void digest(struct hae_sink *sink)
{
    struct stream *stream = (struct stream *)(void *)sink;
    size_t size = (size_t)(sink->at - stream->buffer);

    if (stream->expected == NULL) {
        hash_bytes(stream, size);
    } else if (size > stream->expected_bytes - stream->size_bytes ||
               memcmp(stream->expected + stream->size_bytes, stream->buffer, size) != 0) {
        stream->differs = true;
        size = 0;
    }
    stream->size_bytes += size;
    sink->at = stream->buffer;
}

static bool always_room(struct hae_sink *sink, size_t size_bytes)
{
    (void)sink;
    (void)size_bytes;
    return true;
}

static void stream_init(struct stream *stream)
{
    memset(stream, 0, offsetof(struct stream, buffer));
    stream->sink = hae_sink_over(stream->buffer, sizeof stream->buffer);
    stream->sink.reserve = always_room;
    stream->sink.next = digest;
    stream->hash = HAE_HASH_STRING;
}

static uint64_t stream_hash(struct stream *stream)
{
    digest(&stream->sink);
    if (stream->word_bytes != 0) {
        stream->hash = hae_hash_word(stream->hash, stream->word);
    }
    return stream->hash ^ stream->size_bytes;
}

/* ---- Any set ------------------------------------------------------------------- */

static uint64_t any_text_hash(haetae_string text)
{
    struct hae_text measured = hae_text_of(text, HAE_NO_LIMIT);
    struct stream stream;

    if (measured.valid) {
        return hae_hash_text(measured.data, measured.size);
    }
    stream_init(&stream);
    hae_sink_put_text(&stream.sink, measured);
    return stream_hash(&stream);
}

static uint64_t any_value_hash(const haetae_value *value)
{
    struct stream stream;

    switch (value->type) {
    case HAETAE_VALUE_STRING:
        return any_text_hash(value->as.string);
    case HAETAE_VALUE_INT64:
        return hae_hash_word(HAE_HASH_INT64, (uint64_t)value->as.int64);
    case HAETAE_VALUE_BOOL:
        return hae_hash_word(HAE_HASH_BOOL, value->as.boolean);
    case HAETAE_VALUE_DOUBLE:
        return hae_hash_word(HAE_HASH_DOUBLE, hae_double_bits(value->as.real));
    default:
        stream_init(&stream);
        (void)hae_put_value(&stream.sink, HAE_OTLP_KEY_VALUE_VALUE, value, HAE_NO_LIMITS);
        return stream_hash(&stream) ^ HAE_HASH_ENCODED;
    }
}

static uint64_t any_attribute_hash(const haetae_attribute *attribute)
{
    struct hae_text key = hae_text_of(attribute->key, HAE_NO_LIMIT);
    uint64_t value_hash = any_value_hash(&attribute->value);
    struct stream stream;
    uint64_t word;

    if (key.valid) {
        return hae_attribute_hash(hae_key_word(key.data, key.size), key.size, value_hash);
    }
    stream_init(&stream);
    hae_sink_put_text(&stream.sink, key);
    digest(&stream.sink);
    word = stream.last_bytes;
    if (stream.size_bytes < 8) {
        word >>= 8 * (8 - stream.size_bytes);
    }
    return hae_attribute_hash(word, stream.size_bytes, value_hash);
}

static bool has_key(const struct hae_attribute_set *set, haetae_string key)
{
    for (uint32_t i = 0; i < set->kept_count; i++) {
        if (hae_text_same(set->attributes[set->kept[i]].key, key)) {
            return true;
        }
    }
    return false;
}

/* An attribute that is larger than a set may be makes the set too large. So no sum can wrap. */
static const struct hae_value_limits set_limits = {HAE_NO_LIMIT, HAETAE_VALUE_DEPTH_MAX,
                                                   HAE_METRIC_ATTRIBUTES_SIZE_MAX};

void hae_attribute_set_read(const haetae_attribute *attributes, size_t count,
                            const struct hae_key_filter *filter, struct hae_attribute_set *ret_set)
{
    ret_set->attributes = attributes;
    ret_set->count = count;
    ret_set->kept_count = 0;
    ret_set->invalid_count = 0;
    ret_set->size_bytes = 0;
    ret_set->sum = 0;
    /* From the end: of equal keys the later one is kept. */
    for (size_t i = count; i-- > 0 && ret_set->size_bytes <= HAE_METRIC_ATTRIBUTES_SIZE_MAX;) {
        enum hae_put put;
        size_t size;

        if (filter != NULL && !hae_filter_keeps(filter, attributes[i].key)) {
            continue;
        }
        put = hae_attribute_size(&attributes[i], set_limits, &size);
        if (put == HAE_PUT_FULL) {
            ret_set->size_bytes = HAE_METRIC_ATTRIBUTES_SIZE_MAX + 1;
        } else if (put != HAE_PUT_OK) {
            ret_set->invalid_count++;
        } else if (!has_key(ret_set, attributes[i].key)) {
            ret_set->kept[ret_set->kept_count++] = (uint16_t)i;
            ret_set->size_bytes += hae_field_size(size);
            ret_set->sum += any_attribute_hash(&attributes[i]);
        }
    }
}

static bool same_encoded(const haetae_attribute *attribute, unsigned field, const uint8_t *kept,
                         const uint8_t *end)
{
    struct stream stream;
    size_t size;

    (void)hae_attribute_size(attribute, HAE_NO_LIMITS, &size);
    if (hae_field_size(size) != (size_t)(end - kept)) {
        return false;
    }
    stream_init(&stream);
    stream.expected = kept;
    stream.expected_bytes = (size_t)(end - kept);
    (void)hae_put_attribute(&stream.sink, field, attribute, HAE_NO_LIMITS);
    digest(&stream.sink);
    return !stream.differs && stream.size_bytes == stream.expected_bytes;
}

/* Whether the KeyValue field [kept, end) is in the set; most likely it is the one
 * at `position`. */
static bool among(const struct hae_attribute_set *set, uint32_t position, unsigned field,
                  const uint8_t *kept, const uint8_t *end)
{
    for (uint32_t i = 0; i < set->kept_count; i++) {
        /* The set has them from the last to the first. */
        uint32_t j = (2 * set->kept_count - 1 - position - i) % set->kept_count;

        if (same_encoded(&set->attributes[set->kept[j]], field, kept, end)) {
            return true;
        }
    }
    return false;
}

bool hae_attribute_set_same(struct hae_region *region, const struct hae_series *series,
                            unsigned field, const struct hae_attribute_set *set)
{
    const uint8_t *kept = hae_ref_at(region, series->attributes);

    if (series->attribute_count != set->kept_count ||
        series->attributes_size_bytes != set->size_bytes) {
        return false;
    }
    for (uint32_t i = 0; i < set->kept_count; i++) {
        const uint8_t *body;
        const uint8_t *next = hae_kept_field(kept, &body);

        if (!among(set, i, field, kept, next)) {
            return false;
        }
        kept = next;
    }
    return true;
}

size_t hae_attribute_set_write(const struct hae_attribute_set *set, unsigned field, uint8_t *to)
{
    struct hae_sink sink = hae_sink_over(to, set->size_bytes);

    /* In the caller's order. */
    for (uint32_t i = set->kept_count; i-- > 0;) {
        (void)hae_put_attribute(&sink, field, &set->attributes[set->kept[i]], HAE_NO_LIMITS);
    }
    return (size_t)(sink.at - to);
}
