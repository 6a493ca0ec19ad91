/* SPDX-License-Identifier: Apache-2.0 */
/* Flushes: a flush waits for everything that was recorded before it. The driver of the
 * pipeline carries it out; any thread may request one. */
#ifndef HAETAE_PIPELINE_FLUSH_H
#define HAETAE_PIPELINE_FLUSH_H

#include "pipeline/control.h"

enum hae_flush_state {
    HAE_FLUSH_REQUESTED,
    HAE_FLUSH_BEGUN,   /* this run makes requests of all that was recorded */
    HAE_FLUSH_SENDING, /* it waits for the requests up to `sequence`, and for exporters */
    HAE_FLUSH_DONE
};

/* The caller's, and in the list until it is cancelled. Guarded by the control's lock. */
struct hae_flush {
    struct hae_flush *next;
    enum hae_flush_state state;
    uint64_t sequence;
    uint64_t number; /* in the order of beginning; 1 and up */
    bool lost;       /* some of what it waits for */
    bool seen;       /* by the driver */
};

/* Requests a flush; then the driver has to be woken. It carries the flush out even if nobody
 * waits for the end any more. */
void hae_flush_request(struct hae_control *control, struct hae_flush *flush);
void hae_flush_cancel(struct hae_control *control, struct hae_flush *flush);
bool hae_flush_is_done(struct hae_control *control, const struct hae_flush *flush);

/* The driver: takes up what was requested; false when nothing was. *ret_new: some of it for the
 * first time. */
bool hae_flushes_begin(struct hae_control *control, bool *ret_new);

/* What became of the items in a run that makes requests for flushes. */
struct hae_flush_run {
    bool all;          /* all are in requests; else the flushes are requested again */
    bool lost;         /* some were dropped                                         */
    uint64_t sequence; /* of the last request                                       */
};
void hae_flushes_began(struct hae_control *control, const struct hae_flush_run *run);

struct hae_store;

/* The driver: learns what became of the requests that flushes wait for. One whose data points were
 * replaced waits for the newer ones. */
void hae_flushes_look(struct hae_control *control, struct hae_store *store);

/* The number of the newest flush that waits for no request from `sequence` on; 0: there is none. */
uint64_t hae_flushes_newest(struct hae_control *control, uint64_t sequence);

/* The driver: exporters could not export all for the flushes up to this number. */
void hae_flushes_lose(struct hae_control *control, uint64_t number);

/* The driver: ends the flushes up to `number` whose requests are all settled. Returns whether there
 * were any. *ret_wait: some wait for nothing but their exporters. */
bool hae_flushes_end(struct hae_control *control, const struct hae_store *store, uint64_t number,
                     bool *ret_wait);

#endif
