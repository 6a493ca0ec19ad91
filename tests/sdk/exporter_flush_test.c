/* SPDX-License-Identifier: Apache-2.0 */
/* The force_flush() and shutdown() of exporters that keep something of what they took. */
#include <stdatomic.h>
#include <unistd.h>

#include "pipeline/export_thread.h"
#include "pipeline/exporter.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

enum { LONG_MS = 600000 };

/* ---- An exporter that keeps what it took ----------------------------------------------------- */

struct keeper {
    struct fake_exporter fake;
    _Atomic unsigned kept; /* deliveries that it took and has not exported */
    _Atomic unsigned handed;
    _Atomic unsigned flushes;
    _Atomic unsigned shutdowns;
    _Atomic unsigned kept_at_shutdown;
    _Atomic unsigned sent_after_shutdown;
    _Atomic unsigned too_early; /* flushes that answer HAETAE_ETIMEOUT first */
    _Atomic bool hangs;
    _Atomic bool in_thread; /* some call came in another thread than the driver's */
    _Atomic haetae_status answer;
    haetae_status shutdown_answer;
    unsigned pause_us;
    haetae_sdk *records; /* NULL: it records nothing while it flushes */
    pthread_t driver;
};

static void keep(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct keeper *keeper = fake->user;

    atomic_fetch_add(&keeper->kept, 1);
    if (atomic_load(&keeper->shutdowns) != 0) {
        atomic_fetch_add(&keeper->sent_after_shutdown, 1);
    }
    fake_accept(fake, delivery);
}

static haetae_status force_flush(void *self)
{
    struct keeper *keeper = ((struct fake_exporter *)self)->user;
    haetae_status answer = atomic_load(&keeper->answer); /* whoever sees the call knows it */

    atomic_fetch_add(&keeper->flushes, 1);
    if (!pthread_equal(keeper->driver, pthread_self())) {
        atomic_store(&keeper->in_thread, true);
    }
    while (atomic_load(&keeper->hangs)) {
        usleep(1000);
    }
    for (int i = 0; i < 20 && keeper->records != NULL; i++) {
        haetae_log(haetae_logger_named(keeper->records, "l"), HAETAE_SEVERITY_INFO,
                   HAETAE_TEXT("during"), NULL, 0);
        usleep(2000);
    }
    usleep(keeper->pause_us);
    if (atomic_load(&keeper->too_early) != 0) {
        atomic_fetch_sub(&keeper->too_early, 1);
        return HAETAE_ETIMEOUT;
    }
    atomic_fetch_add(&keeper->handed, atomic_exchange(&keeper->kept, 0));
    return answer;
}

static haetae_status shut_down(void *self)
{
    struct keeper *keeper = ((struct fake_exporter *)self)->user;

    atomic_fetch_add(&keeper->shutdowns, 1);
    atomic_store(&keeper->kept_at_shutdown, atomic_load(&keeper->kept));
    return keeper->shutdown_answer;
}

/* ---- An SDK ---------------------------------------------------------------------------------- */

struct fixture {
    struct keeper keeper;
    struct keeper other; /* of tests with two */
    haetae_sdk *sdk;
    char diagnostics[2048];
};

static void note(void *user, haetae_diagnostic_level level, const char *text)
{
    struct fixture *f = user;
    size_t length = strlen(f->diagnostics);

    (void)level;
    (void)snprintf(f->diagnostics + length, sizeof f->diagnostics - length, "%s\n", text);
}

static void prepare(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    fake_init(&f->keeper.fake, "keeper", keep);
    f->keeper.fake.user = &f->keeper;
    f->keeper.fake.ops.force_flush = force_flush;
    f->keeper.fake.ops.shutdown = shut_down;
    f->keeper.driver = pthread_self();
}

static void start(struct fixture *f, const char *worker)
{
    haetae_config *config = sdk_config(SDK_SETTINGS(SDK_ONLY_FLUSHES, {"HAETAE_WORKER", worker}),
                                       SDK_FAKES(&f->keeper.fake));

    haetae_config_set_diagnostics(config, note, f);
    assert_int_equal(haetae_sdk_start(config, &f->sdk), HAETAE_OK);
    haetae_config_free(config);
}

