/* SPDX-License-Identifier: Apache-2.0 */
/* How long a collection waits: collect.c, with a reader that this file has instead of an SDK's. */
#include "collect.h"

#include <pthread.h>
#include <unistd.h>

#include "support/core_cmocka.h"

enum { ENOUGH_MS = 60000, ATTEMPTS = 100 };

static int entered[2]; /* a pipe: the reader has been called */
static int released[2];
static uint32_t last_timeout_ms;
static bool blocks;

haetae_status haetae_metric_reader_collect(haetae_metric_reader *reader, uint32_t timeout_ms,
                                           haetae_metrics_callback take, void *user)
{
    char byte = 0;

    (void)reader;
    (void)take;
    (void)user;
    last_timeout_ms = timeout_ms;
    if (blocks) {
        blocks = false;
        (void)!write(entered[1], &byte, 1);
        (void)!read(released[0], &byte, 1);
    }
    return HAETAE_OK;
}

struct call {
    struct hae_prom_collector *collector;
    pthread_t thread;
    haetae_status status;
};

static void *run(void *argument)
{
    struct call *call = argument;
    struct hae_prom_choice choice = {.format = HAE_PROM_TEXT};
    struct hae_buffer page = HAE_BUFFER_INIT;

    call->status = hae_prom_collect(call->collector, &choice, ENOUGH_MS, &page);
    hae_buffer_done(&page);
    return NULL;
}

/* Starts a collection that stays in the reader until end_first(). */
static void begin_first(struct call *call)
{
    char byte;

    blocks = true;
    assert_int_equal(pthread_create(&call->thread, NULL, run, call), 0);
    assert_int_equal(read(entered[0], &byte, 1), 1);
}

static void end_first(struct call *call)
{
    char byte = 0;

    assert_int_equal(write(released[1], &byte, 1), 1);
    pthread_join(call->thread, NULL);
    assert_int_equal(call->status, HAETAE_OK);
}

static void one_deadline_is_for_both_waits(void **state)
{
    struct hae_prom_collector collector = {.reader = NULL};
    uint32_t left_ms = ENOUGH_MS;

    (void)state;
    assert_true(hae_prom_collector_init(&collector));
    /* The second call has usually begun to wait when the first one ends. */
    for (int i = 0; i < ATTEMPTS && left_ms == ENOUGH_MS; i++) {
        struct call first = {.collector = &collector};
        struct call second = {.collector = &collector};

        begin_first(&first);
        assert_in_range(last_timeout_ms, 1, ENOUGH_MS);
        assert_int_equal(pthread_create(&second.thread, NULL, run, &second), 0);
        usleep(20000);
        end_first(&first);
        pthread_join(second.thread, NULL);
        assert_int_equal(second.status, HAETAE_OK);
        left_ms = last_timeout_ms;
        if (left_ms > ENOUGH_MS - 10) {
            left_ms = ENOUGH_MS; /* it may have waited for nothing */
        }
    }
    assert_in_range(left_ms, 1, ENOUGH_MS - 10);
    hae_prom_collector_done(&collector);
}

static void a_call_gives_up_while_another_one_collects(void **state)
{
    struct hae_prom_collector collector = {.reader = NULL};
    struct call first = {.collector = &collector};
    struct hae_prom_choice choice = {.format = HAE_PROM_TEXT};
    struct hae_buffer page = HAE_BUFFER_INIT;

    (void)state;
    assert_true(hae_prom_collector_init(&collector));
    begin_first(&first);
    assert_int_equal(hae_prom_collect(&collector, &choice, 0, &page), HAETAE_ETIMEOUT);
    assert_int_equal(hae_prom_collect(&collector, &choice, 1, &page), HAETAE_ETIMEOUT);
    end_first(&first);
    assert_int_equal(hae_prom_collect(&collector, &choice, 1, &page), HAETAE_OK);
    hae_buffer_done(&page);
    hae_prom_collector_done(&collector);
}

/* Whoever collected was a thread of the parent. */
static void a_child_waits_for_nobody(void **state)
{
    struct hae_prom_collector collector = {.reader = NULL};
    struct hae_prom_choice choice = {.format = HAE_PROM_TEXT};
    struct hae_buffer page = HAE_BUFFER_INIT;

    (void)state;
    assert_true(hae_prom_collector_init(&collector));
    collector.collects = true;
    hae_prom_collector_in_child(&collector);
    assert_int_equal(hae_prom_collect(&collector, &choice, 0, &page), HAETAE_OK);
    hae_buffer_done(&page);
    hae_prom_collector_done(&collector);
}

static int make_pipes(void **state)
{
    (void)state;
    return pipe(entered) == 0 && pipe(released) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_deadline_is_for_both_waits),
        cmocka_unit_test(a_call_gives_up_while_another_one_collects),
        cmocka_unit_test(a_child_waits_for_nobody),
    };

    return cmocka_run_group_tests(tests, make_pipes, NULL);
}
