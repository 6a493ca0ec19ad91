/* SPDX-License-Identifier: Apache-2.0 */
/* Owners of lanes: claims, hand-backs, threads that start and end. */
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "recorder/consumer.h"
#include "recorder/drain.h"
#include "recorder/lane.h"
#include "support/core_fixture.h"

#define LOG  HAETAE_SIGNAL_LOGS
#define SPAN HAETAE_SIGNAL_TRACES

static int owned_count(struct core_fixture *core)
{
    int count = 0;

    for (int word = 0; word < HAE_LANES_MAX / 64; word++) {
        count += __builtin_popcountll(atomic_load(&core->recorder->region->lanes_owned[word]));
    }
    return count;
}

static void log_text(struct core_fixture *core, const char *text)
{
    haetae_log(core->logger, HAETAE_SEVERITY_INFO, text, strlen(text), NULL, 0);
}

static struct hae_lane *claim_any(struct hae_recorder *recorder)
{
    return hae_lane_claim(recorder, recorder->lane_count);
}

static void check_claims(uint32_t lane_count)
{
    static struct hae_lane *lanes[HAE_LANES_MAX];
    struct core_fixture core;
    uint32_t other = lane_count / 4;

    core_begin(&core, 16 << 20, lane_count);
    for (uint32_t i = 0; i < lane_count; i++) {
        if (hae_lane_is_lent(core.recorder, i)) {
            continue;
        }
        lanes[i] = claim_any(core.recorder);
        assert_ptr_equal(lanes[i], hae_lane_at(core.recorder, i));
        assert_int_equal(lanes[i]->index, i);
        assert_int_equal(atomic_load(&core.recorder->region->lanes_touched), i + 1);
    }
    assert_null(claim_any(core.recorder));
    hae_lane_hand_back(core.recorder, lanes[other]);
    assert_ptr_equal(claim_any(core.recorder), lanes[other]);
    assert_null(claim_any(core.recorder));
    for (uint32_t i = 0; i < lane_count; i++) {
        if (!hae_lane_is_lent(core.recorder, i)) {
            hae_lane_hand_back(core.recorder, lanes[i]);
        }
    }
    assert_int_equal(owned_count(&core), 0);
    core_end(&core);
}

static void lane_claim_gives_each_lane_once(void **state)
{
    static const uint32_t counts[] = {1, 2, 63, 64, 65, 128, 1000, HAE_LANES_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        check_claims(counts[i]);
    }
}

/* ---- Many threads ------------------------------------------------------------------ */

enum { CLAIMING_THREADS = 6, CLAIMED_LANES = 4 };

struct claims {
    struct core_fixture core;
    _Atomic int owners[CLAIMED_LANES];
    _Atomic unsigned wrong;
    _Atomic unsigned claimed;
};

static void claim_often(void *argument, unsigned number)
{
    struct claims *claims = argument;

    (void)number;
    for (unsigned i = 0; i < core_repeat(50000); i++) {
        struct hae_lane *lane = claim_any(claims->core.recorder);

        if (lane != NULL) {
            atomic_fetch_add(&claims->claimed, 1);
            atomic_fetch_add(&claims->wrong, atomic_exchange(&claims->owners[lane->index], 1));
            /* Plain accesses, so that ThreadSanitizer detects ownership that is not handed over. */
            lane->cached_head++;
            atomic_store(&claims->owners[lane->index], 0);
            hae_lane_hand_back(claims->core.recorder, lane);
        }
    }
}

static void lane_never_has_two_owners(void **state)
{
    struct claims claims = {.wrong = 0};
    uint64_t sum = 0;

    (void)state;
    core_begin(&claims.core, 0, CLAIMED_LANES);
    core_run_threads(CLAIMING_THREADS, claim_often, &claims);
    assert_int_equal(claims.wrong, 0);
    for (uint32_t i = 0; i < CLAIMED_LANES; i++) {
        sum += hae_lane_at(claims.core.recorder, i)->cached_head;
        hae_lane_at(claims.core.recorder, i)->cached_head = 0;
    }
    assert_int_equal(sum, claims.claimed); /* no addition was lost */
    core_end(&claims.core);
}

enum { SHORT_THREADS = 8, RECORDS_EACH = 5 };

static void record_a_little(void *argument, unsigned number)
{
    struct core_fixture *core = argument;

    (void)number;
    for (int i = 0; i < RECORDS_EACH; i++) {
        log_text(core, "short");
        haetae_span_end(
            haetae_span_start(core->tracer, HAETAE_TEXT("short"), HAETAE_SPAN_KIND_INTERNAL));
    }
}

