/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/redact.h"

#include "base/alloc.h"
#include "base/hex.h"
#include "base/sha256.h"
#include "base/wildcard.h"
#include "wire/otlp.h"
#include "wire/reader.h"

/* A level of a value is up to three messages; HAETAE_VALUE_DEPTH_MAX levels, and what is around. */
enum {
    TEXT_MAX = 255,
    RULES_MAX = 64,
    HASH_DIGITS = 32,
    DEPTH_MAX = 3 * HAETAE_VALUE_DEPTH_MAX + 16
};

struct hae_redaction_rule {
    haetae_redaction_action action;
    uint32_t signals;
    size_t pattern_length;
    size_t text_length;
    char pattern[TEXT_MAX + 1];
    char text[TEXT_MAX + 1];
};

/* ---- Rules --------------------------------------------------------------------------------- */

haetae_status hae_redactor_add(struct hae_redactor *redactor, const char *key_pattern,
                               haetae_redaction_action action, haetae_string text, uint32_t signals)
{
    size_t length = key_pattern != NULL ? strnlen(key_pattern, TEXT_MAX + 1) : TEXT_MAX + 1;
    struct hae_redaction_rule *rules;
    struct hae_redaction_rule *rule;

    if (length > TEXT_MAX || text.length > TEXT_MAX || (text.data == NULL && text.length != 0) ||
        (int)action < HAETAE_REDACTION_DELETE || (int)action > HAETAE_REDACTION_HASH) {
        return HAETAE_EINVAL;
    }
    if (redactor->rule_count == RULES_MAX) {
        return HAETAE_ELIMIT;
    }
    rules = hae_realloc(redactor->rules, (redactor->rule_count + 1) * sizeof *rules);
    if (rules == NULL) {
        return HAETAE_ENOMEM;
    }
    redactor->rules = rules;
    rule = &rules[redactor->rule_count++];
    memset(rule, 0, sizeof *rule);
    rule->action = action;
    rule->signals = signals != 0 ? signals : UINT32_MAX;
    rule->pattern_length = length;
    memcpy(rule->pattern, key_pattern, length);
    rule->text_length = text.length;
    if (text.length != 0) {
        memcpy(rule->text, text.data, text.length);
    }
    return HAETAE_OK;
}

void hae_redactor_done(struct hae_redactor *redactor)
{
    hae_free(redactor->rules);
    hae_free(redactor->memory);
    *redactor = (struct hae_redactor){.rules = NULL};
}

static const struct hae_redaction_rule *find(const struct hae_redactor *redactor, uint32_t signals,
                                             const char *key, size_t key_length)
{
    for (size_t i = 0; i < redactor->rule_count; i++) {
        const struct hae_redaction_rule *rule = &redactor->rules[i];

        if ((rule->signals & signals) != 0 &&
            hae_wildcard_match(rule->pattern, rule->pattern_length, key, key_length)) {
            return rule;
        }
    }
    return NULL;
}

/* ---- What lies where ------------------------------------------------------------------------- */

/* Messages that lead to attributes. */
enum kind {
    COPIED, /* as it is */
    SPAN,
    EVENT,
    LINK,
    LOG,
    METRIC,
    NUMBERS, /* a Gauge or a Sum */
    HISTOGRAM,
    EXPONENTIAL,
    SUMMARY,
    NUMBER_POINT,
    HISTOGRAM_POINT,
    EXPONENTIAL_POINT,
    SUMMARY_POINT,
    EXEMPLAR,
    KEY_VALUE,
    ANY_VALUE,
    ARRAY,
    LIST
};

