/* SPDX-License-Identifier: Apache-2.0 */
/* Several threads on one span. */
#include <sched.h>

#include "haetae/logs.h"
#include "trace/span_end.h"
#include "trace/trace_test.h"

enum { SETTERS = 4, CALLS = 12 };

struct shared {
    struct core_fixture *core;
    _Atomic haetae_span span;
    _Atomic unsigned round; /* setters may begin */
    _Atomic unsigned ready; /* setters that have finished the round before */
    unsigned rounds;
    bool same_key;
    unsigned enders;
};

/* Each thread sets its own keys, or all threads set the same key. */
static void set_some(struct shared *shared, unsigned number)
{
    haetae_span span = atomic_load(&shared->span);

    for (unsigned i = 0; i < CALLS; i++) {
        char key[16];
        int length = shared->same_key ? snprintf(key, sizeof key, "same")
                                      : snprintf(key, sizeof key, "t%u.%02u", number, i);

        haetae_span_set_int64(span, key, (size_t)length, number * 100 + i);
    }
}

static void wait_for_round(struct shared *shared, unsigned round)
{
    while (atomic_load(&shared->round) < round) {
        sched_yield();
    }
}

/* The first thread starts a span for each round, lets the other threads change it, and ends
 * it while they do. */
static void lead(struct shared *shared, void (*check)(struct shared *shared, uint64_t misuse))
{
    struct core_fixture *core = shared->core;

    for (unsigned round = 1; round <= shared->rounds; round++) {
        uint64_t misuse = core_misuse(core, HAETAE_MISUSE_ENDED_SPAN) +
                          core_misuse(core, HAETAE_MISUSE_CONTENDED);

        atomic_store(&shared->ready, 0);
        atomic_store(&shared->span, trace_start(core));
        atomic_store(&shared->round, round);
        for (unsigned i = 0; i < round % 300; i++) {
            atomic_load(&shared->ready); /* at a different moment each time */
        }
        haetae_span_end(atomic_load(&shared->span));
        while (atomic_load(&shared->ready) < SETTERS) {
            sched_yield();
        }
        check(shared, core_misuse(core, HAETAE_MISUSE_ENDED_SPAN) +
                          core_misuse(core, HAETAE_MISUSE_CONTENDED) - misuse);
        core_forget(core);
    }
}

static void follow(struct shared *shared, unsigned number)
{
    for (unsigned round = 1; round <= shared->rounds; round++) {
        wait_for_round(shared, round);
        set_some(shared, number);
        if (number <= shared->enders) {
            haetae_span_end(atomic_load(&shared->span));
        }
        atomic_fetch_add(&shared->ready, 1);
    }
}

static void check_each_call_counted(struct shared *shared, uint64_t misuse)
{
    HaeOtlp__Span *span = core_only_span(shared->core);

    assert_int_equal(span->n_attributes + misuse, SETTERS * CALLS);
    for (size_t i = 0; i < span->n_attributes; i++) {
        unsigned number;
        unsigned call;

        assert_int_equal(sscanf(span->attributes[i]->key, "t%u.%u", &number, &call), 2);
        assert_int_equal(span->attributes[i]->value->int_value, number * 100 + call);
        (void)core_find(span->attributes, span->n_attributes, span->attributes[i]->key);
    }
    core_free_span(span);
}

static void check_one_attribute(struct shared *shared, uint64_t misuse)
{
    HaeOtlp__Span *span = core_only_span(shared->core);

    assert_true(span->n_attributes <= 1);
    assert_true(misuse <= SETTERS * CALLS);
    core_free_span(span);
}

static void check_one_end(struct shared *shared, uint64_t misuse)
{
    HaeOtlp__Span *span = core_only_span(shared->core);

    /* All ends but one are too late. */
    assert_int_equal(span->n_attributes + misuse, SETTERS * CALLS + shared->enders);
    assert_true(span->end_time_unix_nano >= span->start_time_unix_nano);
    assert_true(span->end_time_unix_nano < span->start_time_unix_nano + UINT64_C(60000000000));
    core_free_span(span);
}

static void set_or_end_each(void *argument, unsigned number)
{
    if (number == 0) {
        lead(argument, check_each_call_counted);
    } else {
        follow(argument, number);
    }
}

static void set_or_end_same(void *argument, unsigned number)
{
    if (number == 0) {
        lead(argument, check_one_attribute);
    } else {
        follow(argument, number);
    }
}

static void set_and_end_all(void *argument, unsigned number)
{
    if (number == 0) {
        lead(argument, check_one_end);
    } else {
        follow(argument, number);
    }
}

