/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/resource.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/privilege.h"
#include "resource/detect.h"
#include "resource/instance_id.h"
#include "sdk/config_error.h"
#include "sdk/config_pairs.h"
#include "sdk/config_read.h"

/* ---- The SDK's own, which every resource has ----------------------------------------------- */

static haetae_status put_own(struct haetae_resource *resource,
                             const struct hae_resource_system *system)
{
    char service[sizeof system->executable_name + 32];
    const char *const texts[][2] = {
        {"telemetry.sdk.name", "haetae"},
        {"telemetry.sdk.language", "c"},
        {"telemetry.sdk.version", HAETAE_VERSION},
        {"service.name", service},
    };
    haetae_status status = HAETAE_OK;

    snprintf(service, sizeof service, "unknown_service%s%s",
             system->executable_name[0] != '\0' ? ":" : "", system->executable_name);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == HAETAE_OK; i++) {
        status = hae_resource_put_text(resource, texts[i][0], texts[i][1]);
    }
    return status == HAETAE_OK ? hae_resource_follow_conventions(resource) : status;
}

/* ---- What detectors find --------------------------------------------------------------------- */

static void warn(void *user, const char *name, const char *what)
{
    haetae_config *config = user;

    if (config != NULL) {
        hae_config_warn(config, "resource detector \"%s\" %s", name, what);
    }
}

/* Specification: "Merge": schema URLs that differ are an error. */
static haetae_status merge(struct haetae_resource *resource, const struct haetae_resource *from,
                           haetae_config *config, const char *what)
{
    haetae_status status = hae_resource_merge(resource, from);

    if (status != HAETAE_ECONFLICT) {
        return status;
    }
    if (config != NULL) {
        hae_config_warn(config, "resource: %s another schema URL; it has none", what);
    }
    return HAETAE_OK;
}

/* Whether a pattern stands for all of a text: * for any letters, ? for one. */
static bool matches(const char *pattern, size_t pattern_length, haetae_string text)
{
    size_t at = 0, p = 0;
    size_t star = SIZE_MAX, star_at = 0;

    while (at < text.length) {
        if (p < pattern_length && (pattern[p] == '?' || pattern[p] == text.data[at]) &&
            pattern[p] != '*') {
            p++;
            at++;
        } else if (p < pattern_length && pattern[p] == '*') {
            star = p++;
            star_at = at;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            at = ++star_at;
        } else {
            return false;
        }
    }
    while (p < pattern_length && pattern[p] == '*') {
        p++;
    }
    return p == pattern_length;
}

static bool matches_any(const char *patterns, haetae_string key)
{
    haetae_string pattern;

    while (hae_config_next_name(&patterns, &pattern)) {
        if (matches(pattern.data, pattern.length, key)) {
            return true;
        }
    }
    return false;
}

static bool is_wanted(const void *user, haetae_string key)
{
    const haetae_config *config = user;
    const char *included = hae_config_text(config, HAE_KEY_HAETAE_RESOURCE_INCLUDED);

    return (included[0] == '\0' || matches_any(included, key)) &&
           !matches_any(hae_config_text(config, HAE_KEY_HAETAE_RESOURCE_EXCLUDED), key);
}

static haetae_status put_detected(struct haetae_resource *resource,
                                  const struct hae_resource_system *system, haetae_config *config)
{
    struct haetae_resource found = {.count = 0};
    const struct hae_detect_options options = {
        .input = {system, "", hae_config_text(config, HAE_KEY_HAETAE_RESOURCE_KUBERNETES_DIR),
                  !hae_has_more_rights() || (config != NULL && config->env_trusted)},
        .names = hae_config_text(config, HAE_KEY_HAETAE_RESOURCE_DETECTORS),
        .timeout_ms = (uint32_t)hae_config_int(config, HAE_KEY_HAETAE_RESOURCE_TIMEOUT_MS),
        .without_thread = hae_config_int(config, HAE_KEY_HAETAE_WORKER) == HAE_WORKER_MANUAL,
        .own = config != NULL ? config->detectors : NULL,
        .own_count = config != NULL ? config->detector_count : 0,
        .warn = warn,
        .user = config,
    };
    haetae_status status = hae_detect(&options, &found);

    if (status == HAETAE_OK) {
        hae_resource_filter(&found, is_wanted, config);
        status = merge(resource, &found, config, "what was detected has");
    }
    hae_resource_done(&found);
    return status;
}

/* ---- What is configured ---------------------------------------------------------------------- */

/* The value was checked when it was set: every pair is whole. */
static haetae_status put_pairs(struct haetae_resource *resource, const char *text)
{
    struct hae_pair_reader reader = hae_pairs_of(text);
    char *buffer = hae_malloc(strlen(text) + 1);
    haetae_status status = HAETAE_OK;
    haetae_string key, value;

    if (buffer == NULL) {
        return HAETAE_ENOMEM;
    }
    while (status == HAETAE_OK && hae_pair_next(&reader, buffer, &key, &value) == HAE_PAIR_FOUND) {
        const haetae_attribute attribute = {key, haetae_value_text(value.data, value.length)};

        status = hae_resource_put(resource, &attribute);
    }
    hae_free(buffer);
    return status;
}

