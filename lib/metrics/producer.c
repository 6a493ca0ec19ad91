/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/producer.h"

#include "base/alloc.h"
#include "base/option_struct.h"
#include "metrics/callbacks.h"
#include "recorder/origin.h"
#include "wire/text.h"

haetae_status hae_producer_new(const haetae_metric_producer *ops,
                               struct hae_producer **ret_producer)
{
    haetae_metric_producer known;
    struct hae_producer *producer;
    haetae_string texts[3];
    char *at;

    if (ops == NULL ||
        HAE_OPTION_STRUCT_READ(haetae_metric_producer, &known, ops) == HAE_OPTION_STRUCT_REJECTED) {
        return HAETAE_EINVAL;
    }
    if (known.produce == NULL || !hae_string_valid(known.scope_name) ||
        !hae_string_valid(known.scope_version) || !hae_string_valid(known.scope_schema_url)) {
        return HAETAE_EINVAL;
    }
    texts[0] = known.scope_name;
    texts[1] = known.scope_version;
    texts[2] = known.scope_schema_url;
    producer = hae_calloc(1, sizeof *producer + hae_texts_size(texts, 3));
    if (producer == NULL) {
        return HAETAE_ENOMEM;
    }
    at = (char *)(producer + 1);
    known.scope_name = hae_keep_text(texts[0], &at);
    known.scope_version = hae_keep_text(texts[1], &at);
    known.scope_schema_url = hae_keep_text(texts[2], &at);
    producer->ops = known;
    *ret_producer = producer;
    return HAETAE_OK;
}

void hae_producer_free(struct hae_producer *producer)
{
    if (producer->ops.free != NULL) {
        producer->ops.free(producer->ops.self);
    }
    hae_metric_filter_unref(producer->filter);
    hae_free(producer->scope);
    hae_free(producer);
}

/* Copies the origin of its metrics: the original lies in the region, which the producer may
 * outlive. False: there is no memory. */
static bool keep_origin(struct hae_producer *producer)
{
    haetae_item_origin origin =
        hae_origin_of(producer->meter->provider->recorder, producer->meter->scope, NULL, 0);
    size_t size = origin.scope_size_bytes + origin.schema_url.length;
    size_t name = origin.scope_name.length != 0
                      ? (size_t)((const uint8_t *)origin.scope_name.data - origin.scope)
                      : 0;
    uint8_t *copy = hae_malloc(size + 1);

    if (copy == NULL) {
        return false;
    }
    if (size != 0) {
        memcpy(copy, origin.scope, size);
    }
    hae_free(producer->scope);
    producer->scope_number = producer->meter->scope;
    producer->scope = copy;
    producer->origin = origin;
    producer->origin.scope = copy;
    producer->origin.schema_url.data = (const char *)copy + origin.scope_size_bytes;
    producer->origin.scope_name.data = (const char *)copy + name;
    return true;
}

static haetae_status enlist(struct hae_producer *producer, struct hae_callbacks *callbacks)
{
    haetae_callback *callback = hae_calloc(1, sizeof *callback);

    if (callbacks == NULL || callback == NULL) {
        hae_free(callback);
        return HAETAE_ENOMEM;
    }
    callback->producer = producer;
    callback->forget = hae_producer_free;
    callback->owner = callbacks;
    pthread_mutex_lock(&callbacks->lock);
    hae_callbacks_enlist(callbacks, callback);
    pthread_mutex_unlock(&callbacks->lock);
    return HAETAE_OK;
}

haetae_status hae_producer_register(struct hae_producer *producer,
                                    const struct hae_producer_place *place)
{
    haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);
    haetae_meter *meter = NULL;
    haetae_status status;

    scope.name = producer->ops.scope_name;
    scope.version = producer->ops.scope_version;
    scope.schema_url = producer->ops.scope_schema_url;
    status = hae_meter_get(place->provider, &scope, &meter);
    if (status != HAETAE_OK || meter == NULL) {
        return status != HAETAE_OK ? status : HAETAE_ESHUTDOWN;
    }
    producer->meter = meter;
    producer->reader = place->reader;
    hae_metric_filter_unref(producer->filter);
    producer->filter = hae_metric_filter_ref(place->filter);
    memcpy(producer->temporality_of, place->temporality_of, sizeof producer->temporality_of);
    return keep_origin(producer) ? enlist(producer, place->callbacks) : HAETAE_ENOMEM;
}

haetae_status hae_producer_call(const struct hae_producer *producer, haetae_metric_batch *batch,
                                uint64_t now_unix_ns)
{
    hae_produced_begin(batch);
    batch->filtered.filter = producer->filter;
    batch->filtered.origin = producer->origin;
    batch->scope = producer->scope_number;
    batch->time_unix_ns = now_unix_ns;
    memcpy(batch->temporality_of, producer->temporality_of, sizeof batch->temporality_of);
    return producer->ops.produce(producer->ops.self, batch);
}
