/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads: one after another, and at the same time. */
#include <limits.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/alloc.h"
#include "counting.h"

enum { STACK_BYTES = 256 * 1024, SHORT = 20000, AT_ONCE = 2000, LEAVE_OPEN = 10 };

static struct counting all;

static pthread_t start(void *(*body)(void *), void *argument)
{
    pthread_attr_t attributes;
    pthread_t thread;

    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, STACK_BYTES), 0);
    assert_int_equal(pthread_create(&thread, &attributes, body, argument), 0);
    pthread_attr_destroy(&attributes);
    return thread;
}

static void record(void)
{
    haetae_span span =
        haetae_span_start(all.f.tracer, HAETAE_TEXT("short"), HAETAE_SPAN_KIND_INTERNAL);

    haetae_log(all.f.logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("a short life"), NULL, 0);
    haetae_counter_add(all.f.counter, 1, HAETAE_ATTRS(HAETAE_ATTR("kind", "short")));
    haetae_bound_counter_add(all.f.bound, 1);
    haetae_histogram_record(all.f.histogram, 3, NULL, 0);
    haetae_span_end(span);
}

static uint64_t open_spans(void)
{
    haetae_stats *stats = NULL;
    uint64_t count;

    assert_int_equal(haetae_stats_take(all.f.sdk, &stats), HAETAE_OK);
    count = haetae_stats_open_spans(stats);
    haetae_stats_free(stats);
    return count;
}

static void expect_metrics(uint64_t count)
{
    assert_int_equal(counting_value(&all, "made"), count);
    assert_int_equal(counting_value(&all, "bound"), count);
    assert_int_equal(counting_value(&all, "observed"), count);
}

/* ---- One after another --------------------------------------------------------------------- */

/* Some threads end with an open span, which another thread ends later. */
static void *live_shortly(void *argument)
{
    haetae_span *left_open = argument;

    record();
    if (left_open != NULL) {
        *left_open =
            haetae_span_start(all.f.tracer, HAETAE_TEXT("left"), HAETAE_SPAN_KIND_INTERNAL);
        haetae_span_set_int64(*left_open, HAETAE_TEXT("n"), 1);
    }
    return NULL;
}

static long resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static void live_one_after_another(unsigned count, haetae_span *left_open)
{
    for (unsigned i = 0; i < count; i++) {
        haetae_span *place = i % LEAVE_OPEN == 0 ? &left_open[i / LEAVE_OPEN] : NULL;

        assert_int_equal(pthread_join(start(live_shortly, place), NULL), 0);
    }
}

static void end_all(const haetae_span *spans, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        haetae_span_end(spans[i]);
    }
}

static void thousands_of_short_threads_reuse_what_they_need(void **state)
{
    unsigned count = sdk_repeat(SHORT);
    unsigned first = count / 10;
    unsigned open = (first + LEAVE_OPEN - 1) / LEAVE_OPEN;
    unsigned later = (count - first + LEAVE_OPEN - 1) / LEAVE_OPEN;
    haetae_span *left_open = calloc(count / LEAVE_OPEN + 1, sizeof *left_open);
    struct counting_totals totals;
    long blocks;
    long resident;

    (void)state;
    counting_begin(&all, SDK_SETTINGS({"OTEL_BSP_SCHEDULE_DELAY", "10"}));
    live_one_after_another(first, left_open);
    assert_int_equal(open_spans(), open);
    end_all(left_open, open);
    assert_int_equal(haetae_sdk_force_flush(all.f.sdk, 60000), HAETAE_OK);
    blocks = hae_alloc_live_count();
    resident = resident_bytes();
    live_one_after_another(count - first, left_open);
    end_all(left_open, later);
    assert_int_equal(open_spans(), 0);
    assert_int_equal(haetae_sdk_force_flush(all.f.sdk, 60000), HAETAE_OK);
    /* Ended threads leave nothing. More of the recorder's fixed memory may have been touched,
     * and the requests' sizes vary. */
    assert_true(hae_alloc_live_count() <= blocks + 16);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(resident_bytes() - resident < 8 * 1024 * 1024);
#else
    (void)resident;
#endif
    totals = counting_finish(&all);
    assert_int_equal(totals.logs, count);
    assert_int_equal(totals.spans, count + open + later);
    assert_int_equal(all.spans, totals.spans); /* nothing was dropped */
    expect_metrics(count);
    counting_end(&all);
    free(left_open);
}

/* ---- At once --------------------------------------------------------------------------------- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned waiting;
    unsigned wanted;
    haetae_span *spans; /* one of each thread */
} meeting;

/* Returns when all threads have arrived. */
static unsigned meet(unsigned times)
{
    unsigned number;

    pthread_mutex_lock(&meeting.lock);
    number = meeting.waiting++;
    pthread_cond_broadcast(&meeting.changed);
    while (meeting.waiting < meeting.wanted * times) {
        pthread_cond_wait(&meeting.changed, &meeting.lock);
    }
    pthread_mutex_unlock(&meeting.lock);
    return number;
}

