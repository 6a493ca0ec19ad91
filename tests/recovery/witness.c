/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/witness.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/random.h"
#include "haetae/redaction.h"
#include "sdk/sdk_internal.h"
#include "support/core_cmocka.h"
#include "support/temporary.h"

unsigned witness_rounds(unsigned usual)
{
    const char *text = getenv("HAETAE_TEST_ROUNDS");

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    usual = usual / 5 + 1;
#endif
    return text != NULL ? (unsigned)strtoul(text, NULL, 10) : usual;
}

uint64_t witness_first_seed(void)
{
    const char *text = getenv("HAETAE_TEST_SEED");
    struct hae_random random;

    hae_random_seed(&random);
    return text != NULL ? strtoull(text, NULL, 0) : random.a;
}

struct witness *witness_new(uint64_t seed)
{
    struct witness *witness =
        mmap(NULL, sizeof *witness, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(witness != MAP_FAILED);
    witness->seed = seed;
    return witness;
}

void witness_free(struct witness *witness)
{
    munmap(witness, sizeof *witness);
}

unsigned witness_random(struct witness *witness, unsigned limit)
{
    return (unsigned)(hae_splitmix(&witness->seed) % limit);
}

static long live_before;

int witness_set_up(void **state)
{
    static char directory[TEMPORARY_PATH_MAX];

    *state = directory;
    live_before = hae_alloc_live_count();
    return temporary_directory(directory) ? 0 : -1;
}

int witness_tear_down(void **state)
{
    long left = hae_alloc_live_count() - live_before;

    if (left != 0) {
        print_error("%ld blocks are left\n", left);
    }
    return rmdir(*state) == 0 && left == 0 ? 0 : -1;
}

unsigned witness_files(const char *directory)
{
    DIR *stream = opendir(directory);
    unsigned count = 0;

    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(stream);
    return count;
}

/* ---- The victim's receiver ---------------------------------------------------------------- */

struct receiver {
    struct witness *witness;
    uint64_t random;
    unsigned retry_of_8;
    int state; /* to note of the items that are visited */
};

static void note_item(void *user, const struct item *item)
{
    const struct receiver *receiver = user;
    struct witness_thread *thread = &receiver->witness->threads[item->thread % WITNESS_THREADS];

    if (item->signal == HAETAE_SIGNAL_METRICS) {
        return;
    }
    /* Relaxed: read when the victim is dead. */
    atomic_store_explicit(item->signal == HAETAE_SIGNAL_TRACES
                              ? &thread->span[item->number % WITNESS_NUMBERS]
                              : &thread->log[item->number % WITNESS_NUMBERS],
                          (uint8_t)receiver->state, memory_order_relaxed);
}

static void receive(void *self, haetae_delivery *delivery)
{
    struct receiver *receiver = self;
    haetae_signal signal = haetae_delivery_signal(delivery);
    size_t size = haetae_delivery_size(delivery);
    uint8_t *copy = malloc(size);
    haetae_result result = HAETAE_OPTIONS(haetae_result, .retry_after_ms = -1);

    if (copy == NULL || hae_splitmix(&receiver->random) % 8 < receiver->retry_of_8) {
        free(copy);
        result.verdict = HAETAE_VERDICT_RETRY;
        haetae_delivery_complete(delivery, &result);
        return;
    }
    memcpy(copy, haetae_delivery_data(delivery), size);
    receiver->state = UNDER_WAY;
    items_visit(signal, copy, size, note_item, receiver);
    atomic_signal_fence(memory_order_seq_cst);
    haetae_delivery_complete(delivery, &result);
    atomic_signal_fence(memory_order_seq_cst);
    receiver->state = SETTLED;
    items_visit(signal, copy, size, note_item, receiver);
    free(copy);
}

static struct receiver receiver;

haetae_sdk *witness_start(struct witness *witness, const struct victim *victim,
                          struct recording *ret_recording)
{
    const char *const settings[][2] = {
        {"HAETAE_RECORDER_DIR", victim->directory},
        {"HAETAE_RECORDER_BYTES", victim->recorder_bytes},
        {"HAETAE_LANE_COUNT", victim->lane_count},
        {"HAETAE_QUEUE_BYTES", "8m"},
        {"HAETAE_RETRY_INITIAL_MS", "1"},
        {"HAETAE_RETRY_MAX_MS", "2"},
        {"HAETAE_WORKER", victim->worker != NULL ? victim->worker : "thread"},
        {"OTEL_SERVICE_NAME", "victim"},
        {"OTEL_BSP_SCHEDULE_DELAY", "1"},
        {"OTEL_BLRP_SCHEDULE_DELAY", "1"},
        {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "50"},
        {"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "50"},
    };
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "witness", .send = receive);
    haetae_instrument_options counter = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_exporter *exporter = NULL;
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;