static const struct {
    enum kind in;
    uint32_t field;
    enum kind is;
} places[] = {
    {SPAN, HAE_OTLP_SPAN_ATTRIBUTES, KEY_VALUE},
    {SPAN, HAE_OTLP_SPAN_EVENTS, EVENT},
    {SPAN, HAE_OTLP_SPAN_LINKS, LINK},
    {EVENT, HAE_OTLP_SPAN_EVENT_ATTRIBUTES, KEY_VALUE},
    {LINK, HAE_OTLP_SPAN_LINK_ATTRIBUTES, KEY_VALUE},
    {LOG, HAE_OTLP_LOG_RECORD_ATTRIBUTES, KEY_VALUE},
    {LOG, HAE_OTLP_LOG_RECORD_BODY, ANY_VALUE},
    {METRIC, HAE_OTLP_METRIC_GAUGE, NUMBERS},
    {METRIC, HAE_OTLP_METRIC_SUM, NUMBERS},
    {METRIC, HAE_OTLP_METRIC_HISTOGRAM, HISTOGRAM},
    {METRIC, HAE_OTLP_METRIC_EXPONENTIAL_HISTOGRAM, EXPONENTIAL},
    {METRIC, HAE_OTLP_METRIC_SUMMARY, SUMMARY},
    {NUMBERS, HAE_OTLP_SUM_DATA_POINTS, NUMBER_POINT},
    {HISTOGRAM, HAE_OTLP_HISTOGRAM_DATA_POINTS, HISTOGRAM_POINT},
    {EXPONENTIAL, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINTS, EXPONENTIAL_POINT},
    {SUMMARY, HAE_OTLP_SUMMARY_DATA_POINTS, SUMMARY_POINT},
    {NUMBER_POINT, HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES, KEY_VALUE},
    {NUMBER_POINT, HAE_OTLP_NUMBER_DATA_POINT_EXEMPLARS, EXEMPLAR},
    {HISTOGRAM_POINT, HAE_OTLP_HISTOGRAM_DATA_POINT_ATTRIBUTES, KEY_VALUE},
    {HISTOGRAM_POINT, HAE_OTLP_HISTOGRAM_DATA_POINT_EXEMPLARS, EXEMPLAR},
    {EXPONENTIAL_POINT, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ATTRIBUTES, KEY_VALUE},
    {EXPONENTIAL_POINT, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_EXEMPLARS, EXEMPLAR},
    {SUMMARY_POINT, HAE_OTLP_SUMMARY_DATA_POINT_ATTRIBUTES, KEY_VALUE},
    {EXEMPLAR, HAE_OTLP_EXEMPLAR_FILTERED_ATTRIBUTES, KEY_VALUE},
    {KEY_VALUE, HAE_OTLP_KEY_VALUE_VALUE, ANY_VALUE},
    {ANY_VALUE, HAE_OTLP_ANY_VALUE_ARRAY_VALUE, ARRAY},
    {ANY_VALUE, HAE_OTLP_ANY_VALUE_KVLIST_VALUE, LIST},
    {ARRAY, HAE_OTLP_ARRAY_VALUE_VALUES, ANY_VALUE},
    {LIST, HAE_OTLP_KEY_VALUE_LIST_VALUES, KEY_VALUE},
};

static enum kind kind_of(enum kind in, const struct hae_field *field)
{
    if (field->type != HAE_WIRE_LENGTH) {
        return COPIED;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (places[i].in == in && places[i].field == field->number) {
            return places[i].is;
        }
    }
    return COPIED;
}

/* ---- Rewriting ---------------------------------------------------------------------------------
 */

enum outcome { WRITTEN, FULL, MALFORMED };

struct rewriting {
    const struct hae_redactor *redactor;
    uint32_t signals;
    uint8_t *at;
    uint8_t *end;
};

static enum outcome put(struct rewriting *to, const void *data, size_t size)
{
    if ((size_t)(to->end - to->at) < size) {
        return FULL;
    }
    if (size != 0) {
        memcpy(to->at, data, size);
    }
    to->at += size;
    return WRITTEN;
}

/* Puts the length in front of what was written from `content` on, behind a gap. */
static enum outcome close_length(struct rewriting *to, uint8_t *gap, uint8_t *content)
{
    uint8_t length[HAE_VARINT_MAX];
    size_t size = (size_t)(to->at - content);
    size_t length_size = (size_t)(hae_put_varint(length, size) - length);

    if ((size_t)(to->end - gap) < length_size + size) {
        return FULL;
    }
    memmove(gap + length_size, content, size);
    memcpy(gap, length, length_size);
    to->at = gap + length_size + size;
    return WRITTEN;
}

/* A field of text in place of the value: KeyValue{key, AnyValue{text}}. Its tag is written. */
static enum outcome put_key_value(struct rewriting *to, haetae_string key, const char *text,
                                  size_t text_length)
{
    uint8_t head[4 * (1 + HAE_VARINT_MAX)];
    uint8_t *at = head;
    size_t value = hae_field_size(text_length);
    enum outcome outcome;

    at = hae_put_varint(at, hae_field_size(key.length) + hae_field_size(value));
    *at++ = HAE_TAG(HAE_OTLP_KEY_VALUE_KEY, HAE_WIRE_LENGTH);
    at = hae_put_varint(at, key.length);
    outcome = put(to, head, (size_t)(at - head));
    if (outcome == WRITTEN) {
        outcome = put(to, key.data, key.length);
    }
    at = head;
    *at++ = HAE_TAG(HAE_OTLP_KEY_VALUE_VALUE, HAE_WIRE_LENGTH);
    at = hae_put_varint(at, value);
    *at++ = HAE_TAG(HAE_OTLP_ANY_VALUE_STRING_VALUE, HAE_WIRE_LENGTH);
    at = hae_put_varint(at, text_length);
    if (outcome == WRITTEN) {
        outcome = put(to, head, (size_t)(at - head));
    }
    return outcome == WRITTEN ? put(to, text, text_length) : outcome;
}

/* Finds key and value of a KeyValue. False: it is malformed. */
static bool read_key_value(const struct hae_field *field, haetae_string *ret_key,
                           haetae_string *ret_value)
{
    struct hae_reader reader = hae_reader_over(field->data, field->size_bytes);
    struct hae_field part;

    *ret_key = (haetae_string){NULL, 0};
    *ret_value = (haetae_string){NULL, 0};
    while (hae_read_field(&reader, &part)) {
        haetae_string text = {(const char *)part.data, part.size_bytes};

        if (part.type == HAE_WIRE_LENGTH && part.number == HAE_OTLP_KEY_VALUE_KEY) {
            *ret_key = text;
        } else if (part.type == HAE_WIRE_LENGTH && part.number == HAE_OTLP_KEY_VALUE_VALUE) {
            *ret_value = text;
        }
    }
    return reader.at == reader.end;
}

