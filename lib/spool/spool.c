/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/spool.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/lock.h"
#include "base/minmax.h"
#include "recorder/region_file_name.h"
#include "spool/spool_directory.h"

/* A segment takes this, or a part of the bound if that is small, so that little is lost when the
 * oldest one makes room. */
#define SEGMENT_BYTES UINT64_C(16777216)
enum { SEGMENTS_AT_LEAST = 8 };

haetae_status hae_spool_init(struct hae_spool *spool, const struct hae_spool_options *options)
{
    spool->parent = hae_region_directory_path(options->path);
    if (spool->parent == NULL) {
        return HAETAE_ENOMEM;
    }
    if (pthread_mutex_init(&spool->lock, NULL) != 0) {
        hae_free(spool->parent);
        return HAETAE_ENOMEM;
    }
    hae_spool_directory_name(options->title, options->signal, spool->name);
    spool->signal = options->signal;
    spool->bytes_max = options->bytes_max;
    spool->segment_bytes = hae_min(SEGMENT_BYTES, options->bytes_max / SEGMENTS_AT_LEAST);
    spool->age_max_ms = options->age_max_ms;
    spool->diagnostics = options->diagnostics;
    spool->directory = spool->write_directory = HAE_NO_DESCRIPTOR;
    spool->is_whole = true;
    return HAETAE_OK;
}

/* Frees the list; the files stay, but those of this process in which nothing is left. */
static void forget(struct hae_spool *spool)
{
    struct hae_spool_segment *segment;
    struct hae_spool_owner *owner;

    while ((segment = spool->oldest) != NULL) {
        hae_spool_drop_segment(spool, segment, segment->read_at != segment->end);
    }
    while ((owner = spool->owners) != NULL) {
        spool->owners = owner->next;
        hae_spool_owner_release(hae_spool_directory(spool, &spool->directory, false), owner,
                                !owner->stays);
        hae_free(owner);
    }
    spool->self = NULL;
}

void hae_spool_done(struct hae_spool *spool)
{
    if (spool->is_whole) {
        forget(spool);
    }
    hae_descriptor_close(&spool->directory);
    hae_descriptor_close(&spool->write_directory);
    hae_free(spool->parent);
    pthread_mutex_destroy(&spool->lock);
}

/* ---- What it has ------------------------------------------------------------------------ */

bool hae_spool_has_any(struct hae_spool *spool)
{
    bool any;

    pthread_mutex_lock(&spool->lock);
    any = spool->oldest != NULL && !(spool->oldest->busy && spool->oldest->record_count == 0);
    pthread_mutex_unlock(&spool->lock);
    return any;
}

uint64_t hae_spool_bytes(struct hae_spool *spool)
{
    uint64_t bytes;

    pthread_mutex_lock(&spool->lock);
    bytes = spool->used_bytes;
    pthread_mutex_unlock(&spool->lock);
    return bytes;
}

uint64_t hae_spool_items(struct hae_spool *spool)
{
    const struct hae_spool_out *out = &spool->out;
    uint64_t items;

    pthread_mutex_lock(&spool->lock);
    items = spool->item_sum;
    if (out->is_out && out->is_own && out->items != HAE_SPOOL_PENDING) {
        items += out->items;
    }
    pthread_mutex_unlock(&spool->lock);
    return items;
}

static void report_segments(const struct hae_spool *spool, haetae_diagnostic_level level,
                            const char *key, uint64_t count, const char *what)
{
    if (count != 0) {
        hae_diagnose_about(spool->diagnostics, spool, level, key, "spool %s: %" PRIu64 " %s",
                           spool->name, count, what);
    }
}

/* Without the lock, and by one thread only: who hears it may call whatever it wants, and a slow
 * disk may let the thread that writes outlive it. */
