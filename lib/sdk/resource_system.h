/* SPDX-License-Identifier: Apache-2.0 */
/* What the system knows about this process and its host, for the resource. */
#ifndef HAETAE_SDK_RESOURCE_SYSTEM_H
#define HAETAE_SDK_RESOURCE_SYSTEM_H

#include <stdint.h>

/* What was seen of the process and its host; "" for what could not be. */
struct hae_resource_system {
    int64_t pid;
    char executable_path[4096];
    char executable_name[256];
    char host_name[256];
    char machine[66]; /* as uname() has it */
    char machine_id[33];
    char instance_id[37]; /* a random UUID, new for each look */
};

/* What names one process, and no other. */
struct hae_resource_process {
    int64_t pid;
    char instance_id[37];
};

/* Looks around. Opens nothing but /proc/self/exe and the machine id's files, and
 * asks no name service. */
void hae_resource_read_system(struct hae_resource_system *ret_system);

/* The part of it that a forked child has of its own. Async-signal-safe. */
void hae_resource_read_process(struct hae_resource_process *ret_process);

/* Reads a machine id from a file; "" when there is none, or not yet. */
void hae_resource_read_machine_id(const char *path, char ret_id[33]);

#endif
