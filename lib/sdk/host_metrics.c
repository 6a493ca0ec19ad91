/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/host_metrics.h"

#include <string.h>

#include "base/alloc.h"
#include "base/printable.h"
#include "host/devices.h"
#include "sdk/config_error.h"

/* ---- What there is ------------------------------------------------------------------------- */

static const char *const group_names[HAE_HOST_GROUPS] = {
    [HAE_HOST_PROCESS] = "process", [HAE_HOST_CPU] = "cpu",   [HAE_HOST_MEMORY] = "memory",
    [HAE_HOST_PAGING] = "paging",   [HAE_HOST_DISK] = "disk", [HAE_HOST_FILE_SYSTEM] = "filesystem",
    [HAE_HOST_NETWORK] = "network",
};

/* The limit of series of a metric with so many for each device. It is twice what is reported at one
 * time, since devices come and go, such as the interfaces of containers. */
#define DEVICES(series) (HAE_DEVICES_MAX * 2 * (series))

/* Each metric has a limit of series of its own, and leaves the other memory to instruments. */
static const struct {
    uint8_t group;
    uint8_t kind; /* a hae_instrument_kind */
    uint8_t number_type;
    uint16_t series_max;
    const char *name;
    const char *unit;
    const char *description;
} metrics[HAE_HOST_METRIC_COUNT] = {
#define ROW(metric, group, kind, type, series, name, unit, description)                            \
    [HAE_##metric] = {                                                                             \
        HAE_HOST_##group, HAE_OBSERVABLE_##kind, HAETAE_NUMBER_##type, series, name, unit,         \
        description}
    ROW(PROCESS_CPU_TIME, PROCESS, COUNTER, DOUBLE, 2, "process.cpu.time", "s",
        "CPU time of the process, by mode."),
    ROW(PROCESS_MEMORY_USAGE, PROCESS, UP_DOWN_COUNTER, INT64, 1, "process.memory.usage", "By",
        "Physical memory that the process has."),
    ROW(PROCESS_MEMORY_VIRTUAL, PROCESS, UP_DOWN_COUNTER, INT64, 1, "process.memory.virtual", "By",
        "Address space that the process has."),
    ROW(PROCESS_DISK_IO, PROCESS, COUNTER, INT64, 2, "process.disk.io", "By",
        "What the process has read from disks and written to them."),
    ROW(PROCESS_THREADS, PROCESS, UP_DOWN_COUNTER, INT64, 1, "process.thread.count", "{thread}",
        "Threads of the process."),
    ROW(PROCESS_DESCRIPTORS, PROCESS, UP_DOWN_COUNTER, INT64, 1,
        "process.unix.file_descriptor.count", "{file_descriptor}",
        "File descriptors that the process has open."),
    ROW(PROCESS_SWITCHES, PROCESS, COUNTER, INT64, 2, "process.context_switches",
        "{context_switch}", "How often threads of the process gave a CPU away, or lost it."),
    ROW(PROCESS_FAULTS, PROCESS, COUNTER, INT64, 2, "process.paging.faults", "{fault}",
        "Page faults of the process."),
    ROW(PROCESS_UPTIME, PROCESS, GAUGE, DOUBLE, 1, "process.uptime", "s",
        "How long the process has been running."),
    ROW(SYSTEM_UPTIME, CPU, GAUGE, DOUBLE, 1, "system.uptime", "s",
        "How long the system has been running."),
    ROW(SYSTEM_CPU_COUNT, CPU, UP_DOWN_COUNTER, INT64, 1, "system.cpu.logical.count", "{cpu}",
        "Logical CPUs that are online."),
    ROW(SYSTEM_CPU_TIME, CPU, COUNTER, DOUBLE, HAE_CPU_MODES, "system.cpu.time", "s",
        "Time of all CPUs together, by mode."),
    ROW(SYSTEM_PROCESSES_CREATED, CPU, COUNTER, INT64, 1, "system.process.created", "{process}",
        "Processes and threads that were made since the system started."),
    ROW(SYSTEM_MEMORY_USAGE, MEMORY, UP_DOWN_COUNTER, INT64, 4, "system.memory.usage", "By",
        "Memory by state; what is used is all that is not available."),
    ROW(SYSTEM_MEMORY_LIMIT, MEMORY, UP_DOWN_COUNTER, INT64, 1, "system.memory.limit", "By",
        "Memory that the system has."),
    ROW(SYSTEM_MEMORY_AVAILABLE, MEMORY, UP_DOWN_COUNTER, INT64, 1, "system.memory.linux.available",
        "By", "The kernel's estimate of what programs can still get without swapping."),
    ROW(SYSTEM_MEMORY_SHARED, MEMORY, UP_DOWN_COUNTER, INT64, 1, "system.memory.linux.shared", "By",
        "Shared memory, mostly of tmpfs."),
    ROW(SYSTEM_MEMORY_SLAB, MEMORY, UP_DOWN_COUNTER, INT64, 2, "system.memory.linux.slab.usage",
        "By", "Memory of the kernel's caches of objects."),
    ROW(SYSTEM_PAGING_USAGE, PAGING, UP_DOWN_COUNTER, INT64, DEVICES(2), "system.paging.usage",
        "By", "Swap by state."),
    ROW(SYSTEM_PAGING_FAULTS, PAGING, COUNTER, INT64, 2, "system.paging.faults", "{fault}",
        "Page faults of the system."),
    ROW(SYSTEM_PAGING_OPERATIONS, PAGING, COUNTER, INT64, 2, "system.paging.operations",
        "{operation}", "Pages that were swapped in and out."),
    ROW(SYSTEM_DISK_IO, DISK, COUNTER, INT64, DEVICES(2), "system.disk.io", "By",
        "What was read from disks and written to them."),
    ROW(SYSTEM_DISK_OPERATIONS, DISK, COUNTER, INT64, DEVICES(2), "system.disk.operations",
        "{operation}", "Operations of disks."),
    ROW(SYSTEM_DISK_BUSY, DISK, COUNTER, DOUBLE, DEVICES(1), "system.disk.io_time", "s",
        "How long disks had operations under way."),
    ROW(SYSTEM_DISK_OPERATION_TIME, DISK, COUNTER, DOUBLE, DEVICES(2), "system.disk.operation_time",
        "s", "How long all operations of disks together took."),
    ROW(SYSTEM_DISK_MERGED, DISK, COUNTER, INT64, DEVICES(2), "system.disk.merged", "{operation}",
        "Operations of disks that became part of another one."),
    ROW(SYSTEM_DISK_LIMIT, DISK, UP_DOWN_COUNTER, INT64, DEVICES(1), "system.disk.limit", "By",
        "Sizes of disks."),
    ROW(SYSTEM_FILE_SYSTEM_USAGE, FILE_SYSTEM, UP_DOWN_COUNTER, INT64, DEVICES(3),
        "system.filesystem.usage", "By", "Space of file systems by state."),
    ROW(SYSTEM_FILE_SYSTEM_LIMIT, FILE_SYSTEM, UP_DOWN_COUNTER, INT64, DEVICES(1),
        "system.filesystem.limit", "By", "Sizes of file systems."),
    ROW(SYSTEM_NETWORK_IO, NETWORK, COUNTER, INT64, DEVICES(2), "system.network.io", "By",
        "What network interfaces received and sent."),
    ROW(SYSTEM_NETWORK_PACKETS, NETWORK, COUNTER, INT64, DEVICES(2), "system.network.packet.count",
        "{packet}", "Packets that network interfaces received and sent."),
    ROW(SYSTEM_NETWORK_ERRORS, NETWORK, COUNTER, INT64, DEVICES(2), "system.network.errors",
        "{error}", "Errors of network interfaces."),
    ROW(SYSTEM_NETWORK_DROPPED, NETWORK, COUNTER, INT64, DEVICES(2),
        "system.network.packet.dropped", "{packet}",
        "Packets that network interfaces dropped without an error."),
#undef ROW
};