static void prepare_both(struct fixture *f)
{
    prepare(f);
    fake_init(&f->other.fake, "other", keep);
    f->other.fake.user = &f->other;
    f->other.fake.ops.force_flush = force_flush;
    f->other.fake.ops.shutdown = shut_down;
    f->other.driver = pthread_self();
}

static void start_both(struct fixture *f)
{
    haetae_config *config =
        sdk_config(SDK_SETTINGS(SDK_ONLY_FLUSHES), SDK_FAKES(&f->keeper.fake, &f->other.fake));

    haetae_config_set_diagnostics(config, note, f);
    assert_int_equal(haetae_sdk_start(config, &f->sdk), HAETAE_OK);
    haetae_config_free(config);
}

static void record(struct fixture *f)
{
    haetae_log(haetae_logger_named(f->sdk, "l"), HAETAE_SEVERITY_INFO, HAETAE_TEXT("x"), NULL, 0);
}

static void end(struct fixture *f, haetae_status status)
{
    assert_int_equal(haetae_sdk_shutdown(f->sdk, 10000), status);
    assert_int_equal(f->keeper.kept_at_shutdown, 0);
    haetae_sdk_free(f->sdk);
    assert_int_equal(f->keeper.shutdowns, 1);
    assert_int_equal(f->keeper.sent_after_shutdown, 0);
    fake_done(&f->keeper.fake);
}

/* ---- Flushes --------------------------------------------------------------------------------- */

static void a_flush_hands_on_what_the_exporter_keeps(void **state)
{
    struct fixture f;

    (void)state;
    prepare(&f);
    start(&f, "manual");
    record(&f);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
    assert_int_equal(f.keeper.handed, 1);
    record(&f);
    end(&f, HAETAE_OK);
    assert_int_equal(f.keeper.handed, 2);
}

static void it_is_called_only_for_flushes(void **state)
{
    struct fixture f;

    (void)state;
    prepare(&f);
    start(&f, "manual");
    record(&f);
    assert_int_equal(haetae_sdk_step(f.sdk, 0), HAETAE_OK);
    assert_int_equal(f.keeper.flushes, 0);
    end(&f, HAETAE_OK);
}

static void a_flush_waits_for_an_exporter_that_needs_time(void **state)
{
    struct fixture f;

    (void)state;
    prepare(&f);
    atomic_store(&f.keeper.too_early, 3);
    start(&f, "thread");
    record(&f);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
    assert_int_equal(f.keeper.handed, 1);
    assert_int_equal(f.keeper.flushes, 4);
    end(&f, HAETAE_OK);
}

static void a_flush_that_an_exporter_cannot_end_times_out(void **state)
{
    struct fixture f;

    (void)state;
    prepare(&f);
    atomic_store(&f.keeper.too_early, UINT32_MAX);
    start(&f, "thread");
    record(&f);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 50), HAETAE_ETIMEOUT);
    atomic_store(&f.keeper.too_early, 0);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
    assert_int_equal(f.keeper.handed, 1);
    end(&f, HAETAE_OK);
}

static void a_flush_reports_what_an_exporter_could_not_hand_on(void **state)
{
    struct fixture f;

    (void)state;
    prepare(&f);
    atomic_store(&f.keeper.answer, HAETAE_EIO);
    start(&f, "manual");
    record(&f);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_ELOST);
    assert_non_null(strstr(f.diagnostics, "keeper: the exporter could not export all"));
    atomic_store(&f.keeper.answer, HAETAE_OK);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
    end(&f, HAETAE_OK);
}

/* Flushes that time out until the exporter has been asked: on a busy machine the first one may end
 * before the worker comes to it. */
static void flush_in_vain(struct fixture *f)
{
    do {
        assert_int_equal(haetae_sdk_force_flush(f->sdk, 50), HAETAE_ETIMEOUT);
    } while (atomic_load(&f->keeper.flushes) == 0);
}

/* ---- Two exporters ----------------------------------------------------------------------- */

