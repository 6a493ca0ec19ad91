/* SPDX-License-Identifier: Apache-2.0 */
/* The pod that this process is in. */
#ifndef HAETAE_RESOURCE_KUBERNETES_H
#define HAETAE_RESOURCE_KUBERNETES_H

#include "resource/detector.h"

haetae_status hae_detect_kubernetes(const struct hae_detector_input *input,
                                    struct haetae_resource *resource);

/* What its mounts say. */
haetae_status hae_detect_kubernetes_files(const struct hae_detector_input *input,
                                          struct haetae_resource *resource);

#endif
