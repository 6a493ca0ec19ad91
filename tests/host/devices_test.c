/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel counts of each disk, interface and file system. */
#include "host/devices.h"
#include "host/file_systems.h"

#include <net/if.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "host_test.h"

enum { KEPT = 40 };

struct disks {
    size_t count;
    struct hae_host_disk of[KEPT];
    char names[KEPT][64];
};

static void take_disk(void *user, const struct hae_host_disk *disk)
{
    struct disks *disks = user;

    assert_true(disks->count < KEPT);
    for (int i = 0; i < HAE_DIRECTIONS; i++) {
        assert_true(disk->bytes[i] >= 0 && disk->operations[i] >= 0 && disk->merged[i] >= 0 &&
                    disk->operation_ms[i] >= 0);
    }
    disks->of[disks->count] = *disk;
    snprintf(disks->names[disks->count++], sizeof disks->names[0], "%s", disk->name);
}

static const char disks_text[] = "   7       0 loop0 1 2 3 4 5 6 7 8 9 10 11\n"
                                 "   1       0 ram0 1 2 3 4 5 6 7 8 9 10 11\n"
                                 "   8       0 sda 10 20 30 40 50 60 70 80 0 90 100 1 2 3 4 5 6\n"
                                 "   8       1 sda1 1 2 3 4 5 6 7 8 9 10 11\n"
                                 " 104       0 cciss/c0d0 1 2 3 4 5 6 7 8 9 10 11\n";

static void disks_are_those_that_have_a_folder(void **state)
{
    struct disks disks = {.count = 0};

    put(state, "/proc/diskstats", disks_text);
    put(state, "/sys/block/sda/size", "2048\n");
    put(state, "/sys/block/cciss!c0d0/size", "x\n");
    assert_true(hae_host_disks_read(root_of(state), 8, take_disk, &disks));
    assert_int_equal(disks.count, 2);
    assert_string_equal(disks.names[0], "sda");
    assert_int_equal(disks.of[0].operations[HAE_IN], 10);
    assert_int_equal(disks.of[0].merged[HAE_IN], 20);
    assert_int_equal(disks.of[0].bytes[HAE_IN], 30 * 512);
    assert_int_equal(disks.of[0].operation_ms[HAE_IN], 40);
    assert_int_equal(disks.of[0].operations[HAE_OUT], 50);
    assert_int_equal(disks.of[0].merged[HAE_OUT], 60);
    assert_int_equal(disks.of[0].bytes[HAE_OUT], 70 * 512);
    assert_int_equal(disks.of[0].operation_ms[HAE_OUT], 80);
    assert_int_equal(disks.of[0].busy_ms, 90);
    assert_int_equal(disks.of[0].size_bytes, 2048 * 512);
    assert_string_equal(disks.names[1], "cciss/c0d0");
    assert_int_equal(disks.of[1].size_bytes, -1);
}

static void without_folders_all_disks_are_taken(void **state)
{
    struct disks disks = {.count = 0};

    put(state, "/proc/diskstats", disks_text);
    assert_true(hae_host_disks_read(root_of(state), 8, take_disk, &disks));
    assert_int_equal(disks.count, 3); /* sda1 too */
}

static void no_more_disks_are_taken_than_asked_for(void **state)
{
    struct disks disks = {.count = 0};
    char text[4096];
    size_t length = 0;

    for (int i = 0; i < 35; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   "8 %d d%d 1 2 3 4 5 6 7 8 9 10 11\n", i, i);
    }
    put(state, "/proc/diskstats", text);
    assert_false(hae_host_disks_read(root_of(state), 34, take_disk, &disks));
    assert_int_equal(disks.count, 34);
    disks.count = 0;
    assert_true(hae_host_disks_read(root_of(state), 35, take_disk, &disks));
    assert_int_equal(disks.count, 35);
}

static void strange_disks_are_left_out(void **state)
{
    struct disks disks = {.count = 0};
    char text[1024];
    size_t length;

    length = (size_t)sprintf(text, "8 0 few 1 2 3 4 5 6 7 8 9\n"
                                   "8 0 huge 1 2 9223372036854775807 4 5 6 7 8 9 10\n"
                                   "8 0 huger 1 2 3 4 5 6 7 8 9 99999999999999999999\n"
                                   "8 0 minus 1 2 3 -4 5 6 7 8 9 10\n8 0 ");
    memset(text + length, 'x', 300);
    strcpy(text + length + 300, " 1 2 3 4 5 6 7 8 9 10 11\n");
    put(state, "/proc/diskstats", text);
    assert_true(hae_host_disks_read(root_of(state), 8, take_disk, &disks));
    assert_int_equal(disks.count, 0);
}

/* ---- Interfaces ---- */