static void each_exporter_is_flushed_once_though_another_needs_longer(void **state)
{
    struct fixture f;

    (void)state;
    prepare_both(&f);
    atomic_store(&f.keeper.answer, HAETAE_EIO);
    atomic_store(&f.other.too_early, 5);
    start_both(&f);
    record(&f);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_ELOST);
    assert_int_equal(f.keeper.flushes, 1);
    assert_int_equal(f.other.flushes, 6);
    atomic_store(&f.keeper.answer, HAETAE_OK);
    end(&f, HAETAE_OK);
    fake_done(&f.other.fake);
}

static void exporters_that_block_flush_side_by_side(void **state)
{
    struct fixture f;

    (void)state;
    prepare_both(&f);
    f.keeper.fake.ops.blocks = f.other.fake.ops.blocks = 1;
    f.keeper.pause_us = 7000;
    f.other.pause_us = 23000;
    start_both(&f);
    for (unsigned i = 1; i <= 5; i++) {
        record(&f);
        assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
        assert_int_equal(f.keeper.flushes, i);
        assert_int_equal(f.other.flushes, i);
    }
    end(&f, HAETAE_OK);
    fake_done(&f.other.fake);
}

static void a_loss_is_reported_to_its_own_flush(void **state)
{
    struct fixture f;

    (void)state;
    prepare_both(&f);
    atomic_store(&f.keeper.answer, HAETAE_EIO);
    atomic_store(&f.other.too_early, UINT32_MAX);
    start_both(&f);
    record(&f);
    flush_in_vain(&f);
    atomic_store(&f.keeper.answer, HAETAE_OK);
    atomic_store(&f.other.too_early, 0);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
    end(&f, HAETAE_OK);
    fake_done(&f.other.fake);
}

static void a_receiver_that_is_away_keeps_no_other_exporter_from_flushing(void **state)
{
    struct fixture f;

    (void)state;
    prepare_both(&f);
    f.keeper.fake.behave = fake_hold;
    start_both(&f);
    record(&f);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 1500), HAETAE_ETIMEOUT);
    assert_int_equal(f.other.handed, 1);
    assert_int_equal(f.keeper.flushes, 0);
    record(&f);
    assert_int_not_equal(haetae_sdk_shutdown(f.sdk, 1500), HAETAE_OK);
    assert_int_equal(f.other.handed, 2);
    assert_int_equal(f.other.kept_at_shutdown, 0);
    haetae_sdk_free(f.sdk);
    fake_done(&f.keeper.fake);
    fake_done(&f.other.fake);
}

static void traffic_does_not_keep_a_flush_from_its_end(void **state)
{
    haetae_config *config;
    struct fixture f;

    (void)state;
    prepare(&f);
    f.keeper.fake.ops.blocks = 1;
    config = sdk_config(SDK_SETTINGS({"OTEL_BLRP_SCHEDULE_DELAY", "1"}), SDK_FAKES(&f.keeper.fake));
    assert_int_equal(haetae_sdk_start(config, &f.sdk), HAETAE_OK);
    haetae_config_free(config);
    record(&f);
    f.keeper.records = f.sdk; /* during each flush */
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
    assert_int_equal(f.keeper.flushes, 1);
    f.keeper.records = NULL;
    end(&f, HAETAE_OK);
}

/* ---- Shutdown -------------------------------------------------------------------------------- */

static void a_shutdown_that_fails_is_reported(void **state)
{
    struct fixture f;

    (void)state;
    prepare(&f);
    f.keeper.shutdown_answer = HAETAE_EIO;
    start(&f, "thread");
    record(&f);
    end(&f, HAETAE_OK);
    assert_non_null(strstr(f.diagnostics, "keeper: the exporter could not shut down"));
}

/* ---- Exporters that block -------------------------------------------------------------------- */

static void an_exporter_that_blocks_flushes_in_its_own_thread(void **state)
{
    struct fixture f;

    (void)state;
    prepare(&f);
    f.keeper.fake.ops.blocks = 1;
    start(&f, "manual");
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK); /* it has nothing */
    assert_int_equal(f.keeper.flushes, 0);
    record(&f);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
    assert_int_equal(f.keeper.handed, 1);
    assert_int_equal(f.keeper.flushes, 1);
    assert_true(f.keeper.in_thread);
    record(&f);
    end(&f, HAETAE_OK);
    assert_int_equal(f.keeper.handed, 2);
}

