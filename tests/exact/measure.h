/* SPDX-License-Identifier: Apache-2.0 */
/* Instruments of all sorts with their views, and threads that measure with them at random, by all
 * calls. */
#ifndef HAETAE_TESTS_EXACT_MEASURE_H
#define HAETAE_TESTS_EXACT_MEASURE_H

#include <stdatomic.h>

#include "exact/exemplars.h"
#include "exact/reference.h"
#include "haetae/haetae.h"

enum { EXACT_THREADS = 8, EXACT_LEVEL_SETS = EXACT_SETS / EXACT_THREADS };

/* What EXACT_SEED says, or the time; printed, so that a run can be repeated. */
uint64_t exact_seed(void);

/* Of any kind. */
struct exact_handle {
    void *instrument;
    void *bound[EXACT_SETS];
    /* Of an observable: totals and levels in quarters, that the callback observes. */
    _Atomic int64_t quarters[EXACT_SETS];
    _Atomic bool is_known[EXACT_SETS];
};

/* What a callback has observed in the last two collections, by turns. The last one may be under
 * way.
 */
struct exact_observed {
    _Atomic unsigned rounds;
    int64_t quarters[2][EXACT_INSTRUMENTS][EXACT_SETS];
};

struct exact_instruments_made {
    struct exact_handle all[EXACT_INSTRUMENTS];
    uint64_t random;                 /* of the callback */
    struct exact_observed *observed; /* NULL: nobody asks */
};

/* Adds the views of exact_streams. */
void exact_add_views(haetae_config *config);

void exact_make(haetae_sdk *sdk, struct exact_instruments_made *made);

/* In a child that counts from zero: so do the totals that are observed. */
void exact_forget_observed(struct exact_instruments_made *made);

struct exact_measurer {
    struct exact_instruments_made *made; /* NULL: only says what would be measured */
    unsigned number;                     /* of the thread: levels of its own sets */
    unsigned id;                         /* of the measurer: of its spans */
    unsigned index;                      /* of the next measurement       */
    const struct exact_log *log;         /* NULL: nobody asks             */
    unsigned measurements;
    uint64_t random;
    _Atomic unsigned *done; /* how many; NULL: nobody asks */
    struct exact_table table;
};

void exact_measure_once(struct exact_measurer *self);

/* The body of a thread: `argument` is a struct exact_measurer. */
void *exact_measure(void *argument);

#endif
