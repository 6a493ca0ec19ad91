/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel counts of the whole machine: processors, memory, paging. */
#ifndef HAETAE_HOST_MACHINE_H
#define HAETAE_HOST_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of /proc/stat, whose two kinds of interrupts are one mode here. */
enum hae_cpu_mode {
    HAE_CPU_USER,
    HAE_CPU_NICE,
    HAE_CPU_SYSTEM,
    HAE_CPU_IDLE,
    HAE_CPU_IOWAIT,
    HAE_CPU_INTERRUPT,
    HAE_CPU_STEAL,
    HAE_CPU_MODES
};

/* Here and below, a negative number means that it could not be read. */
struct hae_host_cpu {
    int64_t ticks[HAE_CPU_MODES]; /* of all processors together; AT_CLKTCK of them are a second */
    int64_t logical_count;        /* of the processors that are online */
    int64_t processes_created;
    double uptime_seconds;
};
void hae_host_cpu_read(const char *root, struct hae_host_cpu *ret_cpu);

/* /proc/meminfo, in bytes. */
struct hae_host_memory {
    int64_t total, free, available, buffers, cached, shared;
    int64_t slab_reclaimable, slab_unreclaimable;
};
void hae_host_memory_read(const char *root, struct hae_host_memory *ret_memory);

/* /proc/vmstat. */
struct hae_host_paging {
    int64_t faults, major_faults;
    int64_t swapped_in, swapped_out; /* pages */
};
void hae_host_paging_read(const char *root, struct hae_host_paging *ret_paging);

/* A device or file that holds swapped pages. */
struct hae_host_swap {
    const char *device;
    int64_t size_bytes, used_bytes;
};

/* Calls `take` for at most `max` of them. Returns false when there are more, and true also when
 * there is no list. */
bool hae_host_swaps_read(const char *root, size_t max,
                         void (*take)(void *user, const struct hae_host_swap *swap), void *user);

#endif