static void a_flush_that_nobody_waited_for_is_repeated_for_what_came_since(void **state)
{
    struct fixture f;

    (void)state;
    prepare(&f);
    f.keeper.fake.ops.blocks = 1;
    start(&f, "thread");
    record(&f);
    atomic_store(&f.keeper.hangs, true);
    flush_in_vain(&f);
    record(&f);
    atomic_store(&f.keeper.hangs, false);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
    assert_int_equal(f.keeper.handed, 2);
    end(&f, HAETAE_OK);
}

static void an_exporter_that_blocks_reports_what_it_could_not_hand_on(void **state)
{
    struct fixture f;

    (void)state;
    prepare(&f);
    f.keeper.fake.ops.blocks = 1;
    atomic_store(&f.keeper.answer, HAETAE_EIO);
    start(&f, "thread");
    record(&f);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_ELOST);
    end(&f, HAETAE_ELOST);
}

static void a_shutdown_says_when_an_exporter_keeps_something(void **state)
{
    struct fixture f;

    (void)state;
    prepare(&f);
    atomic_store(&f.keeper.too_early, UINT32_MAX);
    start(&f, "thread");
    record(&f);
    assert_int_equal(haetae_sdk_shutdown(f.sdk, 50), HAETAE_ETIMEOUT);
    assert_int_equal(f.keeper.kept_at_shutdown, 1);
    haetae_sdk_free(f.sdk);
    fake_done(&f.keeper.fake);
}

static void keep_when_it_may(struct fake_exporter *fake, haetae_delivery *delivery)
{
    const struct keeper *keeper = fake->user;

    while (atomic_load(&keeper->hangs)) {
        usleep(1000);
    }
    keep(fake, delivery);
}

/* Lets the exporter go on once the worker has to stop, and no flush is waited for. */
static void *let_it_go_on(void *argument)
{
    struct fixture *f = argument;

    while (!hae_control_is_stopped(&f->sdk->pipeline.control)) {
        usleep(1000);
    }
    atomic_store(&f->keeper.hangs, false);
    return NULL;
}

static void a_shutdown_says_so_when_its_flush_came_too_late(void **state)
{
    struct fixture f;
    pthread_t thread;

    (void)state;
    prepare(&f);
    f.keeper.fake.behave = keep_when_it_may;
    atomic_store(&f.keeper.hangs, true);
    atomic_store(&f.keeper.too_early, UINT32_MAX);
    start(&f, "thread");
    record(&f);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 1), HAETAE_ETIMEOUT);
    fake_await(&f.keeper.fake, &f.keeper.fake.send_count, 1);
    assert_int_equal(pthread_create(&thread, NULL, let_it_go_on, &f), 0);
    assert_int_equal(haetae_sdk_shutdown(f.sdk, 1), HAETAE_ETIMEOUT);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(f.keeper.kept_at_shutdown, 1);
    haetae_sdk_free(f.sdk);
    fake_done(&f.keeper.fake);
}

static haetae_status hang(void *self)
{
    struct keeper *keeper = ((struct fake_exporter *)self)->user;

    atomic_fetch_add(&keeper->shutdowns, 1);
    while (atomic_load(&keeper->hangs)) {
        usleep(1000);
    }
    return HAETAE_OK;
}

static void an_exporter_that_hangs_in_its_shutdown_is_left_behind(void **state)
{
    struct fixture f;

    (void)state;
    prepare(&f);
    hae_export_thread_set_grace_ms(50);
    f.keeper.fake.ops.blocks = 1;
    f.keeper.fake.ops.force_flush = NULL;
    f.keeper.fake.ops.shutdown = hang;
    start(&f, "thread");
    record(&f);
    atomic_store(&f.keeper.hangs, true);
    assert_int_equal(haetae_sdk_shutdown(f.sdk, 10000), HAETAE_OK);
    haetae_sdk_free(f.sdk);
    assert_int_equal(f.keeper.shutdowns, 1);
    assert_int_equal(fake_count(&f.keeper.fake, &f.keeper.fake.free_count), 0);
    atomic_store(&f.keeper.hangs, false);
    fake_await(&f.keeper.fake, &f.keeper.fake.free_count, 1);
    hae_export_thread_set_grace_ms(LONG_MS);
    fake_done(&f.keeper.fake);
}

