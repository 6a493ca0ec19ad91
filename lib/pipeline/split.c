/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/split.h"

#include <string.h>

#include "base/alloc.h"
#include "wire/reader.h"

/* Field numbers; see batch.h for the shape of a request. */
enum { REQUEST_RESOURCES = 1, RESOURCE_SCOPES = 2, SCOPE_ITEMS = 2 };

/* A part takes the items from `first` up to `end`, counted over all scopes. */
struct part {
    uint64_t first;
    uint64_t end;
};

struct writer {
    uint8_t *at; /* NULL: only measure */
    size_t size_bytes;
    uint64_t item;  /* number of the next item met */
    uint64_t count; /* what the items taken count for */
    haetae_signal signal;
};

static void put(struct writer *writer, const uint8_t *data, size_t size_bytes)
{
    if (writer->at != NULL && size_bytes != 0) {
        memcpy(writer->at + writer->size_bytes, data, size_bytes);
    }
    writer->size_bytes += size_bytes;
}

static void put_head(struct writer *writer, unsigned field, size_t size_bytes)
{
    uint8_t head[1 + HAE_VARINT_MAX];
    uint8_t *end = hae_put_varint(head + 1, size_bytes);

    head[0] = HAE_TAG(field, HAE_WIRE_LENGTH);
    put(writer, head, (size_t)(end - head));
}

/* The data points of a Metric: fields 1 of whichever of its kinds is set. */
static uint64_t point_count(const uint8_t *metric, size_t size_bytes)
{
    struct hae_reader reader = hae_reader_over(metric, size_bytes);
    struct hae_field field;
    uint64_t count = 0;

    while (hae_read_field(&reader, &field)) {
        bool is_data = field.number == 5 || field.number == 7 || field.number == 9 ||
                       field.number == 10 || field.number == 11;
        struct hae_reader inner = hae_reader_over(field.data, field.size_bytes);

        while (is_data && field.type == HAE_WIRE_LENGTH && hae_read_field(&inner, &field)) {
            count += field.number == 1;
        }
    }
    return count;
}

/* Copies the items of a Scope… message that fall into the part; returns how many. */
static uint64_t copy_scope(struct writer *writer, const struct hae_field *scope,
                           const struct part *part)
{
    struct hae_reader reader = hae_reader_over(scope->data, scope->size_bytes);
    struct hae_field field;
    uint64_t taken = 0;

    while (hae_read_field(&reader, &field)) {
        if (field.number == SCOPE_ITEMS) {
            uint64_t item = writer->item++;

            if (item < part->first || item >= part->end) {
                continue;
            }
            taken++;
            writer->count += writer->signal == HAETAE_SIGNAL_METRICS
                                 ? point_count(field.data, field.size_bytes)
                                 : 1;
        }
        put(writer, field.start, (size_t)(reader.at - field.start));
    }
    return taken;
}

/* Copies a Resource… message with the scopes that have items in the part. */
static void copy_resource(struct writer *writer, const struct hae_field *resource,
                          const struct part *part)
{
    struct hae_reader reader = hae_reader_over(resource->data, resource->size_bytes);
    struct hae_field field;

    while (hae_read_field(&reader, &field)) {
        struct writer measure = {NULL, 0, writer->item, 0, writer->signal};

        if (field.number != RESOURCE_SCOPES) {
            put(writer, field.start, (size_t)(reader.at - field.start));
        } else if (copy_scope(&measure, &field, part) != 0) {
            put_head(writer, RESOURCE_SCOPES, measure.size_bytes);
            (void)copy_scope(writer, &field, part);
        } else {
            writer->item = measure.item;
        }
    }
}

static struct hae_request *make_part(const struct hae_request *request,
                                     const struct hae_field *resource, struct part part)
{
    struct writer writer = {NULL, 0, 0, 0, request->signal};
    struct hae_request *made;
    size_t inner;

    copy_resource(&writer, resource, &part);
    inner = writer.size_bytes;
    made = hae_malloc(sizeof *made + hae_field_size(inner));
    if (made == NULL) {
        return NULL;
    }
    memset(made, 0, sizeof *made);
    made->signal = request->signal;
    made->size_bytes = hae_field_size(inner);
    writer = (struct writer){made->data, 0, 0, 0, request->signal};
    put_head(&writer, REQUEST_RESOURCES, inner);
    copy_resource(&writer, resource, &part);
    made->item_count = writer.count;
    return made;
}

bool hae_request_split(const struct hae_request *request, struct hae_request *ret_parts[2])
{
    struct hae_reader reader = hae_reader_over(request->data, request->size_bytes);
    struct writer count = {NULL, 0, 0, 0, request->signal};
    struct part all = {0, UINT64_MAX};
    struct hae_field resource;
    uint64_t half;

    if (!hae_read_field(&reader, &resource) || resource.type != HAE_WIRE_LENGTH) {
        return false;
    }
    copy_resource(&count, &resource, &all);
    if (count.item < 2) {
        return false;
    }
    half = count.item / 2;
    ret_parts[0] = make_part(request, &resource, (struct part){0, half});
    ret_parts[1] = make_part(request, &resource, (struct part){half, UINT64_MAX});
    if (ret_parts[0] == NULL || ret_parts[1] == NULL) {
        hae_free(ret_parts[0]);
        hae_free(ret_parts[1]);
        return false;
    }
    return true;
}
