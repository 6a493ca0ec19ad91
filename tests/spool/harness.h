/* SPDX-License-Identifier: Apache-2.0 */
/* A spool in a directory of its own, with records whose bodies say which they are. */
#ifndef HAETAE_TESTS_SPOOL_HARNESS_H
#define HAETAE_TESTS_SPOOL_HARNESS_H

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "spool/spool.h"
#include "spool/spool_append.h"
#include "spool/spool_bounds.h"
#include "spool/spool_look.h"
#include "spool/spool_out.h"
#include "support/core_cmocka.h"
#include "support/temporary.h"

enum { BODY_BYTES = 200, ITEMS = 3 };
#define NOW_MS UINT64_C(1700000000000)

static char directory[TEMPORARY_PATH_MAX];

static void make_directory(void)
{
    assert_true(temporary_directory(directory));
}

/* The path of the spool's own directory. */
static const char *inner(void)
{
    static char path[TEMPORARY_PATH_MAX + 32];

    snprintf(path, sizeof path, "%s/otlp%%2flabel.traces", directory);
    return path;
}

/* The number of files whose name ends in this. *ret_path: the first by name. */
static unsigned count_files(const char *suffix, char *ret_path, size_t path_size)
{
    DIR *stream = opendir(inner());
    const struct dirent *entry;
    char first[256] = "";
    unsigned count = 0;

    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        size_t length = strlen(entry->d_name);

        if (length > strlen(suffix) &&
            strcmp(entry->d_name + length - strlen(suffix), suffix) == 0) {
            count++;
            if (first[0] == '\0' || strcmp(entry->d_name, first) < 0) {
                snprintf(first, sizeof first, "%s", entry->d_name);
            }
        }
    }
    if (stream != NULL) {
        closedir(stream);
    }
    if (ret_path != NULL) {
        snprintf(ret_path, path_size, "%s/%s", inner(), first);
    }
    return count;
}

static unsigned segment_count(void)
{
    return count_files(".spool", NULL, 0);
}

static void remove_directory(void)
{
    char path[600];

    for (const char *const *suffix = (const char *const[]){".spool", ".owner", ".other", NULL};
         *suffix != NULL; suffix++) {
        while (count_files(*suffix, path, sizeof path) != 0) {
            assert_int_equal(remove(path), 0);
        }
    }
    (void)rmdir(inner());
    assert_int_equal(rmdir(directory), 0);
}

static void open_spool(struct hae_spool *spool, uint64_t bytes_max)
{
    const struct hae_spool_options options = {.path = directory,
                                              .title = "otlp/label",
                                              .signal = HAETAE_SIGNAL_TRACES,
                                              .bytes_max = bytes_max,
                                              .age_max_ms = 1000000};

    memset(spool, 0, sizeof *spool);
    assert_int_equal(hae_spool_init(spool, &options), HAETAE_OK);
    hae_spool_look(spool);
}

static void fill(uint8_t body[BODY_BYTES], uint32_t number)
{
    for (uint32_t i = 0; i < BODY_BYTES; i++) {
        body[i] = (uint8_t)(i * 7 + number);
    }
    memcpy(body, &number, sizeof number);
}

static inline const char *put_at(struct hae_spool *spool, uint32_t number, uint64_t time_ms,
                                 struct hae_spool_receipt *ret_receipt)
{
    struct hae_segment_record record = {.signal = HAETAE_SIGNAL_TRACES,
                                        .size_bytes = BODY_BYTES,
                                        .item_count = ITEMS,
                                        .time_ms = time_ms};
    uint8_t body[BODY_BYTES];

    fill(body, number);
    return hae_spool_append(spool, &record, body, ret_receipt);
}

/* Appends a record that stands for its items. */
static inline void put(struct hae_spool *spool, uint32_t number)
{
    struct hae_spool_receipt receipt;

    assert_null(put_at(spool, number, NOW_MS, &receipt));
    assert_true(hae_spool_carry(spool, &receipt, ITEMS));
}

/* Hands out the next record; its number. -1: there is none. */
static inline int64_t take_at(struct hae_spool *spool, uint64_t now_ms)
{
    struct hae_segment_record record;
    uint8_t body[BODY_BYTES];
    uint8_t expected[BODY_BYTES];
    enum hae_spool_next next;
    uint32_t number;

    do {
        next = hae_spool_next(spool, now_ms, &record);
        if (next == HAE_SPOOL_FOUND) {
            assert_int_equal(record.size_bytes, BODY_BYTES);
            assert_int_equal(record.item_count, ITEMS);
            next = hae_spool_take(spool, &record, body);
            if (next == HAE_SPOOL_FOUND) {
                break;
            }
        }
    } while (next == HAE_SPOOL_MORE || next == HAE_SPOOL_DAMAGED);
    if (next != HAE_SPOOL_FOUND) {
        return -1;
    }
    memcpy(&number, body, sizeof number);
    fill(expected, number);
    assert_memory_equal(body, expected, sizeof body);
    return number;
}

static inline int64_t take(struct hae_spool *spool)
{
    return take_at(spool, NOW_MS);
}

#endif
