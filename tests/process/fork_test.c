/* SPDX-License-Identifier: Apache-2.0 */
/* What a forked child has, and what its parent keeps. */
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

static void expect_numbers(haetae_sdk *sdk, haetae_signal signal, uint64_t recorded,
                           uint64_t delivered)
{
    haetae_stats *stats = NULL;

    CHILD_EXPECT(haetae_stats_take(sdk, &stats) == HAETAE_OK);
    CHILD_EXPECT(haetae_stats_recorded(stats, signal) == recorded);
    CHILD_EXPECT(haetae_stats_delivered(stats, signal) == delivered);
    CHILD_EXPECT(haetae_stats_dropped_total(stats, signal) == 0);
    haetae_stats_free(stats);
}

/* ---- A child that records ------------------------------------------------------------------ */

static void record_and_shut_down(void *argument)
{
    struct fixture *f = argument;

    CHILD_EXPECT(haetae_tracer_enabled(f->tracer));
    CHILD_EXPECT(haetae_logger_enabled(f->logger, HAETAE_SEVERITY_INFO));
    expect_numbers(f->sdk, HAETAE_SIGNAL_TRACES, 0, 0);
    fixture_record(f, CHILD, 0, 100);
    CHILD_EXPECT(haetae_sdk_force_flush(f->sdk, 20000) == HAETAE_OK);
    expect_numbers(f->sdk, HAETAE_SIGNAL_TRACES, 100, 100);
    expect_numbers(f->sdk, HAETAE_SIGNAL_LOGS, 100, 100);
    CHILD_EXPECT(haetae_sdk_shutdown(f->sdk, 20000) == HAETAE_OK);
    haetae_sdk_free(f->sdk);
}

static void both_deliver_their_own_exactly_once(void **state)
{
    struct fixture f;
    int64_t child;

    (void)state;
    fixture_begin(&f, NULL);
    fixture_record(&f, PARENT, 0, 500); /* at the fork, most of it is not sent yet */
    child = process_run(record_and_shut_down, &f);
    fixture_finish(&f);
    receiver_has_each_once(f.receiver, HAETAE_SIGNAL_TRACES, PARENT, 0, 500);
    receiver_has_each_once(f.receiver, HAETAE_SIGNAL_LOGS, PARENT, 0, 500);
    receiver_has_each_once(f.receiver, HAETAE_SIGNAL_TRACES, CHILD, 0, 100);
    receiver_has_each_once(f.receiver, HAETAE_SIGNAL_LOGS, CHILD, 0, 100);
    receiver_has_no_others(f.receiver);
    receiver_has_unique_ids(f.receiver);
    /* Metrics begin at 0 in the child. */
    assert_int_equal(receiver_last_value(f.receiver, child, "made"), 100);
    assert_int_equal(receiver_last_value(f.receiver, child, "observed"), 100);
    assert_int_equal(receiver_last_value(f.receiver, child, "bound"), 100);
    assert_int_equal(receiver_last_value(f.receiver, getpid(), "made"), 500);
    assert_int_equal(receiver_last_value(f.receiver, getpid(), "observed"), 500);
    assert_int_equal(receiver_last_value(f.receiver, getpid(), "bound"), 500);
    sdk_all_delivered(f.sdk, HAETAE_SIGNAL_TRACES, 500);
    sdk_all_delivered(f.sdk, HAETAE_SIGNAL_LOGS, 500);
    fixture_end(&f);
}

