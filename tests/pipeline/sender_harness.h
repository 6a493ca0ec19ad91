/* SPDX-License-Identifier: Apache-2.0 */
/* One destination with a fake exporter, without a pipeline. The test moves the clock. */
#ifndef HAETAE_TESTS_PIPELINE_SENDER_HARNESS_H
#define HAETAE_TESTS_PIPELINE_SENDER_HARNESS_H

#include "pipeline/sender.h"
#include "recorder/life.h"
#include "support/core_cmocka.h"
#include "support/fake_exporter.h"

enum { INITIAL_MS = 1000, MAX_MS = 8000, ELAPSED_MS = 60000, TIMEOUT_MS = 500, ITEMS = 10 };

extern uint64_t now;

struct fixture {
    struct hae_accounting accounting;
    struct hae_store store;
    struct fake_exporter fake;
    uint32_t signals;
    struct hae_destination destination;
    struct hae_destination_options options;
    struct hae_recorder recorder; /* only counts misuse */
    unsigned split_count;
    long live_before;
};

/* Set-up and tear-down of a test. The second checks that everything is accounted for. */
int set_up(void **state);
int tear_down(void **state);

/* Makes the destination, from what the test has changed since set_up(). */
void begin(struct fixture *f);

/* The counts of a signal, or of traces; and all that was dropped. */
struct hae_item_counts *counts_of(struct fixture *f, haetae_signal signal);
struct hae_item_counts *counts(struct fixture *f);
uint64_t all_dropped(const struct hae_item_counts *counts);

/* Queues a request of ITEMS items, or many of traces. */
void queue_signal(struct fixture *f, haetae_signal signal);
void queue_many(struct fixture *f, unsigned count);

/* Begins with `in_flight` places, queues `count` requests of traces, and runs once. */
void begin_with(struct fixture *f, uint32_t in_flight, unsigned count);

void flush_now(struct fixture *f);
void run_once(struct fixture *f);

/* Completes the oldest delivery in flight. */
void answer(struct fixture *f, haetae_verdict verdict, int64_t retry_after_ms);

/* Has every delivery in flight tried again. */
void fail_all(struct fixture *f);

/* The rest of the sender's pause, as the sender reports it. */
uint64_t pause_ms(struct fixture *f);

/* Lets the pause pass, and checks that nothing is sent just before its end. */
void pass_pause(struct fixture *f);

/* Lets time pass in steps of a tenth of the smallest pause. */
void pass_time(struct fixture *f, uint64_t ms);

#define SENDER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