static void thousands_of_short_threads_lose_nothing(void **state)
{
    struct core_fixture core;
    unsigned rounds = core_repeat(500);
    uint64_t drained[HAETAE_SIGNAL_COUNT] = {0};

    (void)state;
    core_begin(&core, 0, SHORT_THREADS);
    for (unsigned i = 0; i < rounds; i++) {
        core_run_threads(SHORT_THREADS, record_a_little, &core);
        assert_int_equal(owned_count(&core), 0);
        assert_true(core_drain(&core));
        assert_int_equal(core.record_count, 2 * RECORDS_EACH * SHORT_THREADS);
        for (size_t record = 0; record < core.record_count; record++) {
            drained[core.records[record].signal]++;
        }
        core_forget(&core);
    }
    assert_int_equal(drained[LOG], RECORDS_EACH * SHORT_THREADS * rounds);
    assert_int_equal(core_published(&core, LOG), drained[LOG]);
    assert_int_equal(core_published(&core, SPAN), drained[SPAN]);
    assert_int_equal(drained[SPAN], drained[LOG]);
    assert_int_equal(core_sums(&core).open_count, 0);
    assert_int_equal(core_free_slot_count(core.recorder), core_slot_count(core.recorder));
    core_end(&core);
}

enum { CROWD = 12, CROWD_LANES = 3 };

struct crowd {
    struct core_fixture core;
    pthread_barrier_t all_recorded;
};

static void record_and_stay(void *argument, unsigned number)
{
    struct crowd *crowd = argument;
    char text[32];

    for (int i = 0; i < RECORDS_EACH; i++) {
        int length = snprintf(text, sizeof text, "thread %02u.%d", number, i);

        haetae_log(crowd->core.logger, HAETAE_SEVERITY_INFO, text, (size_t)length, NULL, 0);
    }
    pthread_barrier_wait(&crowd->all_recorded);
}

static void threads_beyond_the_lanes_hand_their_records_over(void **state)
{
    struct crowd crowd;
    int next[CROWD] = {0};

    (void)state;
    core_begin(&crowd.core, 0, CROWD_LANES);
    assert_int_equal(pthread_barrier_init(&crowd.all_recorded, NULL, CROWD), 0);
    core_run_threads(CROWD, record_and_stay, &crowd);
    assert_int_equal(atomic_load(&crowd.core.recorder->region->lanes_touched), CROWD_LANES);
    assert_int_equal(atomic_load(&crowd.core.recorder->region->shared.published[LOG]),
                     (CROWD - CROWD_LANES) * RECORDS_EACH);
    assert_true(core_drain(&crowd.core));
    assert_int_equal(crowd.core.record_count, CROWD * RECORDS_EACH);
    for (size_t i = 0; i < crowd.core.record_count; i++) {
        const struct core_record *record = &crowd.core.records[i];
        const uint8_t *text = memmem(record->data, record->size_bytes, "thread ", 7);
        unsigned number;

        assert_non_null(text);
        number = (unsigned)(text[7] - '0') * 10u + (unsigned)(text[8] - '0');
        /* The records of each thread are in the order in which it wrote them. */
        assert_true(number < CROWD);
        assert_int_equal(text[10] - '0', next[number]++);
    }
    pthread_barrier_destroy(&crowd.all_recorded);
    core_end(&crowd.core);
}

/* ---- Borrowed lanes -------------------------------------------------------------------- */

enum { LENDING_LANES = 16 };

/* Claims the lanes that are for whoever comes first. */
static void claim_the_first(struct core_fixture *core)
{
    while (hae_lane_claim(core->recorder, core->recorder->first_lent_lane) != NULL) {
    }
}

/* The records of a signal in lanes that are lent. */
static uint64_t lent_published(struct core_fixture *core, haetae_signal signal)
{
    struct hae_recorder *recorder = core->recorder;
    uint64_t sum = 0;

    for (uint32_t i = 0; i < recorder->lent_lane_count; i++) {
        struct hae_lane *lane = hae_lane_at(recorder, recorder->first_lent_lane + i);

        assert_int_equal(atomic_load(&lane->borrowed), 0);
        sum += atomic_load(&lane->counts.published[signal]);
    }
    return sum;
}

