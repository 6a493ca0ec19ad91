/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/dead.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "recorder/region_file.h"
#include "recovery/check.h"
#include "recovery/mark.h"

void hae_dead_fault(struct hae_dead *dead, const char *format, ...)
{
    va_list arguments;

    if (dead->fault_count++ == 0) {
        va_start(arguments, format);
        vsnprintf(dead->fault, sizeof dead->fault, format, arguments);
        va_end(arguments);
    }
}

/* Whether a journal lies in the file and its positions fit. A journal of size 0 was never made. */
static bool journal_valid(struct hae_dead *dead, haetae_signal signal)
{
    const struct hae_stored_journal *journal = &dead->stored->journals[signal];
    uint64_t head = hae_dead_load(&journal->head);
    uint64_t tail = hae_dead_load(&journal->tail);

    if (journal->size_bytes == 0) {
        return false;
    }
    if (journal->size_bytes % 8 != 0 ||
        hae_layout_bytes(&dead->layout, journal->offset, journal->size_bytes) == NULL ||
        head % 8 != 0 || tail % 8 != 0 || head > tail || tail - head > journal->size_bytes) {
        hae_dead_fault(dead, "the journal of %s is invalid", haetae_signal_name(signal));
        return false;
    }
    return true;
}

/* ---- Opening ------------------------------------------------------------------------------ */

static bool is_ours(const struct hae_region *region)
{
    uint32_t version;

    return hae_region_recognise(region, HAE_REGION_FILE_SIZE_MAX, &version) &&
           region->layout_mark == hae_recovery_mark();
}

/* Whether only the magic is wrong. It is written last: one that is not there may come later. */
static bool has_wrong_magic(const struct hae_region *region)
{
    struct hae_region whole;

    memcpy(&whole, region, sizeof whole);
    hae_region_set_ready(&whole);
    return region->magic[0] != '\0' && !is_ours(region) && is_ours(&whole);
}

/* Of a region that was recognised. */
static uint64_t made_size(const struct hae_region *region, uint64_t size_bytes)
{
    uint64_t offset = hae_stored_offset(region->size_bytes);
    const struct hae_stored *stored = (const void *)((const uint8_t *)region + offset);
    uint64_t least = offset + sizeof *stored;

    return size_bytes >= least && stored->file_size_bytes >= least &&
                   stored->file_size_bytes <= HAE_REGION_FILE_SIZE_MAX
               ? stored->file_size_bytes
               : least;
}

uint64_t hae_dead_made_size(const void *memory, uint64_t size_bytes)
{
    return size_bytes >= sizeof(struct hae_region) && (is_ours(memory) || has_wrong_magic(memory))
               ? made_size(memory, size_bytes)
               : 0;
}

/* Of an unfinished file the header is written first, so that one without a header has nothing at
 * all in it, unless it was damaged. */
static bool is_blank(const uint8_t *memory, uint64_t size_bytes)
{
    enum { LOOKED_AT_MAX = 64 * 1024 * 1024 };
    size_t size = size_bytes < LOOKED_AT_MAX ? (size_t)size_bytes : LOOKED_AT_MAX;

    return size == 0 || (memory[0] == 0 && memcmp(memory, memory + 1, size - 1) == 0);
}

/* Why memory is not such a region. */
static enum hae_dead_refusal refusal_of(const uint8_t *memory, uint64_t size_bytes)
{
    static const char none[sizeof((struct hae_region *)0)->magic];
    const struct hae_region *region = (const void *)memory;
    uint32_t version;

    if (size_bytes < sizeof *region) {
        return size_bytes == 0 ? HAE_DEAD_UNFINISHED : HAE_DEAD_BROKEN;
    }
    if (hae_region_recognise(memory, HAE_REGION_FILE_SIZE_MAX, &version)) {
        return HAE_DEAD_OTHER; /* by its mark */
    }
    if (version != 0 && version != HAE_REGION_VERSION) {
        return HAE_DEAD_OTHER;
    }
    if (memcmp(region->magic, none, sizeof none) != 0) {
        return HAE_DEAD_BROKEN;
    }
    return region->version != 0 || is_blank(memory, size_bytes) ? HAE_DEAD_UNFINISHED
                                                                : HAE_DEAD_BROKEN;
}

/* Reports what a file lacks, or has too much. */
static void compare_size(struct hae_dead *dead, uint64_t file_size_bytes, uint64_t made_bytes)
{
    if (dead->stored->file_size_bytes != made_bytes) {
        hae_dead_fault(dead, "what lies behind the region is missing");
    } else if (file_size_bytes != made_bytes) {
        hae_dead_fault(dead, "the file has %llu bytes and was made with %llu",
                       (unsigned long long)file_size_bytes, (unsigned long long)made_bytes);
    }
}

static enum hae_dead_refusal find_parts(struct hae_dead *dead, uint8_t *memory, uint64_t size_bytes,
                                        uint64_t file_size_bytes)
{
    struct hae_region *region = (struct hae_region *)(void *)memory;
    uint64_t made_bytes;
    uint64_t offset;

    if (size_bytes < sizeof *region || (!is_ours(region) && !has_wrong_magic(region))) {
        return refusal_of(memory, size_bytes);
    }
    if (file_size_bytes > HAE_REGION_FILE_SIZE_MAX) {
        return HAE_DEAD_TOO_LARGE;
    }
    offset = hae_stored_offset(region->size_bytes);
    made_bytes = made_size(region, size_bytes);
    if (region->stored_offset != offset || size_bytes < offset + sizeof *dead->stored) {
        return HAE_DEAD_BROKEN;
    }
    dead->layout = hae_layout_of(memory, size_bytes);
    dead->stored = hae_layout_bytes(&dead->layout, offset, sizeof *dead->stored);
    if (has_wrong_magic(region)) {
        hae_dead_fault(dead, "its first bytes are wrong");
    }
    compare_size(dead, file_size_bytes, made_bytes);
    return HAE_DEAD_READABLE;
}

