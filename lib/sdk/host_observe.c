/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/host_observe.h"

#include <sys/auxv.h>

#include "host/devices.h"
#include "host/file_systems.h"
#include "host/process.h"

/* A group while it is observed. */
struct round {
    struct hae_host_source *source;
    haetae_observer *observer;
    struct hae_host_observed observed;
};

/* ---- Values -------------------------------------------------------------------------------- */

static void observe(struct round *round, enum hae_host_metric metric, int64_t value,
                    const haetae_attribute *attributes, size_t count)
{
    if (value >= 0) { /* else it could not be read */
        round->observed.value_count++;
        haetae_observe_int64(round->observer, round->source->observables[metric], value, attributes,
                             count);
    }
}

static void observe_seconds(struct round *round, enum hae_host_metric metric, double value,
                            const haetae_attribute *attributes, size_t count)
{
    if (value >= 0) {
        round->observed.value_count++;
        haetae_observe_double(round->observer, round->source->observables[metric], value,
                              attributes, count);
    }
}

static haetae_attribute text(const char *key, const char *value)
{
    return haetae_attribute_of(key, haetae_value_string(value));
}

/* A value with one attribute. */
static void observe_with(struct round *round, enum hae_host_metric metric, int64_t value,
                         const char *key, const char *of)
{
    haetae_attribute attribute = text(key, of);

    observe(round, metric, value, &attribute, 1);
}

/* ---- The process --------------------------------------------------------------------------- */

static void observe_process(struct round *round)
{
    static const char *const mode = "cpu.mode";
    static const char *const direction = "disk.io.direction";
    static const char *const kind = "process.context_switch.type";
    static const char *const fault = "system.paging.fault.type";
    struct hae_host_process process;
    haetae_attribute user = text(mode, "user");
    haetae_attribute system = text(mode, "system");

    hae_host_process_read(round->source->root, &process);
    observe_seconds(round, HAE_PROCESS_CPU_TIME, process.user_seconds, &user, 1);
    observe_seconds(round, HAE_PROCESS_CPU_TIME, process.system_seconds, &system, 1);
    observe(round, HAE_PROCESS_MEMORY_USAGE, process.resident_bytes, NULL, 0);
    observe(round, HAE_PROCESS_MEMORY_VIRTUAL, process.virtual_bytes, NULL, 0);
    observe_with(round, HAE_PROCESS_DISK_IO, process.read_bytes, direction, "read");
    observe_with(round, HAE_PROCESS_DISK_IO, process.written_bytes, direction, "write");
    observe(round, HAE_PROCESS_THREADS, process.threads, NULL, 0);
    observe(round, HAE_PROCESS_DESCRIPTORS, process.descriptors, NULL, 0);
    observe_with(round, HAE_PROCESS_SWITCHES, process.voluntary_switches, kind, "voluntary");
    observe_with(round, HAE_PROCESS_SWITCHES, process.involuntary_switches, kind, "involuntary");
    observe_with(round, HAE_PROCESS_FAULTS, process.minor_faults, fault, "minor");
    observe_with(round, HAE_PROCESS_FAULTS, process.major_faults, fault, "major");
    observe_seconds(round, HAE_PROCESS_UPTIME, process.uptime_seconds, NULL, 0);
}

/* ---- Processors, memory, paging ------------------------------------------------------------ */

/* The kernel's ticks of a mode sometimes fall by a little. To a receiver a total that falls means a
 * restart, so the last total stays. One that falls far is a real restart. */
static int64_t steady(int64_t *last, int64_t ticks, int64_t ticks_per_second)
{
    enum { BACK_SECONDS_MAX = 60 };

    if (ticks > *last || *last - ticks > BACK_SECONDS_MAX * ticks_per_second) {
        *last = ticks;
    }
    return *last;
}

