/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/segment.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/hash.h"

static const uint8_t file_mark[8] = {'h', 'a', 'e', 's', 'p', 'o', 'o', 'l'};
static const uint8_t record_mark[4] = {'H', 'R', 'E', 'C'};

/* Where things lie; see segment.h. */
enum {
    AT_VERSION = 8,
    AT_TIME = 16,
    AT_HEADER_SUM = 32,
    AT_DONE = 40,
    AT_DONE_SUM = 48,
    DONE_BYTES = 16,
    AT_SIGNAL = 4,
    AT_SIZE = 8,
    AT_ITEMS = 16,
    AT_RECORD_TIME = 24,
    AT_BODY_SUM = 32,
    AT_RECORD_SUM = 40
};

/* How far to look for the next record: further than a segment of ours is long. */
#define SEARCH_MAX UINT64_C(33554432)

/* Each step is a bijection of the sum, so that a change within eight bytes always shows. */
uint64_t hae_segment_sum(const uint8_t *data, size_t size_bytes, uint64_t start)
{
    uint64_t sum = hae_mix64(start + size_bytes + UINT64_C(0x9E3779B97F4A7C15));
    uint64_t last = 0;

    for (; size_bytes >= 8; size_bytes -= 8, data += 8) {
        sum = hae_mix64(sum ^ hae_le64(hae_load64(data))) + UINT64_C(0x9E3779B97F4A7C15);
    }
    if (size_bytes != 0) {
        memcpy(&last, data, size_bytes);
    }
    return hae_mix64(sum ^ hae_le64(last));
}

static void put64(uint8_t *to, uint64_t value)
{
    hae_store64(to, hae_le64(value));
}

static uint64_t get64(const uint8_t *from)
{
    return hae_le64(hae_load64(from));
}

static void put32(uint8_t *to, uint32_t value)
{
    hae_store32(to, hae_le32(value));
}

static uint32_t get32(const uint8_t *from)
{
    return hae_le32(hae_load32(from));
}

/* ---- Writing ---------------------------------------------------------------------------- */

/* Whether writing so far would end the process by a signal. */
static bool is_beyond_limit(uint64_t end)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
           end > limit.rlim_cur;
}

/* By one write: see segment.h. False: see errno; some of it may have been written. */
static bool write_at(int file, uint64_t at, struct iovec *parts, int part_count)
{
    size_t size = 0;
    ssize_t written;

    for (int i = 0; i < part_count; i++) {
        size += parts[i].iov_len;
    }
    if (is_beyond_limit(at + size)) {
        errno = EFBIG;
        return false;
    }
    do {
        written = pwritev(file, parts, part_count, (off_t)at);
    } while (written < 0 && errno == EINTR);
    if (written >= 0 && (size_t)written != size) {
        errno = ENOSPC; /* there was room for some of it only */
    }
    return written >= 0 && (size_t)written == size;
}

static bool write_bytes(int file, uint64_t at, uint8_t *bytes, size_t size_bytes)
{
    struct iovec part = {bytes, size_bytes};

    return write_at(file, at, &part, 1);
}

static void put_done(uint8_t done[DONE_BYTES], uint64_t at)
{
    put64(done, at);
    put64(done + AT_DONE_SUM - AT_DONE, hae_segment_sum(done, 8, 0));
}

bool hae_segment_begin(int file, uint64_t time_ms)
{
    uint8_t header[HAE_SEGMENT_HEADER_BYTES] = {0};

    memcpy(header, file_mark, sizeof file_mark);
    put32(header + AT_VERSION, HAE_SEGMENT_VERSION);
    put64(header + AT_TIME, time_ms);
    put64(header + AT_HEADER_SUM, hae_segment_sum(header, AT_HEADER_SUM, 0));
    put_done(header + AT_DONE, HAE_SEGMENT_HEADER_BYTES);
    return write_bytes(file, 0, header, sizeof header);
}