struct interfaces {
    size_t count;
    struct hae_host_interface of[KEPT];
    char names[KEPT][64];
};

static void take_interface(void *user, const struct hae_host_interface *interface)
{
    struct interfaces *interfaces = user;

    assert_true(interfaces->count < KEPT);
    for (int i = 0; i < HAE_DIRECTIONS; i++) {
        assert_true(interface->bytes[i] >= 0 && interface->dropped[i] >= 0);
    }
    interfaces->of[interfaces->count] = *interface;
    snprintf(interfaces->names[interfaces->count++], sizeof interfaces->names[0], "%s",
             interface->name);
}

static const char network_text[] =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop "
    "fifo colls carrier compressed\n"
    "    lo:     100       2    0    0    0     0          0         0      100       2    0    0 "
    "   0     0       0          0\n"
    "eth0:1000 20 3 4 0 0 0 0 2000 30 5 6 0 0 0 0\n"
    "eth0:1: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n";

static void interfaces_have_both_directions(void **state)
{
    struct interfaces found = {.count = 0};

    put(state, "/proc/1/net/dev", network_text);
    assert_true(hae_host_interfaces_read(root_of(state), 8, take_interface, &found));
    assert_int_equal(found.count, 3);
    assert_string_equal(found.names[0], "lo");
    assert_int_equal(found.of[0].bytes[HAE_IN], 100);
    assert_string_equal(found.names[1], "eth0");
    assert_int_equal(found.of[1].bytes[HAE_IN], 1000);
    assert_int_equal(found.of[1].packets[HAE_IN], 20);
    assert_int_equal(found.of[1].errors[HAE_IN], 3);
    assert_int_equal(found.of[1].dropped[HAE_IN], 4);
    assert_int_equal(found.of[1].bytes[HAE_OUT], 2000);
    assert_int_equal(found.of[1].packets[HAE_OUT], 30);
    assert_int_equal(found.of[1].errors[HAE_OUT], 5);
    assert_int_equal(found.of[1].dropped[HAE_OUT], 6);
    assert_string_equal(found.names[2], "eth0:1");
    found.count = 0;
    assert_false(hae_host_interfaces_read(root_of(state), 2, take_interface, &found));
    assert_int_equal(found.count, 2);
}

/* ---- File systems ---- */

struct file_systems {
    size_t count;
    struct hae_host_file_system of[KEPT];
    char devices[KEPT][64];
    char mounts[KEPT][64];
};

static void take_file_system(void *user, const struct hae_host_file_system *found)
{
    struct file_systems *all = user;

    assert_true(all->count < KEPT);
    assert_true(found->used_bytes >= 0 && found->free_bytes >= 0 && found->reserved_bytes >= 0);
    all->of[all->count] = *found;
    snprintf(all->devices[all->count], sizeof all->devices[0], "%s", found->device);
    snprintf(all->mounts[all->count++], sizeof all->mounts[0], "%s", found->mount_point);
}

static void file_systems_on_devices_are_taken_once(void **state)
{
    struct file_systems all = {.count = 0};
    struct statvfs space;

    assert_non_null(fake_root_path(*state, "/data disk/x"));
    assert_non_null(fake_root_path(*state, "/srv/x"));
    put(state, "/proc/1/mounts",
        "overlay / overlay rw,relatime,lowerdir=/a:/b 0 0\n"
        "proc /proc proc rw 0 0\n"
        "tmpfs /srv tmpfs rw 0 0\n"
        "/dev/sdb1 /data\\040disk ext4 ro,relatime 0 0\n"
        "/dev/sdb1 /srv ext4 rw 0 0\n"
        "server:/export /srv nfs4 rw 0 0\n"
        "//server/share /srv cifs rw 0 0\n"
        "/dev/fuse /srv fuse rw 0 0\n"
        "/dev/loop3 /srv squashfs ro 0 0\n"
        "/dev/gone /none ext4 rw 0 0\n"
        "pool/data /srv zfs rw 0 0\n"
        "/dev/cut /srv\n");
    assert_true(hae_host_file_systems_read(root_of(state), 8, take_file_system, &all));
    assert_int_equal(all.count, 3);
    assert_string_equal(all.devices[0], "overlay");
    assert_string_equal(all.mounts[0], "/");
    assert_false(all.of[0].read_only);
    assert_string_equal(all.devices[1], "/dev/sdb1");
    assert_string_equal(all.mounts[1], "/data disk");
    assert_true(all.of[1].read_only);
    assert_string_equal(all.devices[2], "pool/data");
    assert_int_equal(statvfs(root_of(state), &space), 0);
    assert_int_equal(all.of[0].used_bytes + all.of[0].free_bytes + all.of[0].reserved_bytes,
                     (int64_t)(space.f_blocks * space.f_frsize));
    all.count = 0;
    assert_false(hae_host_file_systems_read(root_of(state), 2, take_file_system, &all));
    assert_int_equal(all.count, 2);
}

