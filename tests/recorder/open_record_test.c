/* SPDX-License-Identifier: Apache-2.0 */
/* Open records of a kind that the test makes: the recorder knows nothing of what they mean. */
#include "recorder/open_record.h"

#include <sched.h>

#include "recorder/call.h"
#include "recorder/chain.h"
#include "support/core_fixture.h"

/* Log records, which are never open otherwise. A record's body is its bytes and, in one byte
 * more, how often it was ended by hae_record_kind.end. */
#define KIND HAETAE_SIGNAL_LOGS

enum { BODY_BYTES = 100 };

static unsigned ended_count;
static uint64_t ended_unix_ns;

static uint32_t encode(struct hae_recorder *recorder, uint32_t index, uint8_t *to)
{
    uint8_t *end = hae_chain_gather(recorder, index, 0, to);

    *end = (uint8_t)ended_count;
    return (uint32_t)(end - to) + 1;
}

/* Makes the record a record of the ring, or of slots where there is no lane. */
static void end(struct hae_recorder *recorder, uint32_t index, uint64_t end_unix_ns)
{
    struct hae_entry entry = hae_enter(recorder);
    size_t room;
    uint8_t *to;

    ended_unix_ns = end_unix_ns;
    hae_open_count_closed(recorder, entry.lane);
    if (entry.lane == NULL) {
        hae_open_hand_over(recorder, NULL, index, end_unix_ns);
    } else {
        to = hae_record_reserve(recorder, entry.lane, BODY_BYTES + 16, &room);
        if (to == NULL) {
            hae_open_overflow(recorder, entry.lane, index, end_unix_ns);
        } else {
            hae_open_commit(recorder, entry.lane, index, encode(recorder, index, to), KIND);
        }
    }
    hae_leave(entry);
}

static void end_asked(struct hae_recorder *recorder, uint32_t index, uint64_t end_unix_ns)
{
    ended_count++;
    end(recorder, index, end_unix_ns);
}

static int set_up(void **state)
{
    struct core_fixture *core = calloc(1, sizeof *core);

    assert_non_null(core);
    core_begin(core, HAE_REGION_SIZE_MIN, 2);
    hae_recorder_set_kind(core->recorder, KIND,
                          (struct hae_record_kind){.encode = encode, .end = end_asked});
    ended_count = 0;
    ended_unix_ns = 0;
    *state = core;
    return 0;
}

static int tear_down(void **state)
{
    struct core_fixture *core = *state;

    assert_int_equal(core_free_slot_count(core->recorder), core_slot_count(core->recorder));
    core_end(core);
    free(core);
    return 0;
}

static uint64_t open_one(struct core_fixture *core, uint8_t content)
{
    struct hae_recorder *recorder = core->recorder;
    struct hae_entry entry = hae_enter(recorder);
    uint32_t index = hae_slot_take(recorder, entry.lane);
    struct hae_slot *slot;
    uint64_t handle;

    assert_int_not_equal(index, 0);
    slot = hae_slot_at(recorder, index);
    slot->signal = KIND;
    slot->scope = 7;
    slot->used = BODY_BYTES;
    memset(slot->data, content, BODY_BYTES);
    for (uint64_t i = 0; i < HAE_IDENTITY_WORDS; i++) {
        atomic_store_explicit(&slot->identity[i], content * 100u + i, memory_order_release);
    }
    handle = hae_open_publish(recorder, entry.lane, index, true);
    hae_leave(entry);
    return handle;
}

static void end_one(struct core_fixture *core, uint64_t handle, uint64_t end_unix_ns)
{
    if (hae_open_begin_end(core->recorder, handle, &end_unix_ns)) {
        end(core->recorder, hae_handle_slot(handle), end_unix_ns);
    }
}

static void check_record(const struct core_record *record, uint8_t content, uint8_t asked)
{
    assert_int_equal(record->signal, KIND);
    assert_int_equal(record->scope, 7);
    assert_int_equal(record->size_bytes, BODY_BYTES + 1);
    for (int i = 0; i < BODY_BYTES; i++) {
        assert_int_equal(record->data[i], content);
    }
    assert_int_equal(record->data[BODY_BYTES], asked);
}