    receiver = (struct receiver){witness, witness->seed, victim->retry_of_8, NOT_SENT};
    if (haetae_config_new(&config) != HAETAE_OK ||
        haetae_exporter_new(&ops, &receiver, &exporter) != HAETAE_OK ||
        haetae_config_add_exporter(config, exporter) != HAETAE_OK ||
        haetae_config_set_diagnostics(config, NULL, NULL) != HAETAE_OK) {
        _exit(90);
    }
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (haetae_config_set(config, settings[i][0], settings[i][1]) != HAETAE_OK) {
            _exit(91);
        }
    }
    if (victim->redacts != NULL &&
        haetae_config_add_redaction(config, victim->redacts, HAETAE_REDACTION_DELETE, NULL, 0, 0) !=
            HAETAE_OK) {
        _exit(91);
    }
    if (haetae_sdk_start(config, &sdk) != HAETAE_OK) {
        fprintf(stderr, "%s\n", haetae_config_error(config));
        _exit(92);
    }
    haetae_config_free(config);
    ret_recording->tracer = haetae_tracer_named(sdk, "numbers");
    ret_recording->logger = haetae_logger_named(sdk, "numbers");
    counter.name = haetae_string_of("calls");
    if (haetae_counter_create(haetae_meter_named(sdk, "numbers"), &counter,
                              &ret_recording->counter) != HAETAE_OK) {
        _exit(93);
    }
    return sdk;
}

/* ---- The victim ------------------------------------------------------------------------------ */

struct recording_thread {
    struct witness *witness;
    const struct victim *victim;
    struct recording recording;
    unsigned number;
};

/* Notes that a call has returned. */
static void returned(struct witness *witness, _Atomic unsigned *count, unsigned number)
{
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(count, number + 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    atomic_fetch_add_explicit(&witness->calls, 1, memory_order_relaxed);
}

static void *record(void *argument)
{
    const struct recording_thread *self = argument;
    struct witness *witness = self->witness;
    struct witness_thread *mine = &witness->threads[self->number];

    atomic_fetch_add(&witness->threads_ready, 1);
    while (atomic_load(&witness->threads_ready) < WITNESS_THREADS) {
        sched_yield();
    }
    for (unsigned i = 0; i < self->victim->numbers; i++) {
        haetae_span span = record_start(&self->recording, self->number, i);

        returned(witness, &mine->started, i);
        record_fields(span, self->number, i);
        returned(witness, &mine->filled, i);
        record_log(&self->recording, self->number, i);
        returned(witness, &mine->logged, i);
        record_count(&self->recording, self->number);
        returned(witness, &mine->counted, i);
        if (i % LEFT_OPEN_EVERY != 0) {
            haetae_span_end(span);
        }
        returned(witness, &mine->ended, i);
        if (self->number == 0 && self->victim->end != NULL) {
            self->victim->end(witness, &self->recording);
        }
        if (self->victim->pause_us != 0) {
            usleep(self->victim->pause_us);
        }
    }
    return NULL;
}

void witness_record(struct witness *witness, const struct victim *victim,
                    const struct recording *recording, haetae_sdk *sdk)
{
    struct recording_thread threads[WITNESS_THREADS];
    pthread_t id;

    receiver.witness = witness;
    atomic_store(&witness->pid, getpid());
    for (unsigned i = 0; i < WITNESS_THREADS; i++) {
        threads[i] = (struct recording_thread){witness, victim, *recording, i};
        if (pthread_create(&id, NULL, record, &threads[i]) != 0) {
            _exit(94);
        }
    }
    for (;;) {
        if (sdk != NULL) {
            (void)haetae_sdk_step(sdk, 10);
        } else {
            pause();
        }
    }
}

int witness_run(struct witness *witness, const struct victim *victim)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        struct recording recording;

        (void)witness_start(witness, victim, &recording);
        witness_record(witness, victim, &recording, NULL);
    }
    while (victim->kill_after != 0 && waitpid(pid, &status, WNOHANG) == 0) {
        if (atomic_load_explicit(&witness->calls, memory_order_relaxed) >= victim->kill_after) {
            kill(pid, SIGKILL);
            break;
        }
        sched_yield();
    }
    if (waitpid(pid, &status, 0) != pid) {
        fail_msg("the victim died before its time");
    }
    return status;
}