static void child_is_another_process_and_instance(void **state)
{
    struct fixture f;
    const char *instances[2] = {NULL, NULL};
    uint64_t starts[2] = {0, 0};
    pid_t child;

    (void)state;
    fixture_begin(&f, NULL);
    fixture_record(&f, PARENT, 0, 1);
    child = process_run(record_and_shut_down, &f);
    fixture_finish(&f);
    for (size_t i = 0; i < receiver_count(f.receiver); i++) {
        const struct item *item = receiver_item(f.receiver, i);
        unsigned whose = item->pid == child;

        assert_true(item->pid == child || item->pid == getpid());
        if (item->signal != HAETAE_SIGNAL_METRICS) {
            assert_int_equal(item->id.process, whose);
        } else if (strcmp(item->name, "made") == 0) {
            starts[whose] = item->start_unix_ns;
        }
        if (instances[whose] != NULL) {
            assert_string_equal(instances[whose], item->instance_id);
        }
        instances[whose] = item->instance_id;
    }
    assert_string_not_equal(instances[0], instances[1]);
    assert_true(starts[1] > starts[0]);
    fixture_end(&f);
}

static void instance_id_of_the_host_stays_in_a_child(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f, SDK_SETTINGS({"OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=seoul-1"}));
    fixture_record(&f, PARENT, 0, 1);
    process_run(record_and_shut_down, &f);
    fixture_finish(&f);
    for (size_t i = 0; i < receiver_count(f.receiver); i++) {
        assert_string_equal(receiver_item(f.receiver, i)->instance_id, "seoul-1");
    }
    fixture_end(&f);
}

/* ---- Spans across the fork ----------------------------------------------------------------- */

static void continue_the_trace(void *argument)
{
    struct fixture *f = argument;
    haetae_span_context context;
    haetae_stats *stats = NULL;

    CHILD_EXPECT(haetae_current_span() == f->span);
    CHILD_EXPECT(haetae_current_span_context(&context));
    CHILD_EXPECT(!haetae_span_is_recording(f->span));
    haetae_span_set_int64(f->span, "n", 1, 1); /* counted: 1 */
    process_span(f->tracer, (struct item_id){CHILD, 0, 0});
    haetae_span_set_int64(f->span, "n", 1, 1); /* 2 */
    haetae_span_end(f->span);                  /* 3 */
    CHILD_EXPECT(haetae_stats_take(f->sdk, &stats) == HAETAE_OK);
    CHILD_EXPECT(haetae_stats_misuse(stats, HAETAE_MISUSE_ENDED_SPAN) == 3);
    CHILD_EXPECT(haetae_stats_open_spans(stats) == 0);
    haetae_stats_free(stats);
    CHILD_EXPECT(haetae_sdk_shutdown(f->sdk, 20000) == HAETAE_OK);
}

static void trace_continues_in_the_child_but_the_span_stays_the_parents(void **state)
{
    haetae_context_token token;
    struct fixture f;
    const struct item *parent = NULL;
    const struct item *child = NULL;

    (void)state;
    fixture_begin(&f, NULL);
    f.span = process_start_span(f.tracer, (struct item_id){PARENT, 0, 0});
    haetae_context_attach(f.span, &token);
    process_run(continue_the_trace, &f);
    haetae_context_detach(&token);
    haetae_span_end(f.span);
    fixture_finish(&f);
    for (size_t i = 0; i < receiver_count(f.receiver); i++) {
        const struct item *item = receiver_item(f.receiver, i);

        *(item->id.process == CHILD ? &child : &parent) = item;
    }
    assert_non_null(parent);
    assert_non_null(child);
    assert_memory_equal(child->ids, parent->ids, 16);
    assert_memory_equal(child->parent_id, parent->ids + 16, 8);
    assert_memory_not_equal(child->ids + 16, parent->ids + 16, 8);
    fixture_end(&f);
}

/* ---- Children that record nothing ----------------------------------------------------------- */