static void an_open_record_ends_as_a_record_of_its_kind(void **state)
{
    struct core_fixture *core = *state;
    uint64_t handle = open_one(core, 3);
    uint64_t identity[HAE_IDENTITY_WORDS];

    assert_int_equal(core_sums(core).open_count, 1);
    assert_true(hae_open_identify(handle, identity));
    assert_int_equal(identity[0], 300);
    assert_int_equal(identity[HAE_IDENTITY_WORDS - 1], 300 + HAE_IDENTITY_WORDS - 1);
    end_one(core, handle, 12);
    assert_int_equal(ended_unix_ns, 12);
    assert_int_equal(core_sums(core).open_count, 0);
    assert_false(hae_open_identify(handle, identity));
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 1);
    check_record(&core->records[0], 3, 0);
}

static void a_stale_handle_ends_nothing_and_is_counted(void **state)
{
    struct core_fixture *core = *state;
    uint64_t handle = open_one(core, 3);
    bool contended = true;

    end_one(core, handle, 1);
    end_one(core, handle, 2);
    assert_int_equal(ended_unix_ns, 1);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 1);
    assert_int_equal(hae_open_acquire(core->recorder, handle, &contended), 0);
    assert_false(contended);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 1);
}

static void an_end_that_finds_the_record_held_is_left_to_its_holder(void **state)
{
    struct core_fixture *core = *state;
    uint64_t handle = open_one(core, 4);
    bool contended;

    assert_int_not_equal(hae_open_acquire(core->recorder, handle, &contended), 0);
    end_one(core, handle, 55);
    assert_int_equal(ended_unix_ns, 0); /* not yet */
    assert_int_equal(core_published(core, KIND), 0);
    hae_open_release(core->recorder, handle);
    assert_int_equal(ended_count, 1);
    assert_int_equal(ended_unix_ns, 55);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 0);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 1);
    check_record(&core->records[0], 4, 1);
}

static void a_record_without_a_lane_is_encoded_when_it_is_drained(void **state)
{
    struct core_fixture *core = *state;
    uint64_t handle = open_one(core, 5);

    core_busy_begin();
    end_one(core, handle, 9);
    core_busy_end();
    assert_int_equal(core_published(core, KIND), 1);
    ended_count = 77; /* when it is encoded */
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 1);
    check_record(&core->records[0], 5, 77);
}

/* The policy is one for all kinds: full ring, slots, drop. */
static void a_full_ring_overflows_into_slots_and_then_drops(void **state)
{
    struct core_fixture *core = *state;
    uint64_t count = core->recorder->ring_size_bytes / BODY_BYTES + core_slot_count(core->recorder);
    uint64_t waiting;
    uint64_t dropped;

    for (uint64_t i = 0; i < count; i++) {
        end_one(core, open_one(core, 6), 1);
    }
    waiting = atomic_load(&core->recorder->region->handed_over_count);
    dropped = core_dropped(core, KIND, HAETAE_DROP_RING_FULL);
    assert_int_equal(waiting, core->recorder->slot_count / 2);
    assert_true(dropped > 0);
    assert_int_equal(core_published(core, KIND) + dropped, count);
    assert_int_equal(core_sums(core).open_count, 0);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, count - dropped);
    for (size_t i = 0; i < core->record_count; i++) {
        check_record(&core->records[i], 6, 0);
    }
}

static void a_discarded_record_leaves_nothing(void **state)
{
    struct core_fixture *core = *state;
    uint64_t handle = open_one(core, 8);
    uint64_t now = 0;

    assert_true(hae_open_begin_end(core->recorder, handle, &now));
    hae_open_count_closed(core->recorder, NULL);
    hae_open_discard(core->recorder, NULL, hae_handle_slot(handle));
    assert_int_equal(core_sums(core).open_count, 0);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 0);
}

/* ---- A slot that is used again, beside threads with its old handle ----------------------------
 */

enum { REUSES = 200000, HANDLES_KEPT = 64, CONTENTS = 250, SEEN = 1000 };

static struct {
    struct core_fixture *core;
    _Atomic uint64_t handles[HANDLES_KEPT]; /* the last ones, most of them stale */
    _Atomic bool stop;
    _Atomic uint64_t identified;
    _Atomic uint64_t acquired;
    _Atomic uint64_t wrong;
} reuse;

