/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/split.h"

#include <string.h>

#include "pipeline/scope_list.h"
#include "wire/envelope.h"
#include "wire/reader.h"

/* How messages lie in each other, the same for all three requests; see batch.h. What
 * counts as an item lies in Scope…, or, for metrics, in the data of a Metric. */
enum depth { IN_REQUEST, IN_RESOURCE, IN_SCOPE, IN_METRIC, IN_METRIC_DATA };

struct cutter {
    uint8_t *at; /* NULL: only measure */
    size_t size_bytes;
    enum depth items_in;
    uint64_t item;  /* number of the next item met      */
    uint64_t first; /* items from here on are taken ... */
    uint64_t end;   /* ... up to here                   */
    uint64_t taken;
    const char *scopes; /* those that are taken: see scope_list.h; NULL: all */
};

static void put(struct cutter *cutter, const uint8_t *data, size_t size_bytes)
{
    if (cutter->at != NULL && size_bytes != 0) {
        memcpy(cutter->at + cutter->size_bytes, data, size_bytes);
    }
    cutter->size_bytes += size_bytes;
}

static void put_head(struct cutter *cutter, unsigned field, size_t size_bytes)
{
    uint8_t head[1 + HAE_VARINT_MAX];
    uint8_t *end = hae_put_varint(head + 1, size_bytes);

    head[0] = HAE_TAG(field, HAE_WIRE_LENGTH);
    put(cutter, head, (size_t)(end - head));
}

/* Whether a field at this depth holds items, or is one. */
static bool leads_to_items(enum depth depth, const struct hae_field *field)
{
    if (field->type != HAE_WIRE_LENGTH) {
        return false;
    }
    switch (depth) {
    case IN_REQUEST:
        return field->number == HAE_ENVELOPE_RESOURCES;
    case IN_RESOURCE:
        return field->number == HAE_ENVELOPE_SCOPES;
    case IN_SCOPE:
        return field->number == HAE_ENVELOPE_ITEMS;
    case IN_METRIC:
        return field->number == HAE_OTLP_METRIC_GAUGE || field->number == HAE_OTLP_METRIC_SUM ||
               field->number == HAE_OTLP_METRIC_HISTOGRAM ||
               field->number == HAE_OTLP_METRIC_EXPONENTIAL_HISTOGRAM ||
               field->number == HAE_OTLP_METRIC_SUMMARY;
    case IN_METRIC_DATA: /* the same in all five */
        return field->number == HAE_OTLP_SUM_DATA_POINTS;
    }
    return false;
}

/* The field of this number in a message; false: there is none. */
static bool find_field(const uint8_t *message, size_t size_bytes, uint32_t number,
                       struct hae_field *ret_field)
{
    struct hae_reader reader = hae_reader_over(message, size_bytes);

    while (hae_read_field(&reader, ret_field)) {
        if (ret_field->number == number && ret_field->type == HAE_WIRE_LENGTH) {
            return true;
        }
    }
    return false;
}

/* Whether a Scope… is taken: the default one has no name. */
static bool is_chosen(const struct cutter *cutter, const struct hae_field *section)
{
    haetae_string name = {"", 0};
    struct hae_field scope, text;

    if (cutter->scopes == NULL) {
        return true;
    }
    if (find_field(section->data, section->size_bytes, HAE_ENVELOPE_SCOPE, &scope) &&
        find_field(scope.data, scope.size_bytes, HAE_OTLP_INSTRUMENTATION_SCOPE_NAME, &text)) {
        name = (haetae_string){(const char *)text.data, text.size_bytes};
    }
    return hae_scope_list_has(cutter->scopes, name);
}

static void cut(struct cutter *cutter, const uint8_t *message, size_t size_bytes, enum depth depth);

/* A message with items in it is taken with those of its items that are, or not at
 * all. Each depth measures before it writes, so a message is read once for each
 * depth, not more. */
static void cut_nested(struct cutter *cutter, const struct hae_field *field, enum depth depth)
{
    struct cutter measure = *cutter;

    if (depth == IN_SCOPE && !is_chosen(cutter, field)) {
        return;
    }
    measure.at = NULL;
    measure.size_bytes = 0;
    measure.taken = 0;
    cut(&measure, field->data, field->size_bytes, depth);
    if (measure.taken != 0) {
        put_head(cutter, field->number, measure.size_bytes);
        if (cutter->at != NULL) {
            cut(cutter, field->data, field->size_bytes, depth);
            return;
        }
        cutter->size_bytes += measure.size_bytes;
        cutter->taken += measure.taken;
    }
    cutter->item = measure.item;
}

