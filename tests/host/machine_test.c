/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel counts of the whole machine. */
#include "host/machine.h"

#include <unistd.h>

#include "host_test.h"

static const char stat_text[] = "cpu  10 20 30 40 50 60 70 80 90 100\n"
                                "cpu0 5 10 15 20 25 30 35 40 45 50\n"
                                "cpu1 5 10 15 20 25 30 35 40 45 50\n"
                                "intr 12345 1 2 3 0 0\n"
                                "ctxt 99\n"
                                "btime 1700000000\n"
                                "processes 4711\n"
                                "procs_running 2\n";

static void check_no_cpu(const struct hae_host_cpu *cpu)
{
    for (int i = 0; i < HAE_CPU_MODES; i++) {
        assert_int_equal(cpu->ticks[i], -1);
    }
    assert_int_equal(cpu->logical_count, -1);
    assert_int_equal(cpu->processes_created, -1);
    assert_true(cpu->uptime_seconds < 0);
}

static void processors_have_their_modes(void **state)
{
    static const int64_t expected[HAE_CPU_MODES] = {10, 20, 30, 40, 50, 60 + 70, 80};
    struct hae_host_cpu cpu;

    put(state, "/proc/stat", stat_text);
    put(state, "/proc/uptime", "1234.56 999.99\n");
    hae_host_cpu_read(root_of(state), &cpu);
    assert_memory_equal(cpu.ticks, expected, sizeof expected);
    assert_int_equal(cpu.logical_count, 2);
    assert_int_equal(cpu.processes_created, 4711);
    assert_true(cpu.uptime_seconds > 1234.559 && cpu.uptime_seconds < 1234.561);
}

static void old_kernel_has_fewer_modes(void **state)
{
    struct hae_host_cpu cpu;

    put(state, "/proc/stat", "cpu 1 2 3 4\n");
    hae_host_cpu_read(root_of(state), &cpu);
    assert_int_equal(cpu.ticks[HAE_CPU_IDLE], 4);
    assert_int_equal(cpu.ticks[HAE_CPU_IOWAIT], -1);
    assert_int_equal(cpu.ticks[HAE_CPU_STEAL], -1);
    put(state, "/proc/stat", "cpu 1 2 3 4 5 6\n");
    hae_host_cpu_read(root_of(state), &cpu);
    assert_int_equal(cpu.ticks[HAE_CPU_INTERRUPT], 6);
    assert_int_equal(cpu.ticks[HAE_CPU_STEAL], -1);
}

/* The list of interrupts is longer than a line may be. */
static void long_lines_hide_nothing_behind_them(void **state)
{
    enum { ZEROES = 20000 };
    char *text = malloc(2 * ZEROES + 100);
    struct hae_host_cpu cpu;
    size_t length;

    assert_non_null(text);
    length = (size_t)sprintf(text, "cpu 1 2 3 4 5 6 7 8\nintr");
    for (int i = 0; i < ZEROES; i++, length += 2) {
        memcpy(text + length, " 0", 3);
    }
    strcpy(text + length, "\nprocesses 5\n");
    put(state, "/proc/stat", text);
    hae_host_cpu_read(root_of(state), &cpu);
    assert_int_equal(cpu.ticks[HAE_CPU_STEAL], 8);
    assert_int_equal(cpu.processes_created, 5);
    free(text);
}

static void this_machine_is_read(void **state)
{
    struct hae_host_cpu cpu;
    struct hae_host_memory memory;
    struct hae_host_paging paging;

    (void)state;
    hae_host_cpu_read("", &cpu);
    assert_int_equal(cpu.logical_count, sysconf(_SC_NPROCESSORS_ONLN));
    assert_true(cpu.ticks[HAE_CPU_USER] > 0 && cpu.ticks[HAE_CPU_STEAL] >= 0);
    assert_true(cpu.processes_created > 0);
    assert_true(cpu.uptime_seconds > 0);
    hae_host_memory_read("", &memory);
    assert_int_equal(memory.total,
                     (int64_t)sysconf(_SC_PHYS_PAGES) * (int64_t)sysconf(_SC_PAGESIZE));
    assert_true(memory.available > 0 && memory.available <= memory.total);
    assert_true(memory.free > 0 && memory.buffers >= 0 && memory.cached >= 0);
    hae_host_paging_read("", &paging);
    assert_true(paging.faults > 0 && paging.major_faults <= paging.faults);
}