/* ---- Which are wanted ---------------------------------------------------------------------- */

/* The groups that a name stands for, as bits; 0: the name is unknown. */
static uint32_t groups_of(haetae_string name)
{
    const uint32_t all = (UINT32_C(1) << HAE_HOST_GROUPS) - 1;

    if (hae_config_same_name(name, haetae_string_of("all"))) {
        return all;
    }
    if (hae_config_same_name(name, haetae_string_of("host"))) {
        return all & ~(UINT32_C(1) << HAE_HOST_PROCESS);
    }
    for (int group = 0; group < HAE_HOST_GROUPS; group++) {
        if (hae_config_same_name(name, haetae_string_of(group_names[group]))) {
            return UINT32_C(1) << group;
        }
    }
    return 0;
}

static uint32_t wanted_groups(haetae_config *config)
{
    enum { SHOWN_BYTES = 64 };
    const char *list = hae_config_text(config, HAE_KEY_HAETAE_HOST_METRICS);
    uint32_t wanted = 0;
    haetae_string name;
    char shown[SHOWN_BYTES];

    while (hae_config_next_name(&list, &name)) {
        uint32_t groups = groups_of(name);

        wanted |= groups;
        if (groups == 0 && !hae_config_same_name(name, haetae_string_of("none"))) {
            hae_escape(shown, sizeof shown, name.data, name.length);
            hae_config_warn(config,
                            "HAETAE_HOST_METRICS: there are no metrics \"%s\"; it is ignored: "
                            "there are all, host, process, cpu, memory, paging, disk, filesystem "
                            "and network",
                            shown);
        }
    }
    return wanted;
}

