/* SPDX-License-Identifier: Apache-2.0 */
#include "host/machine.h"

#include <stdlib.h>
#include <string.h>

#include "host/escape.h"
#include "host/lines.h"
#include "host/words.h"

/* ---- Processors ---------------------------------------------------------------------------- */

/* The line "cpu" of proc_stat(5). Old kernels write fewer numbers. */
static void read_ticks(char *line, struct hae_host_cpu *cpu)
{
    enum { SOFT_INTERRUPT = HAE_CPU_INTERRUPT + 1, NUMBERS };
    int64_t numbers[NUMBERS + 1];
    unsigned count = hae_numbers_take(&line, numbers, NUMBERS + 1);

    for (unsigned i = 0; i < count && i <= HAE_CPU_INTERRUPT; i++) {
        cpu->ticks[i] = numbers[i];
    }
    if (count > SOFT_INTERRUPT &&
        __builtin_add_overflow(numbers[HAE_CPU_INTERRUPT], numbers[SOFT_INTERRUPT],
                               &cpu->ticks[HAE_CPU_INTERRUPT])) {
        cpu->ticks[HAE_CPU_INTERRUPT] = -1;
    }
    if (count > NUMBERS) {
        cpu->ticks[HAE_CPU_STEAL] = numbers[NUMBERS];
    }
}

static void read_stat(struct hae_lines *lines, const char *root, struct hae_host_cpu *cpu)
{
    int64_t online = 0;
    char *line;
    char *word;

    if (!hae_lines_open(lines, root, "/proc/stat")) {
        return;
    }
    while ((line = hae_lines_next(lines)) != NULL) {
        int64_t number;

        if (!hae_word_take(&line, &word)) {
            continue;
        }
        if (strcmp(word, "cpu") == 0) {
            read_ticks(line, cpu);
        } else if (strncmp(word, "cpu", 3) == 0) {
            online += hae_number_of(word + 3, &number);
        } else if (strcmp(word, "processes") == 0) {
            (void)hae_numbers_take(&line, &cpu->processes_created, 1);
        }
    }
    hae_lines_close(lines);
    if (online != 0) {
        cpu->logical_count = online;
    }
}

/* Seconds with two decimals. Not by strtod(), which depends on the locale. */
static void read_uptime(struct hae_lines *lines, const char *root, struct hae_host_cpu *cpu)
{
    int64_t seconds;
    int64_t hundredths;
    char *line;
    char *word;
    char *point;

    if (!hae_lines_first(lines, root, "/proc/uptime", &line) || !hae_word_take(&line, &word) ||
        (point = strchr(word, '.')) == NULL) {
        return;
    }
    *point = '\0';
    if (hae_number_of(word, &seconds) && strlen(point + 1) == 2 &&
        hae_number_of(point + 1, &hundredths)) {
        cpu->uptime_seconds = (double)seconds + (double)hundredths / 100;
    }
}

void hae_host_cpu_read(const char *root, struct hae_host_cpu *ret_cpu)
{
    struct hae_lines lines;

    *ret_cpu = (struct hae_host_cpu){{-1, -1, -1, -1, -1, -1, -1}, -1, -1, -1};
    read_stat(&lines, root, ret_cpu);
    read_uptime(&lines, root, ret_cpu);
}

/* ---- Lists of names and numbers ------------------------------------------------------------ */

struct named_number {
    const char *name;
    int64_t *number;
};

/* Takes the number behind the name that a line begins with, if that is one of the names. */
static void take_named(char *line, const struct named_number *named, size_t count, int64_t unit)
{
    int64_t number;
    char *word;

    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(named[i].name);

        if (strncmp(line, named[i].name, length) != 0 || line[length] != ' ') {
            continue;
        }
        line += length;
        if (hae_word_take(&line, &word) && hae_number_of(word, &number) &&
            hae_product(number, unit, &number)) {
            *named[i].number = number;
        }
        return;
    }
}

/* Reads a file that has a name and a number in each line, and multiplies the numbers by `unit`. */
static void read_named(const char *root, const char *file, const struct named_number *named,
                       size_t count, int64_t unit)
{
    struct hae_lines lines;
    char *line;

    if (!hae_lines_open(&lines, root, file)) {
        return;
    }
    while ((line = hae_lines_next(&lines)) != NULL) {
        take_named(line, named, count, unit);
    }
    hae_lines_close(&lines);
}

void hae_host_memory_read(const char *root, struct hae_host_memory *ret_memory)
{
    const struct named_number named[] = {
        {"MemTotal:", &ret_memory->total},
        {"MemFree:", &ret_memory->free},
        {"MemAvailable:", &ret_memory->available},
        {"Buffers:", &ret_memory->buffers},
        {"Cached:", &ret_memory->cached},
        {"Shmem:", &ret_memory->shared},
        {"SReclaimable:", &ret_memory->slab_reclaimable},
        {"SUnreclaim:", &ret_memory->slab_unreclaimable},
    };

    *ret_memory = (struct hae_host_memory){-1, -1, -1, -1, -1, -1, -1, -1};
    read_named(root, "/proc/meminfo", named, sizeof named / sizeof named[0], 1024);
}

void hae_host_paging_read(const char *root, struct hae_host_paging *ret_paging)
{
    const struct named_number named[] = {
        {"pgfault", &ret_paging->faults},
        {"pgmajfault", &ret_paging->major_faults},
        {"pswpin", &ret_paging->swapped_in},
        {"pswpout", &ret_paging->swapped_out},
    };

    *ret_paging = (struct hae_host_paging){-1, -1, -1, -1};
    read_named(root, "/proc/vmstat", named, sizeof named / sizeof named[0], 1);
}

/* ---- Swap ---------------------------------------------------------------------------------- */

/* A line of proc_swaps(5). The first one has the names of the columns, which are no numbers. */
static bool read_swap(char *line, struct hae_host_swap *ret_swap)
{
    int64_t kib[2];
    char *device;
    char *kind;

    if (!hae_word_take(&line, &device) || !hae_word_take(&line, &kind) ||
        hae_numbers_take(&line, kib, 2) != 2 || !hae_product(kib[0], 1024, &ret_swap->size_bytes) ||
        !hae_product(kib[1], 1024, &ret_swap->used_bytes) ||
        ret_swap->used_bytes > ret_swap->size_bytes) {
        return false;
    }
    hae_unescape(device);
    ret_swap->device = device;
    return true;
}

bool hae_host_swaps_read(const char *root, size_t max,
                         void (*take)(void *user, const struct hae_host_swap *swap), void *user)
{
    struct hae_lines lines;
    struct hae_host_swap swap;
    size_t count = 0;
    char *line;

    if (!hae_lines_open(&lines, root, "/proc/swaps")) {
        return true;
    }
    while (count <= max && (line = hae_lines_next(&lines)) != NULL) {
        if (read_swap(line, &swap) && count++ < max) {
            take(user, &swap);
        }
    }
    hae_lines_close(&lines);
    return count <= max;
}