static const char memory_text[] = "MemTotal:       16384 kB\n"
                                  "MemFree:         1024 kB\n"
                                  "MemAvailable:    8192 kB\n"
                                  "Buffers:           10 kB\n"
                                  "Cached:            20 kB\n"
                                  "SwapCached:        99 kB\n"
                                  "Shmem:             30 kB\n"
                                  "SReclaimable:      40 kB\n"
                                  "SUnreclaim:        50 kB\n"
                                  "HugePages_Total:    0\n";

static void memory_is_in_bytes(void **state)
{
    struct hae_host_memory memory;

    put(state, "/proc/meminfo", memory_text);
    hae_host_memory_read(root_of(state), &memory);
    assert_int_equal(memory.total, 16384 * 1024);
    assert_int_equal(memory.free, 1024 * 1024);
    assert_int_equal(memory.available, 8192 * 1024);
    assert_int_equal(memory.buffers, 10 * 1024);
    assert_int_equal(memory.cached, 20 * 1024);
    assert_int_equal(memory.shared, 30 * 1024);
    assert_int_equal(memory.slab_reclaimable, 40 * 1024);
    assert_int_equal(memory.slab_unreclaimable, 50 * 1024);
}

static void paging_is_counted_in_pages(void **state)
{
    struct hae_host_paging paging;

    put(state, "/proc/vmstat", "pgfaulty 1\npgfault 100\npgmajfault 7\npswpin 3\npswpout 4\n");
    hae_host_paging_read(root_of(state), &paging);
    assert_int_equal(paging.faults, 100);
    assert_int_equal(paging.major_faults, 7);
    assert_int_equal(paging.swapped_in, 3);
    assert_int_equal(paging.swapped_out, 4);
}

struct swaps {
    size_t count;
    char device[64]; /* the last one */
    int64_t size_bytes, used_bytes;
};

static void take_swap(void *user, const struct hae_host_swap *swap)
{
    struct swaps *swaps = user;

    assert_true(swap->used_bytes >= 0 && swap->used_bytes <= swap->size_bytes);
    swaps->count++;
    snprintf(swaps->device, sizeof swaps->device, "%s", swap->device);
    swaps->size_bytes = swap->size_bytes;
    swaps->used_bytes = swap->used_bytes;
}

static const char swaps_text[] =
    "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
    "/dev/sda2                               partition\t1000\t\t10\t\t-2\n"
    "/swap\\040file                           file\t\t2000\t\t20\t\t-3\n";

static void swap_is_found_by_its_device(void **state)
{
    struct swaps swaps = {.count = 0};

    put(state, "/proc/swaps", swaps_text);
    assert_true(hae_host_swaps_read(root_of(state), 2, take_swap, &swaps));
    assert_int_equal(swaps.count, 2);
    assert_string_equal(swaps.device, "/swap file");
    assert_int_equal(swaps.size_bytes, 2000 * 1024);
    assert_int_equal(swaps.used_bytes, 20 * 1024);
    swaps.count = 0;
    assert_false(hae_host_swaps_read(root_of(state), 1, take_swap, &swaps));
    assert_int_equal(swaps.count, 1);
    assert_string_equal(swaps.device, "/dev/sda2");
}

