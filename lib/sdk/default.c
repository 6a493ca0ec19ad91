/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/default.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/bytes.h"
#include "base/cancel.h"
#include "base/lock.h"

static _Atomic(haetae_sdk *) default_sdk;
static _Atomic uint64_t generation = 1; /* rises after each change of default_sdk */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void has_changed(void)
{
    /* Release pairs with the acquire in haetae_default_generation(): whoever sees the number sees
     * the change before it. */
    atomic_fetch_add_explicit(&generation, 1, memory_order_release);
}

void haetae_set_default_sdk(haetae_sdk *sdk)
{
    /* Release pairs with the acquire in haetae_default_sdk(): the SDK is complete. */
    atomic_store_explicit(&default_sdk, sdk, memory_order_release);
    has_changed();
}

void hae_default_in_child(void)
{
    hae_lock_in_child(&lock, false);
}

void hae_default_forget(haetae_sdk *sdk)
{
    /* Relaxed: nothing is read through the NULL. */
    if (atomic_compare_exchange_strong_explicit(&default_sdk, &sdk, NULL, memory_order_relaxed,
                                                memory_order_relaxed)) {
        has_changed();
    }
}

haetae_sdk *haetae_default_sdk(void)
{
    /* Acquire pairs with the release in haetae_set_default_sdk(). */
    return atomic_load_explicit(&default_sdk, memory_order_acquire);
}

uint64_t haetae_default_generation(void)
{
    /* Acquire pairs with the release in has_changed(). */
    return atomic_load_explicit(&generation, memory_order_acquire);
}

/* ---- Libraries -------------------------------------------------------------------------- */

/* What a library found, and in which generation. The handle only ever goes from one of an older
 * generation to one of a newer, under the lock. */
struct found {
    _Atomic uint64_t generation;
    _Atomic(void *) handle;
};

enum kind { TRACER, METER, LOGGER, KIND_COUNT };

_Static_assert(KIND_COUNT * sizeof(struct found) <= sizeof(((haetae_library *)0)->opaque),
               "the size of a haetae_library is frozen");
_Static_assert(_Alignof(struct found) <= _Alignof(uint64_t), "it lies in words of 64 bits");

static struct found *found_of(haetae_library *library, enum kind kind)
{
    return (struct found *)(void *)library->opaque + kind;
}

/* False: not now, as there is no memory; or there never will be. */
static bool get(const haetae_library *library, enum kind kind, haetae_sdk *sdk, void **ret_handle)
{
    haetae_scope_options scope =
        HAETAE_OPTIONS(haetae_scope_options, .name = library->name, .version = library->version,
                       .schema_url = library->schema_url);
    haetae_tracer *tracer = NULL;
    haetae_meter *meter = NULL;
    haetae_logger *logger = NULL;
    haetae_status status;

    switch (kind) {
    case TRACER:
        status = haetae_tracer_get(sdk, &scope, &tracer);
        *ret_handle = tracer;
        break;
    case METER:
        status = haetae_meter_get(sdk, &scope, &meter);
        *ret_handle = meter;
        break;
    default:
        status = haetae_logger_get(sdk, &scope, &logger);
        *ret_handle = logger;
        break;
    }
    return status != HAETAE_ENOMEM;
}

static HAE_COLD void *find(haetae_library *library, enum kind kind)
{
    HAE_HOLD_CANCELLATION();
    struct found *found = found_of(library, kind);
    uint64_t now;
    void *handle;

    if (!hae_lock_soon(&lock)) {
        return NULL; /* a callback of the search itself, or one that takes long */
    }
    /* The number first: an SDK that comes after it has another one, and is looked for again. */
    now = haetae_default_generation();
    if (get(library, kind, haetae_default_sdk(), &handle)) {
        atomic_store_explicit(&found->handle, handle, memory_order_relaxed);
        /* Release pairs with the acquire in handle_of(): the handle is of this generation, or of a
         * later one. */
        atomic_store_explicit(&found->generation, now, memory_order_release);
    }
    pthread_mutex_unlock(&lock);
    return handle;
}

static void *handle_of(haetae_library *library, enum kind kind)
{
    struct found *found;

    if (library == NULL) {
        return NULL;
    }
    found = found_of(library, kind);
    /* Acquire pairs with the release in find(). */
    if (HAE_LIKELY(atomic_load_explicit(&found->generation, memory_order_acquire) ==
                   haetae_default_generation())) {
        return atomic_load_explicit(&found->handle, memory_order_relaxed);
    }
    return find(library, kind);
}

haetae_tracer *haetae_library_tracer(haetae_library *library)
{
    return handle_of(library, TRACER);
}

haetae_meter *haetae_library_meter(haetae_library *library)
{
    return handle_of(library, METER);
}

haetae_logger *haetae_library_logger(haetae_library *library)
{
    return handle_of(library, LOGGER);
}