static void do_nothing(void *argument)
{
    struct fixture *f = argument;

    CHILD_EXPECT(process_thread_count() == 1);
    CHILD_EXPECT(haetae_sdk_force_flush(f->sdk, 20000) == HAETAE_OK);
    expect_numbers(f->sdk, HAETAE_SIGNAL_TRACES, 0, 0);
    CHILD_EXPECT(haetae_sdk_shutdown(f->sdk, 20000) == HAETAE_OK);
    CHILD_EXPECT(haetae_sdk_shutdown(f->sdk, 20000) == HAETAE_ESHUTDOWN);
    CHILD_EXPECT(!haetae_tracer_enabled(f->tracer));
    process_span(f->tracer, (struct item_id){CHILD, 0, 0});
    process_log(f->logger, (struct item_id){CHILD, 0, 0});
    haetae_sdk_free(f->sdk);
    CHILD_EXPECT(process_thread_count() == 1);
}

static void free_at_once(void *argument)
{
    struct fixture *f = argument;

    haetae_sdk_free(f->sdk);
}

static void leave(void *argument)
{
    (void)argument;
}

static void execute(void *argument)
{
    (void)argument;
    execl("/bin/true", "true", (char *)NULL);
    execl("/usr/bin/true", "true", (char *)NULL);
    _exit(127);
}

static void children_that_record_nothing_send_nothing_and_change_nothing(void **state)
{
    static const process_body bodies[] = {do_nothing, free_at_once, leave, execute};
    struct fixture f;
    pid_t pid;

    (void)state;
    fixture_begin(&f, NULL);
    fixture_record(&f, PARENT, 0, 50);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        process_run(bodies[i], &f);
    }
    pid = vfork();
    if (pid == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(0);
    }
    process_await(pid);
    fixture_record(&f, 2, 0, 50);
    fixture_finish(&f);
    receiver_has_each_once(f.receiver, HAETAE_SIGNAL_TRACES, PARENT, 0, 50);
    receiver_has_each_once(f.receiver, HAETAE_SIGNAL_TRACES, 2, 0, 50);
    receiver_has_each_once(f.receiver, HAETAE_SIGNAL_LOGS, PARENT, 0, 50);
    receiver_has_each_once(f.receiver, HAETAE_SIGNAL_LOGS, 2, 0, 50);
    receiver_has_no_others(f.receiver);
    assert_int_equal(receiver_last_value(f.receiver, getpid(), "made"), 100);
    fixture_end(&f);
}

/* ---- Generations ---------------------------------------------------------------------------- */

struct line {
    struct fixture f;
    unsigned depth;
};

/* AddressSanitizer's allocator does not handle forks: a lock that a starting thread holds is
 * never released in the child. */
static void await_worker(haetae_sdk *sdk)
{
#if defined(__SANITIZE_ADDRESS__)
    CHILD_EXPECT(haetae_sdk_force_flush(sdk, 60000) == HAETAE_OK);
#else
    (void)sdk;
#endif
}

/* Each process records after it forks, and every other process also before. */
static void descend(void *argument)
{
    struct line *line = argument;
    unsigned process = line->depth;

    if (process % 2 != 0) {
        process_span(line->f.tracer, (struct item_id){process, 0, 0});
        haetae_counter_add(line->f.counter, 1, NULL, 0);
    }
    if (process < 5) {
        pid_t pid;
        int status = -1;

        line->depth++;
        await_worker(line->f.sdk);
        pid = process_begin(descend, line);
        CHILD_EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
    }
    process_span(line->f.tracer, (struct item_id){process, 0, process % 2});
    haetae_counter_add(line->f.counter, 1, NULL, 0);
    expect_numbers(line->f.sdk, HAETAE_SIGNAL_LOGS, 0, 0);
    CHILD_EXPECT(haetae_sdk_shutdown(line->f.sdk, 20000) == HAETAE_OK);
    haetae_sdk_free(line->f.sdk);
}

static void each_generation_of_children_delivers_its_own(void **state)
{
    struct line line = {.depth = 1};

    (void)state;
    fixture_begin(&line.f, NULL);
    process_span(line.f.tracer, (struct item_id){PARENT, 0, 0});
    process_run(descend, &line);
    fixture_finish(&line.f);
    for (unsigned process = 0; process <= 5; process++) {
        receiver_has_each_once(line.f.receiver, HAETAE_SIGNAL_TRACES, process, 0, 1 + process % 2);
    }
    receiver_has_no_others(line.f.receiver);
    receiver_has_unique_ids(line.f.receiver);
    fixture_end(&line.f);
}

