/* SPDX-License-Identifier: Apache-2.0 */
#include "host/devices.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/lines.h"
#include "host/words.h"

/* ---- Disks --------------------------------------------------------------------------------- */

enum { SECTOR_BYTES = 512 }; /* in these files, whatever the disk's own sectors are */

/* Makes the path of a file about a disk. The kernel writes '!' there for a slash in a disk's name.
 * False: it is too long. */
static bool path_of(char *path, size_t size_bytes, const char *name, const char *file)
{
    int length = snprintf(path, size_bytes, "/sys/block/%s%s", name, file);

    if (length < 0 || (size_t)length >= size_bytes) {
        return false;
    }
    for (size_t i = sizeof "/sys/block/" - 1, end = i + strlen(name); i < end; i++) {
        path[i] = path[i] == '/' ? '!' : path[i];
    }
    return true;
}

static bool exists(const char *root, const char *name)
{
    char path[HAE_LINE_BYTES];
    int length = snprintf(path, sizeof path, "%s%s", root, name);

    return length > 0 && (size_t)length < sizeof path && access(path, F_OK) == 0;
}

static bool is_prefix(const char *prefix, const char *text)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* A partition has no folder in /sys/block. */
static bool is_disk(const char *root, bool has_folders, const char *name)
{
    char path[HAE_DEVICE_NAME_BYTES + 32];

    return strlen(name) < HAE_DEVICE_NAME_BYTES && !is_prefix("loop", name) &&
           !is_prefix("ram", name) &&
           (!has_folders || (path_of(path, sizeof path, name, "") && exists(root, path)));
}

static int64_t size_of(struct hae_lines *lines, const char *root, const char *name)
{
    char path[HAE_DEVICE_NAME_BYTES + 32];
    int64_t sectors;
    int64_t bytes;
    char *line;

    return path_of(path, sizeof path, name, "/size") && hae_lines_first(lines, root, path, &line) &&
                   hae_numbers_take(&line, &sectors, 1) == 1 &&
                   hae_product(sectors, SECTOR_BYTES, &bytes)
               ? bytes
               : -1;
}

/* A line of proc_diskstats(5). */
static bool read_disk(char *line, struct hae_host_disk *ret_disk)
{
    /* Twice operations, merged, sectors, ms; then what is in flight now, and ms busy. */
    enum { NUMBER_COUNT = 10 };
    int64_t of_device[2];
    int64_t numbers[NUMBER_COUNT];
    char *name;

    if (hae_numbers_take(&line, of_device, 2) != 2 || !hae_word_take(&line, &name) ||
        hae_numbers_take(&line, numbers, NUMBER_COUNT) != NUMBER_COUNT) {
        return false;
    }
    *ret_disk = (struct hae_host_disk){.name = name, .busy_ms = numbers[9], .size_bytes = -1};
    for (int i = 0; i < HAE_DIRECTIONS; i++) {
        const int64_t *own = &numbers[i * 4];

        ret_disk->operations[i] = own[0];
        ret_disk->merged[i] = own[1];
        ret_disk->operation_ms[i] = own[3];
        if (!hae_product(own[2], SECTOR_BYTES, &ret_disk->bytes[i])) {
            return false;
        }
    }
    return true;
}

bool hae_host_disks_read(const char *root, size_t max,
                         void (*take)(void *user, const struct hae_host_disk *disk), void *user)
{
    bool has_folders = exists(root, "/sys/block");
    struct hae_lines lines;
    struct hae_lines of_size;
    struct hae_host_disk disk;
    size_t count = 0;
    char *line;

    if (!hae_lines_open(&lines, root, "/proc/diskstats")) {
        return true;
    }
    while (count <= max && (line = hae_lines_next(&lines)) != NULL) {
        if (read_disk(line, &disk) && is_disk(root, has_folders, disk.name) && count++ < max) {
            disk.size_bytes = size_of(&of_size, root, disk.name);
            take(user, &disk);
        }
    }
    hae_lines_close(&lines);
    return count <= max;
}

/* ---- Interfaces ---------------------------------------------------------------------------- */

/* A line of /proc/PID/net/dev. The first two lines name the columns, and have no numbers. */
static bool read_interface(char *line, struct hae_host_interface *ret_interface)
{
    enum { COLUMNS = 8 }; /* of each direction: bytes, packets, errors, dropped, and others */
    int64_t numbers[HAE_DIRECTIONS * COLUMNS];
    char *name = line + strspn(line, " ");
    char *colon = strrchr(name, ':');

    if (colon == NULL || colon == name) {
        return false;
    }
    *colon = '\0';
    line = colon + 1;
    if (strlen(name) >= HAE_DEVICE_NAME_BYTES || strpbrk(name, " \t") != NULL ||
        hae_numbers_take(&line, numbers, HAE_DIRECTIONS * COLUMNS) != HAE_DIRECTIONS * COLUMNS) {
        return false;
    }
    ret_interface->name = name;
    for (int i = 0; i < HAE_DIRECTIONS; i++) {
        const int64_t *own = &numbers[i * COLUMNS];

        ret_interface->bytes[i] = own[0];
        ret_interface->packets[i] = own[1];
        ret_interface->errors[i] = own[2];
        ret_interface->dropped[i] = own[3];
    }
    return true;
}

bool hae_host_interfaces_read(const char *root, size_t max,
                              void (*take)(void *user, const struct hae_host_interface *interface),
                              void *user)
{
    /* Not /proc/net: that is the network of whoever reads it. */
    const char *name = root[0] != '\0' ? "/proc/1/net/dev" : "/proc/self/net/dev";
    struct hae_lines lines;
    struct hae_host_interface interface;
    size_t count = 0;
    char *line;

    if (!hae_lines_open(&lines, root, name)) {
        return true;
    }
    while (count <= max && (line = hae_lines_next(&lines)) != NULL) {
        if (read_interface(line, &interface) && count++ < max) {
            take(user, &interface);
        }
    }
    hae_lines_close(&lines);
    return count <= max;
}