/* ---- Callbacks ----------------------------------------------------------------------------- */

/* States of a source. */
enum { IDLE, RUNNING, LEFT };

/* A haetae_observe_callback. It may run on after the SDK is freed, so it touches nothing of the SDK
 * but by haetae_observe_…(), which callbacks may call then. */
static void collect(void *user, haetae_observer *observer)
{
    struct hae_host_source *source = user;
    int running = RUNNING;

    /* Relaxed: callbacks of the same source follow each other. In a forked child the state may be
     * that of a callback that ran in the parent. */
    atomic_store_explicit(&source->state, RUNNING, memory_order_relaxed);
    (void)hae_host_observe(source, observer);
    /* Acquire and release pair with those in leave(): whoever frees the source is its last user. */
    if (!atomic_compare_exchange_strong_explicit(&source->state, &running, IDLE,
                                                 memory_order_acq_rel, memory_order_acquire)) {
        hae_free(source);
    }
}

/* Frees the source, or leaves that to the callback that still runs. No callback begins any more. */
static void leave(struct hae_host_source *source)
{
    if (source != NULL &&
        atomic_exchange_explicit(&source->state, LEFT, memory_order_acq_rel) == IDLE) {
        hae_free(source);
    }
}

/* ---- The beginning ------------------------------------------------------------------------- */

static haetae_status make(haetae_meter *meter, size_t metric, haetae_observable **ret_observable)
{
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of(metrics[metric].name),
                       .unit = haetae_string_of(metrics[metric].unit),
                       .description = haetae_string_of(metrics[metric].description),
                       .number_type = metrics[metric].number_type);
    haetae_status status;

    meter->series_limit = metrics[metric].series_max;
    switch (metrics[metric].kind) {
    case HAE_OBSERVABLE_COUNTER:
        status = haetae_observable_counter_create(meter, &options, ret_observable);
        break;
    case HAE_OBSERVABLE_UP_DOWN_COUNTER:
        status = haetae_observable_up_down_counter_create(meter, &options, ret_observable);
        break;
    default:
        status = haetae_observable_gauge_create(meter, &options, ret_observable);
        break;
    }
    meter->series_limit = 0;
    return status;
}

