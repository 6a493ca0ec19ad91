/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/* A segment: a file with requests, one record each. Reading treats it as hostile input. All
 * numbers are little-endian.
 *
 *     header   0  "haespool"
 *              8  version (4)
 *             12  zero (4)
 *             16  time in ms since 1970 (8)
 *             24  zero (8)
 *             32  checksum of the first 32 bytes (8)
 *             40  how far it is done: the place of a record, or the end (8)
 *             48  checksum of that (8)
 *             56  zero (8)
 *     record   0  "HREC"
 *              4  signal (4)
 *              8  size of the body (8)
 *             16  items (8)
 *             24  time in ms since 1970 (8)
 *             32  checksum of the body (8)
 *             40  checksum of the first 40 bytes, beginning with the place of the record (8)
 *             48  the body: a whole export request
 *
 * A record is appended by one write, so a process that dies leaves at most its last record
 * incomplete. */
/* clang-format on */
#ifndef HAETAE_SPOOL_SEGMENT_H
#define HAETAE_SPOOL_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haetae/signal.h"

enum { HAE_SEGMENT_VERSION = 1, HAE_SEGMENT_HEADER_BYTES = 64, HAE_SEGMENT_RECORD_BYTES = 48 };

/* No request is larger. */
#define HAE_SEGMENT_BODY_MAX UINT64_C(134217728)

struct hae_segment_record {
    haetae_signal signal;
    uint64_t size_bytes; /* of the body */
    uint64_t item_count;
    uint64_t time_ms; /* since 1970 */
    uint64_t sum;     /* of the body */
};

enum hae_segment_look {
    HAE_SEGMENT_FOUND,
    HAE_SEGMENT_END,    /* there is no further record                            */
    HAE_SEGMENT_TORN,   /* the last record is incomplete                         */
    HAE_SEGMENT_BROKEN, /* what follows is no record                             */
    HAE_SEGMENT_OTHER,  /* the file is of another version                        */
    HAE_SEGMENT_FAILED  /* the system failed to read it, see errno               */
};

uint64_t hae_segment_sum(const uint8_t *data, size_t size_bytes, uint64_t start);

/* What a record takes in a file. */
static inline uint64_t hae_segment_record_size(uint64_t body_size_bytes)
{
    return HAE_SEGMENT_RECORD_BYTES + body_size_bytes;
}

/* Writes the header of a new segment with nothing in it. False: see errno. */
bool hae_segment_begin(int file, uint64_t time_ms);

/* Appends a record at `at`, the end, by one write, and fills in its checksum. False: see errno; the
 * segment is as it was. */
bool hae_segment_append(int file, uint64_t at, struct hae_segment_record *record,
                        const uint8_t *body);

/* Reads the header: up to where the segment is done, and when it was made. */
enum hae_segment_look hae_segment_open(int file, uint64_t *ret_done, uint64_t *ret_time_ms);

/* Reads the header of the record at `at`, of a file of `file_size` bytes. */
enum hae_segment_look hae_segment_look_at(int file, uint64_t at, uint64_t file_size,
                                          struct hae_segment_record *ret_record);

/* The same, but skips damage: where the header at *at is damaged, it searches the rest for the next
 * record, reads that one's header and sets *at to its place. */
enum hae_segment_look hae_segment_look_on(int file, uint64_t *at, uint64_t file_size,
                                          struct hae_segment_record *ret_record);

/* Reads the body of a record that was found at `at` into room for its size. */
enum hae_segment_look hae_segment_read(int file, uint64_t at,
                                       const struct hae_segment_record *record, uint8_t *ret_body);

/* Notes that all records before `at` are done. False: see errno. */
bool hae_segment_note(int file, uint64_t at);

#endif
