/* SPDX-License-Identifier: Apache-2.0 */
/* Metric producers of readers, whole: from the API to what is exported. */
#include <sys/wait.h>
#include <unistd.h>

#include "producer_fixture.h"

static void metrics_of_a_producer_leave_with_those_of_instruments(void **state)
{
    struct bridge bridge;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add_producer(&f, &bridge, "bridged");
    start_fixture(&f, 1);
    haetae_counter_add(haetae_counter_named(haetae_meter_named(f.sdk, "m"), "own", "1"), 7, NULL,
                       0);
    pull(&f);
    assert_int_equal(f.seen.count, 2);
    assert_int_equal(find(&f.seen, "own")->sum->data_points[0]->as_int, 7);
    check_bridged(&f.seen, "bridged", CUMULATIVE);
    assert_string_equal(f.seen.scopes[1]->scope->name, "bridge");
    assert_string_equal(f.seen.scopes[1]->scope->version, "1.2");
    assert_string_equal(f.seen.scopes[1]->schema_url, "https://schema");
    assert_int_equal(bridge.freed, 0);
    end_fixture(&f);
    assert_int_equal(bridge.freed, 1);
}

static void a_periodic_reader_collects_from_producers(void **state)
{
    struct bridge bridge;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "thread", 0, HAETAE_PREFERENCE_DELTA);
    add_producer(&f, &bridge, "bridged");
    start_fixture(&f, 0);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
    check_bridged(&f.seen, "bridged", DELTA);
    assert_int_equal(bridge.calls, 1);
    end_fixture(&f);
    assert_int_equal(bridge.calls, 2); /* the shutdown collects for the last time */
}

static void a_producer_is_called_for_its_reader_only(void **state)
{
    struct bridge bridge;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add_producer(&f, &bridge, "bridged");
    start_fixture(&f, 1);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK); /* the exporter's reader */
    assert_int_equal(bridge.calls, 0);
    assert_int_equal(f.seen.count, 0);
    end_fixture(&f);
}

static void several_producers_are_collected_in_order(void **state)
{
    struct bridge one;
    struct bridge two;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add_producer(&f, &one, "one");
    add_producer(&f, &two, "two");
    start_fixture(&f, 1);
    pull(&f);
    assert_int_equal(f.seen.count, 2);
    assert_string_equal(f.seen.metrics[0]->name, "one");
    assert_string_equal(f.seen.metrics[1]->name, "two");
    end_fixture(&f);
}

static void a_producer_that_fails_keeps_what_it_added(void **state)
{
    struct bridge bridge;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add_producer(&f, &bridge, "bridged");
    bridge.returns = HAETAE_ELIMIT;
    start_fixture(&f, 1);
    pull(&f);
    check_bridged(&f.seen, "bridged", CUMULATIVE);
    assert_non_null(strstr(f.diagnostics, "metric producer \"bridge\" could not add"));
    end_fixture(&f);
}

