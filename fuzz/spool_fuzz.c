/* SPDX-License-Identifier: Apache-2.0 */
/* A segment of a spool, as any process of the user may have left it, or changed it while this
 * process has it. Input: the changes of a valid one: each an offset in two bytes, a length, and
 * that many bytes; behind them the file is cut if the first byte of the input is odd. Both kinds of
 * segment get them. The input is also the name of a directory. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool/spool.h"
#include "spool/spool_append.h"
#include "spool/spool_bounds.h"
#include "spool/spool_directory.h"
#include "spool/spool_list.h"
#include "spool/spool_look.h"
#include "spool/spool_out.h"
#include "support/temporary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_BYTES = 1024, RECORDS = 5, BODY_MAX = 256 };

static char directory[TEMPORARY_PATH_MAX];

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void clean_up(void)
{
    char path[2 * TEMPORARY_PATH_MAX];

    snprintf(path, sizeof path, "%s/fuzz.logs", directory);
    (void)rmdir(path);
    (void)rmdir(directory);
}

static void make_segment(int file)
{
    static const uint8_t body[] = "the body of a record, or the part of one";
    uint64_t at = HAE_SEGMENT_HEADER_BYTES;

    check(hae_segment_begin(file, 5));
    for (uint32_t i = 0; i < RECORDS; i++) {
        struct hae_segment_record record = {.signal = HAETAE_SIGNAL_LOGS,
                                            .size_bytes = 8 + 8 * i,
                                            .item_count = 1 + i,
                                            .time_ms = 1000};

        check(hae_segment_append(file, at, &record, body));
        at += hae_segment_record_size(record.size_bytes);
    }
}

static void change(int file, const uint8_t *data, size_t size)
{
    bool cuts = size != 0 && (data[0] & 1) != 0;
    size_t offset = 0;

    while (size >= 3) {
        size_t length = data[2] < size - 3 ? data[2] : size - 3;

        offset = (size_t)(data[0] | data[1] << 8) % FILE_BYTES;
        check(pwrite(file, data + 3, length, (off_t)offset) == (ssize_t)length);
        data += 3 + length;
        size -= 3 + length;
    }
    if (cuts)
        check(ftruncate(file, (off_t)offset) == 0);
}

/* Whatever is handed out has the size that it said, and it comes to an end. Returns for how many
 * items of this process it stood. */
static uint64_t read_all(struct hae_spool *spool)
{
    struct hae_segment_record record;
    uint64_t settled = 0;
    uint8_t *body;

    for (int looks = 0;; looks++) {
        enum hae_spool_next next = hae_spool_next(spool, 2000, &record);

        check(looks < 1000);
        if (next != HAE_SPOOL_FOUND) {
            if (next == HAE_SPOOL_MORE)
                continue;
            check(next == HAE_SPOOL_EMPTY);
            return settled;
        }
        check(record.size_bytes <= FILE_BYTES + BODY_MAX && record.item_count != 0);
        body = malloc((size_t)record.size_bytes + 1);
        check(body != NULL);
        next = hae_spool_take(spool, &record, body);
        check(next == HAE_SPOOL_FOUND || next == HAE_SPOOL_DAMAGED);
        if (next == HAE_SPOOL_FOUND) {
            bool is_own = hae_spool_out_is_own(spool);
            uint32_t items;

            /* Now and then it comes again. */
            if ((record.sum & 7) == 0 && looks < 500) {
                hae_spool_put_back(spool);
                free(body);
                continue;
            }
            items = hae_spool_settle(spool);
            check(is_own || items == 0);
            settled += items;
        }
        free(body);
    }
}

static void open_spool(struct hae_spool *spool)
{
    const struct hae_spool_options options = {.path = directory,
                                              .title = "fuzz",
                                              .signal = HAETAE_SIGNAL_LOGS,
                                              .bytes_max = 1 << 20,
                                              .age_max_ms = 100000};

    memset(spool, 0, sizeof *spool);
    check(hae_spool_init(spool, &options) == HAETAE_OK);
}

