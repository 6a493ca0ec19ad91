/* SPDX-License-Identifier: Apache-2.0 */
#include "sender_harness.h"

#include "base/alloc.h"
#include "base/clock.h"

uint64_t now;

static uint64_t fake_clock_ms(void)
{
    return now;
}

static enum hae_split_outcome refuse_to_split(void *user, struct hae_export_queue *queue,
                                              struct hae_request *request)
{
    struct fixture *f = user;

    (void)queue;
    (void)request;
    f->split_count++;
    return HAE_SPLIT_ONE_ITEM;
}

int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    now = 1000000;
    hae_set_clock_ms(fake_clock_ms);
    f->live_before = hae_alloc_live_count();
    assert_true(hae_accounting_init(&f->accounting));
    f->store.accounting = &f->accounting;
    f->signals = 1U << HAETAE_SIGNAL_TRACES;
    fake_init(&f->fake, "fake", fake_hold);
    f->options.retry = (struct hae_retry){INITIAL_MS, MAX_MS, ELAPSED_MS};
    atomic_init(&f->recorder.life, HAE_LIFE_OVER); /* it has no region to count in */
    f->options.recorder = &f->recorder;
    f->options.split = refuse_to_split;
    f->options.split_user = f;
    *state = f;
    return 0;
}

void begin(struct fixture *f)
{
    fake_make(&f->fake);
    hae_destination_init(&f->destination, f->fake.exporter, f->signals, &f->options);
}

uint64_t all_dropped(const struct hae_item_counts *counts)
{
    uint64_t dropped = 0;

    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        dropped += counts->dropped[reason];
    }
    return dropped;
}

int tear_down(void **state)
{
    struct fixture *f = *state;

    hae_destination_done(&f->destination);
    assert_int_equal(f->fake.free_count, 1);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        const struct hae_item_counts *counts = &f->accounting.signals[signal];

        assert_int_equal(counts->held, 0);
        assert_int_equal(counts->taken, counts->delivered + all_dropped(counts));
        assert_int_equal(f->store.used_bytes[signal], 0);
        assert_int_equal(f->destination.queues[signal].held_bytes, 0);
    }
    assert_null(f->store.oldest);
    assert_int_equal(hae_alloc_live_count(), f->live_before);
    fake_done(&f->fake);
    hae_accounting_done(&f->accounting);
    hae_set_clock_ms(NULL);
    free(f);
    return 0;
}

struct hae_item_counts *counts_of(struct fixture *f, haetae_signal signal)
{
    return &f->accounting.signals[signal];
}

struct hae_item_counts *counts(struct fixture *f)
{
    return counts_of(f, HAETAE_SIGNAL_TRACES);
}

void queue_signal(struct fixture *f, haetae_signal signal)
{
    struct hae_request *request = hae_request_new(signal, 100);

    assert_non_null(request);
    request->item_count = ITEMS;
    counts_of(f, signal)->taken += ITEMS;
    counts_of(f, signal)->held += ITEMS;
    hae_store_add(&f->store, request);
    assert_true(hae_export_queue_add(&f->destination.queues[signal], request));
}

void queue_many(struct fixture *f, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        queue_signal(f, HAETAE_SIGNAL_TRACES);
    }
}

void flush_now(struct fixture *f)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        hae_export_queue_flush_now(&f->destination.queues[signal]);
    }
}

void run_once(struct fixture *f)
{
    (void)hae_sender_run(&f->destination, now);
}

void begin_with(struct fixture *f, uint32_t in_flight, unsigned count)
{
    f->fake.ops.max_in_flight = in_flight;
    begin(f);
    queue_many(f, count);
    run_once(f);
}

void answer(struct fixture *f, haetae_verdict verdict, int64_t retry_after_ms)
{
    haetae_delivery *delivery = f->fake.held[0];
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = (int32_t)verdict,
                                          .retry_after_ms = retry_after_ms);

    assert_true(f->fake.held_count > 0);
    f->fake.held_count--;
    memmove(f->fake.held, f->fake.held + 1, f->fake.held_count * sizeof f->fake.held[0]);
    fake_answer_with(&f->fake, delivery, &result);
}

void fail_all(struct fixture *f)
{
    while (f->fake.held_count > 0) {
        answer(f, HAETAE_VERDICT_RETRY, -1);
    }
}

uint64_t pause_ms(struct fixture *f)
{
    int64_t wait = hae_sender_wait_ms(&f->destination, now);

    assert_true(wait >= 0);
    return (uint64_t)wait;
}

void pass_pause(struct fixture *f)
{
    uint64_t wait = pause_ms(f);
    uint64_t sends = f->fake.send_count;

    if (wait > 0) {
        now += wait - 1;
        run_once(f);
        assert_int_equal(f->fake.send_count, sends);
        now++;
    }
    run_once(f);
}

void pass_time(struct fixture *f, uint64_t ms)
{
    for (uint64_t passed = 0; passed < ms; passed += INITIAL_MS / 10) {
        now += INITIAL_MS / 10;
        run_once(f);
    }
}
