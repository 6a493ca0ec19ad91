/* SPDX-License-Identifier: Apache-2.0 */
/* The cloud that this process is in, by what its platforms set in the environment. No metadata
 * service is asked.
 * Specification: semantic conventions, "Cloud", "FaaS", "Heroku". */
#include "resource/cloud.h"

#include <stdlib.h>

enum { VARIABLES_MAX = 7 };

struct platform {
    /* Variables that are all there, and one that is not; NULL: none. */
    const char *present[3];
    const char *absent;
    const char *provider;
    const char *name; /* cloud.platform; NULL: none */
    struct {
        const char *key;
        const char *variable;
    } attributes[VARIABLES_MAX];
};

/* The first that matches counts. */
static const struct platform platforms[] = {
    {{"AWS_LAMBDA_FUNCTION_NAME", NULL, NULL},
     NULL,
     "aws",
     "aws_lambda",
     {{"cloud.region", "AWS_REGION"},
      {"faas.name", "AWS_LAMBDA_FUNCTION_NAME"},
      {"faas.version", "AWS_LAMBDA_FUNCTION_VERSION"},
      {"faas.instance", "AWS_LAMBDA_LOG_STREAM_NAME"},
      {"aws.log.group.names", "AWS_LAMBDA_LOG_GROUP_NAME"}}},
    {{"ECS_CONTAINER_METADATA_URI_V4", NULL, NULL},
     NULL,
     "aws",
     "aws_ecs",
     {{"cloud.region", "AWS_REGION"}}},
    {{"ECS_CONTAINER_METADATA_URI", NULL, NULL},
     NULL,
     "aws",
     "aws_ecs",
     {{"cloud.region", "AWS_REGION"}}},
    {{"FUNCTION_TARGET", "K_SERVICE", "K_REVISION"},
     "KUBERNETES_SERVICE_HOST",
     "gcp",
     "gcp_cloud_functions",
     {{"cloud.account.id", "GOOGLE_CLOUD_PROJECT"},
      {"cloud.region", "GOOGLE_CLOUD_REGION"},
      {"faas.name", "K_SERVICE"},
      {"faas.version", "K_REVISION"}}},
    /* In a cluster these are Knative's. */
    {{"K_SERVICE", "K_REVISION", "K_CONFIGURATION"},
     "KUBERNETES_SERVICE_HOST",
     "gcp",
     "gcp_cloud_run",
     {{"cloud.account.id", "GOOGLE_CLOUD_PROJECT"},
      {"cloud.region", "GOOGLE_CLOUD_REGION"},
      {"faas.name", "K_SERVICE"},
      {"faas.version", "K_REVISION"}}},
    {{"GAE_SERVICE", NULL, NULL},
     NULL,
     "gcp",
     "gcp_app_engine",
     {{"cloud.account.id", "GOOGLE_CLOUD_PROJECT"},
      {"faas.name", "GAE_SERVICE"},
      {"faas.version", "GAE_VERSION"},
      {"faas.instance", "GAE_INSTANCE"}}},
    {{"FUNCTIONS_EXTENSION_VERSION", "WEBSITE_SITE_NAME", NULL},
     NULL,
     "azure",
     "azure.functions",
     {{"cloud.region", "REGION_NAME"},
      {"faas.name", "WEBSITE_SITE_NAME"},
      {"faas.instance", "WEBSITE_INSTANCE_ID"}}},
    {{"CONTAINER_APP_NAME", NULL, NULL},
     NULL,
     "azure",
     "azure.container_apps",
     {{"service.version", "CONTAINER_APP_REVISION"},
      {"service.instance.id", "CONTAINER_APP_REPLICA_NAME"}}},
    {{"WEBSITE_SITE_NAME", NULL, NULL},
     NULL,
     "azure",
     "azure.app_service",
     {{"cloud.region", "REGION_NAME"},
      {"deployment.environment.name", "WEBSITE_SLOT_NAME"},
      {"service.instance.id", "WEBSITE_INSTANCE_ID"}}},
    {{"HEROKU_APP_ID", NULL, NULL},
     NULL,
     "heroku",
     NULL,
     {{"heroku.app.id", "HEROKU_APP_ID"},
      {"heroku.release.commit", "HEROKU_SLUG_COMMIT"},
      {"heroku.release.creation_timestamp", "HEROKU_RELEASE_CREATED_AT"},
      {"service.version", "HEROKU_RELEASE_VERSION"},
      {"service.instance.id", "HEROKU_DYNO_ID"}}},
};

static bool is_set(const struct hae_detector_input *input, const char *variable)
{
    return hae_detector_env(input, variable)[0] != '\0';
}

static bool matches(const struct hae_detector_input *input, const struct platform *platform)
{
    for (int i = 0; i < 3 && platform->present[i] != NULL; i++) {
        if (!is_set(input, platform->present[i])) {
            return false;
        }
    }
    return platform->absent == NULL || !is_set(input, platform->absent);
}

/* Megabytes in the environment, bytes in the attribute. */
static haetae_status put_memory(const struct hae_detector_input *input,
                                struct haetae_resource *resource)
{
    enum { MEGABYTES_MAX = 1 << 20 };
    long megabytes = strtol(hae_detector_env(input, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), NULL, 10);
    haetae_attribute memory;

    if (megabytes <= 0 || megabytes > MEGABYTES_MAX) {
        return HAETAE_OK;
    }
    memory = haetae_attribute_of("faas.max_memory",
                                 haetae_value_int64((int64_t)megabytes * 1024 * 1024));
    return hae_resource_put(resource, &memory);
}

static haetae_status put_variable(struct haetae_resource *resource, const char *key,
                                  const char *value)
{
    haetae_value item = haetae_value_string(value);
    haetae_attribute list = haetae_attribute_of(key, haetae_value_array(&item, 1));

    /* The one attribute that is an array of text. */
    if (strcmp(key, "aws.log.group.names") == 0) {
        return value[0] != '\0' ? hae_resource_put(resource, &list) : HAETAE_OK;
    }
    return hae_resource_put_seen(resource, key, value);
}

static haetae_status put_platform(const struct hae_detector_input *input,
                                  const struct platform *platform, struct haetae_resource *resource)
{
    haetae_status status = hae_resource_put_text(resource, "cloud.provider", platform->provider);

    if (status == HAETAE_OK && platform->name != NULL) {
        status = hae_resource_put_text(resource, "cloud.platform", platform->name);
    }
    for (int i = 0; i < VARIABLES_MAX && status == HAETAE_OK; i++) {
        if (platform->attributes[i].key == NULL) {
            break;
        }
        status = put_variable(resource, platform->attributes[i].key,
                              hae_detector_env(input, platform->attributes[i].variable));
    }
    if (status == HAETAE_OK && platform == &platforms[0]) {
        status = put_memory(input, resource);
    }
    return status == HAETAE_OK ? hae_resource_follow_conventions(resource) : status;
}

haetae_status hae_detect_cloud(const struct hae_detector_input *input,
                               struct haetae_resource *resource)
{
    for (size_t i = 0; i < sizeof platforms / sizeof platforms[0]; i++) {
        if (matches(input, &platforms[i])) {
            return put_platform(input, &platforms[i], resource);
        }
    }
    return HAETAE_OK;
}