static void no_more_file_systems_are_taken_than_there_is_room_for(void **state)
{
    struct file_systems all = {.count = 0};
    char text[8192];
    size_t length = 0;

    for (int i = 0; i < HAE_DEVICES_MAX + 1; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   "/dev/d%d /proc ext4 rw 0 0\n", i);
    }
    put(state, "/proc/1/mounts", text);
    assert_false(hae_host_file_systems_read(root_of(state), 1000, take_file_system, &all));
    assert_int_equal(all.count, HAE_DEVICES_MAX);
}

/* ---- All of them ---- */

static void missing_files_say_nothing(void **state)
{
    struct disks disks = {.count = 0};
    struct interfaces interfaces = {.count = 0};
    struct file_systems all = {.count = 0};

    assert_true(hae_host_disks_read(root_of(state), 8, take_disk, &disks));
    assert_true(hae_host_interfaces_read(root_of(state), 8, take_interface, &interfaces));
    assert_true(hae_host_file_systems_read(root_of(state), 8, take_file_system, &all));
    assert_int_equal(disks.count + interfaces.count + all.count, 0);
}

/* Whether /sys has a disk of this name, in which it has ! for /. */
static bool is_disk(const char *name)
{
    char path[128] = "/sys/class/block/";
    size_t length = strlen(path);

    snprintf(path + length, sizeof path - length, "%s", name);
    for (char *at = path + length; *at != 0; at++) {
        *at = *at == '/' ? '!' : *at;
    }
    return access("/sys/class/block", F_OK) != 0 || access(path, F_OK) == 0;
}

static bool has_interface(const struct interfaces *interfaces, const char *name)
{
    size_t i = 0;

    while (i < interfaces->count && strcmp(interfaces->names[i], name) != 0) {
        i++;
    }
    return i < interfaces->count;
}

/* What it has is compared with what other calls of the system say. */
static void this_machine_is_read(void **state)
{
    struct disks disks = {.count = 0};
    struct interfaces interfaces = {.count = 0};
    struct file_systems all = {.count = 0};
    struct if_nameindex *names = if_nameindex();
    bool took_all;

    (void)state;
    (void)hae_host_disks_read("", KEPT, take_disk, &disks);
    for (size_t i = 0; i < disks.count; i++) {
        assert_true(is_disk(disks.names[i]));
    }
    assert_non_null(names);
    took_all = hae_host_interfaces_read("", KEPT, take_interface, &interfaces);
    for (size_t i = 0; took_all && names[i].if_index != 0; i++) {
        assert_true(has_interface(&interfaces, names[i].if_name));
    }
    assert_true(interfaces.count != 0);
    if_freenameindex(names);
    (void)hae_host_file_systems_read("", KEPT, take_file_system, &all);
    for (size_t i = 0; i < all.count; i++) {
        struct statvfs space;

        /* Its size does not change while it is used. */
        assert_true(statvfs(all.mounts[i], &space) != 0 ||
                    (int64_t)(space.f_blocks * space.f_frsize) ==
                        all.of[i].used_bytes + all.of[i].free_bytes + all.of[i].reserved_bytes);
    }
}

static void check_disks(void **state, size_t size_bytes)
{
    struct disks disks = {.count = 0};

    (void)size_bytes;
    assert_true(hae_host_disks_read(root_of(state), 8, take_disk, &disks));
    assert_true(disks.count <= 4);
}

static void check_interfaces(void **state, size_t size_bytes)
{
    struct interfaces interfaces = {.count = 0};

    (void)size_bytes;
    assert_true(hae_host_interfaces_read(root_of(state), 8, take_interface, &interfaces));
    assert_true(interfaces.count <= 3);
}

static void damaged_lines_are_left_out(void **state)
{
    each_damage(state, "/proc/diskstats", disks_text, check_disks);
    each_damage(state, "/proc/1/net/dev", network_text, check_interfaces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ROOT(disks_are_those_that_have_a_folder),
        WITH_ROOT(without_folders_all_disks_are_taken),
        WITH_ROOT(no_more_disks_are_taken_than_asked_for),
        WITH_ROOT(strange_disks_are_left_out),
        WITH_ROOT(interfaces_have_both_directions),
        WITH_ROOT(file_systems_on_devices_are_taken_once),
        WITH_ROOT(no_more_file_systems_are_taken_than_there_is_room_for),
        WITH_ROOT(missing_files_say_nothing),
        cmocka_unit_test(this_machine_is_read),
        WITH_ROOT(damaged_lines_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
