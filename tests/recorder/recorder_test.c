/* SPDX-License-Identifier: Apache-2.0 */
/* Whole recorders: making, freeing, counting, and the ids that threads draw. */
#include "recorder/recorder.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "support/core_fixture.h"

static const struct hae_recorder_options usual = {
    .size_bytes = CORE_SIZE_BYTES, .lane_count = 4, .allow_counter = true};

/* Open descriptors of this process. */
static int descriptor_count(void)
{
    int count = 0;

    for (int i = 0; i < 1024; i++) {
        count += fcntl(i, F_GETFD) >= 0;
    }
    return count;
}

static void recorder_survives_want_of_memory(void **state)
{
    long live = hae_alloc_live_count();
    int descriptors = descriptor_count();
    struct hae_recorder *recorder = NULL;
    haetae_status status;

    (void)state;
    for (long fail = 0;; fail++) {
        hae_alloc_fail_after(fail);
        status = hae_recorder_new(&usual, &recorder);
        hae_alloc_fail_after(-1);
        if (status == HAETAE_OK) {
            break;
        }
        assert_int_equal(status, HAETAE_ENOMEM);
        assert_null(recorder);
        assert_int_equal(hae_alloc_live_count(), live);
        assert_int_equal(descriptor_count(), descriptors);
        assert_true(fail < 100);
    }
    hae_recorder_free(recorder);
    assert_int_equal(hae_alloc_live_count(), live);
    assert_int_equal(descriptor_count(), descriptors);
}

static void check_refused(struct hae_recorder_options options, haetae_status expected)
{
    long live = hae_alloc_live_count();
    int descriptors = descriptor_count();
    struct hae_recorder *recorder = NULL;

    assert_int_equal(hae_recorder_new(&options, &recorder), expected);
    assert_null(recorder);
    assert_int_equal(hae_alloc_live_count(), live);
    assert_int_equal(descriptor_count(), descriptors);
}

static void recorder_refuses_sizes_that_cannot_work(void **state)
{
    (void)state;
    check_refused((struct hae_recorder_options){.size_bytes = 0, .lane_count = 0}, HAETAE_EINVAL);
    check_refused(
        (struct hae_recorder_options){.size_bytes = HAE_REGION_SIZE_MIN - 1, .lane_count = 0},
        HAETAE_EINVAL);
    check_refused(
        (struct hae_recorder_options){.size_bytes = CORE_SIZE_BYTES, .lane_count = HAE_LANES_MAX},
        HAETAE_EINVAL);
    check_refused((struct hae_recorder_options){.size_bytes = UINT64_MAX, .lane_count = 0},
                  HAETAE_ENOMEM);
    hae_recorder_free(NULL);
}

static void recorder_without_a_descriptor_is_refused(void **state)
{
    struct rlimit before;
    struct rlimit none;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    check_refused(usual, HAETAE_EIO);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void as_many_recorders_run_as_handles_can_name(void **state)
{
    struct hae_recorder *recorders[HAE_RECORDERS_MAX];

    (void)state;
    for (uint32_t i = 0; i < HAE_RECORDERS_MAX; i++) {
        assert_int_equal(hae_recorder_new(&usual, &recorders[i]), HAETAE_OK);
        assert_int_equal(recorders[i]->index, i);
    }
    check_refused(usual, HAETAE_ELIMIT);
    hae_recorder_free(recorders[3]);
    assert_int_equal(hae_recorder_new(&usual, &recorders[3]), HAETAE_OK);
    assert_int_equal(recorders[3]->index, 3);
    check_refused(usual, HAETAE_ELIMIT);
    for (uint32_t i = 0; i < HAE_RECORDERS_MAX; i++) {
        hae_recorder_free(recorders[i]);
    }
}

static void drop_counts_add_up_over_lanes_and_sharers(void **state)
{
    struct core_fixture core;
    struct hae_entry with_lane;

    (void)state;
    core_begin(&core, 0, 2);
    with_lane = hae_enter(core.recorder);
    assert_non_null(with_lane.lane);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            for (int i = 0; i <= signal; i++) {
                hae_count_dropped(core.recorder, with_lane.lane, (haetae_signal)signal,
                                  (haetae_drop_reason)reason);
            }
            for (int i = 0; i <= reason; i++) {
                hae_count_dropped(core.recorder, NULL, (haetae_signal)signal,
                                  (haetae_drop_reason)reason);
            }
            hae_count_dropped(core.recorder, NULL, (haetae_signal)signal,
                              (haetae_drop_reason)reason);
        }
    }
    hae_leave(with_lane);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            assert_int_equal(core_dropped(&core, (haetae_signal)signal, (haetae_drop_reason)reason),
                             signal + reason + 3);
        }
        assert_int_equal(core_published(&core, (haetae_signal)signal), 0);
    }
    core_end(&core);
}