static void hash(const struct hae_redaction_rule *rule, haetae_string value,
                 char ret_digits[HASH_DIGITS])
{
    uint8_t digest[HAE_SHA256_BYTES];
    struct hae_sha256 sha;

    hae_sha256_begin(&sha);
    hae_sha256_add(&sha, rule->text, rule->text_length);
    hae_sha256_add(&sha, value.data, value.length);
    hae_sha256_end(&sha, digest);
    (void)hae_put_hex(ret_digits, digest, HASH_DIGITS / 2);
}

/* The tag of the field, without its length. */
static enum outcome put_tag(struct rewriting *to, const struct hae_field *field)
{
    uint8_t tag[HAE_VARINT_MAX];

    return put(to, tag,
               (size_t)(hae_put_varint(tag, field->number << 3 | (uint32_t)HAE_WIRE_LENGTH) - tag));
}

/* A KeyValue that a rule is for. */
static enum outcome apply(struct rewriting *to, const struct hae_redaction_rule *rule,
                          const struct hae_field *field, haetae_string key, haetae_string value)
{
    char digits[HASH_DIGITS];
    enum outcome outcome;

    if (rule->action == HAETAE_REDACTION_DELETE) {
        return WRITTEN;
    }
    outcome = put_tag(to, field);
    if (outcome != WRITTEN) {
        return outcome;
    }
    if (rule->action == HAETAE_REDACTION_REPLACE) {
        return put_key_value(to, key, rule->text, rule->text_length);
    }
    hash(rule, value, digits);
    return put_key_value(to, key, digits, HASH_DIGITS);
}

/* Rewrites the fields of a message. It calls itself for those within, as deep as values nest. */
static enum outcome rewrite(struct rewriting *to, enum kind kind, const uint8_t *data, size_t size,
                            unsigned depth)
{
    struct hae_reader reader = hae_reader_over(data, size);
    struct hae_field field;
    enum outcome outcome = depth < DEPTH_MAX ? WRITTEN : MALFORMED;

    while (outcome == WRITTEN && hae_read_field(&reader, &field)) {
        enum kind within = kind_of(kind, &field);
        const struct hae_redaction_rule *rule = NULL;
        haetae_string key;
        haetae_string value;
        uint8_t *gap;

        if (within == COPIED) {
            outcome = put(to, field.start, (size_t)(reader.at - field.start));
            continue;
        }
        if (within == KEY_VALUE) {
            if (!read_key_value(&field, &key, &value)) {
                return MALFORMED;
            }
            rule = find(to->redactor, to->signals, key.data, key.length);
        }
        if (rule != NULL) {
            outcome = apply(to, rule, &field, key, value);
            continue;
        }
        outcome = put_tag(to, &field);
        gap = to->at;
        if (outcome == WRITTEN) {
            outcome = rewrite(to, within, field.data, field.size_bytes, depth + 1);
        }
        if (outcome == WRITTEN) {
            outcome = close_length(to, gap, gap);
        }
    }
    return outcome == WRITTEN && reader.at != reader.end ? MALFORMED : outcome;
}

enum hae_redacted hae_redact(struct hae_redactor *redactor, haetae_signal signal,
                             struct hae_item *item)
{
    static const enum kind kinds[HAETAE_SIGNAL_COUNT] = {[HAETAE_SIGNAL_TRACES] = SPAN,
                                                         [HAETAE_SIGNAL_METRICS] = METRIC,
                                                         [HAETAE_SIGNAL_LOGS] = LOG};
    size_t capacity = redactor->capacity_bytes;

    if (redactor->rule_count == 0) {
        return HAE_REDACTED_DONE;
    }
    for (capacity = capacity != 0 ? capacity : 1024;; capacity *= 2) {
        struct rewriting to = {redactor, UINT32_C(1) << signal, NULL, NULL};
        enum outcome outcome = FULL;

        if (capacity > redactor->capacity_bytes) {
            uint8_t *memory = hae_realloc(redactor->memory, capacity);

            if (memory == NULL) {
                return HAE_REDACTED_NO_MEMORY;
            }
            redactor->memory = memory;
            redactor->capacity_bytes = capacity;
        }
        to.at = redactor->memory;
        to.end = redactor->memory + redactor->capacity_bytes;
        outcome = rewrite(&to, kinds[signal], item->data, item->size_bytes, 0);
        if (outcome == WRITTEN) {
            item->data = redactor->memory;
            item->size_bytes = (size_t)(to.at - redactor->memory);
            return HAE_REDACTED_DONE;
        }
        if (outcome == MALFORMED) {
            return HAE_REDACTED_MALFORMED;
        }
    }
}