static unsigned reported_count(const struct fixture *f, const char *text)
{
    unsigned count = 0;

    for (const char *at = f->diagnostics; (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    return count;
}

static void a_producer_that_fails_is_reported_when_that_changes(void **state)
{
    struct bridge bridge;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add_producer(&f, &bridge, "bridged");
    start_fixture(&f, 1);
    pull(&f);
    assert_int_equal(reported_count(&f, "metric producer"), 0);
    bridge.returns = HAETAE_ELIMIT;
    for (int i = 0; i < 3; i++) {
        pull(&f);
    }
    assert_int_equal(reported_count(&f, "could not add all its metrics"), 1);
    bridge.returns = HAETAE_EIO; /* in another way */
    for (int i = 0; i < 2; i++) {
        pull(&f);
    }
    assert_int_equal(reported_count(&f, "could not add all its metrics"), 2);
    bridge.returns = HAETAE_OK;
    for (int i = 0; i < 2; i++) {
        pull(&f);
    }
    assert_int_equal(reported_count(&f, "adds all its metrics again, after 5 calls that failed"),
                     1);
    bridge.returns = HAETAE_EIO;
    pull(&f);
    assert_int_equal(reported_count(&f, "could not add all its metrics"), 3);
    bridge.returns = HAETAE_OK;
    pull(&f);
    assert_int_equal(reported_count(&f, "after 1 calls that failed"), 1);
    end_fixture(&f);
}

/* Collects until a metric is there: on a busy machine a round may be over before a thread calls its
 * producer. */
static void pull_until_seen(struct fixture *f, const char *name)
{
    do {
        pull(f);
    } while (find(&f->seen, name) == NULL);
}

/* It returns when the SDK may be gone. */
static void a_producer_that_hangs_delays_nothing_for_long(void **state)
{
    struct bridge hanging;
    struct bridge other;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "thread", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add_producer(&f, &hanging, "hanging");
    add_producer(&f, &other, "other");
    atomic_store(&hanging.hangs, true);
    start_fixture(&f, 1);
    pull_until_seen(&f, "other");
    assert_null(find(&f.seen, "hanging"));
    check_bridged(&f.seen, "other", CUMULATIVE);
    assert_non_null(strstr(f.diagnostics, "metric producer \"bridge\" has not returned in 100 ms"));
    pull_until_seen(&f, "other");
    assert_int_equal(hanging.calls, 1);
    assert_true(other.calls >= 2);
    end_fixture(&f);
    assert_int_equal(hanging.freed, 0);
    assert_int_equal(other.freed, 1); /* it waits for no other */
    atomic_store(&hanging.hangs, false);
    while (atomic_load(&hanging.freed) == 0) {
        usleep(1000);
    }
    assert_int_equal(other.freed, 1);
}

/* Its parent's thread is in a producer meanwhile. */
static void a_child_forked_within_a_producer_collects(void **state)
{
#if defined(__SANITIZE_THREAD__) || !defined(__linux__)
    (void)state;
    skip();
#else
    struct bridge hanging;
    struct bridge other;
    struct fixture f;
    pid_t child;
    int status = 0;

    (void)state;
    begin_fixture(&f, "thread", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add_producer(&f, &hanging, "hanging");
    add_producer(&f, &other, "other");
    atomic_store(&hanging.hangs, true);
    start_fixture(&f, 1);
    pull_until_seen(&f, "other");
    child = fork();
    if (child == 0) {
        atomic_store(&hanging.hangs, false);
        haetae_counter_add(haetae_counter_named(haetae_meter_named(f.sdk, "m"), "own", "1"), 7,
                           NULL, 0);
        pull_until_seen(&f, "other");
        pull_until_seen(&f, "hanging");
        _exit(find(&f.seen, "own") == NULL ? 1 : 0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    atomic_store(&hanging.hangs, false);
    end_fixture(&f);
#endif
}

static void producers_that_cannot_be_are_refused(void **state)
{
    haetae_metric_producer producer =
        HAETAE_OPTIONS(haetae_metric_producer, .produce = produce, .free = free_bridge);
    struct bridge bridges[64];
    struct bridge bridge = {.name = "b"};
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    producer.self = &bridge;
    assert_int_equal(haetae_metric_reader_add_producer(NULL, &producer), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_add_producer(f.reader, NULL), HAETAE_EINVAL);
    producer.produce = NULL;
    assert_int_equal(haetae_metric_reader_add_producer(f.reader, &producer), HAETAE_EINVAL);
    producer.produce = produce;
    producer.scope_version = (haetae_string){"x", SIZE_MAX};
    assert_int_equal(haetae_metric_reader_add_producer(f.reader, &producer), HAETAE_EINVAL);
    producer.scope_version = (haetae_string){NULL, 0};
    for (size_t i = 0; i < 64; i++) {
        add_producer(&f, &bridges[i], "b");
    }
    assert_int_equal(haetae_metric_reader_add_producer(f.reader, &producer), HAETAE_ELIMIT);
    start_fixture(&f, 1);
    assert_int_equal(haetae_metric_reader_add_producer(f.reader, &producer), HAETAE_ECONFLICT);
    assert_int_equal(bridge.freed, 0); /* it stays the caller's */
    end_fixture(&f);
}

static void what_no_sdk_uses_is_freed_with_the_reader(void **state)
{
    struct bridge bridge;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add_producer(&f, &bridge, "bridged");
    haetae_metric_reader_free(f.reader);
    assert_int_equal(bridge.freed, 1);
    haetae_config_free(f.config);
    fake_done(&f.fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_of_a_producer_leave_with_those_of_instruments),
        cmocka_unit_test(a_periodic_reader_collects_from_producers),
        cmocka_unit_test(a_producer_is_called_for_its_reader_only),
        cmocka_unit_test(several_producers_are_collected_in_order),
        cmocka_unit_test(a_producer_that_fails_keeps_what_it_added),
        cmocka_unit_test(a_producer_that_fails_is_reported_when_that_changes),
        cmocka_unit_test(a_producer_that_hangs_delays_nothing_for_long),
        cmocka_unit_test(a_child_forked_within_a_producer_collects),
        cmocka_unit_test(producers_that_cannot_be_are_refused),
        cmocka_unit_test(what_no_sdk_uses_is_freed_with_the_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