/* Each thread starts a span and ends one of another thread. All threads end together. */
static void *meet_and_swap_spans(void *argument)
{
    unsigned number = *(unsigned *)argument;

    record();
    meeting.spans[number] =
        haetae_span_start(all.f.tracer, HAETAE_TEXT("exchanged"), HAETAE_SPAN_KIND_INTERNAL);
    (void)meet(1);
    record();
    haetae_span_set_int64(meeting.spans[(number + 1) % meeting.wanted], HAETAE_TEXT("n"), 1);
    haetae_span_end(meeting.spans[(number + 1) % meeting.wanted]);
    (void)meet(2);
    return NULL;
}

static void more_threads_than_lanes_at_once_account_for_everything(void **state)
{
    unsigned count = sdk_repeat(AT_ONCE);
    pthread_t *threads = calloc(count, sizeof *threads);
    unsigned *numbers = calloc(count, sizeof *numbers);
    struct sdk_numbers spans;
    struct sdk_numbers logs;

    (void)state;
    memset(&meeting, 0, sizeof meeting);
    pthread_mutex_init(&meeting.lock, NULL);
    pthread_cond_init(&meeting.changed, NULL);
    meeting.wanted = count;
    meeting.spans = calloc(count, sizeof *meeting.spans);
    counting_begin(&all, SDK_SETTINGS({"OTEL_BSP_SCHEDULE_DELAY", "10"}));
    for (unsigned i = 0; i < count; i++) {
        numbers[i] = i;
        threads[i] = start(meet_and_swap_spans, &numbers[i]);
    }
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(open_spans(), 0);
    (void)counting_finish(&all);
    spans = sdk_numbers(all.f.sdk, HAETAE_SIGNAL_TRACES);
    logs = sdk_numbers(all.f.sdk, HAETAE_SIGNAL_LOGS);
    /* A start without a free slot counts as recorded and dropped. */
    assert_int_equal(spans.recorded, 3 * (uint64_t)count);
    assert_int_equal(logs.recorded, 2 * (uint64_t)count);
    expect_metrics(2 * (uint64_t)count);
    counting_end(&all);
    pthread_cond_destroy(&meeting.changed);
    pthread_mutex_destroy(&meeting.lock);
    free(meeting.spans);
    free(numbers);
    free(threads);
}

/* ---- Spans that travel ----------------------------------------------------------------------- */

enum { TRAVELLERS = 4, SPANS_EACH = 20000, PLACES = 256 };

/* Places where threads leave spans for others. */
static struct {
    _Atomic uint64_t places[PLACES];
    _Atomic unsigned next_number;
    _Atomic uint64_t started;
    unsigned each;
} travel;

/* Takes the span at a place, leaves a new one there, and ends the span taken, which nearly
 * always belongs to another thread. */
static void pass_on(void *argument)
{
    unsigned number = atomic_fetch_add(&travel.next_number, 1);
    uint64_t state = number + 1;

    (void)argument;
    for (unsigned i = 0; i < travel.each; i++) {
        haetae_span span =
            haetae_span_start(all.f.tracer, HAETAE_TEXT("traveller"), HAETAE_SPAN_KIND_INTERNAL);
        haetae_span other;

        state = state * 6364136223846793005u + 1442695040888963407u;
        other = atomic_exchange(&travel.places[state >> 56], span);
        haetae_span_set_int64(other, HAETAE_TEXT("by"), (int64_t)number);
        haetae_span_set_string(other, HAETAE_TEXT("text"), HAETAE_TEXT("of some length"));
        haetae_span_end(other);
    }
}

static void spans_that_other_threads_end_are_recorded_once(void **state)
{
    struct counting_totals totals;
    haetae_stats *stats = NULL;

    (void)state;
    memset(&travel, 0, sizeof travel);
    travel.each = sdk_repeat(SPANS_EACH);
    counting_begin(&all, SDK_SETTINGS({"OTEL_BSP_SCHEDULE_DELAY", "10"}));
    sdk_run_threads(TRAVELLERS, pass_on, NULL);
    for (int i = 0; i < PLACES; i++) {
        haetae_span_end(travel.places[i]);
    }
    assert_int_equal(open_spans(), 0);
    assert_int_equal(haetae_stats_take(all.f.sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_misuse(stats, HAETAE_MISUSE_ENDED_SPAN), 0);
    assert_int_equal(haetae_stats_misuse(stats, HAETAE_MISUSE_CONTENDED), 0);
    haetae_stats_free(stats);
    totals = counting_finish(&all);
    assert_int_equal(totals.spans, (uint64_t)TRAVELLERS * travel.each);
    counting_end(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousands_of_short_threads_reuse_what_they_need),
        cmocka_unit_test(more_threads_than_lanes_at_once_account_for_everything),
        cmocka_unit_test(spans_that_other_threads_end_are_recorded_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