/* ---- Entering and leaving --------------------------------------------------------------- */

static void call_within_a_call_gets_no_lane(void **state)
{
    struct core_fixture core;
    struct hae_entry outer;
    struct hae_entry inner;

    (void)state;
    core_begin(&core, 0, 2);
    outer = hae_enter(core.recorder);
    inner = hae_enter(core.recorder);
    assert_non_null(outer.lane);
    assert_int_equal(outer.hold, HAE_HOLD_OWN);
    assert_null(inner.lane);
    assert_int_equal(inner.hold, HAE_HOLD_NESTED);
    hae_leave(inner);
    inner = hae_enter(core.recorder);
    assert_null(inner.lane); /* leaving the inner call has not released the lane */
    hae_leave(inner);
    hae_leave(outer);
    inner = hae_enter(core.recorder);
    assert_ptr_equal(inner.lane, outer.lane);
    hae_leave(inner);
    core_end(&core);
}

static void thread_has_a_lane_of_its_own_in_each_recorder(void **state)
{
    struct core_fixture first;
    struct core_fixture second;
    struct hae_entry entry;
    struct hae_lane *lane;

    (void)state;
    core_begin(&first, 0, 2);
    core_begin(&second, 0, 2);
    entry = hae_enter(first.recorder);
    lane = entry.lane;
    hae_leave(entry);
    entry = hae_enter(second.recorder);
    assert_ptr_equal(entry.lane, hae_lane_at(second.recorder, 0));
    assert_ptr_not_equal(entry.lane, lane);
    hae_leave(entry);
    entry = hae_enter(first.recorder);
    assert_ptr_equal(entry.lane, lane);
    hae_leave(entry);
    core_end(&second);
    core_end(&first);
}

/* ---- Ids ----------------------------------------------------------------------------------- */

enum { ID_THREADS = 4, IDS_MAX = 50000 };

struct ids {
    struct core_fixture core;
    unsigned count;
    uint64_t drawn[ID_THREADS * IDS_MAX * 3];
};

