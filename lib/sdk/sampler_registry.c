/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/sampler_registry.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/lock.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Written once, under `lock`. */
static void *remote_user;
static _Atomic(haetae_sampler_create) remote_create;

haetae_status haetae_sampler_register(const char *name, haetae_sampler_create create, void *user)
{
    haetae_status status = HAETAE_OK;
    haetae_sampler_create known;

    if (name == NULL || create == NULL || strcmp(name, HAE_REMOTE_SAMPLER) != 0) {
        return HAETAE_EINVAL;
    }
    if (!hae_lock_soon(&lock)) {
        return HAETAE_ETIMEOUT;
    }
    /* Relaxed: only changed under the lock. */
    known = atomic_load_explicit(&remote_create, memory_order_relaxed);
    if (known == NULL) {
        remote_user = user;
        /* Release pairs with the acquire in hae_sampler_registered(): `remote_user` is there. */
        atomic_store_explicit(&remote_create, create, memory_order_release);
    } else if (known != create || remote_user != user) {
        status = HAETAE_ECONFLICT;
    }
    pthread_mutex_unlock(&lock);
    return status;
}

haetae_sampler_create hae_sampler_registered(void **ret_user)
{
    /* Acquire pairs with the release in haetae_sampler_register(). */
    haetae_sampler_create create = atomic_load_explicit(&remote_create, memory_order_acquire);

    *ret_user = create != NULL ? remote_user : NULL;
    return create;
}