static void discard(struct hae_recorder *recorder, uint32_t index, uint64_t end_unix_ns)
{
    struct hae_entry entry = hae_enter(recorder);

    (void)end_unix_ns;
    hae_open_count_closed(recorder, entry.lane);
    hae_open_discard(recorder, entry.lane, index);
    hae_leave(entry);
}

/* The lane uses a slot that was given back at once. */
static void open_and_discard(void)
{
    struct hae_recorder *recorder = reuse.core->recorder;
    unsigned count = core_repeat(REUSES);

    /* Until others have seen enough of it. */
    for (unsigned i = 0;
         i < count || atomic_load(&reuse.identified) < SEEN || atomic_load(&reuse.acquired) < SEEN;
         i++) {
        unsigned place = i % HANDLES_KEPT;
        uint64_t handle;
        uint64_t now = 1;

        handle = open_one(reuse.core, (uint8_t)(1 + i % CONTENTS));
        atomic_store_explicit(&reuse.handles[place], handle, memory_order_release);
        if (i % 16 == 0) {
            sched_yield();
        }
        /* Where another thread holds it, that one ends it. */
        if (hae_open_begin_end(recorder, handle, &now)) {
            discard(recorder, hae_handle_slot(handle), now);
        }
    }
    atomic_store(&reuse.stop, true);
}

/* The words of an identity, or bytes of a record, that belong to one use of the slot. */
static bool is_one_record(const uint64_t identity[HAE_IDENTITY_WORDS])
{
    for (unsigned i = 0; i < HAE_IDENTITY_WORDS; i++) {
        if (identity[i] != identity[0] + i) {
            return false;
        }
    }
    return identity[0] % 100 == 0;
}

static void check_whole(uint64_t handle)
{
    struct hae_recorder *recorder = reuse.core->recorder;
    uint64_t identity[HAE_IDENTITY_WORDS];
    bool contended;

    if (hae_open_identify(handle, identity)) {
        atomic_fetch_add(&reuse.identified, 1);
        atomic_fetch_add(&reuse.wrong, !is_one_record(identity));
    }
    if (hae_open_acquire(recorder, handle, &contended) != 0) {
        const struct hae_slot *slot = hae_slot_at(recorder, hae_handle_slot(handle));
        uint64_t content = atomic_load(&slot->identity[0]) / 100;

        atomic_fetch_add(&reuse.acquired, 1);
        for (unsigned i = 0; i < BODY_BYTES; i++) {
            atomic_fetch_add(&reuse.wrong, slot->data[i] != content);
        }
        hae_open_release(recorder, handle);
    }
}

static void reuse_or_check(void *argument, unsigned number)
{
    (void)argument;
    if (number == 0) {
        open_and_discard();
        return;
    }
    for (unsigned i = 0; !atomic_load(&reuse.stop); i++) {
        uint64_t handle =
            atomic_load_explicit(&reuse.handles[i % HANDLES_KEPT], memory_order_acquire);

        if (handle != 0) {
            check_whole(handle);
        }
    }
}

static void a_stale_handle_never_shows_the_next_record_of_its_slot(void **state)
{
    memset(&reuse, 0, sizeof reuse);
    reuse.core = *state;
    hae_recorder_set_kind(reuse.core->recorder, KIND,
                          (struct hae_record_kind){.encode = encode, .end = discard});
    core_run_threads(3, reuse_or_check, NULL);
    assert_int_equal(reuse.wrong, 0);
    assert_true(core_drain(reuse.core));
    assert_int_equal(core_sums(reuse.core).open_count, 0);
}

int main(void)
{
#define OPEN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        OPEN_TEST(an_open_record_ends_as_a_record_of_its_kind),
        OPEN_TEST(a_stale_handle_ends_nothing_and_is_counted),
        OPEN_TEST(an_end_that_finds_the_record_held_is_left_to_its_holder),
        OPEN_TEST(a_record_without_a_lane_is_encoded_when_it_is_drained),
        OPEN_TEST(a_full_ring_overflows_into_slots_and_then_drops),
        OPEN_TEST(a_discarded_record_leaves_nothing),
        OPEN_TEST(a_stale_handle_never_shows_the_next_record_of_its_slot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