static void report(const struct hae_spool *spool, const struct hae_spool_lost *lost)
{
    report_segments(spool, HAETAE_DIAGNOSTIC_ERROR, "spool full", lost->full_count,
                    "segments, the oldest, are dropped, as it has HAETAE_SPOOL_BYTES");
    report_segments(spool, HAETAE_DIAGNOSTIC_ERROR, "spool old", lost->old_count,
                    "segments are dropped, as they are older than HAETAE_SPOOL_MAX_AGE_MS");
    report_segments(spool, HAETAE_DIAGNOSTIC_WARN, "spool torn", lost->torn_count,
                    "processes died while they wrote their last record, which is lost");
    report_segments(spool, HAETAE_DIAGNOSTIC_WARN, "spool other", lost->other_count,
                    "segments of another version of haetae are left alone");
    report_segments(spool, HAETAE_DIAGNOSTIC_ERROR, "spool broken", lost->broken_count,
                    "segments are damaged: the rest of them is dropped");
    report_segments(spool, HAETAE_DIAGNOSTIC_ERROR, "spool gone", lost->gone_count,
                    "segments were removed by somebody else: what was in them is lost");
    report_segments(spool, HAETAE_DIAGNOSTIC_ERROR, "spool damaged", lost->damaged_count,
                    "records are damaged, and dropped");
    report_segments(spool, HAETAE_DIAGNOSTIC_ERROR, "spool old records", lost->old_record_count,
                    "records are dropped, as they are older than HAETAE_SPOOL_MAX_AGE_MS");
    if (lost->remove_error != 0) {
        hae_diagnose_about(
            spool->diagnostics, spool, HAETAE_DIAGNOSTIC_ERROR, "spool remove",
            "spool %s: a segment cannot be removed: %s; another start may send it again",
            spool->name, strerror(lost->remove_error));
    }
}

struct hae_spool_lost hae_spool_take_lost(struct hae_spool *spool)
{
    struct hae_spool_lost lost;

    pthread_mutex_lock(&spool->lock);
    lost = spool->lost;
    spool->lost = (struct hae_spool_lost){.own = 0};
    pthread_mutex_unlock(&spool->lock);
    report(spool, &lost);
    return lost;
}

/* ---- fork() ----------------------------------------------------------------------------- */

void hae_spool_in_child(struct hae_spool *spool, bool idle)
{
    /* A lock that cannot be taken is held by the parent's thread that writes, in a change. */
    bool held = idle && pthread_mutex_trylock(&spool->lock) == 0;

    hae_lock_in_child(&spool->lock, held);
    spool->is_whole &= held;
    /* In a change as well: an owner is in the list when it is whole, and is freed when it is out of
     * it. The parent's locks would live as long as the child otherwise. */
    for (struct hae_spool_owner *owner = spool->owners; owner != NULL; owner = owner->next) {
        hae_spool_owner_in_child(owner);
    }
    if (held) {
        hae_descriptor_close(&spool->directory);
        hae_descriptor_close(&spool->write_directory);
    }
}

/* Frees what the parent knew, and touches no file. */
static void forget_parents(struct hae_spool *spool)
{
    struct hae_spool_segment *segment;
    struct hae_spool_owner *owner;

    while ((segment = spool->oldest) != NULL) {
        spool->oldest = segment->newer;
        hae_free(segment->items);
        hae_free(segment);
    }
    while ((owner = spool->owners) != NULL) {
        spool->owners = owner->next;
        hae_free(owner);
    }
}

void hae_spool_reinit(struct hae_spool *spool)
{
    if (spool->is_whole) {
        forget_parents(spool);
    }
    spool->owners = spool->self = NULL;
    spool->oldest = spool->newest = spool->writing = NULL;
    spool->directory = spool->write_directory = HAE_NO_DESCRIPTOR;
    spool->used_bytes = spool->other_bytes = spool->item_sum = 0;
    spool->looks_no_more = false;
    spool->out = (struct hae_spool_out){.is_out = false};
    spool->lost = (struct hae_spool_lost){.own = 0};
    spool->is_whole = true;
}
