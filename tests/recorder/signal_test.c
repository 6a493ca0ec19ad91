/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that record, interrupted by timers whose handlers record as well, beside a
 * consumer. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "recorder/drain.h"
#include "support/core_fixture.h"
#include "support/thread_timer.h"
#include "wire/reader.h"

#define LOG  HAETAE_SIGNAL_LOGS
#define SPAN HAETAE_SIGNAL_TRACES

enum { THREADS = 2, SOURCES = 2 * THREADS, SIGNALS_WANTED = 400, NUMBERS_MAX = 1 << 22 };

/* A source is a thread's loop or its handler. It numbers its logs and spans. */
struct source {
    _Atomic uint64_t made;
    uint8_t *seen[2]; /* logs, spans */
};

static struct {
    struct core_fixture core;
    struct source sources[SOURCES];
    _Atomic unsigned running;
    unsigned wrong;
    uint64_t taken[2];
} all;

static _Thread_local unsigned thread_number;

/* Records a log and a span that have the source's number and their own. */
static void record(unsigned source)
{
    struct source *s = &all.sources[source];
    uint64_t parts[2] = {source, s->made};
    haetae_attribute attribute = {{"id", 2}, haetae_value_bytes(parts, sizeof parts)};
    haetae_span span =
        haetae_span_start(all.core.tracer, HAETAE_TEXT("interrupted"), HAETAE_SPAN_KIND_INTERNAL);

    haetae_span_set_attributes(span, &attribute, 1);
    haetae_log(all.core.logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("interrupted"), &attribute, 1);
    haetae_span_end(span);
    s->made++;
}

static void record_in_handler(int signal_number)
{
    (void)signal_number;
    record(THREADS + thread_number);
}

/* The two numbers lie at the end of the attribute "id", field 9 of spans and 6 of logs. */
static bool take(void *unused, const struct hae_record *r)
{
    struct hae_reader reader = hae_reader_over(r->data, r->size_bytes);
    uint32_t number = r->signal == SPAN ? 9 : 6;
    unsigned kind = r->signal == SPAN;
    uint64_t parts[2] = {SOURCES, 0};
    struct hae_field field;

    (void)unused;
    while (hae_read_field(&reader, &field)) {
        if (field.number == number && field.size_bytes > sizeof parts) {
            memcpy(parts, field.data + field.size_bytes - sizeof parts, sizeof parts);
        }
    }
    all.taken[kind]++;
    if (reader.at != reader.end || parts[0] >= SOURCES || parts[1] >= NUMBERS_MAX ||
        all.sources[parts[0]].seen[kind][parts[1]]++ != 0) {
        all.wrong++;
    }
    return true;
}

static void record_interrupted(unsigned number)
{
    timer_t timer;

    thread_number = number;
    timer = thread_timer_start(300000);
    while (all.sources[THREADS + number].made < SIGNALS_WANTED &&
           all.sources[number].made < NUMBERS_MAX) {
        for (int i = 0; i < 50; i++) {
            record(number);
        }
        sched_yield(); /* ThreadSanitizer delivers signals here */
    }
    timer_delete(timer);
    atomic_fetch_sub(&all.running, 1);
}

static void record_or_drain(void *unused, unsigned number)
{
    sigset_t usr1;

    (void)unused;
    if (number < THREADS) {
        record_interrupted(number);
        return;
    }
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    while (atomic_load(&all.running) != 0) {
        (void)hae_recorder_drain(all.core.recorder, take, NULL);
    }
    (void)hae_recorder_drain(all.core.recorder, take, NULL);
}

static void interrupted_threads_lose_nothing_and_tear_nothing(void **state)
{
    struct sigaction action;
    uint64_t made = 0;

    (void)state;
    memset(&action, 0, sizeof action);
    action.sa_handler = record_in_handler;
    action.sa_flags = SA_RESTART;
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    core_begin(&all.core, 16 << 20, THREADS + 2);
    atomic_store(&all.running, THREADS);
    for (int i = 0; i < SOURCES; i++) {
        all.sources[i].seen[0] = calloc(NUMBERS_MAX, 1);
        all.sources[i].seen[1] = calloc(NUMBERS_MAX, 1);
    }
    core_run_threads(THREADS + 1, record_or_drain, NULL);
    for (int i = 0; i < SOURCES; i++) {
        made += all.sources[i].made;
        free(all.sources[i].seen[0]);
        free(all.sources[i].seen[1]);
    }
    assert_int_equal(all.wrong, 0);
    assert_int_equal(all.taken[0], core_published(&all.core, LOG));
    assert_int_equal(all.taken[1], core_published(&all.core, SPAN));
    assert_int_equal(made, all.taken[0] + core_dropped(&all.core, LOG, HAETAE_DROP_RING_FULL));
    assert_int_equal(made, all.taken[1] + core_dropped(&all.core, SPAN, HAETAE_DROP_RING_FULL) +
                               core_dropped(&all.core, SPAN, HAETAE_DROP_NO_SLOT));
    assert_int_equal(core_sums(&all.core).open_count, 0);
    assert_int_equal(core_free_slot_count(all.core.recorder), core_slot_count(all.core.recorder));
    core_end(&all.core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interrupted_threads_lose_nothing_and_tear_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