static void some_lanes_are_lent_and_some_are_for_threads_that_record_often(void **state)
{
    static const struct {
        uint32_t lanes, first, at_least;
    } expected[] = {{1, 1, 0},  {3, 3, 0},   {4, 3, 1},     {15, 14, 1},
                    {16, 8, 2}, {32, 16, 4}, {256, 128, 32}};

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct core_fixture core;

        core_begin(&core, 16 << 20, expected[i].lanes);
        assert_int_equal(core.recorder->first_lent_lane, expected[i].first);
        assert_true(core.recorder->lent_lane_count >= expected[i].at_least);
        assert_true(core.recorder->lent_lane_count <= expected[i].lanes / 2);
        core_end(&core);
    }
}

static void thread_that_finds_no_lane_borrows_one_for_each_call(void **state)
{
    struct core_fixture core;
    haetae_span span;
    int owned;

    (void)state;
    core_begin(&core, 16 << 20, LENDING_LANES);
    claim_the_first(&core);
    owned = owned_count(&core);
    log_text(&core, "first");
    log_text(&core, "second");
    span = haetae_span_start(core.tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_span_end(span);
    assert_int_equal(lent_published(&core, LOG), 2);
    assert_int_equal(lent_published(&core, SPAN), 1);
    assert_int_equal(owned_count(&core), owned);
    assert_int_equal(atomic_load(&core.recorder->region->shared.published[LOG]), 0);
    assert_true(core_drain(&core));
    assert_int_equal(core.record_count, 3);
    assert_int_equal(core_sums(&core).open_count, 0);
    core_end(&core);
}

static void thread_that_records_often_gets_a_lane_to_keep(void **state)
{
    struct core_fixture core;
    struct hae_entry entry;
    int owned;

    (void)state;
    core_begin(&core, 16 << 20, LENDING_LANES);
    claim_the_first(&core);
    owned = owned_count(&core);
    for (int i = 0; i < 100000 && owned_count(&core) == owned; i++) {
        log_text(&core, "again");
        assert_true(core_drain(&core));
        core_forget(&core);
    }
    assert_int_equal(owned_count(&core), owned + 1);
    entry = hae_enter(core.recorder);
    assert_int_equal(entry.hold, HAE_HOLD_OWN);
    assert_true(entry.lane->index >=
                core.recorder->first_lent_lane + core.recorder->lent_lane_count);
    hae_leave(entry);
    core_end(&core);
}

static void call_that_finds_all_lanes_lent_hands_its_record_over(void **state)
{
    struct core_fixture core;
    struct hae_recorder *recorder;

    (void)state;
    core_begin(&core, 16 << 20, LENDING_LANES);
    recorder = core.recorder;
    claim_the_first(&core);
    for (uint32_t i = 0; i < recorder->lent_lane_count; i++) {
        assert_non_null(hae_lane_borrow(recorder, i));
    }
    assert_null(hae_lane_borrow(recorder, 0));
    log_text(&core, "into slots");
    assert_int_equal(atomic_load(&recorder->region->shared.published[LOG]), 1);
    for (uint32_t i = 0; i < recorder->lent_lane_count; i++) {
        hae_lane_return(hae_lane_at(recorder, recorder->first_lent_lane + i));
    }
    log_text(&core, "into a lane");
    assert_int_equal(lent_published(&core, LOG), 1);
    assert_true(core_drain(&core));
    assert_int_equal(core.record_count, 2);
    core_end(&core);
}

static void call_that_interrupts_a_borrower_leaves_its_lane_alone(void **state)
{
    struct core_fixture core;
    struct hae_entry outer;
    struct hae_entry inner;

    (void)state;
    core_begin(&core, 16 << 20, LENDING_LANES);
    claim_the_first(&core);
    outer = hae_enter(core.recorder);
    assert_int_equal(outer.hold, HAE_HOLD_BORROWED);
    inner = hae_enter(core.recorder);
    assert_int_equal(inner.hold, HAE_HOLD_NESTED);
    assert_null(inner.lane);
    log_text(&core, "in the handler");
    hae_leave(inner);
    assert_int_equal(atomic_load(&outer.lane->borrowed), 1);
    hae_leave(outer);
    assert_int_equal(atomic_load(&outer.lane->borrowed), 0);
    assert_int_equal(atomic_load(&core.recorder->region->shared.published[LOG]), 1);
    core_end(&core);
}

enum { HUNDREDS = 500, FEW_LANES = 4, CALLS_EACH = 20 };

struct hundreds {
    struct core_fixture core;
    _Atomic unsigned left;
};

/* The first thread drains beside the others. */
static void record_in_a_crowd(void *argument, unsigned number)
{
    struct hundreds *hundreds = argument;
    struct core_fixture *core = &hundreds->core;

    if (number == 0) {
        while (atomic_load(&hundreds->left) != 0) {
            core_drain(core);
            sched_yield();
        }
        return;
    }
    for (int i = 0; i < CALLS_EACH; i++) {
        haetae_span span =
            haetae_span_start(core->tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);

        log_text(core, "log");
        if (i % 4 == 0) {
            sched_yield();
        }
        haetae_span_end(span);
    }
    atomic_fetch_sub(&hundreds->left, 1);
}

static uint64_t dropped(struct core_fixture *core, haetae_signal signal)
{
    struct hae_recorder_sums sums = core_sums(core);
    uint64_t sum = 0;

    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        sum += sums.dropped[signal][reason];
    }
    return sum;
}