static void every_change_is_recorded_or_counted(void **state)
{
    struct shared shared = {.core = *state, .rounds = core_repeat(2000)};

    core_run_threads(SETTERS + 1, set_or_end_each, &shared);
    assert_int_equal(core_published(shared.core, SPAN), shared.rounds);
}

static void one_key_of_many_threads_is_one_attribute(void **state)
{
    struct shared shared = {.core = *state, .rounds = core_repeat(1000), .same_key = true};

    core_run_threads(SETTERS + 1, set_or_end_same, &shared);
    assert_int_equal(core_published(shared.core, SPAN), shared.rounds);
}

static void span_that_many_threads_end_is_recorded_once(void **state)
{
    struct shared shared = {.core = *state, .rounds = core_repeat(2000), .enders = SETTERS};

    core_run_threads(SETTERS + 1, set_and_end_all, &shared);
    assert_int_equal(core_published(shared.core, SPAN), shared.rounds);
}

/* ---- Events ------------------------------------------------------------------------------ */

static void add_some(struct shared *shared, unsigned number)
{
    for (unsigned i = 0; i < CALLS; i++) {
        char name[16];
        int length = snprintf(name, sizeof name, "t%u.%02u", number, i);

        haetae_span_add_event(atomic_load(&shared->span), name, (size_t)length, 1,
                              HAETAE_ATTRS(HAETAE_ATTR("number", (int)number)));
    }
}

/* Each event is whole, and those of a thread are in their order. */
static void check_each_event_counted(struct shared *shared, uint64_t misuse)
{
    HaeOtlp__Span *span = core_only_span(shared->core);
    int last[SETTERS + 1] = {-1, -1, -1, -1, -1};

    assert_int_equal(span->n_events + misuse, SETTERS * CALLS);
    for (size_t i = 0; i < span->n_events; i++) {
        const HaeOtlp__Span__Event *event = span->events[i];
        unsigned number;
        int call;

        assert_int_equal(sscanf(event->name, "t%u.%d", &number, &call), 2);
        core_has_int(event->attributes, event->n_attributes, "number", (int)number);
        assert_true(call > last[number]);
        last[number] = call;
    }
    core_free_span(span);
}

static void add_or_end(void *argument, unsigned number)
{
    struct shared *shared = argument;

    if (number == 0) {
        lead(shared, check_each_event_counted);
        return;
    }
    for (unsigned round = 1; round <= shared->rounds; round++) {
        wait_for_round(shared, round);
        add_some(shared, number);
        atomic_fetch_add(&shared->ready, 1);
    }
}

static void events_of_many_threads_are_recorded_or_counted(void **state)
{
    struct shared shared = {.core = *state, .rounds = core_repeat(1000)};

    core_run_threads(SETTERS + 1, add_or_end, &shared);
    assert_int_equal(core_published(shared.core, SPAN), shared.rounds);
}

/* ---- Contexts of spans that start and end ------------------------------------------------ */

enum { KNOWN = 64 };

struct watched {
    struct core_fixture *core;
    _Atomic bool done;
    _Atomic uint64_t spans[KNOWN];
    unsigned rounds;
    _Atomic unsigned wrong;
    _Atomic unsigned found;
};

static void start_and_end(struct watched *watched)
{
    static char long_text[900];

    for (unsigned i = 0; i < watched->rounds; i++) {
        haetae_span span = trace_start(watched->core);

        haetae_span_set_string(span, HAETAE_TEXT("long"), long_text, i % 2 * sizeof long_text);
        atomic_store(&watched->spans[i % KNOWN], span);
        if (i >= KNOWN / 2) {
            haetae_span_end(atomic_load(&watched->spans[(i - KNOWN / 2) % KNOWN]));
        }
        if (i % 64 == 0) {
            (void)core_drain(watched->core);
            core_forget(watched->core);
        }
    }
    for (unsigned i = watched->rounds - KNOWN / 2; i < watched->rounds; i++) {
        haetae_span_end(atomic_load(&watched->spans[i % KNOWN]));
    }
    atomic_store(&watched->done, true);
}

/* A context that the call returns is the span's: a second call returns the same, and its ids
 * are valid. */
