/* SPDX-License-Identifier: Apache-2.0 */
/* What the callbacks of sdk/host_metrics.h observe. */
#ifndef HAETAE_SDK_HOST_OBSERVE_H
#define HAETAE_SDK_HOST_OBSERVE_H

#include "haetae/metrics.h"
#include "host/machine.h"

enum hae_host_group {
    HAE_HOST_PROCESS,
    HAE_HOST_CPU,
    HAE_HOST_MEMORY,
    HAE_HOST_PAGING,
    HAE_HOST_DISK,
    HAE_HOST_FILE_SYSTEM,
    HAE_HOST_NETWORK,
    HAE_HOST_GROUPS
};

/* In the order of the table in host_metrics.c: one group after the other. */
enum hae_host_metric {
    HAE_PROCESS_CPU_TIME,
    HAE_PROCESS_MEMORY_USAGE,
    HAE_PROCESS_MEMORY_VIRTUAL,
    HAE_PROCESS_DISK_IO,
    HAE_PROCESS_THREADS,
    HAE_PROCESS_DESCRIPTORS,
    HAE_PROCESS_SWITCHES,
    HAE_PROCESS_FAULTS,
    HAE_PROCESS_UPTIME,
    HAE_SYSTEM_UPTIME,
    HAE_SYSTEM_CPU_COUNT,
    HAE_SYSTEM_CPU_TIME,
    HAE_SYSTEM_PROCESSES_CREATED,
    HAE_SYSTEM_MEMORY_USAGE,
    HAE_SYSTEM_MEMORY_LIMIT,
    HAE_SYSTEM_MEMORY_AVAILABLE,
    HAE_SYSTEM_MEMORY_SHARED,
    HAE_SYSTEM_MEMORY_SLAB,
    HAE_SYSTEM_PAGING_USAGE,
    HAE_SYSTEM_PAGING_FAULTS,
    HAE_SYSTEM_PAGING_OPERATIONS,
    HAE_SYSTEM_DISK_IO,
    HAE_SYSTEM_DISK_OPERATIONS,
    HAE_SYSTEM_DISK_BUSY,
    HAE_SYSTEM_DISK_OPERATION_TIME,
    HAE_SYSTEM_DISK_MERGED,
    HAE_SYSTEM_DISK_LIMIT,
    HAE_SYSTEM_FILE_SYSTEM_USAGE,
    HAE_SYSTEM_FILE_SYSTEM_LIMIT,
    HAE_SYSTEM_NETWORK_IO,
    HAE_SYSTEM_NETWORK_PACKETS,
    HAE_SYSTEM_NETWORK_ERRORS,
    HAE_SYSTEM_NETWORK_DROPPED,
    HAE_HOST_METRIC_COUNT
};

/* What the callback of a group needs. */
struct hae_host_source {
    /* A callback may hang in a file system for longer than the SDK lives. Then the callback frees
     * this when it returns: see host_metrics.c, which also has the states. */
    _Atomic int state;
    enum hae_host_group group;
    int64_t ticks[HAE_CPU_MODES];                          /* the last ones that were observed */
    haetae_observable *observables[HAE_HOST_METRIC_COUNT]; /* of the group; else NULL */
    char root[];
};

struct hae_host_observed {
    size_t value_count; /* values that could be read */
    bool all_devices;   /* false: there are more devices than are observed */
};

/* Reads the files of the source's group, and observes their values. With a NULL observer it only
 * counts what can be read. */
struct hae_host_observed hae_host_observe(struct hae_host_source *source,
                                          haetae_observer *observer);

#endif
