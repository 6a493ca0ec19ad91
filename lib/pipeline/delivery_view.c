/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/delivery_view.h"
#include "base/cancel.h"

haetae_signal haetae_delivery_signal(const haetae_delivery *delivery)
{
    return delivery != NULL ? delivery->signal : HAETAE_SIGNAL_TRACES;
}

const uint8_t *haetae_delivery_data(const haetae_delivery *delivery)
{
    return delivery != NULL ? delivery->data : NULL;
}

size_t haetae_delivery_size(const haetae_delivery *delivery)
{
    return delivery != NULL ? delivery->size_bytes : 0;
}

uint64_t haetae_delivery_item_count(const haetae_delivery *delivery)
{
    return delivery != NULL ? delivery->item_count : 0;
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

void haetae_delivery_complete(haetae_delivery *delivery, const haetae_result *result)
{
    HAE_HOLD_CANCELLATION();
    if (delivery != NULL) {
        delivery->complete(delivery, result);
    }
}
