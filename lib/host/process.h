/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel counts of this process. */
#ifndef HAETAE_HOST_PROCESS_H
#define HAETAE_HOST_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* The most descriptors that are counted where the kernel does not say how many there are. */
enum { HAE_DESCRIPTORS_MAX = 100000 };

/* A negative number means that it could not be read. */
struct hae_host_process {
    double user_seconds, system_seconds;
    int64_t minor_faults, major_faults;
    int64_t voluntary_switches, involuntary_switches;
    int64_t resident_bytes, virtual_bytes;
    int64_t threads;
    int64_t descriptors;
    int64_t read_bytes, written_bytes; /* by disks, not by caches */
    double uptime_seconds;
};

/* Reads all numbers. Files are those of /proc/self below `root`. */
void hae_host_process_read(const char *root, struct hae_host_process *ret_process);

#endif
