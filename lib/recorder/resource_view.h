/* SPDX-License-Identifier: Apache-2.0 */
/* A resource as it goes on the wire: the Resource message, and the URL of its schema behind it. */
#ifndef HAETAE_RECORDER_RESOURCE_VIEW_H
#define HAETAE_RECORDER_RESOURCE_VIEW_H

#include <stddef.h>
#include <stdint.h>

/* All zero is an empty resource. */
struct hae_resource_view {
    const uint8_t *bytes;
    size_t size_bytes; /* of the Resource message */
    size_t schema_url_size_bytes;
};

#endif