static void one_that_got_nothing_hangs_in_its_shutdown_alone(void **state)
{
    struct fixture f;

    (void)state;
    prepare_both(&f);
    hae_export_thread_set_grace_ms(50);
    f.keeper.fake.ops.blocks = 1;
    f.keeper.fake.ops.shutdown = hang;
    start_both(&f);
    atomic_store(&f.keeper.hangs, true);
    assert_int_equal(haetae_sdk_shutdown(f.sdk, 10000), HAETAE_OK);
    assert_int_equal(f.other.shutdowns, 1);
    haetae_sdk_free(f.sdk);
    atomic_store(&f.keeper.hangs, false);
    fake_await(&f.keeper.fake, &f.keeper.fake.free_count, 1);
    assert_int_equal(f.keeper.shutdowns, 1);
    hae_export_thread_set_grace_ms(LONG_MS);
    fake_done(&f.keeper.fake);
    fake_done(&f.other.fake);
}

static void an_exporter_that_blocks_keeps_its_reader(void **state)
{
    haetae_metric_reader_options options = HAETAE_OPTIONS(
        haetae_metric_reader_options, .temporality_preference = HAETAE_PREFERENCE_DELTA);
    haetae_exporter_ops ops = HAETAE_OPTIONS(haetae_exporter_ops, .name = "b", .blocks = 1);
    haetae_metric_reader *reader = NULL;
    haetae_exporter *exporter = NULL;
    struct fixture f;

    (void)state;
    prepare(&f);
    assert_int_equal(haetae_metric_reader_new(&options, &reader), HAETAE_OK);
    ops.send = f.keeper.fake.ops.send;
    ops.reader = reader;
    assert_int_equal(haetae_exporter_new(&ops, &f.keeper.fake, &exporter), HAETAE_OK);
    assert_ptr_equal(exporter->ops.reader, reader);
    haetae_exporter_free(exporter);
    haetae_metric_reader_free(reader);
    fake_done(&f.keeper.fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flush_hands_on_what_the_exporter_keeps),
        cmocka_unit_test(it_is_called_only_for_flushes),
        cmocka_unit_test(a_flush_waits_for_an_exporter_that_needs_time),
        cmocka_unit_test(a_flush_that_an_exporter_cannot_end_times_out),
        cmocka_unit_test(a_flush_reports_what_an_exporter_could_not_hand_on),
        cmocka_unit_test(each_exporter_is_flushed_once_though_another_needs_longer),
        cmocka_unit_test(exporters_that_block_flush_side_by_side),
        cmocka_unit_test(a_loss_is_reported_to_its_own_flush),
        cmocka_unit_test(a_receiver_that_is_away_keeps_no_other_exporter_from_flushing),
        cmocka_unit_test(traffic_does_not_keep_a_flush_from_its_end),
        cmocka_unit_test(one_that_got_nothing_hangs_in_its_shutdown_alone),
        cmocka_unit_test(a_shutdown_that_fails_is_reported),
        cmocka_unit_test(an_exporter_that_blocks_flushes_in_its_own_thread),
        cmocka_unit_test(a_flush_that_nobody_waited_for_is_repeated_for_what_came_since),
        cmocka_unit_test(an_exporter_that_blocks_reports_what_it_could_not_hand_on),
        cmocka_unit_test(a_shutdown_says_when_an_exporter_keeps_something),
        cmocka_unit_test(a_shutdown_says_so_when_its_flush_came_too_late),
        cmocka_unit_test(an_exporter_that_hangs_in_its_shutdown_is_left_behind),
        cmocka_unit_test(an_exporter_that_blocks_keeps_its_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