static void look(struct watched *watched, unsigned number)
{
    for (unsigned i = number; !atomic_load(&watched->done); i++) {
        haetae_span span = atomic_load(&watched->spans[i % KNOWN]);
        haetae_span_context first;
        haetae_span_context second;

        if (!haetae_span_get_context(span, &first)) {
            continue;
        }
        atomic_fetch_add(&watched->found, 1);
        atomic_fetch_add(&watched->wrong, !haetae_span_context_is_valid(&first) ||
                                              first.trace_flags != (HAETAE_TRACE_FLAG_SAMPLED |
                                                                    HAETAE_TRACE_FLAG_RANDOM));
        if (haetae_span_get_context(span, &second)) {
            atomic_fetch_add(&watched->wrong, memcmp(&first, &second, sizeof first) != 0);
        }
        (void)haetae_span_is_recording(span);
    }
}

static void start_or_look(void *argument, unsigned number)
{
    if (number == 0) {
        start_and_end(argument);
    } else {
        look(argument, number);
    }
}

static void context_of_a_span_that_ends_elsewhere_is_whole_or_none(void **state)
{
    struct watched watched = {.core = *state, .rounds = core_repeat(200000)};

    core_run_threads(3, start_or_look, &watched);
    assert_int_equal(watched.wrong, 0);
    assert_true(watched.found > 0);
}

/* ---- Spans that are ended as left open ---------------------------------------------------- */

struct left_open {
    struct core_fixture *core;
    unsigned rounds;
    _Atomic unsigned running; /* threads that still start spans */
    uint64_t ended;           /* as left open */
};

/* Spans and log records take the same slots in turn: the thread gets no lane. */
static void start_end_and_log(struct left_open *shared)
{
    struct core_fixture *core = shared->core;

    core_busy_begin();
    for (unsigned i = 0; i < shared->rounds; i++) {
        /* None, and counted, when there is no room for it. */
        haetae_span span =
            haetae_span_start(core->tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);

        haetae_log(core->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("beside it"), NULL, 0);
        haetae_span_end(span);
    }
    core_busy_end();
    atomic_fetch_sub(&shared->running, 1);
}

/* The slots of what ends go on to others while another thread looks at them. */
static void end_open_drain_or_start(void *argument, unsigned number)
{
    struct left_open *shared = argument;

    if (number > 1) {
        start_end_and_log(shared);
    }
    while (number == 0 && atomic_load(&shared->running) != 0) {
        shared->ended += hae_span_end_open(shared->core->recorder);
    }
    while (number == 1 && atomic_load(&shared->running) != 0) {
        (void)core_drain(shared->core);
    }
}

static void span_that_is_left_open_beside_others_ends_once(void **state)
{
    struct core_fixture *core = *state;
    struct left_open shared = {.core = core, .rounds = core_repeat(3000), .running = SETTERS};
    uint64_t spans = 0;

    core_run_threads(SETTERS + 2, end_open_drain_or_start, &shared);
    assert_true(core_drain(core));
    for (size_t i = 0; i < core->record_count; i++) {
        spans += core->records[i].signal == SPAN;
    }
    spans += core_dropped(core, SPAN, HAETAE_DROP_NO_SLOT);
    spans += core_dropped(core, SPAN, HAETAE_DROP_RING_FULL);
    assert_int_equal(spans, (uint64_t)SETTERS * shared.rounds);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), shared.ended);
}

static int32_t record_only(void *user, const haetae_sampling_input *input,
                           haetae_sampling *sampling)
{
    (void)user;
    (void)input;
    (void)sampling;
    return HAETAE_SAMPLING_RECORD_ONLY;
}

/* They are looked at, and their slots go on to log records. */
static void span_that_is_only_recorded_is_not_ended_as_left_open(void **state)
{
    struct core_fixture *core = *state;
    struct left_open shared = {.core = core, .rounds = core_repeat(3000), .running = SETTERS};

    hae_tracer_provider_set_sampler(&core->traces, &(struct hae_sampler){record_only, NULL, NULL});
    core_run_threads(SETTERS + 2, end_open_drain_or_start, &shared);
    assert_int_equal(shared.ended, 0);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 0);
    assert_int_equal(core_published(core, SPAN), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACE_TEST(every_change_is_recorded_or_counted),
        TRACE_TEST(one_key_of_many_threads_is_one_attribute),
        TRACE_TEST(span_that_many_threads_end_is_recorded_once),
        TRACE_TEST(span_that_is_left_open_beside_others_ends_once),
        TRACE_TEST(span_that_is_only_recorded_is_not_ended_as_left_open),
        TRACE_TEST(events_of_many_threads_are_recorded_or_counted),
        TRACE_TEST(context_of_a_span_that_ends_elsewhere_is_whole_or_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
