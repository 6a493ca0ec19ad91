/* SPDX-License-Identifier: Apache-2.0 */
#include "support/core_fixture.h"

#include <pthread.h>

#include "base/alloc.h"
#include "recorder/drain.h"

void core_begin(struct core_fixture *core, uint64_t size_bytes, uint32_t lane_count)
{
    struct hae_recorder_options options = {.size_bytes =
                                               size_bytes != 0 ? size_bytes : CORE_SIZE_BYTES,
                                           .lane_count = lane_count,
                                           .allow_counter = true};
    struct hae_limits limits = {128, HAE_NO_LIMITS};

    memset(core, 0, sizeof *core);
    core->live_before = hae_alloc_live_count();
    core->refuse_after = SIZE_MAX;
    assert_int_equal(hae_recorder_new(&options, &core->recorder), HAETAE_OK);
    assert_int_equal(hae_tracer_provider_init(&core->traces, core->recorder), HAETAE_OK);
    hae_tracer_provider_enable(&core->traces, true);
    core->traces.limits =
        (struct hae_span_limits){limits, limits, limits, CORE_EVENT_LIMIT, CORE_EVENT_LIMIT};
    assert_int_equal(hae_logger_provider_init(&core->logs, core->recorder), HAETAE_OK);
    core->logs.enabled = true;
    core->logs.limits = limits;
    assert_int_equal(hae_tracer_get(&core->traces, NULL, &core->tracer), HAETAE_OK);
    assert_int_equal(hae_logger_get(&core->logs, NULL, &core->logger), HAETAE_OK);
}

void core_end(struct core_fixture *core)
{
    core_forget(core);
    free(core->records);
    hae_logger_provider_done(&core->logs);
    hae_tracer_provider_done(&core->traces);
    hae_recorder_free(core->recorder);
    assert_int_equal(hae_alloc_live_count(), core->live_before);
}

static bool take(void *user, const struct hae_record *record)
{
    struct core_fixture *core = user;
    struct core_record *copy;

    if (core->record_count >= core->refuse_after) {
        return false;
    }
    if (core->record_count == core->record_room) {
        core->record_room = core->record_room != 0 ? core->record_room * 2 : 64;
        core->records = realloc(core->records, core->record_room * sizeof *core->records);
        assert_non_null(core->records);
    }
    copy = &core->records[core->record_count++];
    *copy = (struct core_record){record->signal, record->scope, record->size_bytes,
                                 malloc(record->size_bytes + 1)};
    assert_non_null(copy->data);
    memcpy(copy->data, record->data, record->size_bytes);
    return true;
}

bool core_drain(struct core_fixture *core)
{
    return hae_recorder_drain(core->recorder, take, core);
}

void core_forget(struct core_fixture *core)
{
    for (size_t i = 0; i < core->record_count; i++) {
        free(core->records[i].data);
    }
    core->record_count = 0;
}

struct hae_recorder_sums core_sums(struct core_fixture *core)
{
    struct hae_recorder_sums sums;

    hae_recorder_sum(core->recorder, &sums);
    return sums;
}

uint64_t core_published(struct core_fixture *core, haetae_signal signal)
{
    return core_sums(core).published[signal];
}

uint64_t core_dropped(struct core_fixture *core, haetae_signal signal, haetae_drop_reason reason)
{
    return core_sums(core).dropped[signal][reason];
}

uint64_t core_misuse(struct core_fixture *core, haetae_misuse cause)
{
    return core_sums(core).misuse[cause];
}

/* ---- Slots -------------------------------------------------------------------- */

uint64_t core_slot_count(const struct hae_recorder *recorder)
{
    return recorder->region->slot_count - 1;
}

static uint64_t mark_list(struct hae_recorder *recorder, uint32_t index, bool *seen)
{
    uint64_t count = 0;

    for (; index != 0; index = atomic_load(&hae_slot_at(recorder, index)->next)) {
        assert_true(index < recorder->region->slot_count);
        assert_false(seen[index]);
        seen[index] = true;
        count++;
    }
    return count;
}

/* Slots that a lane keeps for identities, and that none is in. */
static uint64_t count_identity_slots(struct hae_recorder *recorder, const struct hae_lane *lane,
                                     bool *seen)
{
    uint64_t count = 0;

    for (int i = 0; i < HAE_IDENTITY_SLOTS; i++) {
        uint32_t index = lane->identity_slots[i];

        if (index != 0) {
            assert_false(seen[index]);
            seen[index] = true;
            count += (atomic_load(&hae_slot_at(recorder, index)->state) & HAE_SLOT_OPEN) == 0;
        }
    }
    return count;
}

uint64_t core_free_slot_count(struct hae_recorder *recorder)
{
    struct hae_region *region = recorder->region;
    uint64_t fresh = atomic_load(&region->slots_fresh);
    bool *seen = calloc((size_t)region->slot_count, sizeof *seen);
    uint64_t count;

    assert_non_null(seen);
    count = mark_list(recorder, (uint32_t)atomic_load(&region->slots_free), seen);
    for (uint32_t i = 0; i < atomic_load(&region->lanes_touched); i++) {
        uint64_t own = mark_list(recorder, hae_lane_at(recorder, i)->free_slots, seen);

        assert_int_equal(own, hae_lane_at(recorder, i)->free_slot_count);
        count += own;
        count += count_identity_slots(recorder, hae_lane_at(recorder, i), seen);
    }
    for (uint64_t index = fresh; index < region->slot_count; index++) {
        assert_false(seen[index]);
        count++;
    }
    free(seen);
    return count;
}

/* ---- Threads ------------------------------------------------------------------- */

struct crew {
    pthread_barrier_t start;
    void (*body)(void *argument, unsigned number);
    void *argument;
};

struct member {
    struct crew *crew;
    unsigned number;
    pthread_t thread;
};

static void *run(void *user)
{
    struct member *member = user;

    pthread_barrier_wait(&member->crew->start);
    member->crew->body(member->crew->argument, member->number);
    return NULL;
}

void core_run_threads(unsigned count, void (*body)(void *argument, unsigned number), void *argument)
{
    struct crew crew = {.body = body, .argument = argument};
    struct member *members = calloc(count, sizeof *members);

    assert_non_null(members);
    assert_int_equal(pthread_barrier_init(&crew.start, NULL, count), 0);
    for (unsigned i = 0; i < count; i++) {
        members[i].crew = &crew;
        members[i].number = i;
        assert_int_equal(pthread_create(&members[i].thread, NULL, run, &members[i]), 0);
    }
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(pthread_join(members[i].thread, NULL), 0);
    }
    pthread_barrier_destroy(&crew.start);
    free(members);
}

void core_busy_begin(void)
{
    assert_int_equal(atomic_load(&hae_thread.busy), 0);
    atomic_store(&hae_thread.busy, 1);
}

void core_busy_end(void)
{
    atomic_store(&hae_thread.busy, 0);
}