/* Reads the group once, so that the start can warn about what cannot be read. */
static void check(struct hae_host_source *source, haetae_config *config)
{
    struct hae_host_observed observed = hae_host_observe(source, NULL);
    const char *name = group_names[source->group];

    if (observed.value_count == 0) {
        hae_config_warn(config, "HAETAE_HOST_METRICS: nothing of \"%s\" can be read below \"%s/\"",
                        name, source->root);
    }
    if (!observed.all_devices) {
        hae_config_warn(config,
                        "HAETAE_HOST_METRICS: \"%s\" shows the first %d devices; there are more",
                        name, HAE_DEVICES_MAX);
    }
}

/* Makes the instruments of a group. On failure some are left out. */
static haetae_status make_all(struct hae_host_source *source, haetae_meter *meter)
{
    haetae_status status = HAETAE_OK;

    for (size_t i = 0; i < HAE_HOST_METRIC_COUNT; i++) {
        if (metrics[i].group == source->group) {
            haetae_status made = make(meter, i, &source->observables[i]);

            status = made != HAETAE_OK ? made : status;
        }
    }
    return status;
}

static haetae_status add_group(struct hae_host_metrics *self, enum hae_host_group group,
                               haetae_meter *meter, haetae_config *config)
{
    /* This process is found below its own root, not the host's. */
    const char *root =
        group == HAE_HOST_PROCESS ? "" : hae_config_text(config, HAE_KEY_HAETAE_HOST_ROOT);
    size_t root_bytes = strlen(root) + 1;
    struct hae_host_source *source = hae_calloc(1, sizeof *source + root_bytes);
    haetae_status made;
    haetae_status status;

    if (source == NULL) {
        return HAETAE_ENOMEM;
    }
    source->group = group;
    memcpy(source->root, root, root_bytes);
    made = make_all(source, meter);
    if (group != HAE_HOST_FILE_SYSTEM) { /* a file system that hangs must not hold up the start */
        check(source, config);
    }
    status =
        haetae_callback_register(source->observables, HAE_HOST_METRIC_COUNT, collect, source, NULL);
    if (status != HAETAE_OK) {
        hae_free(source);
        return status;
    }
    self->sources[group] = source;
    return made;
}

static haetae_status add_groups(struct hae_host_metrics *self, uint32_t groups,
                                struct hae_meter_provider *provider, haetae_config *config)
{
    haetae_scope_options scope =
        HAETAE_OPTIONS(haetae_scope_options, .name = haetae_string_of("haetae.host"),
                       .version = haetae_string_of(HAETAE_VERSION));
    haetae_meter *meter = NULL;
    haetae_status status = hae_meter_get(provider, &scope, &meter);

    if (status != HAETAE_OK) {
        return status;
    }
    for (int group = 0; group < HAE_HOST_GROUPS; group++) {
        if ((groups >> group & 1) != 0) {
            haetae_status added = add_group(self, (enum hae_host_group)group, meter, config);

            status = added != HAETAE_OK ? added : status;
        }
    }
    return status;
}

void hae_host_metrics_init(struct hae_host_metrics *self, struct hae_meter_provider *provider,
                           haetae_config *config)
{
    uint32_t groups = wanted_groups(config);

    if (groups != 0 && provider->enabled &&
        add_groups(self, groups, provider, config) != HAETAE_OK) {
        hae_diagnose(
            provider->diagnostics, HAETAE_DIAGNOSTIC_WARN, "HAETAE_HOST_METRICS",
            "some metrics about the process and its host are left out for lack of memory; raise "
            "HAETAE_RECORDER_BYTES");
    }
}

void hae_host_metrics_done(struct hae_host_metrics *self)
{
    for (int group = 0; group < HAE_HOST_GROUPS; group++) {
        leave(self->sources[group]);
        self->sources[group] = NULL;
    }
}
