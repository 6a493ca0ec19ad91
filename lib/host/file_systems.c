/* SPDX-License-Identifier: Apache-2.0 */
#include "host/file_systems.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "host/escape.h"
#include "host/lines.h"
#include "host/words.h"

/* The devices of the mounts that were taken. */
struct mounts {
    uint64_t seen[HAE_DEVICES_MAX]; /* hashes of devices */
    size_t count;
};

/* FNV-1a. Two devices with the same hash would count as one: likely only among 2^32 devices. */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);

    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001B3);
    }
    return hash;
}

/* The device of a mount is a path, except for ZFS, where it is a dataset. */
static bool is_wanted(const struct hae_host_file_system *mount)
{
    static const char *const full[] = {"squashfs", "iso9660", "erofs", "cramfs"};

    if (strlen(mount->device) >= HAE_DEVICE_NAME_BYTES ||
        strlen(mount->mount_point) >= HAE_DEVICE_NAME_BYTES ||
        strlen(mount->type) >= HAE_DEVICE_NAME_BYTES || mount->mount_point[0] != '/') {
        return false;
    }
    if (strcmp(mount->mount_point, "/") == 0) {
        return strcmp(mount->type, "rootfs") != 0;
    }
    for (size_t i = 0; i < sizeof full / sizeof full[0]; i++) {
        if (strcmp(mount->type, full[i]) == 0) {
            return false;
        }
    }
    /* "//server/share" is of another host, and behind "fuse" may be anything. */
    return (mount->device[0] == '/' && mount->device[1] != '/' &&
            strncmp(mount->type, "fuse", 4) != 0) ||
           strcmp(mount->type, "zfs") == 0;
}

static bool is_seen(const struct mounts *mounts, uint64_t hash)
{
    for (size_t i = 0; i < mounts->count; i++) {
        if (mounts->seen[i] == hash) {
            return true;
        }
    }
    return false;
}

/* Reads a line of proc_pid_mounts(5) up to the options; the first option is the mode. */
static bool read_mount(char *line, struct hae_host_file_system *ret_mount)
{
    char *device, *mount_point, *type, *options;

    if (!hae_word_take(&line, &device) || !hae_word_take(&line, &mount_point) ||
        !hae_word_take(&line, &type) || !hae_word_take(&line, &options)) {
        return false;
    }
    hae_unescape(device);
    hae_unescape(mount_point);
    *ret_mount = (struct hae_host_file_system){
        .device = device,
        .mount_point = mount_point,
        .type = type,
        .read_only = strncmp(options, "ro", 2) == 0 && (options[2] == ',' || options[2] == '\0')};
    return true;
}

/* False: the call fails, or the file system has no blocks. */
static bool read_space(const char *root, struct hae_host_file_system *mount)
{
    char path[HAE_LINE_BYTES];
    int length = snprintf(path, sizeof path, "%s%s", root, mount->mount_point);
    struct statvfs space;
    int64_t size;

    if (length < 0 || (size_t)length >= sizeof path || statvfs(path, &space) != 0 ||
        space.f_blocks == 0 || space.f_bfree > space.f_blocks || space.f_bavail > space.f_bfree ||
        __builtin_mul_overflow(space.f_blocks, space.f_frsize, &size)) {
        return false;
    }
    mount->used_bytes = (int64_t)((space.f_blocks - space.f_bfree) * space.f_frsize);
    mount->free_bytes = (int64_t)(space.f_bavail * space.f_frsize);
    mount->reserved_bytes = (int64_t)((space.f_bfree - space.f_bavail) * space.f_frsize);
    return true;
}

bool hae_host_file_systems_read(const char *root, size_t max,
                                void (*take)(void *user,
                                             const struct hae_host_file_system *file_system),
                                void *user)
{
    const char *name = root[0] != '\0' ? "/proc/1/mounts" : "/proc/self/mounts";
    struct mounts mounts = {.count = 0};
    struct hae_host_file_system mount;
    struct hae_lines lines;
    bool all = true;
    char *line;

    max = max < HAE_DEVICES_MAX ? max : HAE_DEVICES_MAX;
    if (!hae_lines_open(&lines, root, name)) {
        return true;
    }
    while (all && (line = hae_lines_next(&lines)) != NULL) {
        uint64_t hash;

        if (!read_mount(line, &mount) || !is_wanted(&mount)) {
            continue;
        }
        hash = hash_of(mount.device);
        if (is_seen(&mounts, hash) || !read_space(root, &mount)) {
            continue;
        }
        all = mounts.count < max;
        if (all) {
            mounts.seen[mounts.count++] = hash;
            take(user, &mount);
        }
    }
    hae_lines_close(&lines);
    return all;
}
