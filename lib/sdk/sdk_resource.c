/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cancel.h"
#include "sdk/sdk_internal.h"

haetae_status haetae_sdk_resource(haetae_sdk *sdk, haetae_resource **ret_resource)
{
    HAE_HOLD_CANCELLATION();
    haetae_resource *copy;
    haetae_status status;

    if (sdk == NULL || ret_resource == NULL) {
        return HAETAE_EINVAL;
    }
    status = haetae_resource_new(&copy);
    if (status != HAETAE_OK) {
        return status;
    }
    status = hae_resource_merge(copy, &sdk->attributes);
    if (status != HAETAE_OK) {
        haetae_resource_free(copy);
        return status;
    }
    *ret_resource = copy;
    return HAETAE_OK;
}