/* The URL of the schema, behind the resource. */
static void read_schema_url(struct hae_dead *dead)
{
    const struct hae_stored *stored = dead->stored;
    uint64_t size = stored->schema_url_size_bytes;
    const uint8_t *both = NULL;

    if (size <= HAE_STORED_SCHEMA_URL_MAX) {
        both = hae_layout_bytes(&dead->layout, stored->resource_offset,
                                stored->resource_size_bytes + size);
    }
    if (both != NULL && hae_utf8_valid(both + stored->resource_size_bytes, (size_t)size)) {
        dead->resource.schema_url_size_bytes = (size_t)size;
    } else {
        hae_dead_fault(dead, "the schema URL of the resource is invalid");
    }
}

/* The resource, and what the header says of the process. */
static void read_header(struct hae_dead *dead)
{
    const struct hae_stored *stored = dead->stored;
    const uint8_t *resource =
        hae_layout_bytes(&dead->layout, stored->resource_offset, stored->resource_size_bytes);

    dead->last_known_unix_ns = hae_dead_load(&stored->last_known_unix_ns);
    dead->record_size_max = hae_record_size_max(dead->layout.region->ring_size_bytes);
    if (resource != NULL && stored->resource_size_bytes <= HAE_STORED_RESOURCE_MAX &&
        hae_check(HAE_CHECK_RESOURCE, resource, (size_t)stored->resource_size_bytes)) {
        dead->resource.bytes = resource;
        dead->resource.size_bytes = (size_t)stored->resource_size_bytes;
        read_schema_url(dead);
    } else {
        hae_dead_fault(dead, "the resource is invalid");
    }
}

/* Finds spans that look open though their record was published: the process was killed in
 * between. */
static void look_at_endings(struct hae_dead *dead)
{
    for (uint32_t i = 0; i < dead->layout.lane_count; i++) {
        const struct hae_lane *lane = hae_layout_lane(&dead->layout, i);
        uint64_t ending = hae_dead_load(&lane->ending);
        uint32_t index = (uint32_t)ending & HAE_SLOT_INDEX_MAX;

        if (hae_layout_slot(&dead->layout, index) != NULL &&
            hae_dead_load(&lane->tail) << HAE_ENDING_TAIL_SHIFT !=
                (ending & ~(uint64_t)HAE_SLOT_INDEX_MAX)) {
            hae_dead_set_bit(dead->slots_taken, index);
        }
    }
}

enum hae_dead_refusal hae_dead_open(struct hae_dead *dead, void *memory, uint64_t size_bytes,
                                    uint64_t file_size_bytes)
{
    enum hae_dead_refusal refusal;

    memset(dead, 0, sizeof *dead);
    refusal = find_parts(dead, memory, size_bytes, file_size_bytes);
    if (refusal != HAE_DEAD_READABLE) {
        return refusal;
    }
    read_header(dead);
    dead->lanes_taken = hae_calloc(dead->layout.lane_count + (size_t)1, sizeof *dead->lanes_taken);
    dead->slots_taken = hae_calloc(dead->layout.slot_count / 8 + (size_t)1, 1);
    dead->slots_seen = hae_calloc(dead->layout.slot_count / 8 + (size_t)1, 1);
    dead->scratch = hae_malloc((size_t)dead->record_size_max + 2 * (size_t)HAE_DEAD_SPAN_EXTRA);
    if (dead->lanes_taken == NULL || dead->slots_taken == NULL || dead->slots_seen == NULL ||
        dead->scratch == NULL) {
        hae_dead_close(dead);
        return HAE_DEAD_NO_MEMORY;
    }
    dead->opened_unix_ns = hae_time_ns(CLOCK_REALTIME);
    look_at_endings(dead);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (journal_valid(dead, (haetae_signal)signal)) {
            dead->journals_valid |= 1U << signal;
        }
    }
    return HAE_DEAD_READABLE;
}

void hae_dead_close(struct hae_dead *dead)
{
    hae_free(dead->lanes_taken);
    hae_free(dead->slots_taken);
    hae_free(dead->slots_seen);
    hae_free(dead->scratch);
    dead->lanes_taken = NULL;
    dead->slots_taken = NULL;
    dead->slots_seen = NULL;
    dead->scratch = NULL;
}

void hae_dead_allow(struct hae_dead *dead, uint64_t size_bytes)
{
    dead->allowance_bytes = size_bytes;
}

static uint64_t count_dropped(const _Atomic uint64_t counts[HAE_DROP_ROOM])
{
    uint64_t count = 0;

    /* Also for reasons that this version does not know. */
    for (int reason = 0; reason < HAE_DROP_ROOM; reason++) {
        count += hae_dead_load(&counts[reason]);
    }
    return count;
}

void hae_dead_dropped(const struct hae_dead *dead, uint64_t ret_counts[HAETAE_SIGNAL_COUNT])
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        ret_counts[signal] = count_dropped(dead->layout.region->shared.dropped[signal]) +
                             count_dropped(dead->stored->dropped[signal]);
        for (uint32_t i = 0; i < dead->layout.lane_count; i++) {
            ret_counts[signal] +=
                count_dropped(hae_layout_lane(&dead->layout, i)->counts.dropped[signal]);
        }
    }
}
