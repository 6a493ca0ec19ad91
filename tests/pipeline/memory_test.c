/* SPDX-License-Identifier: Apache-2.0 */
/* The memory stays within HAETAE_QUEUE_BYTES, whatever the exporters do. Linked with --wrap, so
 * that the test sees every allocation of the library. A block that moves when it grows counts
 * twice during the move. */
#include <malloc.h>
#include <stdatomic.h>

#include "clock.h"
#include "support/sdk_fixture.h"

/* Memory that the documentation allows beside the queue: for splitting, and for a metric that is
 * split; and what the C library adds to each block. */
enum { CONSTANT_BYTES = 64 * 1024 };
#define WITH_OVERHEAD(bytes) ((bytes) + (bytes) / 50)

static _Atomic long live_bytes;
static _Atomic long peak_bytes;

static void note(long change, long for_a_moment)
{
    long live = atomic_fetch_add(&live_bytes, change) + change + for_a_moment;
    long peak = atomic_load(&peak_bytes);

    while (live > peak && !atomic_compare_exchange_weak(&peak_bytes, &peak, live)) {
    }
}

static long size_of(void *block)
{
    return block != NULL ? (long)malloc_usable_size(block) : 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size)
{
    void *block = __real_malloc(size);

    note(size_of(block), 0);
    return block;
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *block = __real_calloc(count, size);

    note(size_of(block), 0);
    return block;
}

void *__wrap_realloc(void *block, size_t size)
{
    long before = size_of(block);
    void *moved = __real_realloc(block, size);

    if (moved != NULL) {
        note(size_of(moved) - before, before);
    }
    return moved;
}

void __wrap_free(void *block)
{
    note(-size_of(block), 0);
    __real_free(block);
}

/* ---- Measuring --------------------------------------------------------------------- */

static long base_bytes;

static void begin_measuring(void)
{
    base_bytes = atomic_load(&live_bytes);
    atomic_store(&peak_bytes, base_bytes);
}

static void within_the_budget(long queue_bytes)
{
    long used = atomic_load(&peak_bytes) - base_bytes;

    if (used > WITH_OVERHEAD(queue_bytes) + CONSTANT_BYTES) {
        fail_msg("%ld bytes used of %ld", used, queue_bytes);
    }
    /* The pipeline uses its budget. */
    if (sdk_repeat(100) == 100 && used < queue_bytes / 2) {
        fail_msg("only %ld bytes used of %ld", used, queue_bytes);
    }
}

static void record_all(haetae_sdk *sdk, unsigned count)
{
    sdk_spans(sdk, count);
    sdk_logs(sdk, count);
    sdk_log_of(sdk, 2000);
}

static haetae_sdk *start(const char *queue_bytes, const char *worker, struct fake_exporter *one,
                         struct fake_exporter *other)
{
    haetae_sdk *sdk =
        sdk_start(SDK_SETTINGS({"HAETAE_QUEUE_BYTES", queue_bytes}, {"HAETAE_WORKER", worker},
                               {"OTEL_METRIC_EXPORT_INTERVAL", "1000"}),
                  SDK_FAKES(one, other));

    record_all(sdk, 1); /* tracers, lanes and other memory that is allocated once */
    sdk_series(sdk, 1000);
    begin_measuring();
    return sdk;
}

/* ---- Tests ------------------------------------------------------------------------- */

static void outage(const char *text, long queue_bytes, fake_behaviour behave)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    fake_init(&fake, "fake", behave);
    sdk = start(text, "manual", &fake, NULL);
    for (long i = 0; i < queue_bytes / 25000; i++) {
        record_all(sdk, 500);
        test_now_ms += 1000;
        (void)haetae_sdk_step(sdk, 0);
    }
    within_the_budget(queue_bytes);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct sdk_numbers numbers = sdk_numbers(sdk, (haetae_signal)signal);

        assert_true(numbers.dropped[signal == HAETAE_SIGNAL_METRICS ? HAETAE_DROP_REPLACED
                                                                    : HAETAE_DROP_QUEUE_FULL] > 0);
    }
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

static void an_outage_stays_within_the_budget(void **state)
{
    (void)use_test_clock(state);
    outage("256k", 256 * 1024, fake_hold);
    outage("1m", 1024 * 1024, fake_hold);
    outage("1m", 1024 * 1024, fake_fail);
    outage("4m", 4096 * 1024, fake_hold);
}

/* The structs of small requests count as well. */
static void many_small_requests_stay_within_the_budget(void **state)
{
    struct fake_exporter one, other;
    haetae_sdk *sdk;

    (void)use_test_clock(state);
    fake_init(&one, "one", fake_hold);
    fake_init(&other, "other", fake_fail);
    sdk = start("1m", "manual", &one, &other);
    for (unsigned i = 0; i < sdk_repeat(5000); i++) {
        sdk_spans(sdk, 1);
        sdk_logs(sdk, 1);
        (void)haetae_sdk_force_flush(sdk, 0);
    }
    within_the_budget(1024 * 1024);
    haetae_sdk_free(sdk);
    fake_done(&one);
    fake_done(&other);
}