static void put_record(uint8_t header[HAE_SEGMENT_RECORD_BYTES],
                       const struct hae_segment_record *record, uint64_t at)
{
    memcpy(header, record_mark, sizeof record_mark);
    put32(header + AT_SIGNAL, (uint32_t)record->signal);
    put64(header + AT_SIZE, record->size_bytes);
    put64(header + AT_ITEMS, record->item_count);
    put64(header + AT_RECORD_TIME, record->time_ms);
    put64(header + AT_BODY_SUM, record->sum);
    put64(header + AT_RECORD_SUM, hae_segment_sum(header, AT_RECORD_SUM, at));
}

bool hae_segment_append(int file, uint64_t at, struct hae_segment_record *record,
                        const uint8_t *body)
{
    uint8_t header[HAE_SEGMENT_RECORD_BYTES];
    struct iovec parts[2];
    int error;

    record->sum = hae_segment_sum(body, (size_t)record->size_bytes, 0);
    put_record(header, record, at);
    parts[0] = (struct iovec){header, sizeof header};
    parts[1] = (struct iovec){(void *)(uintptr_t)body, (size_t)record->size_bytes};
    if (write_at(file, at, parts, 2)) {
        return true;
    }
    /* What was written of it is no record, and the next one takes its place; without this it
     * would only look torn meanwhile. */
    error = errno;
    (void)!ftruncate(file, (off_t)at);
    errno = error;
    return false;
}

bool hae_segment_note(int file, uint64_t at)
{
    uint8_t done[DONE_BYTES];

    put_done(done, at);
    return write_bytes(file, AT_DONE, done, sizeof done);
}

/* ---- Reading ---------------------------------------------------------------------------- */

