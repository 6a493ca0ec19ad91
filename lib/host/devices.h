/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel counts of each disk, network interface and file system. Of each kind at most
 * `max` are taken, the first ones of the kernel's list; the calls return false when there are more.
 * A line that cannot be understood is left out, and so is a list that cannot be read. */
#ifndef HAETAE_HOST_DEVICES_H
#define HAETAE_HOST_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most devices of a kind that are taken, whatever is asked for. */
enum { HAE_DEVICES_MAX = 32 };

/* A longer name of a device or path of a mount is left out. */
enum { HAE_DEVICE_NAME_BYTES = 256 };

/* Into or from the host's point of view: read or received, written or sent. */
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

/* Those of the network namespace of process 1 below `root`; of this process where that is "". */
struct hae_host_interface {
    const char *name;
    int64_t bytes[HAE_DIRECTIONS], packets[HAE_DIRECTIONS];
    int64_t errors[HAE_DIRECTIONS], dropped[HAE_DIRECTIONS];
};
bool hae_host_interfaces_read(const char *root, size_t max,
                              void (*take)(void *user, const struct hae_host_interface *interface),
                              void *user);

#endif