static void a_destination_that_is_away_stays_within_the_budget(void **state)
{
    struct fake_exporter one, other;
    haetae_sdk *sdk;

    (void)use_test_clock(state);
    fake_init(&one, "one", fake_fail);
    fake_init(&other, "other", fake_accept);
    sdk = start("1m", "manual", &one, &other);
    for (unsigned i = 0; i < sdk_repeat(200); i++) {
        record_all(sdk, 500);
        test_now_ms += 1000;
        (void)haetae_sdk_step(sdk, 0);
    }
    within_the_budget(1024 * 1024);
    haetae_sdk_free(sdk);
    fake_done(&one);
    fake_done(&other);
}

/* Each scope has its own memory in a batch. */
static void many_scopes_stay_within_the_budget(void **state)
{
    enum { SCOPES = 400 };
    struct fake_exporter fake;
    haetae_logger *loggers[SCOPES];
    haetae_sdk *sdk;

    (void)use_test_clock(state);
    fake_init(&fake, "fake", fake_hold);
    sdk = start("1m", "manual", &fake, NULL);
    for (int i = 0; i < SCOPES; i++) {
        char name[32];

        snprintf(name, sizeof name, "scope %d", i);
        loggers[i] = haetae_logger_named(sdk, name);
        assert_non_null(loggers[i]);
    }
    begin_measuring();
    for (unsigned i = 0; i < sdk_repeat(200); i++) {
        sdk_spans(sdk, 500);
        for (int j = 0; j < 2000; j++) {
            haetae_log(loggers[(i * 7 + (unsigned)j) % SCOPES], HAETAE_SEVERITY_INFO,
                       HAETAE_TEXT("from another scope each time"), NULL, 0);
        }
        test_now_ms += 300;
        (void)haetae_sdk_step(sdk, 0);
    }
    within_the_budget(1024 * 1024);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

static void ask_for_less(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (haetae_delivery_item_count(delivery) > 1) {
        fake_answer(fake, delivery, HAETAE_VERDICT_TOO_LARGE);
    } else {
        fake_answer(fake, delivery, HAETAE_VERDICT_RETRY);
    }
}

/* One exporter splits every request, the other keeps whole requests. */
static void splitting_stays_within_the_budget(void **state)
{
    struct fake_exporter one, other;
    haetae_sdk *sdk;

    (void)use_test_clock(state);
    fake_init(&one, "one", ask_for_less);
    fake_init(&other, "other", fake_hold);
    sdk = start("1m", "manual", &one, &other);
    for (unsigned i = 0; i < sdk_repeat(1000); i++) {
        record_all(sdk, 200);
        test_now_ms += 60000;
        (void)haetae_sdk_step(sdk, 0);
    }
    within_the_budget(1024 * 1024);
    haetae_sdk_free(sdk);
    fake_done(&one);
    fake_done(&other);
}

static void flood(void *argument)
{
    for (unsigned i = 0; i < sdk_repeat(20); i++) {
        record_all(argument, 1000);
        (void)haetae_sdk_force_flush(argument, 0);
    }
}

static void an_outage_under_full_load_stays_within_the_budget(void **state)
{
    enum { QUEUE_BYTES = 2048 * 1024 };
    struct fake_exporter one, other;
    unsigned rounds = 0;
    haetae_sdk *sdk;

    (void)state;
    hae_set_clock_ms(NULL);
    fake_init(&one, "one", fake_hold);
    fake_init(&other, "other", fake_accept);
    sdk = start("2m", "thread", &one, &other);
    sdk_run_threads(4, flood, sdk);
    /* A busy machine may have left the worker so little time that most was dropped. */
    while (atomic_load(&peak_bytes) - base_bytes < QUEUE_BYTES / 2) {
        record_all(sdk, 1000);
        (void)haetae_sdk_force_flush(sdk, 10);
        rounds++;
    }
    (void)haetae_sdk_shutdown(sdk, 0);
    within_the_budget(QUEUE_BYTES);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).recorded,
                     2 + (4 * sdk_repeat(20) + rounds) * 1001);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 0);
    haetae_sdk_free(sdk);
    fake_done(&one);
    fake_done(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_outage_stays_within_the_budget),
        cmocka_unit_test(many_small_requests_stay_within_the_budget),
        cmocka_unit_test(a_destination_that_is_away_stays_within_the_budget),
        cmocka_unit_test(many_scopes_stay_within_the_budget),
        cmocka_unit_test(splitting_stays_within_the_budget),
        cmocka_unit_test(an_outage_under_full_load_stays_within_the_budget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
