/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the built-in detectors. */
#ifndef HAETAE_RESOURCE_DETECTORS_H
#define HAETAE_RESOURCE_DETECTORS_H

#include "resource/detector.h"

/* It ends with a NULL name. */
extern const struct hae_detector hae_detectors[] __attribute__((visibility("hidden")));

/* The detector of this name; NULL: there is none. */
const struct hae_detector *hae_detector_find(haetae_string name);

#endif
