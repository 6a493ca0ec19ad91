/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "item.h"
#include "wire/envelope.h"
#include "wire/reader.h"

/* The most that a tag and a length take. */
enum { HEAD_BYTES = 1 + 5 };

static bool is_block(const struct hae_field *field, uint32_t number)
{
    return field->number == number && field->type == HAE_WIRE_LENGTH;
}

static size_t field_size(const struct hae_reader *after, const struct hae_field *field)
{
    return (size_t)(after->at - field->start);
}

/* ---- Reading ----------------------------------------------------------------------------- */

/* Where the walk is, and whether it stores what it finds or only counts. */
struct walk {
    struct hae_kafka_plan *plan;
    haetae_signal signal;
    bool stores;
    bool malformed;
    uint32_t resources;
    uint32_t scopes;
    uint32_t items;
    size_t block_bytes;
};

/* The next field. False: there is none, or it is malformed. */
static bool next(struct walk *walk, struct hae_reader *reader, struct hae_field *ret_field)
{
    if (hae_read_field(reader, ret_field)) {
        return true;
    }
    walk->malformed |= reader->at != reader->end;
    return false;
}

/* A field of a block that is none of its scopes or items. */
static void add_to_block(struct walk *walk, struct hae_kafka_block *block,
                         const struct hae_reader *after, const struct hae_field *field)
{
    size_t size = field_size(after, field);

    if (walk->stores) {
        memcpy(walk->plan->blocks + walk->block_bytes, field->start, size);
        block->size_bytes += size;
    }
    walk->block_bytes += size;
}

static void add_item(struct walk *walk, const struct hae_reader *after,
                     const struct hae_field *field)
{
    if (walk->stores) {
        struct hae_kafka_item *item = &walk->plan->items[walk->items];

        *item = (struct hae_kafka_item){
            .field = field->start, .size_bytes = field_size(after, field), .scope = walk->scopes};
        item->point_count = hae_kafka_point_count(walk->signal, field->data, field->size_bytes);
    }
    walk->items++;
}

/* Fields of a block may lie between and behind its items, so items are found after it is whole. */
static void read_scope(struct walk *walk, struct hae_reader message)
{
    struct hae_reader whole = message;
    struct hae_kafka_block *block = walk->stores ? &walk->plan->scopes[walk->scopes] : NULL;
    struct hae_field field;

    if (block != NULL) {
        *block = (struct hae_kafka_block){.data = walk->plan->blocks + walk->block_bytes,
                                          .parent = walk->resources};
    }
    while (next(walk, &message, &field)) {
        if (!is_block(&field, HAE_ENVELOPE_ITEMS)) {
            add_to_block(walk, block, &message, &field);
        }
    }
    while (next(walk, &whole, &field)) {
        if (is_block(&field, HAE_ENVELOPE_ITEMS)) {
            add_item(walk, &whole, &field);
        }
    }
    walk->scopes++;
}

static void read_resource(struct walk *walk, struct hae_reader message)
{
    struct hae_reader whole = message;
    struct hae_kafka_block *block = walk->stores ? &walk->plan->resources[walk->resources] : NULL;
    struct hae_field field;

    if (block != NULL) {
        *block = (struct hae_kafka_block){.data = walk->plan->blocks + walk->block_bytes};
    }
    while (next(walk, &message, &field)) {
        if (!is_block(&field, HAE_ENVELOPE_SCOPES)) {
            add_to_block(walk, block, &message, &field);
        }
    }
    while (next(walk, &whole, &field)) {
        if (is_block(&field, HAE_ENVELOPE_SCOPES)) {
            read_scope(walk, hae_reader_over(field.data, field.size_bytes));
        }
    }
    walk->resources++;
}

static void read_request(struct walk *walk, const uint8_t *request, size_t size_bytes)
{
    struct hae_reader reader = hae_reader_over(request, size_bytes);
    struct hae_field field;

    while (next(walk, &reader, &field)) {
        if (is_block(&field, HAE_ENVELOPE_RESOURCES)) {
            read_resource(walk, hae_reader_over(field.data, field.size_bytes));
        }
    }
}

/* ---- Parts ------------------------------------------------------------------------------- */

/* Finds parts by id: numbers + 1 of the latest of each. */
struct table {
    uint32_t *places;
    size_t mask;
    uint64_t seed;
    uint32_t without_id; /* the latest part that has none */
};

