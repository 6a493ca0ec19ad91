/* SPDX-License-Identifier: Apache-2.0 */
/* Runs detectors, in bounded time. What may wait, for a file system or in a program's own detector,
 * runs in a thread that is left behind when the time is up. */
#ifndef HAETAE_RESOURCE_DETECT_H
#define HAETAE_RESOURCE_DETECT_H

#include <stdatomic.h>

#include "resource/detector.h"

/* A detector of the program. Whoever may call it has a reference. */
struct hae_own_detector {
    _Atomic unsigned references;
    haetae_status (*detect)(void *user, haetae_resource *resource);
    void (*done)(void *user);
    void *user;
    char name[64];
};

/* Takes a description over, with one reference. Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
haetae_status hae_own_detector_new(const haetae_resource_detector *detector,
                                   struct hae_own_detector **ret_detector);
void hae_own_detector_ref(struct hae_own_detector *detector);
void hae_own_detector_unref(struct hae_own_detector *detector);

enum { HAE_OWN_DETECTORS_MAX = 8, HAE_DETECTORS_MAX = 24 };

struct hae_detect_options {
    struct hae_detector_input input;
    const char *names;   /* separated by commas; "": the built-in defaults and all of `own` */
    uint32_t timeout_ms; /* 0: no limit */
    bool without_thread;
    struct hae_own_detector *const *own;
    size_t own_count;
    /* Reports what was ignored: an unknown name, a detector that failed or took too long, schemas
     * that differ. */
    void (*warn)(void *user, const char *name, const char *what);
    void *user;
};

/* Merges what the detectors find into `resource`, in the order of their names. On failure some may
 * be there. Errors: HAETAE_ENOMEM. */
haetae_status hae_detect(const struct hae_detect_options *options,
                         struct haetae_resource *resource);

#endif