/* All of it, or up to the end of the file. -1: see errno. */
static ssize_t read_at(int file, uint64_t at, uint8_t *to, size_t size_bytes)
{
    size_t done = 0;

    while (done < size_bytes) {
        ssize_t got = pread(file, to + done, size_bytes - done, (off_t)(at + done));

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    return (ssize_t)done;
}

enum hae_segment_look hae_segment_open(int file, uint64_t *ret_done, uint64_t *ret_time_ms)
{
    uint8_t header[HAE_SEGMENT_HEADER_BYTES];
    ssize_t got = read_at(file, 0, header, sizeof header);
    uint64_t done;

    if (got < 0) {
        return HAE_SEGMENT_FAILED;
    }
    if (got != sizeof header) {
        return HAE_SEGMENT_TORN; /* its process died before it was complete: it held nothing */
    }
    if (memcmp(header, file_mark, sizeof file_mark) != 0 ||
        get64(header + AT_HEADER_SUM) != hae_segment_sum(header, AT_HEADER_SUM, 0)) {
        return HAE_SEGMENT_BROKEN;
    }
    if (get32(header + AT_VERSION) != HAE_SEGMENT_VERSION) {
        return HAE_SEGMENT_OTHER;
    }
    /* Without a note nothing is done: what was sent is sent again. */
    done = get64(header + AT_DONE);
    if (get64(header + AT_DONE_SUM) != hae_segment_sum(header + AT_DONE, 8, 0) ||
        done < HAE_SEGMENT_HEADER_BYTES) {
        done = HAE_SEGMENT_HEADER_BYTES;
    }
    *ret_done = done;
    *ret_time_ms = get64(header + AT_TIME);
    return HAE_SEGMENT_FOUND;
}

/* Whether these are the header of the record at `at`. */
static bool parse_record(const uint8_t header[HAE_SEGMENT_RECORD_BYTES], uint64_t at,
                         struct hae_segment_record *ret_record)
{
    uint32_t signal = get32(header + AT_SIGNAL);

    ret_record->signal = (haetae_signal)signal;
    ret_record->size_bytes = get64(header + AT_SIZE);
    ret_record->item_count = get64(header + AT_ITEMS);
    ret_record->time_ms = get64(header + AT_RECORD_TIME);
    ret_record->sum = get64(header + AT_BODY_SUM);
    return memcmp(header, record_mark, sizeof record_mark) == 0 &&
           get64(header + AT_RECORD_SUM) == hae_segment_sum(header, AT_RECORD_SUM, at) &&
           signal < HAETAE_SIGNAL_COUNT && ret_record->size_bytes <= HAE_SEGMENT_BODY_MAX &&
           ret_record->item_count != 0 && ret_record->item_count <= ret_record->size_bytes;
}

enum hae_segment_look hae_segment_look_at(int file, uint64_t at, uint64_t file_size,
                                          struct hae_segment_record *ret_record)
{
    uint8_t header[HAE_SEGMENT_RECORD_BYTES];
    struct hae_segment_record record;
    ssize_t got;

    if (at >= file_size) {
        return at == file_size ? HAE_SEGMENT_END : HAE_SEGMENT_BROKEN;
    }
    if (file_size - at < sizeof header) {
        return HAE_SEGMENT_TORN;
    }
    got = read_at(file, at, header, sizeof header);
    if (got != sizeof header) {
        return got < 0 ? HAE_SEGMENT_FAILED : HAE_SEGMENT_TORN;
    }
    if (!parse_record(header, at, &record)) {
        return HAE_SEGMENT_BROKEN;
    }
    if (file_size - at - sizeof header < record.size_bytes) {
        return HAE_SEGMENT_TORN;
    }
    *ret_record = record;
    return HAE_SEGMENT_FOUND;
}

/* The first place in what was read from `at` on where a record begins; `count` if there is none. */
static size_t find_header(const uint8_t *bytes, size_t count, uint64_t at)
{
    struct hae_segment_record record;

    for (size_t i = 0; i + HAE_SEGMENT_RECORD_BYTES <= count; i++) {
        if (bytes[i] == record_mark[0] && parse_record(bytes + i, at + i, &record)) {
            return i;
        }
    }
    return count;
}

/* The place of the next record behind `at`; 0: there is none. */
static uint64_t find_next(int file, uint64_t at, uint64_t file_size)
{
    enum { CHUNK = 8192, STEP = CHUNK - HAE_SEGMENT_RECORD_BYTES + 1 };
    uint8_t bytes[CHUNK];
    uint64_t end = file_size - at > SEARCH_MAX ? at + SEARCH_MAX : file_size;

    for (at++; at + HAE_SEGMENT_RECORD_BYTES <= end; at += STEP) {
        ssize_t got = read_at(file, at, bytes, sizeof bytes);
        size_t found;

        if (got <= 0) {
            break;
        }
        found = find_header(bytes, (size_t)got, at);
        if (found != (size_t)got) {
            return at + found;
        }
    }
    return 0;
}

enum hae_segment_look hae_segment_look_on(int file, uint64_t *at, uint64_t file_size,
                                          struct hae_segment_record *ret_record)
{
    enum hae_segment_look look = hae_segment_look_at(file, *at, file_size, ret_record);
    uint64_t next = look == HAE_SEGMENT_BROKEN ? find_next(file, *at, file_size) : 0;

    if (next == 0) {
        return look;
    }
    *at = next;
    return hae_segment_look_at(file, next, file_size, ret_record);
}

enum hae_segment_look hae_segment_read(int file, uint64_t at,
                                       const struct hae_segment_record *record, uint8_t *ret_body)
{
    size_t size = (size_t)record->size_bytes;
    ssize_t got = read_at(file, at + HAE_SEGMENT_RECORD_BYTES, ret_body, size);

    if (got < 0) {
        return HAE_SEGMENT_FAILED;
    }
    return (size_t)got == size && hae_segment_sum(ret_body, size, 0) == record->sum
               ? HAE_SEGMENT_FOUND
               : HAE_SEGMENT_BROKEN;
}
