/* SPDX-License-Identifier: Apache-2.0 */
/* The cloud that this process is in. */
#ifndef HAETAE_RESOURCE_CLOUD_H
#define HAETAE_RESOURCE_CLOUD_H

#include "resource/detector.h"

haetae_status hae_detect_cloud(const struct hae_detector_input *input,
                               struct haetae_resource *resource);

#endif