/* ---- Recovering -------------------------------------------------------------------- */

static struct witness *witness_of(const struct witnesses *all, int64_t pid)
{
    for (unsigned i = 0; i < all->count; i++) {
        pid_t known = atomic_load(&all->witnesses[i]->pid);

        if (known == pid || (known == 0 && all->count == 1)) {
            return all->witnesses[i];
        }
    }
    fail_msg("process %lld was recovered, which is none of ours", (long long)pid);
    return NULL;
}

static void count_item(void *user, const struct item *item)
{
    struct witness_thread *thread;

    if (!item->of_victim) {
        return;
    }
    thread = &witness_of(user, item->pid)->threads[item->thread % WITNESS_THREADS];
    if (item->is_torn || item->number >= WITNESS_NUMBERS) {
        fail_msg("torn: %s, thread %u, number %u", haetae_signal_name(item->signal), item->thread,
                 item->number);
    }
    if (item->signal == HAETAE_SIGNAL_METRICS) {
        thread->count_recovered = item->value;
    } else if (item->signal == HAETAE_SIGNAL_LOGS) {
        thread->log_recovered[item->number]++;
        assert_true(item->has_text);
    } else if (item->is_open) {
        thread->span_recovered_open[item->number]++;
        /* What had returned is not lost. */
        assert_true(item->has_text || atomic_load(&thread->filled) <= item->number);
    } else {
        thread->span_recovered[item->number]++;
        assert_true(item->has_text);
    }
}

static void recover_request(void *self, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .retry_after_ms = -1);

    items_visit(haetae_delivery_signal(delivery), haetae_delivery_data(delivery),
                haetae_delivery_size(delivery), count_item, self);
    haetae_delivery_complete(delivery, &result);
}

/* The recovery tells how much the victim had dropped itself. */
static void keep_diagnostic(void *user, haetae_diagnostic_level level, const char *text)
{
    const char *process = strstr(text, " of process ");
    const char *dropped = strstr(text, "had dropped ");
    struct witness *witness;
    long pid;

    if (strstr(text, "died before the file was complete") != NULL) {
        return;
    }
    if (level != HAETAE_DIAGNOSTIC_INFO || process == NULL || dropped == NULL ||
        sscanf(process, " of process %ld", &pid) != 1) {
        fail_msg("%s", text);
        return;
    }
    witness = witness_of(user, pid);
    if (sscanf(dropped, "had dropped %llu spans, %*u data points and %llu", &witness->spans_dropped,
               &witness->logs_dropped) != 2) {
        fail_msg("%s", text);
    }
}

void witness_recover(struct witness *witness, const char *directory)
{
    struct witnesses one = {&witness, 1};

    witness_recover_all(&one, directory);
}

