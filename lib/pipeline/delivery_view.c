/* SPDX-License-Identifier: Apache-2.0 */
/* What an exporter sees of a delivery. */
#include "pipeline/queue.h"

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
