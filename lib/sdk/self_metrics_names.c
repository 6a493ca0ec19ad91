/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/self_metrics_names.h"

#include <stdio.h>
#include <string.h>

const struct hae_self_item_name hae_self_item_names[HAETAE_SIGNAL_COUNT] = {
    [HAETAE_SIGNAL_TRACES] = {"span", "span", "{span}"},
    [HAETAE_SIGNAL_METRICS] = {"metric_data_point", "metric", "{data_point}"},
    [HAETAE_SIGNAL_LOGS] = {"log", "log", "{log_record}"},
};

static void name_component(struct hae_self_component *component, const char *type, const char *item,
                           const char *kind, uint32_t instance)
{
    snprintf(component->type, sizeof component->type, "%.50s_%s_%s", type, item, kind);
    snprintf(component->name, sizeof component->name, "%.80s/%u", component->type, instance);
}

void hae_self_name_processor(struct hae_self_component *component, int signal)
{
    name_component(component, "batching", hae_self_item_names[signal].component, "processor", 0);
}

/* How many exporters of the same type come before this one. */
static uint32_t number_of(const struct hae_pipeline *pipeline, const haetae_exporter *exporter)
{
    uint32_t number = 0;

    for (uint32_t i = 0; pipeline->route.destinations[i].exporter != exporter; i++) {
        number +=
            strcmp(pipeline->route.destinations[i].exporter->component, exporter->component) == 0;
    }
    return number;
}

void hae_self_name_exporter(struct hae_self_component *component,
                            const struct hae_pipeline *pipeline, const haetae_exporter *exporter,
                            int signal)
{
    name_component(component, exporter->component, hae_self_item_names[signal].component,
                   "exporter", number_of(pipeline, exporter));
    if (exporter->label[0] != '\0') {
        snprintf(component->name, sizeof component->name, "%.80s/%s", component->type,
                 exporter->label);
    }
}

const char *hae_self_error_of(int reason)
{
    switch (reason) {
    case HAETAE_DROP_RING_FULL:
    case HAETAE_DROP_QUEUE_FULL:
        return "queue_full";
    case HAETAE_DROP_SHUTDOWN:
        return "already_shutdown";
    default:
        return haetae_drop_reason_name((haetae_drop_reason)reason);
    }
}

void hae_self_add_text(struct hae_self_attributes *list, const char *key, const char *value)
{
    list->items[list->count++] =
        (haetae_attribute){haetae_string_of(key), haetae_value_of(haetae_string_of(value))};
}

struct hae_self_attributes hae_self_attributes_of(const struct hae_self_component *component,
                                                  const char *error)
{
    struct hae_self_attributes list = {.count = 0};

    hae_self_add_text(&list, "otel.component.type", component->type);
    hae_self_add_text(&list, "otel.component.name", component->name);
    if (error != NULL) {
        hae_self_add_text(&list, "error.type", error);
    }
    return list;
}