static void hundreds_of_threads_with_few_lanes_count_exactly(void **state)
{
    struct hundreds hundreds = {.left = HUNDREDS - 1};
    struct core_fixture *core = &hundreds.core;
    uint64_t calls = (uint64_t)(HUNDREDS - 1) * CALLS_EACH;
    uint64_t published;

    (void)state;
    core_begin(core, 16 << 20, FEW_LANES);
    core_run_threads(HUNDREDS, record_in_a_crowd, &hundreds);
    assert_true(core_drain(core));
    published = core_published(core, LOG) + core_published(core, SPAN);
    /* Where threads are held up at odd moments, slots may run out. */
    assert_int_equal(core_published(core, LOG) + dropped(core, LOG), calls);
    assert_int_equal(core_published(core, SPAN) + dropped(core, SPAN), calls);
    assert_int_equal(core->record_count, published);
    assert_int_equal(core_sums(core).open_count, 0);
    assert_int_equal(core_free_slot_count(core->recorder), core_slot_count(core->recorder));
    assert_true(lent_published(core, SPAN) != 0);
    core_end(core);
}

/* ---- One thread after another -------------------------------------------------------- */

static void *log_one(void *core)
{
    log_text(core, "one");
    return NULL;
}

static void *log_two(void *core)
{
    log_text(core, "two");
    return NULL;
}

static void run(void *(*body)(void *), void *argument)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, body, argument), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void next_owner_of_a_lane_goes_on_where_the_last_stopped(void **state)
{
    struct core_fixture core;

    (void)state;
    core_begin(&core, 0, 4);
    run(log_one, &core);
    run(log_two, &core);
    assert_int_equal(atomic_load(&core.recorder->region->lanes_touched), 1);
    assert_true(core_drain(&core));
    assert_int_equal(core.record_count, 2);
    assert_non_null(memmem(core.records[0].data, core.records[0].size_bytes, "one", 3));
    assert_non_null(memmem(core.records[1].data, core.records[1].size_bytes, "two", 3));
    core_end(&core);
}

static void thread_without_a_lane_gets_one_that_comes_free(void **state)
{
    struct core_fixture core;
    struct hae_lane *only;

    (void)state;
    core_begin(&core, 0, 1);
    only = claim_any(core.recorder);
    log_text(&core, "handed over");
    assert_int_equal(atomic_load(&core.recorder->region->shared.published[LOG]), 1);
    hae_lane_hand_back(core.recorder, only);
    for (int i = 0; i < 1000 && atomic_load(&only->counts.published[LOG]) == 0; i++) {
        log_text(&core, "again");
        assert_true(core_drain(&core));
    }
    assert_int_equal(atomic_load(&only->counts.published[LOG]), 1);
    core_end(&core);
}

static void thread_exit_gives_its_free_slots_to_all(void **state)
{
    struct core_fixture core;
    const struct hae_lane *lane;

    (void)state;
    core_begin(&core, 0, 2);
    core_run_threads(1, record_a_little, &core);
    lane = hae_lane_at(core.recorder, 0);
    assert_int_not_equal(atomic_load(&lane->counts.published[SPAN]), 0);
    assert_int_equal(lane->free_slot_count, 0);
    assert_int_equal(core_free_slot_count(core.recorder), core_slot_count(core.recorder));
    core_end(&core);
}

/* ---- Recorders that go first ----------------------------------------------------------- */

struct late_exit {
    struct core_fixture core;
    pthread_barrier_t step;
};

static void *exit_after_the_recorder(void *argument)
{
    struct late_exit *late = argument;

    log_text(&late->core, "before");
    pthread_barrier_wait(&late->step); /* the recorder is freed, and another one is made */
    pthread_barrier_wait(&late->step);
    return NULL;
}

