/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/resource.h"

#include <stdio.h>

#include "base/alloc.h"
#include "sdk/config_pairs.h"
#include "sdk/config_read.h"

/* The conventions' names for what uname() calls otherwise. */
static const char *host_arch(const char *machine)
{
    static const char *const names[][2] = {
        {"x86_64", "amd64"}, {"aarch64", "arm64"}, {"aarch64_be", "arm64"}, {"ppc64le", "ppc64"},
        {"ppc", "ppc32"},    {"ppcle", "ppc32"},   {"i386", "x86"},         {"i486", "x86"},
        {"i586", "x86"},     {"i686", "x86"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(machine, names[i][0]) == 0) {
            return names[i][1];
        }
    }
    /* armv6l, armv7l and so on; s390x, ppc64, ia64 and riscv64 are fine as they are. */
    return strncmp(machine, "arm", 3) == 0 ? "arm32" : machine;
}

static haetae_status put_seen(struct hae_resource *resource, const char *key, const char *value)
{
    return value[0] != '\0' ? hae_resource_put_text(resource, key, value) : HAETAE_OK;
}

static haetae_status put_system(struct hae_resource *resource,
                                const struct hae_resource_system *system)
{
    const haetae_attribute pid =
        haetae_attribute_of("process.pid", haetae_value_int64(system->pid));
    char service[sizeof system->executable_name + 32];
    const char *const texts[][2] = {
        {"telemetry.sdk.name", "haetae"},
        {"telemetry.sdk.language", "c"},
        {"telemetry.sdk.version", HAETAE_VERSION},
        {"service.name", service},
        {"service.instance.id", system->instance_id},
        {"process.executable.name", system->executable_name},
        {"process.executable.path", system->executable_path},
        {"host.name", system->host_name},
        {"host.arch", host_arch(system->machine)},
        {"host.id", system->machine_id},
        {"os.type", "linux"},
    };

    snprintf(service, sizeof service, "unknown_service%s%s",
             system->executable_name[0] != '\0' ? ":" : "", system->executable_name);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        haetae_status status = put_seen(resource, texts[i][0], texts[i][1]);

        if (status != HAETAE_OK) {
            return status;
        }
    }
    return hae_resource_put(resource, &pid);
}

/* The value was checked when it was set: every pair is whole. */
static haetae_status put_pairs(struct hae_resource *resource, const char *text)
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

haetae_status hae_resource_gather(struct hae_resource *resource,
                                  const struct hae_resource_system *system,
                                  const haetae_config *config)
{
    haetae_status status = put_system(resource, system);

    if (status == HAETAE_OK) {
        status = put_pairs(resource, hae_config_text(config, HAE_KEY_OTEL_RESOURCE_ATTRIBUTES));
    }
    if (status == HAETAE_OK) {
        status =
            put_seen(resource, "service.name", hae_config_text(config, HAE_KEY_OTEL_SERVICE_NAME));
    }
    if (status == HAETAE_OK && config != NULL) {
        status = hae_resource_merge(resource, &config->resource);
    }
    return status;
}

haetae_status hae_resource_describe(struct hae_resource *resource, const haetae_config *config,
                                    struct hae_resource_process *ret_process)
{
    struct hae_resource_system system;

    hae_resource_read_system(&system);
    ret_process->pid = system.pid;
    memcpy(ret_process->instance_id, system.instance_id, sizeof system.instance_id);
    return hae_resource_gather(resource, &system, config);
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

size_t hae_resource_rewrite(const struct hae_resource *resource,
                            const struct hae_resource_process *seen,
                            const struct hae_resource_process *own, uint8_t *ret_data)
{
    const haetae_attribute attributes[][2] = {
        {haetae_attribute_of("process.pid", haetae_value_int64(seen->pid)),
         haetae_attribute_of("process.pid", haetae_value_int64(own->pid))},
        {haetae_attribute_of("service.instance.id", haetae_value_string(seen->instance_id)),
         haetae_attribute_of("service.instance.id", haetae_value_string(own->instance_id))},
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
    return (size_t)(at - ret_data);
}
