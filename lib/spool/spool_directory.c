/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/spool_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/minmax.h"
#include "haetae/exporter.h"
#include "recorder/region_file_name.h"

/* ---- The directory ---------------------------------------------------------------------- */

void hae_spool_directory_name(const char *title, haetae_signal signal,
                              char name[HAE_SPOOL_NAME_BYTES])
{
    /* Three for each byte of a title at most: HAE_SPOOL_NAME_BYTES has room for all. */
    char *at = name;

    for (const char *from = title; *from != '\0' && at < name + HAE_SPOOL_NAME_BYTES - 16; from++) {
        bool plain = (*from >= 'a' && *from <= 'z') || (*from >= 'A' && *from <= 'Z') ||
                     (*from >= '0' && *from <= '9') || *from == '_' || *from == '-';

        if (plain) {
            *at++ = *from;
        } else {
            *at++ = '%';
            at = hae_put_hex(at, (const uint8_t *)from, 1);
        }
    }
    snprintf(at, 16, ".%s", haetae_signal_name(signal));
}

static int open_directory(const struct hae_spool *spool, bool make)
{
    struct hae_file_fault fault = {NULL, 0};
    int parent = hae_region_directory_open_plain(spool->parent, &fault);
    int directory = -1;
    int error;

    if (parent < 0) {
        errno = fault.error != 0 ? fault.error : EACCES;
        return -1;
    }
    if (!make || mkdirat(parent, spool->name, 0700) == 0 || errno == EEXIST) {
        directory = openat(parent, spool->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    error = errno;
    close(parent);
    errno = error;
    return directory;
}

/* Whether somebody has removed the directory that is open. The thread that writes finds it out as
 * nothing can be made there: see hae_spool_start_over(). */
static bool is_gone(const struct hae_spool *spool, const struct hae_descriptor *descriptor)
{
    struct stat status;

    return descriptor == &spool->directory && fstat(descriptor->number, &status) == 0 &&
           status.st_nlink == 0;
}

int hae_spool_directory(const struct hae_spool *spool, struct hae_descriptor *descriptor, bool make)
{
    struct stat status;

    if (hae_descriptor_is_ours(descriptor)) {
        if (!is_gone(spool, descriptor)) {
            return descriptor->number;
        }
        hae_descriptor_close(descriptor);
    }
    *descriptor = hae_descriptor_of(open_directory(spool, make));
    if (descriptor->number >= 0 &&
        (fstat(descriptor->number, &status) != 0 || status.st_uid != geteuid())) {
        hae_descriptor_close(descriptor);
        errno = EACCES;
    }
    return descriptor->number;
}

/* ---- Names ------------------------------------------------------------------------------ */

static void name_of(const struct hae_spool_segment *segment, char name[HAE_SPOOL_FILE_NAME_BYTES])
{
    snprintf(name, HAE_SPOOL_FILE_NAME_BYTES, "%016" PRIx64 "-%016" PRIx64 HAE_SPOOL_SUFFIX,
             segment->number, segment->owner->id);
}

static bool read_number(const char *text, uint64_t *ret_number)
{
    uint8_t bytes[8];

    if (!hae_read_hex(text, bytes, sizeof bytes)) {
        return false;
    }
    *ret_number = 0;
    for (size_t i = 0; i < sizeof bytes; i++) {
        *ret_number = *ret_number << 8 | bytes[i];
    }
    return true;
}

bool hae_spool_is_segment_name(const char *name, uint64_t *ret_number, uint64_t *ret_owner)
{
    return strlen(name) == HAE_SPOOL_FILE_NAME_BYTES - 1 && name[16] == '-' &&
           strcmp(name + 33, HAE_SPOOL_SUFFIX) == 0 && read_number(name, ret_number) &&
           read_number(name + 17, ret_owner) && *ret_number != 0;
}

bool hae_spool_is_owner_name(const char *name, uint64_t *ret_owner)
{
    return strlen(name) == HAE_SPOOL_OWNER_NAME_BYTES - 1 &&
           strcmp(name + 16, HAE_SPOOL_OWNER_SUFFIX) == 0 && read_number(name, ret_owner);
}

int hae_spool_open_segment(int directory, const struct hae_spool_segment *segment, int flags)
{
    char name[HAE_SPOOL_FILE_NAME_BYTES];

    name_of(segment, name);
    return hae_descriptor_raise(
        openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
}

int hae_spool_open_to_read(struct hae_spool *spool, const struct hae_spool_segment *segment,
                           int flags)
{
    int directory = hae_spool_directory(spool, &spool->directory, false);

    return directory >= 0 ? hae_spool_open_segment(directory, segment, flags) : -1;
}

bool hae_spool_unlink_segment(int directory, const struct hae_spool_segment *segment)
{
    char name[HAE_SPOOL_FILE_NAME_BYTES];

    name_of(segment, name);
    return unlinkat(directory, name, 0) == 0 || errno == ENOENT;
}

/* ---- The list --------------------------------------------------------------------------- */

static bool is_before(const struct hae_spool_segment *a, const struct hae_spool_segment *b)
{
    return a->number != b->number ? a->number < b->number : a->owner->id < b->owner->id;
}

void hae_spool_link(struct hae_spool *spool, struct hae_spool_segment *segment)
{
    struct hae_spool_segment *before = spool->newest;

    while (before != NULL && is_before(segment, before)) {
        before = before->older;
    }
    segment->older = before;
    segment->newer = before != NULL ? before->newer : spool->oldest;
    *(before != NULL ? &before->newer : &spool->oldest) = segment;
    *(segment->newer != NULL ? &segment->newer->older : &spool->newest) = segment;
    segment->owner->segment_count++;
    spool->used_bytes += segment->end;
    spool->last_number = hae_max(spool->last_number, segment->number);
}

void hae_spool_free_owner(struct hae_spool *spool, struct hae_spool_owner *owner)
{
    struct hae_spool_owner **link = &spool->owners;

    while (*link != owner) {
        link = &(*link)->next;
    }
    *link = owner->next;
    if (spool->self == owner) {
        spool->self = NULL;
    }
    hae_spool_owner_release(hae_spool_directory(spool, &spool->directory, false), owner,
                            !owner->stays);
    hae_free(owner);
}

void hae_spool_detach(struct hae_spool *spool, struct hae_spool_segment *segment)
{
    *(segment->older != NULL ? &segment->older->newer : &spool->oldest) = segment->newer;
    *(segment->newer != NULL ? &segment->newer->older : &spool->newest) = segment->older;
    spool->used_bytes -= segment->end;
    spool->item_sum -= segment->item_sum;
    if (spool->out.segment == segment) {
        spool->out.segment = NULL;
    }
    if (spool->writing == segment) {
        spool->writing = NULL;
    }
}

void hae_spool_free_segment(struct hae_spool *spool, struct hae_spool_segment *segment,
                            bool is_removed)
{
    struct hae_spool_owner *owner = segment->owner;

    owner->stays |= !is_removed;
    if (--owner->segment_count == 0 && owner != spool->self) {
        hae_spool_free_owner(spool, owner);
    }
    hae_free(segment->items);
    hae_free(segment);
}

void hae_spool_drop_segment(struct hae_spool *spool, struct hae_spool_segment *segment,
                            bool leave_alone)
{
    int directory = hae_spool_directory(spool, &spool->directory, false);
    bool is_removed = !leave_alone;

    if (!leave_alone &&
        (directory >= 0 ? !hae_spool_unlink_segment(directory, segment) : errno != ENOENT)) {
        is_removed = false;
        spool->looks_no_more = true;
        spool->lost.remove_error = errno;
    }
    hae_spool_detach(spool, segment);
    hae_spool_free_segment(spool, segment, is_removed);
}

void hae_spool_start_over(struct hae_spool *spool)
{
    struct hae_spool_owner *self = spool->self;
    struct hae_spool_segment *newer;

    for (struct hae_spool_segment *s = spool->oldest; s != NULL; s = newer) {
        newer = s->newer;
        if (s->owner == self) {
            spool->lost.own += s->item_sum;
            spool->lost.gone_count++;
            hae_spool_drop_segment(spool, s, false);
        }
    }
    if (self != NULL) {
        hae_spool_free_owner(spool, self);
    }
    hae_descriptor_close(&spool->directory);
    hae_descriptor_close(&spool->write_directory);
}
