/* SPDX-License-Identifier: Apache-2.0 */
#include "component.h"

#include <stdatomic.h>

#include "base/option_struct.h"

enum { COMPONENTS_MAX = 32, NAME_BYTES = 64 };

/* Entries are only ever added, by one thread at a time. One below component_count never changes. */
static struct {
    int kind;
    char name[NAME_BYTES];
    void *user;
    haetae_status (*create)(void *user, haetae_config *config, uint32_t signals,
                            const haetae_config_node *properties);
} components[COMPONENTS_MAX];
static _Atomic size_t component_count;

static size_t find(int kind, const char *name)
{
    /* Acquire pairs with the release in haetae_config_component_register(): whoever sees the
     * count sees the entries below it. */
    size_t count = atomic_load_explicit(&component_count, memory_order_acquire);
    size_t i = 0;

    while (i < count && (components[i].kind != kind || strcmp(components[i].name, name) != 0)) {
        i++;
    }
    return i < count ? i : COMPONENTS_MAX;
}

/* The first version's size, which this struct still has; docs/abi.md has the rules. */
enum { COMPONENT_SIZE_V1 = HAE_BY_PLATFORM(40, 24, 24) };
_Static_assert(sizeof(haetae_config_component) == COMPONENT_SIZE_V1, "read what has been added");

haetae_status haetae_config_component_register(const haetae_config_component *component)
{
    size_t count = atomic_load_explicit(&component_count, memory_order_relaxed);
    size_t length;

    if (component == NULL || !hae_option_struct_valid(component->struct_size, COMPONENT_SIZE_V1) ||
        component->name == NULL || component->create == NULL ||
        component->kind < HAETAE_CONFIG_EXPORTER || component->kind > HAETAE_CONFIG_ID_GENERATOR) {
        return HAETAE_EINVAL;
    }
    length = strnlen(component->name, NAME_BYTES);
    if (length == 0 || length == NAME_BYTES) {
        return HAETAE_EINVAL;
    }
    if (find(component->kind, component->name) != COMPONENTS_MAX) {
        return HAETAE_ECONFLICT;
    }
    if (count == COMPONENTS_MAX) {
        return HAETAE_ELIMIT;
    }
    components[count].kind = component->kind;
    memcpy(components[count].name, component->name, length + 1);
    components[count].user = component->user;
    components[count].create = component->create;
    /* Release pairs with the acquire in find(). */
    atomic_store_explicit(&component_count, count + 1, memory_order_release);
    return HAETAE_OK;
}

bool hae_component_is_known(int kind, const char *name)
{
    return find(kind, name) != COMPONENTS_MAX;
}

haetae_status hae_component_create(int kind, haetae_config *config, uint32_t signals,
                                   const haetae_config_node *node)
{
    size_t i = find(kind, haetae_config_node_key(node));

    return i != COMPONENTS_MAX ? components[i].create(components[i].user, config, signals, node)
                               : HAETAE_EKEY;
}
