/* SPDX-License-Identifier: Apache-2.0 */
/* Runs detectors, in bounded time. What may wait, for a file system or in a program's own detector,
 * runs in a thread that is left behind when the time is up. */
#ifndef HAETAE_RESOURCE_DETECT_H
#define HAETAE_RESOURCE_DETECT_H

#include "resource/own_detector.h"

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
