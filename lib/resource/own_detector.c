/* SPDX-License-Identifier: Apache-2.0 */
#include "resource/own_detector.h"

#include "base/alloc.h"
#include "base/option_struct.h"
#include "resource/detectors.h"

static bool is_reserved(const char *name)
{
    return strcmp(name, "all") == 0 || strcmp(name, "none") == 0 ||
           hae_detector_find(haetae_string_of(name)) != NULL;
}

static bool is_name(const char *name)
{
    size_t length = strnlen(name, sizeof((struct hae_own_detector *)0)->name);

    return length != 0 && length < sizeof((struct hae_own_detector *)0)->name &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length && !is_reserved(name);
}

haetae_status hae_own_detector_new(const haetae_resource_detector *detector,
                                   struct hae_own_detector **ret_detector)
{
    haetae_resource_detector known;
    struct hae_own_detector *own;

    if (HAE_OPTION_STRUCT_READ(haetae_resource_detector, &known, detector) ==
            HAE_OPTION_STRUCT_REJECTED ||
        known.name == NULL || known.detect == NULL || !is_name(known.name)) {
        return HAETAE_EINVAL;
    }
    own = hae_calloc(1, sizeof *own);
    if (own == NULL) {
        return HAETAE_ENOMEM;
    }
    atomic_init(&own->references, 1);
    own->detect = known.detect;
    own->done = known.done;
    own->user = known.user;
    memcpy(own->name, known.name, strlen(known.name));
    *ret_detector = own;
    return HAETAE_OK;
}

void hae_own_detector_ref(struct hae_own_detector *detector)
{
    /* Relaxed: the caller has a reference. */
    atomic_fetch_add_explicit(&detector->references, 1, memory_order_relaxed);
}

void hae_own_detector_unref(struct hae_own_detector *detector)
{
    /* Acquire and release pair with each other: what others did with it comes before done(). */
    if (atomic_fetch_sub_explicit(&detector->references, 1, memory_order_acq_rel) == 1) {
        if (detector->done != NULL) {
            detector->done(detector->user);
        }
        hae_free(detector);
    }
}
