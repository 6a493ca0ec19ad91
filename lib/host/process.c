/* SPDX-License-Identifier: Apache-2.0 */
#include "host/process.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "host/lines.h"
#include "host/words.h"

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

/* getrusage() counts all threads, with those that have ended; the files do that only in part. */
static void read_usage(struct hae_host_process *process)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        process->user_seconds = seconds_of(usage.ru_utime);
        process->system_seconds = seconds_of(usage.ru_stime);
        process->minor_faults = usage.ru_minflt;
        process->major_faults = usage.ru_majflt;
        process->voluntary_switches = usage.ru_nvcsw;
        process->involuntary_switches = usage.ru_nivcsw;
    }
}

/* proc_pid_statm(5): the size in pages, then what is resident. */
static void read_memory(struct hae_lines *lines, const char *root, struct hae_host_process *process)
{
    int64_t pages[2];
    int64_t page_bytes = sysconf(_SC_PAGESIZE);
    char *line;

    if (!hae_lines_first(lines, root, "/proc/self/statm", &line) ||
        hae_numbers_take(&line, pages, 2) != 2) {
        return;
    }
    if (!hae_product(pages[0], page_bytes, &process->virtual_bytes)) {
        process->virtual_bytes = -1;
    }
    if (!hae_product(pages[1], page_bytes, &process->resident_bytes)) {
        process->resident_bytes = -1;
    }
}

/* proc_pid_stat(5). The second field, a name, may hold anything. */
static void read_stat(struct hae_lines *lines, const char *root, struct hae_host_process *process)
{
    enum { BEFORE_THREADS = 17 }; /* fields between the name and the count of threads */
    int64_t numbers[3];           /* threads, a timer that is no longer used, the start */
    unsigned long ticks_per_second = getauxval(AT_CLKTCK);
    double boot_seconds = (double)hae_time_ns(CLOCK_BOOTTIME) * 1e-9;
    char *line;
    char *word;

    if (!hae_lines_first(lines, root, "/proc/self/stat", &line) || strrchr(line, ')') == NULL) {
        return;
    }
    line = strrchr(line, ')') + 1;
    for (int i = 0; i < BEFORE_THREADS; i++) {
        if (!hae_word_take(&line, &word)) {
            return;
        }
    }
    if (hae_numbers_take(&line, numbers, 3) != 3) {
        return;
    }
    process->threads = numbers[0];
    if (ticks_per_second != 0) {
        double seconds = boot_seconds - (double)numbers[2] / (double)ticks_per_second;

        process->uptime_seconds = seconds > 0 ? seconds : 0;
    }
}

/* proc_pid_io(5). A process that may not be traced may not read its own. */
static void read_io(struct hae_lines *lines, const char *root, struct hae_host_process *process)
{
    char *line;
    char *word;

    if (!hae_lines_open(lines, root, "/proc/self/io")) {
        return;
    }
    while ((line = hae_lines_next(lines)) != NULL) {
        if (!hae_word_take(&line, &word)) {
            continue;
        }
        if (strcmp(word, "read_bytes:") == 0) {
            (void)hae_numbers_take(&line, &process->read_bytes, 1);
        } else if (strcmp(word, "write_bytes:") == 0) {
            (void)hae_numbers_take(&line, &process->written_bytes, 1);
        }
    }
    hae_lines_close(lines);
}

/* ---- Descriptors --------------------------------------------------------------------------- */

/* The entry of a folder, as getdents64(2) returns it. */
struct entry {
    uint64_t inode;
    int64_t next;
    unsigned short length_bytes;
    unsigned char kind;
    char name[];
};

/* Counts the entries of a buffer whose names are numbers. */
static int64_t count_numbers(const char *buffer, size_t size_bytes)
{
    int64_t count = 0;
    int64_t number;

    for (size_t at = 0; at < size_bytes;) {
        const struct entry *entry = (const void *)(buffer + at);

        count += hae_number_of(entry->name, &number);
        at += entry->length_bytes;
    }
    return count;
}

/* Not by opendir(), which allocates. */
static int64_t count_entries(int folder)
{
    _Alignas(struct entry) char buffer[4096];
    int64_t count = 0;
    long got;

    while (count < HAE_DESCRIPTORS_MAX &&
           (got = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0) {
        count += count_numbers(buffer, (size_t)got);
    }
    return count < HAE_DESCRIPTORS_MAX ? count : HAE_DESCRIPTORS_MAX;
}

/* Since Linux 6.2 the size of the folder is the number of descriptors; before, it is 0. The one
 * that is opened here is not counted. */
static void count_descriptors(const char *root, struct hae_host_process *process)
{
    char path[HAE_LINE_BYTES];
    int length = snprintf(path, sizeof path, "%s/proc/self/fd", root);
    struct statfs file_system;
    struct stat found;
    bool is_proc;
    int folder;

    if (length < 0 || (size_t)length >= sizeof path) {
        return;
    }
    folder = hae_descriptor_raise(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder < 0) {
        return;
    }
    if (fstat(folder, &found) == 0 && fstatfs(folder, &file_system) == 0) {
        is_proc = file_system.f_type == PROC_SUPER_MAGIC;
        process->descriptors =
            is_proc && found.st_size > 0 ? (int64_t)found.st_size : count_entries(folder);
        process->descriptors -= is_proc && process->descriptors > 0;
    }
    close(folder);
}

void hae_host_process_read(const char *root, struct hae_host_process *ret_process)
{
    struct hae_lines lines;

    *ret_process = (struct hae_host_process){-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    read_usage(ret_process);
    read_memory(&lines, root, ret_process);
    read_stat(&lines, root, ret_process);
    read_io(&lines, root, ret_process);
    count_descriptors(root, ret_process);
}
