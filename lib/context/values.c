/* SPDX-License-Identifier: Apache-2.0 */
#include "context/values.h"

#include <string.h>

#include "base/alloc.h"

/* A value, which several sets may have. */
struct box {
    _Atomic size_t references;
    void *value;
    void (*free_value)(void *value);
};

struct entry {
    haetae_context_key *key;
    struct box *box;
};

struct hae_values {
    _Atomic size_t references;
    size_t count;
    struct entry entries[];
};

/* ---- Keys ------------------------------------------------------------------------------- */

haetae_status haetae_context_key_new(const char *name, haetae_context_key **ret_key)
{
    haetae_context_key *key;
    size_t size = name != NULL ? strlen(name) + 1 : 1;

    if (ret_key == NULL) {
        return HAETAE_EINVAL;
    }
    key = hae_malloc(sizeof *key + size);
    if (key == NULL) {
        return HAETAE_ENOMEM;
    }
    atomic_init(&key->references, 1);
    key->name = memcpy(key + 1, name != NULL ? name : "", size);
    *ret_key = key;
    return HAETAE_OK;
}

const char *haetae_context_key_name(const haetae_context_key *key)
{
    return key != NULL ? key->name : "";
}

void haetae_context_key_free(haetae_context_key *key)
{
    if (key != NULL && hae_reference_drop(&key->references)) {
        hae_free(key);
    }
}

/* ---- Sets ------------------------------------------------------------------------------- */

struct hae_values *hae_values_ref(const struct hae_values *values)
{
    struct hae_values *same = (struct hae_values *)(uintptr_t)values; /* only the count changes */

    if (same != NULL) {
        hae_reference_take(&same->references);
    }
    return same;
}

static void drop_entry(struct entry entry)
{
    haetae_context_key_free(entry.key);
    if (hae_reference_drop(&entry.box->references)) {
        if (entry.box->free_value != NULL) {
            entry.box->free_value(entry.box->value);
        }
        hae_free(entry.box);
    }
}

void hae_values_unref(struct hae_values *values)
{
    if (values == NULL || !hae_reference_drop(&values->references)) {
        return;
    }
    for (size_t i = 0; i < values->count; i++) {
        drop_entry(values->entries[i]);
    }
    hae_free(values);
}

bool hae_values_is_last(const struct hae_values *values)
{
    /* Relaxed: a count of one is the caller's own, which nobody else can change. */
    return values != NULL && atomic_load_explicit(&values->references, memory_order_relaxed) == 1;
}

static size_t find(const struct hae_values *values, const haetae_context_key *key)
{
    size_t at = 0;

    while (at < values->count && values->entries[at].key != key) {
        at++;
    }
    return at;
}

void *hae_values_get(const struct hae_values *values, const haetae_context_key *key)
{
    size_t at;

    if (values == NULL) {
        return NULL;
    }
    at = find(values, key);
    return at < values->count ? values->entries[at].box->value : NULL;
}

/* Copies the entries of a set but for a key's. */
static void copy_others(struct hae_values *to, const struct hae_values *from,
                        const haetae_context_key *key)
{
    for (size_t i = 0; from != NULL && i < from->count; i++) {
        if (from->entries[i].key != key) {
            hae_reference_take(&from->entries[i].key->references);
            hae_reference_take(&from->entries[i].box->references);
            to->entries[to->count++] = from->entries[i];
        }
    }
}

static struct hae_values *new_set(size_t room)
{
    struct hae_values *set = hae_malloc(sizeof *set + room * sizeof set->entries[0]);

    if (set != NULL) {
        atomic_init(&set->references, 1);
        set->count = 0;
    }
    return set;
}

static haetae_status without(const struct hae_values *values, const haetae_context_key *key,
                             struct hae_values **ret_values)
{
    struct hae_values *set;

    if (values == NULL || find(values, key) == values->count) {
        *ret_values = hae_values_ref(values);
        return HAETAE_OK;
    }
    if (values->count == 1) {
        *ret_values = NULL;
        return HAETAE_OK;
    }
    set = new_set(values->count - 1);
    if (set == NULL) {
        return HAETAE_ENOMEM;
    }
    copy_others(set, values, key);
    *ret_values = set;
    return HAETAE_OK;
}

haetae_status hae_values_with(const struct hae_values *values, haetae_context_key *key, void *value,
                              void (*free_value)(void *value), struct hae_values **ret_values)
{
    size_t count = values != NULL ? values->count : 0;
    struct hae_values *set;
    struct box *box;

    if (value == NULL) {
        return without(values, key, ret_values);
    }
    if (count == HAETAE_CONTEXT_VALUES_MAX && find(values, key) == count) {
        return HAETAE_ELIMIT;
    }
    box = hae_malloc(sizeof *box);
    set = new_set(count + 1);
    if (box == NULL || set == NULL) {
        hae_free(box);
        hae_free(set);
        return HAETAE_ENOMEM;
    }
    atomic_init(&box->references, 1);
    box->value = value;
    box->free_value = free_value;
    copy_others(set, values, key);
    hae_reference_take(&key->references);
    set->entries[set->count++] = (struct entry){key, box};
    *ret_values = set;
    return HAETAE_OK;
}