static void observe_cpu(struct round *round)
{
    static const char *const modes[HAE_CPU_MODES] = {
        [HAE_CPU_USER] = "user",   [HAE_CPU_NICE] = "nice",     [HAE_CPU_SYSTEM] = "system",
        [HAE_CPU_IDLE] = "idle",   [HAE_CPU_IOWAIT] = "iowait", [HAE_CPU_INTERRUPT] = "interrupt",
        [HAE_CPU_STEAL] = "steal",
    };
    unsigned long ticks_per_second = getauxval(AT_CLKTCK);
    struct hae_host_cpu cpu;

    hae_host_cpu_read(round->source->root, &cpu);
    observe_seconds(round, HAE_SYSTEM_UPTIME, cpu.uptime_seconds, NULL, 0);
    observe(round, HAE_SYSTEM_CPU_COUNT, cpu.logical_count, NULL, 0);
    observe(round, HAE_SYSTEM_PROCESSES_CREATED, cpu.processes_created, NULL, 0);
    for (int i = 0; ticks_per_second != 0 && i < HAE_CPU_MODES; i++) {
        haetae_attribute mode = text("cpu.mode", modes[i]);

        if (cpu.ticks[i] >= 0) {
            int64_t ticks =
                steady(&round->source->ticks[i], cpu.ticks[i], (int64_t)ticks_per_second);

            observe_seconds(round, HAE_SYSTEM_CPU_TIME, (double)ticks / (double)ticks_per_second,
                            &mode, 1);
        }
    }
}

/* The difference of two numbers; negative if one of them could not be read. */
static int64_t difference(int64_t whole, int64_t part)
{
    return whole >= 0 && part >= 0 ? whole - part : -1;
}

static void observe_memory(struct round *round)
{
    static const char *const state = "system.memory.state";
    static const char *const slab = "system.memory.linux.slab.state";
    struct hae_host_memory memory;

    hae_host_memory_read(round->source->root, &memory);
    /* The states add up to the limit. */
    observe_with(round, HAE_SYSTEM_MEMORY_USAGE,
                 difference(difference(difference(memory.total, memory.free), memory.buffers),
                            memory.cached),
                 state, "used");
    observe_with(round, HAE_SYSTEM_MEMORY_USAGE, memory.free, state, "free");
    observe_with(round, HAE_SYSTEM_MEMORY_USAGE, memory.buffers, state, "buffers");
    observe_with(round, HAE_SYSTEM_MEMORY_USAGE, memory.cached, state, "cached");
    observe(round, HAE_SYSTEM_MEMORY_LIMIT, memory.total, NULL, 0);
    observe(round, HAE_SYSTEM_MEMORY_AVAILABLE, memory.available, NULL, 0);
    observe(round, HAE_SYSTEM_MEMORY_SHARED, memory.shared, NULL, 0);
    observe_with(round, HAE_SYSTEM_MEMORY_SLAB, memory.slab_reclaimable, slab, "reclaimable");
    observe_with(round, HAE_SYSTEM_MEMORY_SLAB, memory.slab_unreclaimable, slab, "unreclaimable");
}

static void take_swap(void *user, const struct hae_host_swap *swap)
{
    struct round *round = user;
    haetae_attribute attributes[] = {text("system.paging.state", "used"),
                                     text("system.device", swap->device)};

    observe(round, HAE_SYSTEM_PAGING_USAGE, swap->used_bytes, attributes, 2);
    attributes[0].value = haetae_value_string("free");
    observe(round, HAE_SYSTEM_PAGING_USAGE, swap->size_bytes - swap->used_bytes, attributes, 2);
}

static void observe_paging(struct round *round)
{
    static const char *const direction = "system.paging.direction";
    static const char *const fault = "system.paging.fault.type";
    struct hae_host_paging paging;

    hae_host_paging_read(round->source->root, &paging);
    observe_with(round, HAE_SYSTEM_PAGING_FAULTS, difference(paging.faults, paging.major_faults),
                 fault, "minor");
    observe_with(round, HAE_SYSTEM_PAGING_FAULTS, paging.major_faults, fault, "major");
    observe_with(round, HAE_SYSTEM_PAGING_OPERATIONS, paging.swapped_in, direction, "in");
    observe_with(round, HAE_SYSTEM_PAGING_OPERATIONS, paging.swapped_out, direction, "out");
    round->observed.all_devices =
        hae_host_swaps_read(round->source->root, HAE_DEVICES_MAX, take_swap, round);
}

/* ---- Devices ------------------------------------------------------------------------------- */

