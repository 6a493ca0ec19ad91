/* SPDX-License-Identifier: Apache-2.0 */
/* What the system knows about this process and its host, for the resource. */
#ifndef HAETAE_RESOURCE_SYSTEM_H
#define HAETAE_RESOURCE_SYSTEM_H

#include <stdint.h>

enum { HAE_CREATION_TIME_BYTES = 32, HAE_INSTANCE_ID_BYTES = 37 };

/* What was seen of the process and its host; "" for what could not be. */
struct hae_resource_system {
    int64_t pid;
    char executable_path[4096];
    char executable_name[256];
    char command[256]; /* the first word of the command line; the rest may hold secrets */
    char owner[64];
    char creation_time[HAE_CREATION_TIME_BYTES]; /* RFC 3339, UTC, milliseconds */
    char runtime_name[16];                       /* the C library */
    char runtime_version[32];
    char host_name[256];
    char machine[66]; /* as uname() has it */
    char machine_id[33];
    char os_name[128]; /* of os-release(5), as the next two */
    char os_version[64];
    char os_description[256];
    char instance_id[HAE_INSTANCE_ID_BYTES]; /* a random UUID, new for each look */
};

/* What names one process, and no other. */
struct hae_resource_process {
    int64_t pid;
    char instance_id[HAE_INSTANCE_ID_BYTES];
    char creation_time[HAE_CREATION_TIME_BYTES];
};

/* Looks around. Opens nothing but files in /proc/self and /etc, all of them below `root` ("" but
 * in tests), and /var/lib/dbus and /usr/lib where they stand in for /etc; asks no name service. */
void hae_resource_read_system(const char *root, struct hae_resource_system *ret_system);

/* The part of it that a forked child has of its own. Async-signal-safe. */
void hae_resource_read_process(struct hae_resource_process *ret_process);

/* Reads a machine id from a file; "" when there is none, or not yet. */
void hae_resource_read_machine_id(const char *path, char ret_id[33]);

/* When a process with this /proc/<pid>/stat was made, for HAE_CREATION_TIME_BYTES; "" when it
 * is not understood. Async-signal-safe. */
void hae_resource_creation_time(const char *stat, uint64_t boot_unix_ns, uint64_t ticks_per_second,
                                char ret_time[HAE_CREATION_TIME_BYTES]);

#endif
