/* SPDX-License-Identifier: Apache-2.0 */
/* A recorder with a tracer and a logger, and the records that a consumer drained from
 * it. A call that fails fails the test. */
#ifndef HAETAE_TESTS_SUPPORT_CORE_FIXTURE_H
#define HAETAE_TESTS_SUPPORT_CORE_FIXTURE_H

#include "logs/logger.h"
#include "recorder/recorder.h"
#include "support/core_cmocka.h"
#include "support/repeat.h"
#include "trace/tracer.h"

struct core_record {
    haetae_signal signal;
    uint16_t scope;
    uint32_t size_bytes;
    uint8_t *data;
};

struct core_fixture {
    struct hae_recorder *recorder;
    struct hae_tracer_provider traces;
    struct hae_logger_provider logs;
    haetae_tracer *tracer;
    haetae_logger *logger;
    struct core_record *records;
    size_t record_count;
    size_t record_room;
    size_t refuse_after; /* records that core_drain() takes at most */
    long live_before;    /* blocks that the library had allocated before */
};

enum { CORE_SIZE_BYTES = 1 << 20, CORE_EVENT_LIMIT = 128 };

/* Makes a recorder of `size_bytes` (0: CORE_SIZE_BYTES) with default limits. It samples all spans.
 */
void core_begin(struct core_fixture *core, uint64_t size_bytes, uint32_t lane_count);
/* Frees everything, and checks that the library has freed all it allocated. */
void core_end(struct core_fixture *core);

/* Drains all records and appends them. False: the fixture refused one. */
bool core_drain(struct core_fixture *core);
/* Forgets the drained records. */
void core_forget(struct core_fixture *core);

struct hae_recorder_sums core_sums(struct core_fixture *core);
uint64_t core_published(struct core_fixture *core, haetae_signal signal);
uint64_t core_dropped(struct core_fixture *core, haetae_signal signal, haetae_drop_reason reason);
uint64_t core_misuse(struct core_fixture *core, haetae_misuse cause);

/* The number of slots that are in a list or were never used. Checks that no slot is in two
 * lists. No thread may record meanwhile. */
uint64_t core_free_slot_count(struct hae_recorder *recorder);

/* The number of usable slots. */
uint64_t core_slot_count(const struct hae_recorder *recorder);

/* Runs `body` on `count` threads that start together, and waits for them. `body`
 * gets `argument` and the number of its thread. */
void core_run_threads(unsigned count, void (*body)(void *argument, unsigned number),
                      void *argument);

/* From now until core_busy_end() this thread's recording calls get no lane, as if they
 * interrupted another recording call. */
void core_busy_begin(void);
void core_busy_end(void);

/* How much a test repeats. */
static inline unsigned core_repeat(unsigned count)
{
    return test_repeat(count);
}

#endif
