/* SPDX-License-Identifier: Apache-2.0 */
/* What a program adds to the resource. */
#include "haetae/config.h"
#include "sdk/config_error.h"

haetae_status haetae_config_add_resource_attribute(haetae_config *config,
                                                   const haetae_attribute *attribute)
{
    haetae_status status;

    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    hae_config_error_start(config);
    if (attribute == NULL) {
        hae_config_error_add(config, "the resource attribute is NULL");
        return HAETAE_EINVAL;
    }
    status = hae_resource_put(&config->resource, attribute);
    if (status != HAETAE_OK) {
        hae_config_error_add(config, "resource attribute: %s",
                             status == HAETAE_ENOMEM ? "out of memory"
                                                     : "an empty key or an invalid length");
    }
    return status;
}

haetae_status haetae_config_add_resource(haetae_config *config, const haetae_resource *resource)
{
    haetae_status status;

    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    hae_config_error_start(config);
    if (resource == NULL) {
        hae_config_error_add(config, "the resource is NULL");
        return HAETAE_EINVAL;
    }
    status = hae_resource_merge(&config->resource, resource);
    if (status != HAETAE_OK) {
        hae_config_error_add(config, "resource: %s",
                             status == HAETAE_ENOMEM
                                 ? "out of memory"
                                 : "another one with another schema URL was added before");
    }
    return status;
}

haetae_status haetae_config_set_resource(haetae_config *config, const haetae_resource *resource)
{
    struct haetae_resource copy = {.count = 0};
    haetae_status status = HAETAE_OK;

    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    hae_config_error_start(config);
    if (resource != NULL) {
        status = hae_resource_merge(&copy, resource);
    }
    if (status != HAETAE_OK) {
        hae_resource_done(&copy);
        hae_config_error_add(config, "resource: out of memory");
        return status;
    }
    hae_resource_done(&config->resource);
    config->resource = copy;
    config->replaces_resource = resource != NULL;
    return HAETAE_OK;
}

static bool is_known(const haetae_config *config, const char *name)
{
    for (size_t i = 0; i < config->detector_count; i++) {
        if (strcmp(config->detectors[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}

haetae_status haetae_config_add_resource_detector(haetae_config *config,
                                                  const haetae_resource_detector *detector)
{
    struct hae_own_detector *own;
    haetae_status status;

    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    hae_config_error_start(config);
    status = detector != NULL ? hae_own_detector_new(detector, &own) : HAETAE_EINVAL;
    if (status != HAETAE_OK) {
        hae_config_error_add(config, "resource detector: %s",
                             status == HAETAE_ENOMEM
                                 ? "out of memory"
                                 : "its name must be lower-case letters, digits and _, at most 63, "
                                   "and none of the library's own, and it must have detect()");
        return status;
    }
    if (is_known(config, own->name)) {
        hae_config_error_add(config, "resource detector \"%s\" was added before", own->name);
        status = HAETAE_ECONFLICT;
    } else if (config->detector_count == HAE_OWN_DETECTORS_MAX) {
        hae_config_error_add(config, "no more than %d resource detectors can be added",
                             HAE_OWN_DETECTORS_MAX);
        status = HAETAE_ELIMIT;
    }
    if (status != HAETAE_OK) {
        own->done = NULL; /* the caller still owns `user` */
        hae_own_detector_unref(own);
        return status;
    }
    config->detectors[config->detector_count++] = own;
    return HAETAE_OK;
}
