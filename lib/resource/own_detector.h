/* SPDX-License-Identifier: Apache-2.0 */
/* Detectors of the program. */
#ifndef HAETAE_RESOURCE_OWN_DETECTOR_H
#define HAETAE_RESOURCE_OWN_DETECTOR_H

#include <stdatomic.h>

#include "resource/detector.h"

/* Whoever may call it has a reference. */
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

#endif
