/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in detectors: each puts what it finds into a resource. One is a file and a line of
 * the table in detectors.c. */
#ifndef HAETAE_RESOURCE_DETECTOR_H
#define HAETAE_RESOURCE_DETECTOR_H

#include "resource/resource.h"
#include "resource/system.h"

/* What detectors go by. */
struct hae_detector_input {
    const struct hae_resource_system *system;
    const char *root;     /* before each path; "" but in tests */
    const char *pod_info; /* the directory of the downward API's files */
    bool env_trusted;     /* whether variables of the environment may be read */
};

struct hae_detector {
    const char *name;
    bool is_default; /* runs where no names are given */
    /* Each puts attributes into an empty resource. NULL: nothing to do. Errors: HAETAE_ENOMEM. */
    haetae_status (*detect)(const struct hae_detector_input *input,
                            struct haetae_resource *resource);
    /* What may wait for a file system; it reads no environment. */
    haetae_status (*detect_slowly)(const struct hae_detector_input *input,
                                   struct haetae_resource *resource);
};

/* A variable of the environment; "" when it is not set, or must not be read. */
const char *hae_detector_env(const struct hae_detector_input *input, const char *name);

#endif
