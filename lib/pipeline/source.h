/* SPDX-License-Identifier: Apache-2.0 */
/* Where a pipeline's items come from. The pipeline asks each source in turn, each time it
 * runs; the source gives what it has to the intake (intake.h). lib/sdk puts them together. */
#ifndef HAETAE_PIPELINE_SOURCE_H
#define HAETAE_PIPELINE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "haetae/signal.h"

struct hae_intake;

/* One run of the pipeline. */
struct hae_run {
    uint64_t now_ms;
    bool flushing;     /* everything that was recorded becomes requests now */
    bool flush_is_new; /* it was requested since the last run */
    bool closing;      /* the pipeline is shutting down                     */
};

enum hae_source_result {
    HAE_SOURCE_DONE,   /* nothing is left to do now                       */
    HAE_SOURCE_MORE,   /* there is more to do at once                     */
    HAE_SOURCE_STARVED /* some items stay in the source: for want of memory or room, or as
                        * somebody else is at it */
};

/* All functions but `run` may be NULL. They are called by the driver of the pipeline, but for
 * in_child. */
struct hae_source {
    const char *name;
    void *self;
    uint32_t signals; /* bit set of 1 << haetae_signal: that it gives to the intake's batches */

    /* Gives what is there to the intake, in a bounded piece of work; when a flush wants it, all of
     * it, or is starved. */
    enum hae_source_result (*run)(void *self, struct hae_intake *intake, const struct hae_run *run);

    /* Milliseconds until run() has something to do; UINT64_MAX: not known. */
    uint64_t (*wait_ms)(void *self, uint64_t now_ms);

    /* For a source that keeps its items until they are settled, in a log of its own: where
     * the next item of a signal comes in the log, and that a range of it is settled. */
    uint64_t (*position)(void *self, haetae_signal signal);
    void (*settle)(void *self, haetae_signal signal, uint64_t from, uint64_t to);

    /* The same for some items of a range, counted as in the request that was made of the range:
     * by scope, in the order in which the scopes first came. */
    void (*settle_items)(void *self, haetae_signal signal, uint64_t from, uint64_t to,
                         uint64_t first, uint64_t count);

    /* Whether what is not delivered at the end outlives the process in the source. */
    bool (*keeps)(void *self);

    /* The last run: what the intake gets now is dropped. Not called when the source keeps
     * its items. */
    void (*abandon)(void *self, struct hae_intake *intake);

    /* Everything has been delivered, dropped or kept. True: some is kept. */
    bool (*end)(void *self, struct hae_intake *intake);

    /* In a forked child, from within fork(). `idle`: the parent's driver was between two
     * runs. Async-signal-safe. */
    void (*in_child)(void *self, bool idle);

    /* In a forked child, later: starts with nothing. NULL: the child has no such source. */
    void (*reinit)(void *self, uint64_t now_ms);
};

#endif
