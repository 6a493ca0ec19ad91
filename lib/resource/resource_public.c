/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls on resources. */
#include "base/alloc.h"
#include "resource/resource.h"
#include "wire/value_view.h"

haetae_status haetae_resource_new(haetae_resource **ret_resource)
{
    haetae_resource *resource;

    if (ret_resource == NULL) {
        return HAETAE_EINVAL;
    }
    resource = hae_calloc(1, sizeof *resource);
    if (resource == NULL) {
        return HAETAE_ENOMEM;
    }
    *ret_resource = resource;
    return HAETAE_OK;
}

void haetae_resource_free(haetae_resource *resource)
{
    if (resource != NULL) {
        hae_resource_done(resource);
        hae_free(resource);
    }
}

haetae_status haetae_resource_put(haetae_resource *resource, const haetae_attribute *attribute)
{
    return resource != NULL && attribute != NULL ? hae_resource_put(resource, attribute)
                                                 : HAETAE_EINVAL;
}

haetae_status haetae_resource_set_schema_url(haetae_resource *resource, haetae_string url)
{
    return resource != NULL ? hae_resource_set_schema_url(resource, url) : HAETAE_EINVAL;
}

haetae_status haetae_resource_merge(haetae_resource *resource, const haetae_resource *updating)
{
    if (resource == NULL || updating == NULL) {
        return HAETAE_EINVAL;
    }
    return resource != updating ? hae_resource_merge(resource, updating) : HAETAE_OK;
}

haetae_string haetae_resource_schema_url(const haetae_resource *resource)
{
    haetae_string url = {"", 0};

    if (resource != NULL && resource->schema_url != NULL) {
        url = (haetae_string){resource->schema_url, resource->schema_url_length};
    }
    return url;
}

size_t haetae_resource_count(const haetae_resource *resource)
{
    return resource != NULL ? resource->count : 0;
}

haetae_status haetae_resource_visit(const haetae_resource *resource,
                                    bool (*visit)(void *user, const haetae_attribute *attribute),
                                    void *user)
{
    bool go_on = true;

    if (resource == NULL || visit == NULL) {
        return HAETAE_EINVAL;
    }
    for (size_t i = 0; i < resource->count && go_on; i++) {
        struct hae_value_view view;
        haetae_status status =
            hae_value_view_init(&view, resource->items[i].field, resource->items[i].size_bytes);

        if (status == HAETAE_OK) {
            go_on = visit(user, &view.attribute);
        }
        hae_value_view_done(&view);
        if (status != HAETAE_OK) {
            return status;
        }
    }
    return HAETAE_OK;
}
