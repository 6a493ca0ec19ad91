/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel counts of each disk and network interface. The calls take at most `max` of them,
 * the first ones in the kernel's list, and return false when there are more. An invalid line is
 * left out. A list that cannot be read has no devices. */
#ifndef HAETAE_HOST_DEVICES_H
#define HAETAE_HOST_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most devices of a kind that are reported. */
enum { HAE_DEVICES_MAX = 32 };

/* A device or mount whose name or path is not shorter is left out. */
enum { HAE_DEVICE_NAME_BYTES = 256 };

/* As the host sees it: read or received, written or sent. */
enum { HAE_IN, HAE_OUT, HAE_DIRECTIONS };

/* Whole disks, and what is built of them (LVM, RAID), but no partitions, loops and RAM disks. */
struct hae_host_disk {
    const char *name;
    int64_t bytes[HAE_DIRECTIONS], operations[HAE_DIRECTIONS], merged[HAE_DIRECTIONS];
    int64_t operation_ms[HAE_DIRECTIONS];
    int64_t busy_ms;
    int64_t size_bytes; /* negative: it could not be read */
};
bool hae_host_disks_read(const char *root, size_t max,
                         void (*take)(void *user, const struct hae_host_disk *disk), void *user);

/* Interfaces of the network namespace of process 1 below `root`; if that is "", of this process. */
struct hae_host_interface {
    const char *name;
    int64_t bytes[HAE_DIRECTIONS], packets[HAE_DIRECTIONS];
    int64_t errors[HAE_DIRECTIONS], dropped[HAE_DIRECTIONS];
};
bool hae_host_interfaces_read(const char *root, size_t max,
                              void (*take)(void *user, const struct hae_host_interface *interface),
                              void *user);

#endif