static void take_disk(void *user, const struct hae_host_disk *disk)
{
    static const char *const directions[HAE_DIRECTIONS] = {"read", "write"};
    struct round *round = user;
    haetae_attribute attributes[] = {text("system.device", disk->name),
                                     text("disk.io.direction", "")};

    for (int i = 0; i < HAE_DIRECTIONS; i++) {
        attributes[1].value = haetae_value_string(directions[i]);
        observe(round, HAE_SYSTEM_DISK_IO, disk->bytes[i], attributes, 2);
        observe(round, HAE_SYSTEM_DISK_OPERATIONS, disk->operations[i], attributes, 2);
        observe_seconds(round, HAE_SYSTEM_DISK_OPERATION_TIME, (double)disk->operation_ms[i] / 1000,
                        attributes, 2);
        observe(round, HAE_SYSTEM_DISK_MERGED, disk->merged[i], attributes, 2);
    }
    observe_seconds(round, HAE_SYSTEM_DISK_BUSY, (double)disk->busy_ms / 1000, attributes, 1);
    observe(round, HAE_SYSTEM_DISK_LIMIT, disk->size_bytes, attributes, 1);
}

static void take_file_system(void *user, const struct hae_host_file_system *found)
{
    struct round *round = user;
    haetae_attribute attributes[] = {text("system.device", found->device),
                                     text("system.filesystem.type", found->type),
                                     text("system.filesystem.mode", found->read_only ? "ro" : "rw"),
                                     text("system.filesystem.mountpoint", found->mount_point),
                                     text("system.filesystem.state", "used")};

    observe(round, HAE_SYSTEM_FILE_SYSTEM_USAGE, found->used_bytes, attributes, 5);
    attributes[4].value = haetae_value_string("free");
    observe(round, HAE_SYSTEM_FILE_SYSTEM_USAGE, found->free_bytes, attributes, 5);
    attributes[4].value = haetae_value_string("reserved");
    observe(round, HAE_SYSTEM_FILE_SYSTEM_USAGE, found->reserved_bytes, attributes, 5);
    observe(round, HAE_SYSTEM_FILE_SYSTEM_LIMIT,
            found->used_bytes + found->free_bytes + found->reserved_bytes, attributes, 4);
}

static void take_interface(void *user, const struct hae_host_interface *interface)
{
    static const char *const directions[HAE_DIRECTIONS] = {"receive", "transmit"};
    struct round *round = user;
    haetae_attribute attributes[] = {text("network.interface.name", interface->name),
                                     text("network.io.direction", "")};
    haetae_attribute of_packets[] = {text("system.device", interface->name), attributes[1]};

    for (int i = 0; i < HAE_DIRECTIONS; i++) {
        attributes[1].value = of_packets[1].value = haetae_value_string(directions[i]);
        observe(round, HAE_SYSTEM_NETWORK_IO, interface->bytes[i], attributes, 2);
        observe(round, HAE_SYSTEM_NETWORK_PACKETS, interface->packets[i], of_packets, 2);
        observe(round, HAE_SYSTEM_NETWORK_ERRORS, interface->errors[i], attributes, 2);
        observe(round, HAE_SYSTEM_NETWORK_DROPPED, interface->dropped[i], attributes, 2);
    }
}

/* ---- A group ------------------------------------------------------------------------------- */

struct hae_host_observed hae_host_observe(struct hae_host_source *source, haetae_observer *observer)
{
    struct round round = {source, observer, {0, true}};
    bool *all = &round.observed.all_devices;

    switch (source->group) {
    case HAE_HOST_PROCESS:
        observe_process(&round);
        break;
    case HAE_HOST_CPU:
        observe_cpu(&round);
        break;
    case HAE_HOST_MEMORY:
        observe_memory(&round);
        break;
    case HAE_HOST_PAGING:
        observe_paging(&round);
        break;
    case HAE_HOST_DISK:
        *all = hae_host_disks_read(source->root, HAE_DEVICES_MAX, take_disk, &round);
        break;
    case HAE_HOST_FILE_SYSTEM:
        *all = hae_host_file_systems_read(source->root, HAE_DEVICES_MAX, take_file_system, &round);
        break;
    case HAE_HOST_NETWORK:
        *all = hae_host_interfaces_read(source->root, HAE_DEVICES_MAX, take_interface, &round);
        break;
    default:
        break;
    }
    return round.observed;
}
