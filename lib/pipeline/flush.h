/* SPDX-License-Identifier: Apache-2.0 */
/* Flushes: waits for everything that was recorded before them. The driver of the
 * pipeline carries them out; any thread may ask. */
#ifndef HAE_PIPELINE_FLUSH_H
#define HAE_PIPELINE_FLUSH_H

#include <stdbool.h>
#include <stdint.h>

enum hae_flush_state {
    HAE_FLUSH_ASKED,
    HAE_FLUSH_BEGUN,   /* this turn turns all that was recorded into requests */
    HAE_FLUSH_SENDING, /* those up to `sequence` are waited for               */
    HAE_FLUSH_DONE
};

/* The caller's, and in the pipeline's list until it is cancelled. Guarded by the
 * account's lock. */
struct hae_flush {
    struct hae_flush *next;
    enum hae_flush_state state;
    uint64_t sequence;
};

struct hae_pipeline;

/* Asks for a flush; the driver has to be woken then, and carries it out even if nobody
 * waits for its end any more. */
void hae_flush_ask(struct hae_pipeline *pipeline, struct hae_flush *flush);
void hae_flush_cancel(struct hae_pipeline *pipeline, struct hae_flush *flush);
bool hae_flush_done(struct hae_pipeline *pipeline, const struct hae_flush *flush);

/* For the driver: takes up what was asked for; false when nothing was. */
bool hae_flushes_begin(struct hae_pipeline *pipeline);

/* Notes that all became requests; or, if it didn't, that it is to be tried again. */
void hae_flushes_began(struct hae_pipeline *pipeline, bool all);

/* Ends the flushes whose requests are all gone. */
void hae_flushes_end(struct hae_pipeline *pipeline);

#endif