void witness_recover_all(struct witnesses *witnesses, const char *directory)
{
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "all", .send = recover_request);
    haetae_exporter *exporter = NULL;
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;

    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_exporter_new(&ops, witnesses, &exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
    assert_int_equal(haetae_config_set_diagnostics(config, keep_diagnostic, witnesses), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_RECORDER_DIR", directory), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_RECORDER_BYTES", "256k"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_QUEUE_BYTES", "1m"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_MAX_REQUEST_BYTES", "64k"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_WORKER", "manual"), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    while (!hae_recovery_done(sdk->recovery)) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    haetae_sdk_free(sdk);
}

/* ---- Checking ---------------------------------------------------------------------- */

/* How often something may have been recovered, by what is known of it. */
static bool often_enough(unsigned times, int state, bool had_returned, bool had_begun)
{
    if (!had_begun) {
        return times == 0;
    }
    switch (state) {
    case SETTLED:
        return times == 0;
    case UNDER_WAY:
        return times <= 1;
    default:
        return had_returned ? times == 1 : times <= 1;
    }
}

/* What was found over all. */
struct found {
    unsigned recovered;
    unsigned spans_missing;
    unsigned logs_missing;
};

/* Whether it is missing, and nothing else is wrong with it. */
static bool is_missing(unsigned times, int state, bool had_returned)
{
    return times == 0 && state == NOT_SENT && had_returned;
}

static void check_span(const struct witness *witness, unsigned number, unsigned i,
                       struct found *found)
{
    const struct witness_thread *thread = &witness->threads[number];
    unsigned ended = thread->span_recovered[i];
    unsigned open = thread->span_recovered_open[i];
    bool stays_open = i % LEFT_OPEN_EVERY == 0;

    found->recovered += ended + open;
    if (is_missing(ended + open, thread->span[i], i < thread->started)) {
        found->spans_missing++;
    } else if (!often_enough(ended + open, thread->span[i], i < thread->started,
                             i <= thread->started) ||
               (open != 0 && !stays_open && i < thread->ended) || (ended != 0 && stays_open) ||
               (ended != 0 && i > thread->ended)) {
        fail_msg("thread %u, span %u was recovered %u times, and open %u times; started %u, "
                 "ended %u, state %d",
                 number, i, ended, open, thread->started, thread->ended, thread->span[i]);
    }
}

static void check_log(const struct witness *witness, unsigned number, unsigned i,
                      struct found *found)
{
    const struct witness_thread *thread = &witness->threads[number];
    unsigned times = thread->log_recovered[i];

    found->recovered += times;
    if (is_missing(times, thread->log[i], i < thread->logged)) {
        found->logs_missing++;
    } else if (!often_enough(times, thread->log[i], i < thread->logged, i <= thread->logged)) {
        fail_msg("thread %u, log record %u was recovered %u times; logged %u, state %d", number, i,
                 times, thread->logged, thread->log[i]);
    }
}

/* A call that had not returned may have counted already. */
static void check_dropped(const char *what, unsigned missing, unsigned long long dropped)
{
    if (missing > dropped || dropped - missing > WITNESS_THREADS) {
        fail_msg("%u %s are missing, and %llu were dropped", missing, what, dropped);
    }
}

unsigned witness_check(const struct witness *witness)
{
    struct found found = {0, 0, 0};

    for (unsigned number = 0; number < WITNESS_THREADS; number++) {
        const struct witness_thread *thread = &witness->threads[number];

        for (unsigned i = 0; i < WITNESS_NUMBERS; i++) {
            check_span(witness, number, i, &found);
            check_log(witness, number, i, &found);
        }
        if (thread->count_recovered < thread->counted ||
            thread->count_recovered > (int64_t)thread->counted + 1) {
            fail_msg("thread %u counted %u, recovered %lld", number, thread->counted,
                     (long long)thread->count_recovered);
        }
    }
    check_dropped("spans", found.spans_missing, witness->spans_dropped);
    check_dropped("log records", found.logs_missing, witness->logs_dropped);
    return found.recovered;
}