static uint32_t *find_place(const struct hae_kafka_plan *plan, struct table *table,
                            const uint8_t *id)
{
    uint64_t hash;
    size_t at;

    if (id == NULL) {
        return &table->without_id;
    }
    hash = hae_mix64(hae_mix64(hae_load64(id) ^ table->seed) + hae_load64(id + 8));
    at = (size_t)hash & table->mask;
    while (table->places[at] != 0 &&
           memcmp(plan->parts[table->places[at] - 1].id, id, HAE_KAFKA_ID_BYTES) != 0) {
        at = (at + 1) & table->mask;
    }
    return &table->places[at];
}

/* What an item adds to a part: itself, and the blocks around it if the item before has others. */
static size_t added_bytes(const struct hae_kafka_plan *plan, uint32_t previous, uint32_t number)
{
    const struct hae_kafka_item *item = &plan->items[number];
    const struct hae_kafka_item *before = previous != 0 ? &plan->items[previous - 1] : NULL;
    uint32_t resource = plan->scopes[item->scope].parent;
    size_t size = item->size_bytes;

    if (before == NULL || before->scope != item->scope) {
        size += HEAD_BYTES + plan->scopes[item->scope].size_bytes;
    }
    if (before == NULL || plan->scopes[before->scope].parent != resource) {
        size += HEAD_BYTES + plan->resources[resource].size_bytes;
    }
    return size;
}

static struct hae_kafka_part *new_part(struct hae_kafka_plan *plan, uint32_t *place,
                                       const uint8_t *id)
{
    struct hae_kafka_part *part = &plan->parts[plan->part_count++];

    *part = (struct hae_kafka_part){.has_id = id != NULL};
    if (id != NULL) {
        memcpy(part->id, id, HAE_KAFKA_ID_BYTES);
        part->bound_bytes = HAE_KAFKA_KEY_BYTES;
    }
    *place = plan->part_count;
    return part;
}

/* Puts an item into the latest part of its id, or if that is full, into a new one. False: it does
 * not fit into any. */
static bool put_item(struct hae_kafka_plan *plan, struct table *table, uint32_t number,
                     const uint8_t *id, size_t max_bytes)
{
    struct hae_kafka_item *item = &plan->items[number];
    uint32_t *place = find_place(plan, table, id);
    struct hae_kafka_part *part = *place != 0 ? &plan->parts[*place - 1] : NULL;
    size_t added = part != NULL ? added_bytes(plan, part->last, number) : 0;

    if (part == NULL || added > max_bytes - part->bound_bytes) {
        added = added_bytes(plan, 0, number);
        part = new_part(plan, place, id);
        if (added > max_bytes - part->bound_bytes) {
            return false;
        }
    }
    item->previous = part->last;
    part->last = number + 1;
    part->point_count += item->point_count;
    part->bound_bytes += added;
    return true;
}

static bool put_items(struct hae_kafka_plan *plan, const struct hae_kafka_options *options,
                      struct table *table, haetae_signal signal)
{
    uint8_t id[HAE_KAFKA_ID_BYTES];
    uint32_t resource_of_id = UINT32_MAX;

    for (uint32_t i = 0; i < plan->item_count; i++) {
        const struct hae_kafka_item *item = &plan->items[i];
        uint32_t resource = plan->scopes[item->scope].parent;
        bool has_id = false;

        if (options->by == HAE_KAFKA_BY_TRACE_ID) {
            has_id = hae_kafka_trace_id(signal, item->field, item->size_bytes, id);
        } else if (options->by == HAE_KAFKA_BY_RESOURCE) {
            has_id = true;
            if (resource != resource_of_id) {
                hae_kafka_resource_id(plan->resources[resource].data,
                                      plan->resources[resource].size_bytes, id);
                resource_of_id = resource;
            }
        }
        if (!put_item(plan, table, i, has_id ? id : NULL, options->message_max_bytes)) {
            return false;
        }
    }
    return true;
}

/* ---- The plan ---------------------------------------------------------------------------- */

/* A request that is one message, whatever is in it. */
static enum hae_kafka_planned plan_whole(struct hae_kafka_plan *plan, const uint8_t *request,
                                         size_t size_bytes, uint64_t item_count)
{
    plan->parts = hae_calloc(1, sizeof *plan->parts);
    if (plan->parts == NULL) {
        return HAE_KAFKA_NO_MEMORY;
    }
    plan->parts->point_count = item_count;
    plan->part_count = 1;
    plan->request = request;
    plan->request_bytes = size_bytes;
    return HAE_KAFKA_PLANNED;
}

