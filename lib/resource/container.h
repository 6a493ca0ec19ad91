/* SPDX-License-Identifier: Apache-2.0 */
/* The container that this process is in. */
#ifndef HAETAE_RESOURCE_CONTAINER_H
#define HAETAE_RESOURCE_CONTAINER_H

#include "resource/detector.h"

haetae_status hae_detect_container(const struct hae_detector_input *input,
                                   struct haetae_resource *resource);

#endif
