/* SPDX-License-Identifier: Apache-2.0 */
/* The space of file systems. */
#ifndef HAETAE_HOST_FILE_SYSTEMS_H
#define HAETAE_HOST_FILE_SYSTEMS_H

#include "host/devices.h"

/* Takes and returns as the calls of devices.h do, and takes no more than HAE_DEVICES_MAX: file
 * systems on devices, each once however often it is mounted, and whatever is mounted at "/". Those
 * of other hosts, which may not answer, and images, which are always full, are left out. */
struct hae_host_file_system {
    const char *device, *mount_point, *type;
    bool read_only;
    int64_t used_bytes, free_bytes, reserved_bytes;
};
bool hae_host_file_systems_read(const char *root, size_t max,
                                void (*take)(void *user,
                                             const struct hae_host_file_system *file_system),
                                void *user);

#endif