/* ---- SDKs that do not run ----------------------------------------------------------- */

static void record_in_vain(void *argument)
{
    struct fixture *f = argument;
    haetae_stats *stats = NULL;

    process_span(f->tracer, (struct item_id){CHILD, 0, 0});
    process_log(f->logger, (struct item_id){CHILD, 0, 0});
    haetae_counter_add(f->counter, 1, NULL, 0);
    CHILD_EXPECT(haetae_stats_take(f->sdk, &stats) == HAETAE_OK);
    if (f->sdk != NULL) {
        CHILD_EXPECT(haetae_stats_dropped(stats, HAETAE_SIGNAL_TRACES, HAETAE_DROP_SHUTDOWN) == 1);
        CHILD_EXPECT(haetae_stats_recorded(stats, HAETAE_SIGNAL_TRACES) == 1);
        CHILD_EXPECT(haetae_stats_recorded(stats, HAETAE_SIGNAL_LOGS) == 1);
        CHILD_EXPECT(haetae_sdk_force_flush(f->sdk, 1000) == HAETAE_ESHUTDOWN);
    }
    haetae_stats_free(stats);
    haetae_sdk_free(f->sdk);
}

static void child_of_a_stopped_sdk_drops_and_counts(void **state)
{
    struct fixture f;
    struct fixture none;

    (void)state;
    memset(&none, 0, sizeof none);
    process_run(record_in_vain, &none);
    fixture_begin(&f, NULL);
    fixture_record(&f, PARENT, 0, 10);
    fixture_finish(&f);
    process_run(record_in_vain, &f);
    sdk_all_delivered(f.sdk, HAETAE_SIGNAL_TRACES, 10);
    fixture_end(&f);
}

/* ---- Driven by hand ---------------------------------------------------------------- */

static void drive_in_child(void *argument)
{
    struct fixture *f = argument;

    CHILD_EXPECT(haetae_sdk_step(f->sdk, 0) == HAETAE_OK);
    fixture_record(f, CHILD, 0, 20);
    CHILD_EXPECT(haetae_sdk_step(f->sdk, 0) == HAETAE_OK);
    CHILD_EXPECT(process_thread_count() == 1);
    CHILD_EXPECT(haetae_sdk_shutdown(f->sdk, 20000) == HAETAE_OK);
}

static void sdk_without_a_worker_has_none_in_the_child(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f, SDK_SETTINGS({"HAETAE_WORKER", "manual"}));
    fixture_record(&f, PARENT, 0, 20);
    process_run(drive_in_child, &f);
    fixture_finish(&f);
    receiver_has_each_once(f.receiver, HAETAE_SIGNAL_TRACES, PARENT, 0, 20);
    receiver_has_each_once(f.receiver, HAETAE_SIGNAL_TRACES, CHILD, 0, 20);
    receiver_has_each_once(f.receiver, HAETAE_SIGNAL_LOGS, PARENT, 0, 20);
    receiver_has_each_once(f.receiver, HAETAE_SIGNAL_LOGS, CHILD, 0, 20);
    receiver_has_no_others(f.receiver);
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_deliver_their_own_exactly_once),
        cmocka_unit_test(child_is_another_process_and_instance),
        cmocka_unit_test(instance_id_of_the_host_stays_in_a_child),
        cmocka_unit_test(trace_continues_in_the_child_but_the_span_stays_the_parents),
        cmocka_unit_test(children_that_record_nothing_send_nothing_and_change_nothing),
        cmocka_unit_test(each_generation_of_children_delivers_its_own),
        cmocka_unit_test(child_of_a_stopped_sdk_drops_and_counts),
        cmocka_unit_test(sdk_without_a_worker_has_none_in_the_child),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