/* Where HAETAE_SERVICE_INSTANCE_SEED is set, and nothing has set the id. */
static haetae_status put_stable_id(struct haetae_resource *resource,
                                   const struct hae_resource_system *system,
                                   const haetae_config *config, char id[HAE_INSTANCE_ID_BYTES])
{
    static const char key[] = "service.instance.id";
    const char *seed = hae_config_text(config, HAE_KEY_HAETAE_SERVICE_INSTANCE_SEED);
    haetae_string set = hae_resource_text(resource, key);
    haetae_string texts[] = {
        haetae_string_of(system->machine_id),
        haetae_string_of(system->host_name),
        hae_resource_text(resource, "service.namespace"),
        hae_resource_text(resource, "service.name"),
        haetae_string_of(seed),
    };

    if (seed[0] == '\0' || set.length != strlen(id) || memcmp(set.data, id, set.length) != 0) {
        return HAETAE_OK;
    }
    hae_instance_id_of(texts, sizeof texts / sizeof texts[0], id);
    return hae_resource_put_text(resource, key, id);
}

haetae_status hae_resource_gather(struct haetae_resource *resource,
                                  struct hae_resource_system *system, haetae_config *config)
{
    haetae_status status;

    if (config != NULL && config->replaces_resource) {
        return hae_resource_merge(resource, &config->resource);
    }
    status = put_own(resource, system);
    if (status == HAETAE_OK) {
        status = put_detected(resource, system, config);
    }
    if (status == HAETAE_OK) {
        status = put_pairs(resource, hae_config_text(config, HAE_KEY_OTEL_RESOURCE_ATTRIBUTES));
    }
    if (status == HAETAE_OK) {
        status = hae_resource_put_seen(resource, "service.name",
                                       hae_config_text(config, HAE_KEY_OTEL_SERVICE_NAME));
    }
    if (status == HAETAE_OK && config != NULL) {
        status = merge(resource, &config->resource, config, "what was added has");
    }
    return status == HAETAE_OK ? put_stable_id(resource, system, config, system->instance_id)
                               : status;
}

haetae_status hae_resource_describe(struct haetae_resource *resource, haetae_config *config,
                                    struct hae_resource_process *ret_process)
{
    struct hae_resource_system system;
    haetae_status status;

    hae_resource_read_system("", &system);
    status = hae_resource_gather(resource, &system, config);
    ret_process->pid = system.pid;
    memcpy(ret_process->instance_id, system.instance_id, sizeof system.instance_id);
    memcpy(ret_process->creation_time, system.creation_time, sizeof system.creation_time);
    return status;
}

/* ---- In a forked child ------------------------------------------------------------------ */

/* Of an attribute of the process. */
enum { FIELD_SIZE_MAX = 96 };

/* Writes an attribute of `resource` with another value if it still has the one it had. Returns
 * its size; 0: it has not. */
static size_t rewrite_item(const struct hae_resource_item *item, const haetae_attribute *seen,
                           const haetae_attribute *own, uint8_t *ret_data)
{
    uint8_t field[FIELD_SIZE_MAX];

    if (hae_resource_write(seen, field, sizeof field) != item->size_bytes ||
        memcmp(item->field, field, item->size_bytes) != 0) {
        return 0;
    }
    return hae_resource_write(own, ret_data, FIELD_SIZE_MAX);
}

size_t hae_resource_rewrite(const struct haetae_resource *resource,
                            const struct hae_resource_process *seen,
                            const struct hae_resource_process *own, uint8_t *ret_data)
{
    const haetae_attribute attributes[][2] = {
        {haetae_attribute_of("process.pid", haetae_value_int64(seen->pid)),
         haetae_attribute_of("process.pid", haetae_value_int64(own->pid))},
        {haetae_attribute_of("service.instance.id", haetae_value_string(seen->instance_id)),
         haetae_attribute_of("service.instance.id", haetae_value_string(own->instance_id))},
        {haetae_attribute_of("process.creation.time", haetae_value_string(seen->creation_time)),
         haetae_attribute_of("process.creation.time", haetae_value_string(own->creation_time))},
    };
    uint8_t *at = ret_data;

    for (size_t i = 0; i < resource->count; i++) {
        const struct hae_resource_item *item = &resource->items[i];
        size_t size = 0;

        for (size_t j = 0; j < sizeof attributes / sizeof attributes[0] && size == 0; j++) {
            size = rewrite_item(item, &attributes[j][0], &attributes[j][1], at);
        }
        if (size == 0) {
            memcpy(at, item->field, item->size_bytes);
            size = item->size_bytes;
        }
        at += size;
    }
    if (resource->schema_url != NULL) {
        memcpy(at, resource->schema_url, resource->schema_url_length);
    }
    return (size_t)(at - ret_data);
}
