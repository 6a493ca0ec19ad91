/* SPDX-License-Identifier: Apache-2.0 */
/* A segment of a spool, as any process of the user may have left it. Input: the changes of a valid
 * one: each an offset in two bytes, a length, and that many bytes; behind them the file is cut if
 * the first byte of the input is odd. */
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

/* Whatever is handed out has the size that it said, and it comes to an end. */
static void read_all(struct hae_spool *spool)
{
    struct hae_segment_record record;
    uint8_t *body;

    for (int looks = 0;; looks++) {
        enum hae_spool_next next = hae_spool_next(spool, 2000, &record);

        check(looks < 1000);
        if (next != HAE_SPOOL_FOUND) {
            if (next == HAE_SPOOL_MORE)
                continue;
            check(next == HAE_SPOOL_EMPTY);
            return;
        }
        check(record.size_bytes <= FILE_BYTES + BODY_MAX && record.item_count != 0);
        body = malloc((size_t)record.size_bytes + 1);
        check(body != NULL);
        next = hae_spool_take(spool, &record, body);
        check(next == HAE_SPOOL_FOUND || next == HAE_SPOOL_DAMAGED);
        if (next == HAE_SPOOL_FOUND)
            (void)hae_spool_settle(spool);
        free(body);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct hae_spool_options options = {.path = directory,
                                              .title = "fuzz",
                                              .signal = HAETAE_SIGNAL_LOGS,
                                              .bytes_max = 1 << 20,
                                              .age_max_ms = 100000};
    char path[2 * TEMPORARY_PATH_MAX];
    struct hae_spool spool;
    int file;

    if (directory[0] == '\0') {
        check(temporary_directory(directory) && atexit(clean_up) == 0);
        snprintf(path, sizeof path, "%s/fuzz.logs", directory);
        check(mkdir(path, 0700) == 0);
    }
    snprintf(path, sizeof path, "%s/fuzz.logs/0000000000000001-0000000000000001.spool", directory);
    file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    check(file >= 0);
    make_segment(file);
    change(file, data, size);
    close(file);
    memset(&spool, 0, sizeof spool);
    check(hae_spool_init(&spool, &options) == HAETAE_OK);
    hae_spool_look(&spool);
    read_all(&spool);
    hae_spool_done(&spool);
    (void)unlink(path);
    snprintf(path, sizeof path, "%s/fuzz.logs/0000000000000001.owner", directory);
    (void)unlink(path);
    return 0;
}
