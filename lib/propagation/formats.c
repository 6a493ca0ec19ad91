/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/formats.h"

#include <pthread.h>
#include <strings.h>

#include "base/cancel.h"
#include "base/lock.h"
#include "propagation/b3.h"
#include "propagation/baggage.h"
#include "propagation/jaeger.h"
#include "propagation/ottrace.h"
#include "propagation/own_format.h"
#include "propagation/w3c.h"
#include "propagation/xray.h"

static const struct hae_format *const all[] = {
    &hae_format_w3c,    &hae_format_baggage, &hae_format_b3,     &hae_format_b3multi,
    &hae_format_jaeger, &hae_format_xray,    &hae_format_ottrace};
enum { FORMAT_COUNT = sizeof all / sizeof all[0] };

/* One for each format, and one of none. */
static const haetae_propagator each[FORMAT_COUNT + 1] = {
    {.count = 1, .formats = &all[0]}, {.count = 1, .formats = &all[1]},
    {.count = 1, .formats = &all[2]}, {.count = 1, .formats = &all[3]},
    {.count = 1, .formats = &all[4]}, {.count = 1, .formats = &all[5]},
    {.count = 1, .formats = &all[6]}, {.count = 0, .formats = NULL}};

/* The first two. */
static const haetae_propagator usual = {.count = 2, .formats = all};

/* Those of the program are only ever added, under `lock`. One below own_count never changes. */
enum { OWN_MAX = 16 };
static haetae_propagator *own[OWN_MAX];
static _Atomic size_t own_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

const haetae_propagator *hae_propagator_usual(void)
{
    return &usual;
}

static bool has_name(haetae_string name, const char *other)
{
    return name.length == strlen(other) && strncasecmp(name.data, other, name.length) == 0;
}

const haetae_propagator *hae_propagator_named(haetae_string name)
{
    /* Acquire pairs with the release in haetae_propagator_register(): those below are there. */
    size_t count = atomic_load_explicit(&own_count, memory_order_acquire);

    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        if (has_name(name, all[i]->name)) {
            return &each[i];
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (has_name(name, own[i]->formats[0]->name)) {
            return own[i];
        }
    }
    return has_name(name, "none") ? &each[FORMAT_COUNT] : NULL;
}

const haetae_propagator *haetae_propagator_find(const char *name)
{
    return name != NULL ? hae_propagator_named(haetae_string_of(name)) : NULL;
}

haetae_status haetae_propagator_register(haetae_propagator *propagator)
{
    HAE_HOLD_CANCELLATION();
    haetae_status status = HAETAE_OK;
    size_t count;

    if (!hae_format_is_own(propagator)) {
        return HAETAE_EINVAL;
    }
    if (!hae_lock_soon(&lock)) {
        return HAETAE_ETIMEOUT; /* a forked child whose parent was in the middle of it */
    }
    /* Relaxed: only this thread changes it now. */
    count = atomic_load_explicit(&own_count, memory_order_relaxed);
    if (hae_propagator_named(haetae_string_of(propagator->formats[0]->name)) != NULL) {
        status = HAETAE_ECONFLICT;
    } else if (count == OWN_MAX) {
        status = HAETAE_ELIMIT;
    } else {
        own[count] = haetae_propagator_ref(propagator);
        /* Release pairs with the acquire in hae_propagator_named(). */
        atomic_store_explicit(&own_count, count + 1, memory_order_release);
    }
    pthread_mutex_unlock(&lock);
    return status;
}