static void thread_exit_leaves_lanes_of_later_recorders_alone(void **state)
{
    struct late_exit late;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_barrier_init(&late.step, NULL, 2), 0);
    core_begin(&late.core, 0, 2);
    assert_int_equal(pthread_create(&thread, NULL, exit_after_the_recorder, &late), 0);
    pthread_barrier_wait(&late.step);
    core_end(&late.core);
    core_begin(&late.core, 0, 2);
    log_text(&late.core, "mine");
    assert_int_equal(owned_count(&late.core), 1);
    pthread_barrier_wait(&late.step);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(owned_count(&late.core), 1);
    core_end(&late.core);
    pthread_barrier_destroy(&late.step);
}

static struct core_fixture *recorded_at_exit;

static void record_at_exit(void *unused)
{
    (void)unused;
    log_text(recorded_at_exit, "from a destructor");
}

static void *record_before_and_at_exit(void *key)
{
    log_text(recorded_at_exit, "from the thread");
    (void)pthread_setspecific(*(pthread_key_t *)key, key);
    return NULL;
}

static void records_made_while_a_thread_exits_are_kept(void **state)
{
    struct core_fixture core;
    pthread_key_t key;

    (void)state;
    core_begin(&core, 0, 2);
    recorded_at_exit = &core;
    /* Made after the library's own key, so that its destructor runs later. */
    run(log_one, &core);
    assert_int_equal(pthread_key_create(&key, record_at_exit), 0);
    run(record_before_and_at_exit, &key);
    assert_int_equal(owned_count(&core), 0);
    assert_true(core_drain(&core));
    assert_int_equal(core.record_count, 3);
    assert_int_equal(core_published(&core, LOG), 3);
    assert_int_equal(pthread_key_delete(key), 0);
    core_end(&core);
}

/* ---- Cancelled threads -------------------------------------------------------------------- */

struct cancelled {
    struct core_fixture core;
    bool recorded;
};

static void *record_with_a_cancellation_pending(void *argument)
{
    struct cancelled *cancelled = argument;
    static const char text[1000];

    (void)pthread_cancel(pthread_self());
    /* Records past half full, where the consumer is woken. */
    for (uint64_t i = 0; i < cancelled->core.recorder->ring_size_bytes / sizeof text; i++) {
        haetae_log(cancelled->core.logger, HAETAE_SEVERITY_INFO, text, sizeof text, NULL, 0);
    }
    cancelled->recorded = true;
    pthread_testcancel();
    return NULL;
}

static void thread_is_not_cancelled_while_it_records(void **state)
{
    struct cancelled cancelled = {.recorded = false};
    pthread_t thread;
    void *result = NULL;
    uint64_t wakes = 0;

    (void)state;
    core_begin(&cancelled.core, 0, 4);
    assert_false(hae_recorder_about_to_wait(cancelled.core.recorder));
    assert_int_equal(pthread_create(&thread, NULL, record_with_a_cancellation_pending, &cancelled),
                     0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, PTHREAD_CANCELED);
    assert_true(cancelled.recorded);
    assert_int_equal(owned_count(&cancelled.core), 0);
    assert_int_equal(read(cancelled.core.recorder->wake.number, &wakes, sizeof wakes),
                     sizeof wakes);
    core_end(&cancelled.core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lane_claim_gives_each_lane_once),
        cmocka_unit_test(lane_never_has_two_owners),
        cmocka_unit_test(thousands_of_short_threads_lose_nothing),
        cmocka_unit_test(threads_beyond_the_lanes_hand_their_records_over),
        cmocka_unit_test(some_lanes_are_lent_and_some_are_for_threads_that_record_often),
        cmocka_unit_test(thread_that_finds_no_lane_borrows_one_for_each_call),
        cmocka_unit_test(thread_that_records_often_gets_a_lane_to_keep),
        cmocka_unit_test(call_that_finds_all_lanes_lent_hands_its_record_over),
        cmocka_unit_test(call_that_interrupts_a_borrower_leaves_its_lane_alone),
        cmocka_unit_test(hundreds_of_threads_with_few_lanes_count_exactly),
        cmocka_unit_test(next_owner_of_a_lane_goes_on_where_the_last_stopped),
        cmocka_unit_test(thread_without_a_lane_gets_one_that_comes_free),
        cmocka_unit_test(thread_exit_gives_its_free_slots_to_all),
        cmocka_unit_test(thread_exit_leaves_lanes_of_later_recorders_alone),
        cmocka_unit_test(records_made_while_a_thread_exits_are_kept),
        cmocka_unit_test(thread_is_not_cancelled_while_it_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
