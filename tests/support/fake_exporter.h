/* SPDX-License-Identifier: Apache-2.0 */
/* Exporters whose behaviour a test chooses, made through the public interface. The worker
 * thread and the test use them at the same time. */
#ifndef HAETAE_TESTS_SUPPORT_FAKE_EXPORTER_H
#define HAETAE_TESTS_SUPPORT_FAKE_EXPORTER_H

#include <pthread.h>
#include <stdbool.h>

#include "haetae/exporter.h"

enum { FAKE_HELD_MAX = 64 };

struct fake_exporter;

/* What a fake does with a delivery. Called in send(), without the lock. */
typedef void (*fake_behaviour)(struct fake_exporter *fake, haetae_delivery *delivery);

/* Everything below `lock` is guarded by it. */
struct fake_exporter {
    haetae_exporter_ops ops; /* may be changed before fake_make() */
    fake_behaviour behave;   /* may be changed before fake_make() */
    void *user;              /* of the behaviour                  */
    haetae_exporter *exporter;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    haetae_delivery *held[FAKE_HELD_MAX]; /* not completed yet, oldest first */
    size_t held_count;
    haetae_result release; /* the verdict with which step() completes held deliveries */
    bool releasing;
    bool releasing_one;
    bool blocking; /* fake_block() waits while it is set */
    uint64_t send_count;
    uint64_t step_count;
    uint64_t complete_count;
    uint64_t cancel_count;
    uint64_t blocked_count;
    uint64_t free_count;
    uint64_t item_count[HAETAE_SIGNAL_COUNT];  /* sent, retries included  */
    uint64_t taken_count[HAETAE_SIGNAL_COUNT]; /* answered with OK, net   */
    uint64_t rejected_count[HAETAE_SIGNAL_COUNT];
    uint64_t dropped_count[HAETAE_SIGNAL_COUNT]; /* answered with DROP */
    uint64_t size_max_bytes;                     /* of all that was sent */
    uint64_t under_way;
    uint64_t under_way_max;
    int descriptor;
};

/* Behaviours. */
void fake_accept(struct fake_exporter *fake, haetae_delivery *delivery);
void fake_refuse(struct fake_exporter *fake, haetae_delivery *delivery);
void fake_fail(struct fake_exporter *fake, haetae_delivery *delivery);
void fake_hold(struct fake_exporter *fake, haetae_delivery *delivery);  /* until fake_release() */
void fake_block(struct fake_exporter *fake, haetae_delivery *delivery); /* until fake_unblock() */

/* Sets up a fake with this name and behaviour, and all operations. */
void fake_init(struct fake_exporter *fake, const char *name, fake_behaviour behave);

/* Makes the exporter, which the caller owns. Freeing it does not free the fake. */
void fake_make(struct fake_exporter *fake);

/* Call it when the exporter has been freed or was never made. */
void fake_done(struct fake_exporter *fake);

/* Completes a delivery; for behaviours. */
void fake_answer(struct fake_exporter *fake, haetae_delivery *delivery, haetae_verdict verdict);
void fake_answer_with(struct fake_exporter *fake, haetae_delivery *delivery,
                      const haetae_result *result);

/* Makes the next step() complete all held deliveries, and all that are held later. */
void fake_release(struct fake_exporter *fake, haetae_verdict verdict);

/* Makes the next step() complete the oldest held delivery only. */
void fake_release_one(struct fake_exporter *fake, haetae_verdict verdict);

void fake_unblock(struct fake_exporter *fake);

/* Waits until one of the counters is at least `count`. */
void fake_await(struct fake_exporter *fake, const uint64_t *counter, uint64_t count);

/* Reads a counter. */
uint64_t fake_count(struct fake_exporter *fake, const uint64_t *counter);

#endif