static void list_all(void)
{
    int parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct hae_spool_entries entries;

    check(parent >= 0);
    check(hae_spool_entries_read(parent, &entries) == HAETAE_OK);
    check(entries.count == 1 && entries.items[0].values[HAETAE_SPOOLED_SEGMENTS] == 1);
    check(entries.items[0].values[HAETAE_SPOOLED_REQUESTS] <=
          (FILE_BYTES + BODY_MAX) / HAE_SEGMENT_RECORD_BYTES);
    hae_spool_entries_free(&entries);
    close(parent);
}

/* Of a process that has ended. */
static void read_adopted(const uint8_t *data, size_t size)
{
    char path[2 * TEMPORARY_PATH_MAX];
    struct hae_spool spool;
    int file;

    snprintf(path, sizeof path, "%s/fuzz.logs/0000000000000001-0000000000000001.spool", directory);
    file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    check(file >= 0);
    make_segment(file);
    change(file, data, size);
    close(file);
    list_all();
    open_spool(&spool);
    hae_spool_look(&spool);
    check(read_all(&spool) == 0);
    hae_spool_done(&spool);
    (void)unlink(path);
    snprintf(path, sizeof path, "%s/fuzz.logs/0000000000000001.owner", directory);
    (void)unlink(path);
}

/* Of this process: whatever somebody writes into its file, its items count once. */
static void read_own(const uint8_t *data, size_t size)
{
    static const uint8_t body[] = "the body of a record, or the part of one";
    char path[2 * TEMPORARY_PATH_MAX];
    char owner[2 * TEMPORARY_PATH_MAX];
    struct hae_spool spool;
    uint64_t carried = 0;
    uint64_t settled;
    int file;

    open_spool(&spool);
    for (uint32_t i = 0; i < RECORDS; i++) {
        struct hae_segment_record record = {.signal = HAETAE_SIGNAL_LOGS,
                                            .size_bytes = 8 + 8 * i,
                                            .item_count = 1 + i,
                                            .time_ms = 1000};
        struct hae_spool_receipt receipt;

        check(hae_spool_append(&spool, &record, body, &receipt) == NULL);
        check(hae_spool_carry(&spool, &receipt, 1 + i));
        carried += 1 + i;
    }
    check(hae_spool_items(&spool) == carried && spool.oldest != NULL);
    snprintf(path, sizeof path, "%s/fuzz.logs/%016llx-%016llx.spool", directory,
             (unsigned long long)spool.oldest->number, (unsigned long long)spool.self->id);
    snprintf(owner, sizeof owner, "%s/fuzz.logs/%016llx.owner", directory,
             (unsigned long long)spool.self->id);
    file = open(path, O_RDWR | O_CLOEXEC);
    check(file >= 0);
    change(file, data, size);
    close(file);
    settled = read_all(&spool);
    check(settled + hae_spool_take_lost(&spool).own == carried && hae_spool_items(&spool) == 0);
    hae_spool_done(&spool);
    (void)unlink(path);
    (void)unlink(owner);
}

static void read_name(const uint8_t *data, size_t size)
{
    char name[HAE_SPOOL_NAME_BYTES];
    char title[HAE_SPOOL_NAME_BYTES];
    char again[HAE_SPOOL_NAME_BYTES];
    haetae_signal signal;

    if (size >= sizeof name)
        return;
    memcpy(name, data, size);
    name[size] = '\0';
    if (hae_spool_read_directory_name(name, title, &signal)) {
        hae_spool_directory_name(title, signal, again);
        check(strcmp(name, again) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (directory[0] == '\0') {
        char path[2 * TEMPORARY_PATH_MAX];

        check(temporary_directory(directory) && atexit(clean_up) == 0);
        snprintf(path, sizeof path, "%s/fuzz.logs", directory);
        check(mkdir(path, 0700) == 0);
    }
    read_adopted(data, size);
    read_own(data, size);
    read_name(data, size);
    return 0;
}
