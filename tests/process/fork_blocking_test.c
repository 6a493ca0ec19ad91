/* SPDX-License-Identifier: Apache-2.0 */
/* A fork while an exporter that blocks has its thread: the child's exporter gets a thread of
 * the child's, and the parent's goes on. */
#include <stdatomic.h>
#include <unistd.h>

#include "process.h"

enum { TIMEOUT_MS = 20000 };

/* Blocks in one process, until the pipe is written to, and accepts in any other. */
struct blocker {
    _Atomic pid_t blocks_in; /* 0: nowhere */
    int pipe[2];
    _Atomic bool in_send;
    _Atomic int fork_count;
    _Atomic bool idle; /* what the last after_fork() was told */
    _Atomic uint64_t item_count;
    haetae_sdk *sdk;
};

static void blocker_send(void *self, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_OK);
    struct blocker *blocker = self;
    char byte;

    if (getpid() == blocker->blocks_in) {
        blocker->in_send = true;
        while (read(blocker->pipe[0], &byte, 1) != 1) {
        }
    }
    blocker->item_count += haetae_delivery_item_count(delivery);
    haetae_delivery_complete(delivery, &result);
}

static void blocker_after_fork(void *self, bool idle)
{
    struct blocker *blocker = self;

    blocker->fork_count++;
    blocker->idle = idle;
    blocker->item_count = 0;
}

static void begin(struct blocker *blocker, pid_t blocks_in)
{
    const haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "blocker", .send = blocker_send,
                       .after_fork = blocker_after_fork, .blocks = 1);
    haetae_config *config = sdk_config(SDK_SETTINGS({"OTEL_BLRP_SCHEDULE_DELAY", "1"}), NULL);
    haetae_exporter *exporter = NULL;

    memset(blocker, 0, sizeof *blocker);
    blocker->blocks_in = blocks_in;
    assert_int_equal(pipe(blocker->pipe), 0);
    assert_int_equal(haetae_exporter_new(&ops, blocker, &exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &blocker->sdk), HAETAE_OK);
    haetae_config_free(config);
}

static void end(struct blocker *blocker)
{
    haetae_sdk_free(blocker->sdk);
    close(blocker->pipe[0]);
    close(blocker->pipe[1]);
}

static void deliver_three(void *argument)
{
    struct blocker *blocker = argument;

    sdk_logs(blocker->sdk, 3);
    CHILD_EXPECT(haetae_sdk_shutdown(blocker->sdk, TIMEOUT_MS) == HAETAE_OK);
    CHILD_EXPECT(blocker->item_count == 3);
    CHILD_EXPECT(sdk_numbers(blocker->sdk, HAETAE_SIGNAL_LOGS).delivered == 3);
    haetae_sdk_free(blocker->sdk);
}

static void expect_busy_and_deliver(void *argument)
{
    struct blocker *blocker = argument;

    CHILD_EXPECT(blocker->fork_count == 1);
    CHILD_EXPECT(!blocker->idle);
    deliver_three(argument);
}

static void child_delivers_while_the_parents_thread_is_busy(void **state)
{
    struct blocker blocker;

    (void)state;
    begin(&blocker, getpid());
    sdk_logs(blocker.sdk, 2);
    while (!blocker.in_send) {
        usleep(1000);
    }
    process_run(expect_busy_and_deliver, &blocker);
    assert_int_equal(blocker.item_count, 0);
    assert_int_equal(write(blocker.pipe[1], "x", 1), 1);
    blocker.blocks_in = 0;
    assert_int_equal(haetae_sdk_shutdown(blocker.sdk, TIMEOUT_MS), HAETAE_OK);
    assert_int_equal(blocker.item_count, 2);
    sdk_all_delivered(blocker.sdk, HAETAE_SIGNAL_LOGS, 2);
    end(&blocker);
}

static void expect_idle_and_deliver(void *argument)
{
    struct blocker *blocker = argument;

    CHILD_EXPECT(blocker->idle);
    deliver_three(argument);
}

static void fork_again(void *argument)
{
    struct blocker *blocker = argument;

    process_run(expect_idle_and_deliver, argument);
    CHILD_EXPECT(blocker->fork_count == 1);
    deliver_three(argument);
}

static void children_deliver_after_an_idle_exporter(void **state)
{
    struct blocker blocker;

    (void)state;
    begin(&blocker, 0);
    sdk_logs(blocker.sdk, 2);
    assert_int_equal(haetae_sdk_force_flush(blocker.sdk, TIMEOUT_MS), HAETAE_OK);
    process_run(expect_idle_and_deliver, &blocker);
    process_run(fork_again, &blocker);
    sdk_logs(blocker.sdk, 1);
    assert_int_equal(haetae_sdk_shutdown(blocker.sdk, TIMEOUT_MS), HAETAE_OK);
    assert_int_equal(blocker.item_count, 3);
    end(&blocker);
}

int main(void)
{
#ifdef __SANITIZE_THREAD__
    /* It ends a child in which a thread is started. */
    return 77;
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(child_delivers_while_the_parents_thread_is_busy),
        cmocka_unit_test(children_deliver_after_an_idle_exporter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