static void cut(struct cutter *cutter, const uint8_t *message, size_t size_bytes, enum depth depth)
{
    struct hae_reader reader = hae_reader_over(message, size_bytes);
    struct hae_field field;

    while (hae_read_field(&reader, &field)) {
        if (leads_to_items(depth, &field)) {
            if (depth != cutter->items_in) {
                cut_nested(cutter, &field, depth + 1);
                continue;
            }
            if (cutter->item < cutter->first || cutter->item >= cutter->end) {
                cutter->item++;
                continue;
            }
            cutter->item++;
            cutter->taken++;
        }
        put(cutter, field.start, (size_t)(reader.at - field.start));
    }
}

static struct cutter cutter_of(const struct hae_request *request, uint64_t first, uint64_t end)
{
    struct cutter cutter = {.first = first, .end = end};

    cutter.items_in = request->signal == HAETAE_SIGNAL_METRICS ? IN_METRIC_DATA : IN_SCOPE;
    return cutter;
}

static struct cutter measured(const struct hae_request *request, uint64_t first, uint64_t end)
{
    struct cutter cutter = cutter_of(request, first, end);

    cut(&cutter, request->data, request->size_bytes, IN_REQUEST);
    return cutter;
}

static struct hae_request *make_part(const struct hae_request *request, const struct cutter *size)
{
    struct hae_request *part = hae_request_new(request->signal, size->size_bytes);
    struct cutter cutter = cutter_of(request, size->first, size->end);

    cutter.scopes = size->scopes;
    if (part != NULL) {
        cutter.at = part->data;
        cut(&cutter, request->data, request->size_bytes, IN_REQUEST);
        part->item_count = cutter.taken;
    }
    return part;
}

bool hae_request_counts_right(const struct hae_request *request)
{
    return measured(request, 0, UINT64_MAX).taken == request->item_count;
}

enum hae_cut hae_request_split(const struct hae_request *request, size_t charge_max,
                               struct hae_request *ret_parts[2])
{
    uint64_t half = request->item_count / 2;
    struct cutter sizes[2] = {measured(request, 0, half), measured(request, half, UINT64_MAX)};

    /* The counts have to agree: the accounting depends on it. */
    if (half == 0 || sizes[0].taken + sizes[1].taken != request->item_count) {
        return HAE_CUT_ONE_ITEM;
    }
    if (hae_request_charge(sizes[0].size_bytes) + hae_request_charge(sizes[1].size_bytes) >
        charge_max) {
        return HAE_CUT_NO_ROOM;
    }
    ret_parts[0] = make_part(request, &sizes[0]);
    ret_parts[1] = make_part(request, &sizes[1]);
    if (ret_parts[0] == NULL || ret_parts[1] == NULL) {
        hae_request_free(ret_parts[0]);
        hae_request_free(ret_parts[1]);
        return HAE_CUT_NO_MEMORY;
    }
    return HAE_CUT_DONE;
}

enum hae_pick hae_request_pick(const struct hae_request *request, const char *scopes,
                               size_t charge_max, struct hae_request **ret_part,
                               uint64_t *ret_count)
{
    struct cutter size = cutter_of(request, 0, UINT64_MAX);

    size.scopes = scopes;
    cut(&size, request->data, request->size_bytes, IN_REQUEST);
    *ret_count = size.taken;
    if (size.taken == 0) {
        return HAE_PICK_NONE;
    }
    if (size.taken == request->item_count) {
        return HAE_PICK_ALL;
    }
    if (hae_request_charge(size.size_bytes) > charge_max) {
        return HAE_PICK_NO_ROOM;
    }
    *ret_part = make_part(request, &size);
    return *ret_part != NULL ? HAE_PICK_DONE : HAE_PICK_NO_MEMORY;
}

size_t hae_metric_cut(const uint8_t *metric, size_t size_bytes, uint64_t first, uint64_t end,
                      uint8_t *to)
{
    struct cutter cutter = {.at = to, .items_in = IN_METRIC_DATA, .first = first, .end = end};

    cut(&cutter, metric, size_bytes, IN_METRIC);
    return cutter.size_bytes;
}