static bool allocate(struct hae_kafka_plan *plan, const struct walk *counted, struct table *table)
{
    size_t places = 16;

    while (places < 2 * (size_t)counted->items) {
        places *= 2;
    }
    plan->resources = hae_calloc(counted->resources + 1U, sizeof *plan->resources);
    plan->scopes = hae_calloc(counted->scopes + 1U, sizeof *plan->scopes);
    plan->items = hae_calloc(counted->items + 1U, sizeof *plan->items);
    plan->parts = hae_calloc(counted->items + 1U, sizeof *plan->parts);
    plan->blocks = hae_malloc(counted->block_bytes + 1);
    table->places = hae_calloc(places, sizeof *table->places);
    table->mask = places - 1;
    return plan->resources != NULL && plan->scopes != NULL && plan->items != NULL &&
           plan->parts != NULL && plan->blocks != NULL && table->places != NULL;
}

/* When all is put: one message that is the request, or room for the largest of several. */
static enum hae_kafka_planned finish(struct hae_kafka_plan *plan,
                                     const struct hae_kafka_options *options,
                                     const uint8_t *request, size_t size_bytes)
{
    size_t key_bytes = plan->part_count == 1 && plan->parts[0].has_id ? HAE_KAFKA_KEY_BYTES : 0;

    if (plan->part_count == 1 && size_bytes <= options->message_max_bytes - key_bytes) {
        plan->request = request;
        plan->request_bytes = size_bytes;
        return HAE_KAFKA_PLANNED;
    }
    for (uint32_t i = 0; i < plan->part_count; i++) {
        if (plan->parts[i].bound_bytes > plan->buffer_bytes) {
            plan->buffer_bytes = plan->parts[i].bound_bytes;
        }
    }
    plan->buffer = hae_malloc(plan->buffer_bytes + 1);
    return plan->buffer != NULL ? HAE_KAFKA_PLANNED : HAE_KAFKA_NO_MEMORY;
}

static enum hae_kafka_planned plan_parts(struct hae_kafka_plan *plan,
                                         const struct hae_kafka_options *options,
                                         haetae_signal signal, const uint8_t *request,
                                         size_t size_bytes)
{
    struct walk counted = {.plan = plan, .signal = signal};
    struct walk stored = {.plan = plan, .signal = signal, .stores = true};
    struct table table = {.seed = options->seed};
    enum hae_kafka_planned planned = HAE_KAFKA_NO_MEMORY;

    read_request(&counted, request, size_bytes);
    if (counted.malformed || counted.items == 0) {
        return HAE_KAFKA_MALFORMED;
    }
    if (allocate(plan, &counted, &table)) {
        read_request(&stored, request, size_bytes);
        plan->resource_count = stored.resources;
        plan->scope_count = stored.scopes;
        plan->item_count = stored.items;
        planned = put_items(plan, options, &table, signal)
                      ? finish(plan, options, request, size_bytes)
                      : HAE_KAFKA_ITEM_TOO_LARGE;
    }
    hae_free(table.places);
    return planned;
}

enum hae_kafka_planned hae_kafka_plan_init(struct hae_kafka_plan *plan,
                                           const struct hae_kafka_options *options,
                                           haetae_signal signal, const uint8_t *request,
                                           size_t size_bytes, uint64_t item_count)
{
    enum hae_kafka_planned planned;

    *plan = (struct hae_kafka_plan){0};
    planned = options->by == HAE_KAFKA_BY_NONE && size_bytes <= options->message_max_bytes
                  ? plan_whole(plan, request, size_bytes, item_count)
                  : plan_parts(plan, options, signal, request, size_bytes);
    if (planned != HAE_KAFKA_PLANNED) {
        hae_kafka_plan_done(plan);
    }
    return planned;
}

void hae_kafka_plan_done(struct hae_kafka_plan *plan)
{
    hae_free(plan->resources);
    hae_free(plan->scopes);
    hae_free(plan->items);
    hae_free(plan->parts);
    hae_free(plan->blocks);
    hae_free(plan->buffer);
    *plan = (struct hae_kafka_plan){0};
}
