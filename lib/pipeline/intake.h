/* SPDX-License-Identifier: Apache-2.0 */
/* The intake: takes items from the sources into batches, and makes requests of them. Only the
 * driver of the pipeline touches it (intake_driver.h), and sources when they are asked to run. */
#ifndef HAETAE_PIPELINE_INTAKE_H
#define HAETAE_PIPELINE_INTAKE_H

#include "pipeline/batch.h"
#include "pipeline/redact.h"
#include "pipeline/route.h"
#include "pipeline/source.h"

/* How one signal is batched and sent. */
struct hae_batch_options {
    uint64_t delay_ms;             /* from the first item to the request  */
    uint64_t item_count_max;       /* of one request                      */
    size_t request_size_max_bytes; /* of one request                      */
    uint64_t queue_item_max;       /* held at once, or UINT64_MAX         */
    uint64_t queue_byte_max;       /* taken at once by batch and requests */
    uint64_t export_timeout_ms;    /* of one try; 0: none                 */
    bool drops_oldest;             /* when there is no room, not what is new */
};

struct hae_intake {
    const struct hae_batch_options *options; /* of each signal */
    struct hae_accounting *accounting;
    struct hae_store *store;
    struct hae_route *route;
    struct hae_diagnostics *diagnostics;
    struct hae_redactor *redactor; /* NULL: items go on as they are */
    struct hae_batch batches[HAETAE_SIGNAL_COUNT];

    /* The source that keeps a signal's items until they are settled, and where in it the
     * batch begins. */
    const struct hae_source *keepers[HAETAE_SIGNAL_COUNT];
    uint64_t batch_from[HAETAE_SIGNAL_COUNT];

    /* Of the destinations that the batch is for: see request.h. */
    uint8_t groups[HAETAE_SIGNAL_COUNT];

    uint64_t now_ms;
    uint64_t not_taken[HAETAE_SIGNAL_COUNT];     /* for want of room, or too large */
    uint64_t reported_lost[HAETAE_SIGNAL_COUNT]; /* of those, in diagnostics */
    /* Of a collection under way: the requests that it replaces. 0: it replaces none. */
    uint64_t replaces_up_to[HAETAE_SIGNAL_COUNT];
    bool no_room_to_make[HAETAE_SIGNAL_COUNT];   /* in this run, as was found out */
    bool no_oldest_to_drop[HAETAE_SIGNAL_COUNT]; /* likewise */
    bool abandoned;                              /* what comes in is dropped */
};

enum hae_take {
    HAE_TAKE_TAKEN,
    HAE_TAKE_DROPPED,  /* and counted */
    HAE_TAKE_NO_MEMORY /* the item was not looked at: offer it again in the next run */
};

/* Adds an item to its signal's batch; it is copied. */
enum hae_take hae_intake_take(struct hae_intake *intake, haetae_signal signal,
                              const struct hae_item *item);

/* Redacts an item, for sources that have to know its size. *item is valid until the next call. */
enum hae_redacted hae_intake_redact(struct hae_intake *intake, haetae_signal signal,
                                    struct hae_item *item);

/* Adds an item that was redacted. */
enum hae_take hae_intake_take_as_is(struct hae_intake *intake, haetae_signal signal,
                                    const struct hae_item *item);

/* Drops items that the source has no room to keep. */
void hae_intake_drop(struct hae_intake *intake, haetae_signal signal, uint64_t count,
                     haetae_drop_reason reason);

/* For a source that keeps its items and has no room for more: drops the oldest, unless all of its
 * destinations still need it and the signal drops the newest. False: there are none. */
bool hae_intake_drop_oldest(struct hae_intake *intake, haetae_signal signal);

/* For a source that collects for a group of destinations: what it gives from here on goes to them
 * alone. `replaces`: its items hold all that those of its last collection held, as cumulative
 * points do; until the end of the collection they replace the requests of earlier ones that nobody
 * sends just then: when room is needed, and in the end, when all is there. False: out of memory for
 * what another group is still to get. */
bool hae_intake_begin_collection(struct hae_intake *intake, haetae_signal signal, uint8_t group,
                                 bool replaces);
void hae_intake_end_collection(struct hae_intake *intake, haetae_signal signal, bool all);

/* Whether so many bytes, or half of what the signal may take, have room beside what waits, which a
 * collection under way may replace for it. */
bool hae_intake_make_room(struct hae_intake *intake, haetae_signal signal, uint64_t size_bytes);

/* Makes a request of a batch, if there is anything in it. False: out of memory, the
 * batch stays as it is. */
bool hae_intake_finish(struct hae_intake *intake, haetae_signal signal);

/* Whether any destination takes the signal; or any of a group. */
bool hae_intake_is_wanted_by(const struct hae_intake *intake, haetae_signal signal, uint8_t group);
bool hae_intake_is_wanted(const struct hae_intake *intake, haetae_signal signal);

/* Items of the signal that no request has been made of yet. */
uint64_t hae_intake_batched(const struct hae_intake *intake, haetae_signal signal);

/* Items of the signal that were taken and are neither delivered nor dropped. */
uint64_t hae_intake_held(const struct hae_intake *intake, haetae_signal signal);

/* Items of the signal that were dropped since the start, for whatever reason. */
uint64_t hae_intake_dropped(const struct hae_intake *intake, haetae_signal signal);

/* The limits of one request. */
size_t hae_intake_request_size_max(const struct hae_intake *intake, haetae_signal signal);
uint64_t hae_intake_item_count_max(const struct hae_intake *intake, haetae_signal signal);

/* Whether an item has no room in a request of its own. */
bool hae_intake_too_large(const struct hae_intake *intake, haetae_signal signal,
                          const struct hae_item *item);

/* For a source of recovered items, which makes its own requests. The first says whether
 * `size_bytes` have room beside what waits already, the second gives a request to its
 * destinations, the third counts items that are lost. */
bool hae_intake_has_room(const struct hae_intake *intake, haetae_signal signal,
                         uint64_t size_bytes);
void hae_intake_hand_out(struct hae_intake *intake, struct hae_request *request);
void hae_intake_drop_recovered(struct hae_intake *intake, haetae_signal signal, uint64_t count,
                               haetae_drop_reason reason);

#endif
