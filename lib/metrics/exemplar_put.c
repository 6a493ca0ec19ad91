/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/exemplar_put.h"

#include "metrics/data_point.h"
#include "wire/otlp.h"
#include "wire/wire.h"

enum { TRACE_ID_BYTES = 16, SPAN_ID_BYTES = 8, ID_HEAD = 2 };

void hae_exemplars_within(struct hae_exemplars *exemplars, const struct hae_stream_data *stream,
                          uint64_t from_ns, bool after_it, uint64_t to_ns)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < exemplars->count; i++) {
        struct hae_exemplar *exemplar = &exemplars->list[i];

        if (hae_kind_is_observable(stream->kind) && exemplar->time_unix_ns > to_ns) {
            exemplar->time_unix_ns = to_ns;
        }
        if (exemplar->time_unix_ns < from_ns + after_it || exemplar->time_unix_ns > to_ns) {
            continue;
        }
        if (kept != i) {
            exemplars->list[kept] = *exemplar;
        }
        kept++;
    }
    exemplars->count = kept;
}

static size_t body_size(const struct hae_exemplar *exemplar)
{
    size_t ids =
        exemplar->span_id != 0 ? (size_t)ID_HEAD + SPAN_ID_BYTES + ID_HEAD + TRACE_ID_BYTES : 0;

    return 2 * (size_t)HAE_FIXED_FIELD_SIZE + ids + exemplar->attributes_size_bytes;
}

size_t hae_exemplars_size(const struct hae_exemplars *exemplars)
{
    size_t size = 0;

    for (uint32_t i = 0; i < exemplars->count; i++) {
        size += hae_field_size(body_size(&exemplars->list[i]));
    }
    return size;
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t size_bytes)
{
    memcpy(at, bytes, size_bytes);
    return at + size_bytes;
}

static uint8_t *put_ids(uint8_t *at, const struct hae_exemplar *exemplar)
{
    *at++ = HAE_TAG(HAE_OTLP_EXEMPLAR_SPAN_ID, HAE_WIRE_LENGTH);
    *at++ = SPAN_ID_BYTES;
    at = put_bytes(at, &exemplar->span_id, SPAN_ID_BYTES);
    *at++ = HAE_TAG(HAE_OTLP_EXEMPLAR_TRACE_ID, HAE_WIRE_LENGTH);
    *at++ = TRACE_ID_BYTES;
    return put_bytes(at, exemplar->trace_id, TRACE_ID_BYTES);
}

uint8_t *hae_put_exemplars(uint8_t *at, unsigned field, const struct hae_stream_data *stream,
                           const struct hae_exemplars *exemplars)
{
    unsigned value = stream->number_type == HAETAE_NUMBER_INT64 ? HAE_OTLP_EXEMPLAR_AS_INT
                                                                : HAE_OTLP_EXEMPLAR_AS_DOUBLE;

    for (uint32_t i = 0; i < exemplars->count; i++) {
        const struct hae_exemplar *exemplar = &exemplars->list[i];

        *at++ = HAE_TAG(field, HAE_WIRE_LENGTH);
        at = hae_put_varint(at, body_size(exemplar));
        at = hae_put_fixed64_field(at, HAE_OTLP_EXEMPLAR_TIME_UNIX_NANO, exemplar->time_unix_ns);
        at = hae_put_fixed64_field(at, value, exemplar->value);
        if (exemplar->span_id != 0) {
            at = put_ids(at, exemplar);
        }
        at = put_bytes(at, exemplar->attributes, exemplar->attributes_size_bytes);
    }
    return at;
}
