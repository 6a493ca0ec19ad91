/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/spool_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/minmax.h"
#include "spool/spool_directory.h"

/* ---- Names ------------------------------------------------------------------------------ */

static bool read_signal(const char *name, haetae_signal *ret_signal)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (strcmp(name, haetae_signal_name((haetae_signal)signal)) == 0) {
            *ret_signal = (haetae_signal)signal;
            return true;
        }
    }
    return false;
}

bool hae_spool_read_directory_name(const char *name, char ret_title[HAE_SPOOL_NAME_BYTES],
                                   haetae_signal *ret_signal)
{
    const char *dot = strrchr(name, '.');
    char again[HAE_SPOOL_NAME_BYTES];
    size_t length = 0;

    if (dot == NULL || strlen(name) >= HAE_SPOOL_NAME_BYTES || !read_signal(dot + 1, ret_signal)) {
        return false;
    }
    for (const char *at = name; at < dot; at++) {
        uint8_t byte = (uint8_t)*at;

        if (*at == '%') {
            if (dot - at < 3 || !hae_read_hex(at + 1, &byte, 1)) {
                return false;
            }
            at += 2;
        }
        ret_title[length++] = (char)byte;
    }
    ret_title[length] = '\0';
    /* Nothing but what a process writes. */
    hae_spool_directory_name(ret_title, *ret_signal, again);
    return strcmp(again, name) == 0;
}

/* ---- A segment -------------------------------------------------------------------------- */

/* Adds up the requests that are not done. */
static enum hae_segment_look count_requests(int file, uint64_t size, uint64_t *values)
{
    struct hae_segment_record record;
    uint64_t made_ms;
    uint64_t at = 0;
    bool is_damaged = false;
    enum hae_segment_look look = hae_segment_open(file, &at, &made_ms);

    while (look == HAE_SEGMENT_FOUND) {
        uint64_t *oldest = &values[HAETAE_SPOOLED_OLDEST_MS];
        uint64_t expected = at;

        look = hae_segment_look_on(file, &at, size, &record);
        is_damaged |= at != expected;
        if (look != HAE_SEGMENT_FOUND) {
            break;
        }
        values[HAETAE_SPOOLED_REQUESTS]++;
        values[HAETAE_SPOOLED_ITEMS] += record.item_count;
        *oldest = *oldest == 0 ? record.time_ms : hae_min(*oldest, record.time_ms);
        values[HAETAE_SPOOLED_NEWEST_MS] =
            hae_max(values[HAETAE_SPOOLED_NEWEST_MS], record.time_ms);
        at += hae_segment_record_size(record.size_bytes);
    }
    return is_damaged && look != HAE_SEGMENT_FAILED ? HAE_SEGMENT_BROKEN : look;
}

static void read_segment(int directory, const char *name, uint64_t owner, uint64_t *values)
{
    int file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    struct stat status;

    values[HAETAE_SPOOLED_SEGMENTS]++;
    if (file < 0 || fstat(file, &status) != 0) {
        values[HAETAE_SPOOLED_UNREADABLE_SEGMENTS]++;
    } else if (!S_ISREG(status.st_mode) || status.st_uid != geteuid()) {
        values[HAETAE_SPOOLED_OTHER_SEGMENTS]++;
    } else {
        values[HAETAE_SPOOLED_BYTES] += (uint64_t)status.st_size;
        values[HAETAE_SPOOLED_IN_USE_SEGMENTS] += hae_spool_owner_lives(directory, owner);
        switch (count_requests(file, (uint64_t)status.st_size, values)) {
        case HAE_SEGMENT_FOUND:
        case HAE_SEGMENT_END:
        case HAE_SEGMENT_TORN: /* a process died while it wrote, or is writing */
            break;
        case HAE_SEGMENT_BROKEN:
            values[HAETAE_SPOOLED_DAMAGED_SEGMENTS]++;
            break;
        case HAE_SEGMENT_OTHER:
            values[HAETAE_SPOOLED_OTHER_SEGMENTS]++;
            break;
        case HAE_SEGMENT_FAILED:
            values[HAETAE_SPOOLED_UNREADABLE_SEGMENTS]++;
            break;
        }
    }
    if (file >= 0) {
        close(file);
    }
}

/* ---- Directories ------------------------------------------------------------------------ */

/* NULL: see errno. The descriptor is the stream's. */
static DIR *open_stream(int directory, const char *name)
{
    int file = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = file >= 0 ? fdopendir(file) : NULL;

    if (stream == NULL && file >= 0) {
        close(file);
    }
    return stream;
}

static void read_spool(int directory, struct hae_spool_entry *entry)
{
    DIR *stream = open_stream(directory, entry->name);
    const struct dirent *found;
    uint64_t number;
    uint64_t owner;

    if (stream == NULL) {
        entry->values[HAETAE_SPOOLED_SEGMENTS]++; /* one at least */
        entry->values[HAETAE_SPOOLED_UNREADABLE_SEGMENTS]++;
        return;
    }
    while ((found = readdir(stream)) != NULL) {
        if (hae_spool_is_segment_name(found->d_name, &number, &owner)) {
            read_segment(dirfd(stream), found->d_name, owner, entry->values);
        }
    }
    closedir(stream);
}

/* NULL: no memory. */
static struct hae_spool_entry *add_entry(struct hae_spool_entries *entries)
{
    if (entries->count == entries->room) {
        size_t room = entries->room != 0 ? 2 * entries->room : 8;
        struct hae_spool_entry *items = hae_realloc(entries->items, room * sizeof *items);

        if (items == NULL) {
            return NULL;
        }
        entries->items = items;
        entries->room = room;
    }
    return &entries->items[entries->count];
}

static int by_name(const void *left, const void *right)
{
    const struct hae_spool_entry *a = left;
    const struct hae_spool_entry *b = right;

    return strcmp(a->name, b->name);
}

haetae_status hae_spool_entries_read(int directory, struct hae_spool_entries *ret_entries)
{
    DIR *stream = open_stream(directory, ".");
    haetae_status status = HAETAE_OK;
    const struct dirent *found;

    *ret_entries = (struct hae_spool_entries){NULL, 0, 0};
    if (stream == NULL) {
        return errno == ENOMEM ? HAETAE_ENOMEM : HAETAE_EIO;
    }
    while (status == HAETAE_OK && (found = readdir(stream)) != NULL) {
        struct hae_spool_entry *entry = add_entry(ret_entries);

        if (entry == NULL) {
            status = HAETAE_ENOMEM;
            break;
        }
        memset(entry, 0, sizeof *entry);
        if (hae_spool_read_directory_name(found->d_name, entry->title, &entry->signal)) {
            memcpy(entry->name, found->d_name, strlen(found->d_name) + 1);
            read_spool(directory, entry);
            ret_entries->count++;
        }
    }
    closedir(stream);
    if (ret_entries->count != 0) {
        qsort(ret_entries->items, ret_entries->count, sizeof *ret_entries->items, by_name);
    }
    return status;
}

void hae_spool_entries_free(struct hae_spool_entries *entries)
{
    hae_free(entries->items);
    *entries = (struct hae_spool_entries){NULL, 0, 0};
}
