/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter interface: making exporters, and looking at a delivery. */
#include <string.h>

#include "base/alloc.h"
#include "pipeline/delivery.h"

/* What the first version of the interface had. */
enum { OPS_SIZE_MIN = offsetof(haetae_exporter_ops, descriptor) };

haetae_status haetae_exporter_new(const haetae_exporter_ops *ops, void *self,
                                  haetae_exporter **ret_exporter)
{
    haetae_exporter *exporter;

    if (ops == NULL || ret_exporter == NULL || ops->struct_size < OPS_SIZE_MIN ||
        ops->name == NULL || ops->name[0] == '\0' || strlen(ops->name) >= sizeof exporter->name ||
        ops->send == NULL) {
        return HAETAE_EINVAL;
    }
    exporter = hae_calloc(1, sizeof *exporter);
    if (exporter == NULL) {
        return HAETAE_ENOMEM;
    }
    memcpy(&exporter->ops, ops,
           ops->struct_size < sizeof exporter->ops ? ops->struct_size : sizeof exporter->ops);
    memcpy(exporter->name, ops->name, strlen(ops->name) + 1);
    exporter->ops.name = exporter->name;
    exporter->self = self;
    *ret_exporter = exporter;
    return HAETAE_OK;
}

void haetae_exporter_free(haetae_exporter *exporter)
{
    if (exporter != NULL) {
        if (exporter->ops.free != NULL) {
            exporter->ops.free(exporter->self);
        }
        hae_free(exporter);
    }
}

const char *haetae_exporter_name(const haetae_exporter *exporter)
{
    return exporter != NULL ? exporter->name : "";
}

const char *haetae_signal_name(haetae_signal signal)
{
    static const char *const names[HAETAE_SIGNAL_COUNT] = {"traces", "metrics", "logs"};

    return (unsigned)signal < HAETAE_SIGNAL_COUNT ? names[signal] : "?";
}

const char *haetae_drop_reason_name(haetae_drop_reason reason)
{
    switch (reason) {
#define NAME(name, code, text)                                                                     \
    case HAETAE_DROP_##name:                                                                       \
        return text;
        HAETAE_DROP_MAP(NAME)
#undef NAME
    }
    return "?";
}

haetae_signal haetae_delivery_signal(const haetae_delivery *delivery)
{
    return delivery != NULL ? delivery->request->signal : HAETAE_SIGNAL_TRACES;
}

const uint8_t *haetae_delivery_data(const haetae_delivery *delivery)
{
    return delivery != NULL ? delivery->request->data : NULL;
}

size_t haetae_delivery_size(const haetae_delivery *delivery)
{
    return delivery != NULL ? delivery->request->size_bytes : 0;
}

uint64_t haetae_delivery_item_count(const haetae_delivery *delivery)
{
    return delivery != NULL ? delivery->request->item_count : 0;
}

unsigned haetae_delivery_attempt(const haetae_delivery *delivery)
{
    return delivery != NULL ? delivery->attempt : 0;
}

void haetae_delivery_set_user(haetae_delivery *delivery, void *user)
{
    if (delivery != NULL) {
        delivery->user = user;
    }
}

void *haetae_delivery_user(const haetae_delivery *delivery)
{
    return delivery != NULL ? delivery->user : NULL;
}
