/* SPDX-License-Identifier: Apache-2.0 */
/* A recorder with a tracer and a logger on it, and the records that a consumer
 * took out of it. Calls that fail end the test. */
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
    long live_before;    /* blocks the library had allocated */
};

enum { CORE_SIZE_BYTES = 1 << 20, CORE_EVENT_LIMIT = 128 };

/* A recorder of `size_bytes` (0: CORE_SIZE_BYTES), with default limits, all sampled. */
void core_begin(struct core_fixture *core, uint64_t size_bytes, uint32_t lane_count);
/* Frees all, and checks that nothing allocated by the library is left. */
void core_end(struct core_fixture *core);

/* Takes all there is, behind what was taken before. False: one was refused. */
bool core_drain(struct core_fixture *core);
/* Forgets the records taken. */
void core_forget(struct core_fixture *core);

struct hae_recorder_sums core_sums(struct core_fixture *core);
uint64_t core_published(struct core_fixture *core, haetae_signal signal);
uint64_t core_dropped(struct core_fixture *core, haetae_signal signal, haetae_drop_reason reason);
uint64_t core_misuse(struct core_fixture *core, haetae_misuse cause);

/* How many slots are in lists or were never used. Checks that no slot is in two
 * places. Nothing may record meanwhile. */
uint64_t core_free_slot_count(struct hae_recorder *recorder);

/* How many slots there are for use. */
uint64_t core_slot_count(const struct hae_recorder *recorder);

/* Runs `body` on `count` threads, which begin together, and waits for them. `body`
 * gets `argument` and the number of its thread. */
void core_run_threads(unsigned count, void (*body)(void *argument, unsigned number),
                      void *argument);

/* From here to core_busy_end() this thread's recording calls find no lane, as if they
 * interrupted another one. */
void core_busy_begin(void);
void core_busy_end(void);

/* How much a test repeats. */
static inline unsigned core_repeat(unsigned count)
{
    return test_repeat(count);
}

#endif