static void missing_files_say_nothing(void **state)
{
    struct hae_host_cpu cpu;
    struct hae_host_memory memory;
    struct hae_host_paging paging;
    struct swaps swaps = {.count = 0};

    hae_host_cpu_read(root_of(state), &cpu);
    check_no_cpu(&cpu);
    hae_host_memory_read(root_of(state), &memory);
    assert_int_equal(memory.total, -1);
    assert_int_equal(memory.slab_unreclaimable, -1);
    hae_host_paging_read(root_of(state), &paging);
    assert_int_equal(paging.faults, -1);
    assert_int_equal(paging.swapped_out, -1);
    assert_true(hae_host_swaps_read(root_of(state), 8, take_swap, &swaps));
    assert_int_equal(swaps.count, 0);
}

static void numbers_that_are_too_large_are_none(void **state)
{
    struct hae_host_cpu cpu;
    struct hae_host_memory memory;
    struct swaps swaps = {.count = 0};

    put(state, "/proc/stat",
        "cpu 1 2 3 4 5 9223372036854775807 1 18446744073709551615\ncpux 1\nprocesses -5\n");
    put(state, "/proc/uptime", "99999999999999999999.00 1\n");
    hae_host_cpu_read(root_of(state), &cpu);
    assert_int_equal(cpu.ticks[HAE_CPU_IOWAIT], 5);
    assert_int_equal(cpu.ticks[HAE_CPU_INTERRUPT], -1);
    assert_int_equal(cpu.ticks[HAE_CPU_STEAL], -1);
    assert_int_equal(cpu.logical_count, -1);
    assert_int_equal(cpu.processes_created, -1);
    assert_true(cpu.uptime_seconds < 0);
    put(state, "/proc/meminfo", "MemTotal: 9223372036854775807 kB\nMemFree: 1x kB\n");
    hae_host_memory_read(root_of(state), &memory);
    assert_int_equal(memory.total, -1);
    assert_int_equal(memory.free, -1);
    put(state, "/proc/swaps", "/a partition 10 20 0\n/b partition 9223372036854775807 0 0\n");
    assert_true(hae_host_swaps_read(root_of(state), 8, take_swap, &swaps));
    assert_int_equal(swaps.count, 0);
}

static void check_cpu(void **state, size_t size_bytes)
{
    struct hae_host_cpu cpu;

    hae_host_cpu_read(root_of(state), &cpu);
    assert_true(cpu.processes_created >= -1 && cpu.logical_count >= -1);
    if (size_bytes < 36) { /* the first line is not whole */
        check_no_cpu(&cpu);
    }
}

static void check_memory(void **state, size_t size_bytes)
{
    struct hae_host_memory memory;

    (void)size_bytes;
    hae_host_memory_read(root_of(state), &memory);
    assert_true(memory.total == -1 || memory.total % 1024 == 0);
    assert_true(memory.slab_unreclaimable >= -1);
}

static void check_swaps(void **state, size_t size_bytes)
{
    struct swaps swaps = {.count = 0};

    (void)size_bytes;
    assert_true(hae_host_swaps_read(root_of(state), 8, take_swap, &swaps));
    assert_true(swaps.count <= 2);
}

static void damaged_lines_are_left_out(void **state)
{
    each_damage(state, "/proc/stat", stat_text, check_cpu);
    each_damage(state, "/proc/meminfo", memory_text, check_memory);
    each_damage(state, "/proc/swaps", swaps_text, check_swaps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ROOT(processors_have_their_modes),
        WITH_ROOT(old_kernel_has_fewer_modes),
        WITH_ROOT(long_lines_hide_nothing_behind_them),
        cmocka_unit_test(this_machine_is_read),
        WITH_ROOT(memory_is_in_bytes),
        WITH_ROOT(paging_is_counted_in_pages),
        WITH_ROOT(swap_is_found_by_its_device),
        WITH_ROOT(missing_files_say_nothing),
        WITH_ROOT(numbers_that_are_too_large_are_none),
        WITH_ROOT(damaged_lines_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
