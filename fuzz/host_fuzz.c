/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's files about the process and its host. Input: all of them have it as their content.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/devices.h"
#include "host/file_systems.h"
#include "host/machine.h"
#include "host/process.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static char root[64];

static void write_file(const char *name, const uint8_t *data, size_t size)
{
    char path[128];
    int file;

    snprintf(path, sizeof path, "%s%s", root, name);
    file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    check(file >= 0 && write(file, data, size) == (ssize_t)size);
    close(file);
}

static const char *const folders[] = {"/proc", "/proc/self", "/proc/self/fd", "/proc/1",
                                      "/proc/1/net"};
static const char *const files[] = {"/proc/self/stat", "/proc/self/statm", "/proc/self/io",
                                    "/proc/stat",      "/proc/uptime",     "/proc/meminfo",
                                    "/proc/vmstat",    "/proc/swaps",      "/proc/diskstats",
                                    "/proc/1/net/dev", "/proc/1/mounts"};
enum {
    FOLDER_COUNT = sizeof folders / sizeof folders[0],
    FILE_COUNT = sizeof files / sizeof files[0]
};

static void remove_root(void)
{
    char path[128];

    for (size_t i = 0; i < FILE_COUNT; i++) {
        snprintf(path, sizeof path, "%s%s", root, files[i]);
        unlink(path);
    }
    for (size_t i = FOLDER_COUNT; i-- > 0;) {
        snprintf(path, sizeof path, "%s%s", root, folders[i]);
        rmdir(path);
    }
    rmdir(root);
}

static void make_root(void)
{
    char path[128];

    if (root[0] != '\0') {
        return;
    }
    snprintf(root, sizeof root, "/tmp/haetae_host_fuzz.XXXXXX");
    check(mkdtemp(root) != NULL);
    atexit(remove_root);
    for (size_t i = 0; i < FOLDER_COUNT; i++) {
        snprintf(path, sizeof path, "%s%s", root, folders[i]);
        check(mkdir(path, 0700) == 0);
    }
}

static void take_swap(void *user, const struct hae_host_swap *swap)
{
    ++*(size_t *)user;
    check(swap->used_bytes >= 0 && swap->used_bytes <= swap->size_bytes && swap->device[0] != '\0');
}

static void take_disk(void *user, const struct hae_host_disk *disk)
{
    ++*(size_t *)user;
    check(disk->bytes[HAE_IN] >= 0 && disk->bytes[HAE_OUT] >= 0 && disk->busy_ms >= 0);
    check(strlen(disk->name) < HAE_DEVICE_NAME_BYTES && disk->name[0] != '\0');
}

static void take_interface(void *user, const struct hae_host_interface *interface)
{
    ++*(size_t *)user;
    check(interface->bytes[HAE_IN] >= 0 && interface->dropped[HAE_OUT] >= 0);
    check(strlen(interface->name) < HAE_DEVICE_NAME_BYTES && interface->name[0] != '\0');
}

static void take_file_system(void *user, const struct hae_host_file_system *found)
{
    ++*(size_t *)user;
    check(found->used_bytes >= 0 && found->free_bytes >= 0 && found->reserved_bytes >= 0);
    check(found->mount_point[0] == '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MAX = 4 };
    struct hae_host_process process;
    struct hae_host_cpu cpu;
    struct hae_host_memory memory;
    struct hae_host_paging paging;
    size_t counts[4] = {0};

    make_root();
    for (size_t i = 0; i < FILE_COUNT; i++) {
        write_file(files[i], data, size);
    }
    hae_host_process_read(root, &process);
    check(process.threads >= -1 && process.resident_bytes >= -1 && process.read_bytes >= -1);
    hae_host_cpu_read(root, &cpu);
    for (int i = 0; i < HAE_CPU_MODES; i++) {
        check(cpu.ticks[i] >= -1);
    }
    hae_host_memory_read(root, &memory);
    check(memory.total >= -1 && memory.slab_unreclaimable >= -1);
    hae_host_paging_read(root, &paging);
    check(paging.faults >= -1 && paging.swapped_out >= -1);
    (void)hae_host_swaps_read(root, MAX, take_swap, &counts[0]);
    (void)hae_host_disks_read(root, MAX, take_disk, &counts[1]);
    (void)hae_host_interfaces_read(root, MAX, take_interface, &counts[2]);
    (void)hae_host_file_systems_read(root, MAX, take_file_system, &counts[3]);
    for (int i = 0; i < 4; i++) {
        check(counts[i] <= MAX);
    }
    return 0;
}