static void draw_ids(void *argument, unsigned number)
{
    struct ids *ids = argument;
    uint64_t *to = &ids->drawn[number * ids->count * 3];

    for (unsigned i = 0; i < ids->count; i++) {
        struct hae_entry entry = hae_enter(ids->core.recorder);
        struct hae_entry nested = hae_enter(ids->core.recorder);

        *to++ = hae_new_id(ids->core.recorder, entry);
        *to++ = hae_random_id(&hae_thread.random.b);
        *to++ = hae_new_id(ids->core.recorder, nested);
        hae_leave(nested);
        hae_leave(entry);
    }
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void no_id_is_drawn_twice(void **state)
{
    struct ids *ids = calloc(1, sizeof *ids);
    size_t count;

    (void)state;
    assert_non_null(ids);
    core_begin(&ids->core, 0, 2); /* two of the threads have no lane */
    ids->count = core_repeat(IDS_MAX - 1);
    count = (size_t)ID_THREADS * ids->count * 3;
    core_run_threads(ID_THREADS, draw_ids, ids);
    qsort(ids->drawn, count, sizeof ids->drawn[0], compare);
    assert_int_not_equal(ids->drawn[0], 0);
    for (size_t i = 1; i < count; i++) {
        assert_true(ids->drawn[i] != ids->drawn[i - 1]);
    }
    core_end(&ids->core);
    free(ids);
}

static void next_recorder_draws_other_ids(void **state)
{
    uint64_t drawn[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct core_fixture core;
        struct hae_entry entry;

        core_begin(&core, 0, 2);
        entry = hae_enter(core.recorder);
        drawn[i] = hae_new_id(core.recorder, entry);
        hae_leave(entry);
        core_end(&core);
    }
    assert_int_not_equal(drawn[0], drawn[1]);
}

static void draw_long_id(struct core_fixture *core, struct hae_random state, bool nested,
                         uint64_t ret_id[2])
{
    struct hae_entry entry = hae_enter(core->recorder);
    struct hae_entry inner = hae_enter(core->recorder);

    hae_thread.random = state;
    core->recorder->seed.a = state.b;
    atomic_store(&core->recorder->shared_random, state.a);
    hae_new_long_id(core->recorder, nested ? inner : entry, ret_id);
    hae_leave(inner);
    hae_leave(entry);
}

/* Both words of the state matter, so the id has as many random bits as they have. */
static void long_id_has_128_random_bits(void **state)
{
    struct core_fixture core;
    uint64_t ids[4][2];

    (void)state;
    core_begin(&core, 0, 2);
    for (int nested = 0; nested < 2; nested++) {
        for (uint64_t i = 0; i < 4; i++) {
            draw_long_id(&core, (struct hae_random){100 + (i & 1), 200 + (i >> 1)}, nested != 0,
                         ids[i]);
            assert_int_not_equal(ids[i][0], 0);
            assert_int_not_equal(ids[i][1], 0);
            for (uint64_t j = 0; j < i; j++) {
                assert_true(ids[i][0] != ids[j][0] || ids[i][1] != ids[j][1]);
            }
        }
    }
    core_end(&core);
}

/* ---- Sums beside producers --------------------------------------------------------- */

enum { STARTER, ENDER, READER, PASSED_AT_ONCE = 64 };

struct passing {
    struct core_fixture core;
    unsigned count;
    _Atomic haetae_span spans[PASSED_AT_ONCE];
    _Atomic bool done;
    uint64_t most_open;
};

/* Spans pass through a row of places, from one thread to another. */
static void start_some(struct passing *passing)
{
    for (unsigned i = 0; i < passing->count; i++) {
        haetae_span span = haetae_span_start(passing->core.tracer, HAETAE_TEXT("passed"),
                                             HAETAE_SPAN_KIND_INTERNAL);

        while (atomic_load(&passing->spans[i % PASSED_AT_ONCE]) != HAETAE_SPAN_NONE) {
            sched_yield();
        }
        atomic_store(&passing->spans[i % PASSED_AT_ONCE], span);
    }
}

static void end_some(struct passing *passing)
{
    for (unsigned i = 0; i < passing->count; i++) {
        haetae_span span;

        while ((span = atomic_exchange(&passing->spans[i % PASSED_AT_ONCE], HAETAE_SPAN_NONE)) ==
               HAETAE_SPAN_NONE) {
            sched_yield();
        }
        haetae_span_end(span);
    }
    atomic_store(&passing->done, true);
}

static void pass_spans(void *argument, unsigned role)
{
    struct passing *passing = argument;

    if (role == STARTER) {
        start_some(passing);
    } else if (role == ENDER) {
        end_some(passing);
    }
    while (role == READER && !atomic_load(&passing->done)) {
        uint64_t open = core_sums(&passing->core).open_count;

        passing->most_open = open > passing->most_open ? open : passing->most_open;
    }
}

static void span_that_ends_on_another_thread_is_never_less_than_none(void **state)
{
    struct passing passing = {.count = core_repeat(20000)};

    (void)state;
    core_begin(&passing.core, 0, 4);
    core_run_threads(3, pass_spans, &passing);
    assert_true(passing.most_open <= passing.count);
    assert_int_equal(core_sums(&passing.core).open_count, 0);
    core_end(&passing.core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorder_survives_want_of_memory),
        cmocka_unit_test(recorder_refuses_sizes_that_cannot_work),
        cmocka_unit_test(recorder_without_a_descriptor_is_refused),
        cmocka_unit_test(as_many_recorders_run_as_handles_can_name),
        cmocka_unit_test(drop_counts_add_up_over_lanes_and_sharers),
        cmocka_unit_test(call_within_a_call_gets_no_lane),
        cmocka_unit_test(thread_has_a_lane_of_its_own_in_each_recorder),
        cmocka_unit_test(no_id_is_drawn_twice),
        cmocka_unit_test(next_recorder_draws_other_ids),
        cmocka_unit_test(long_id_has_128_random_bits),
        cmocka_unit_test(span_that_ends_on_another_thread_is_never_less_than_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
