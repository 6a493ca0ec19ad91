/* SPDX-License-Identifier: Apache-2.0 */
/* Every file call of the recorder directory fails in turn, alone and with all after it. A start
 * that fails says why; else all that is recorded is delivered. What a dead process had left is
 * exported once: now, or by the next start, whose calls succeed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/pipeline.h"
#include "recovery/file_calls.h"
#include "recovery/witness.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

/* Who recorded something, as `thread` of its items. */
enum { VICTIM, LIVING, RECORDERS };
enum { ITEMS = 8, OPEN_FROM = 6 };

/* How often each item came. */
struct seen {
    unsigned span[RECORDERS][ITEMS];
    unsigned log[RECORDERS][ITEMS];
    unsigned points[RECORDERS];
    int64_t count[RECORDERS];
};

struct sweep {
    const char *directory;
    uint8_t *dead; /* the file of the dead process */
    size_t dead_size_bytes;
    struct seen seen;
    char diagnosed[4096];
    char what[96]; /* for messages */
};

static uint64_t time_ms;

/* Each look takes a while: what waits for a deadline gets there. */
static uint64_t passing_ms(void)
{
    return time_ms += 10;
}

/* ---- Recording ------------------------------------------------------------------------------- */

static struct recording recording_of(haetae_sdk *sdk)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    struct recording recording = {haetae_tracer_named(sdk, "sweep"),
                                  haetae_logger_named(sdk, "sweep"), NULL};

    options.name = haetae_string_of("calls");
    assert_int_equal(
        haetae_counter_create(haetae_meter_named(sdk, "sweep"), &options, &recording.counter),
        HAETAE_OK);
    return recording;
}

static void record(const struct recording *recording, unsigned thread, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        haetae_span span = record_start(recording, thread, i);

        record_fields(span, thread, i);
        if (thread == LIVING || i < OPEN_FROM) {
            haetae_span_end(span);
        }
        record_log(recording, thread, i);
        record_count(recording, thread);
    }
}

static haetae_config *configure(const char *directory, struct fake_exporter *fake)
{
    const struct sdk_setting settings[] = {
        {"HAETAE_RECORDER_BYTES", "256k"},
        {"HAETAE_QUEUE_BYTES", "256k"},
        {"HAETAE_WORKER", "manual"},
        {directory != NULL ? "HAETAE_RECORDER_DIR" : NULL, directory},
        {NULL, NULL}};

    return sdk_config(settings, SDK_FAKES(fake));
}

/* ---- The dead process ------------------------------------------------------------------- */

/* A part of it is in the journal, the rest in a lane, two spans are open. */
static void be_victim(const char *directory)
{
    struct fake_exporter fake;
    struct recording recording;
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    fake_init(&fake, "fake", fake_hold);
    config = configure(directory, &fake);
    if (haetae_config_set(config, "OTEL_SERVICE_NAME", "victim") != HAETAE_OK ||
        haetae_sdk_start(config, &sdk) != HAETAE_OK) {
        _exit(1);
    }
    recording = recording_of(sdk);
    record(&recording, VICTIM, 0, ITEMS / 2);
    (void)haetae_sdk_force_flush(sdk, 0);
    record(&recording, VICTIM, ITEMS / 2, ITEMS);
    _exit(0);
}

static void path_of_only_file(const char *directory, char path[TEXT_MAX])
{
    char command[160];
    FILE *list;

    snprintf(command, sizeof command, "ls %s/*.haetae", directory);
    list = popen(command, "r");
    assert_non_null(list);
    assert_non_null(fgets(path, TEXT_MAX, list));
    path[strcspn(path, "\n")] = '\0';
    pclose(list);
}

static void store_dead(struct sweep *sweep)
{
    char path[TEXT_MAX];
    struct stat status;
    int wait_status;
    int file;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        be_victim(sweep->directory);
    }
    assert_int_equal(waitpid(pid, &wait_status, 0), pid);
    assert_int_equal(wait_status, 0);
    path_of_only_file(sweep->directory, path);
    file = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(fstat(file, &status), 0);
    sweep->dead_size_bytes = (size_t)status.st_size;
    sweep->dead = malloc(sweep->dead_size_bytes);
    assert_non_null(sweep->dead);
    assert_int_equal(read(file, sweep->dead, sweep->dead_size_bytes), sweep->dead_size_bytes);
    close(file);
    assert_int_equal(unlink(path), 0);
}

static void put_dead(const struct sweep *sweep)
{
    char path[TEXT_MAX];
    int file;

    snprintf(path, sizeof path, "%s/1-dead.haetae", sweep->directory);
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, sweep->dead, sweep->dead_size_bytes), sweep->dead_size_bytes);
    close(file);
}

/* ---- What arrives ----------------------------------------------------------------------- */

static void see(void *user, const struct item *item)
{
    struct seen *seen = user;

    assert_false(item->is_torn);
    if (item->thread >= RECORDERS || item->number >= ITEMS) {
        fail_msg("thread %u, number %u", item->thread, item->number);
    }
    assert_int_equal(item->of_victim, item->thread == VICTIM);
    if (item->signal == HAETAE_SIGNAL_METRICS) {
        seen->points[item->thread]++;
        seen->count[item->thread] = item->value;
    } else if (item->signal == HAETAE_SIGNAL_LOGS) {
        seen->log[item->thread][item->number]++;
    } else {
        seen->span[item->thread][item->number]++;
        assert_int_equal(item->is_open, item->thread == VICTIM && item->number >= OPEN_FROM);
    }
}

static void receive(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct sweep *sweep = fake->user;

    items_visit(haetae_delivery_signal(delivery), haetae_delivery_data(delivery),
                haetae_delivery_size(delivery), see, &sweep->seen);
    fake_accept(fake, delivery);
}

static bool all_seen(const struct seen *seen, unsigned recorder)
{
    for (unsigned i = 0; i < ITEMS; i++) {
        if (seen->span[recorder][i] == 0 || seen->log[recorder][i] == 0) {
            return false;
        }
    }
    return seen->count[recorder] == ITEMS;
}

static void check_at_most_once(const struct sweep *sweep)
{
    for (unsigned i = 0; i < RECORDERS * ITEMS; i++) {
        if (sweep->seen.span[i / ITEMS][i % ITEMS] > 1 ||
            sweep->seen.log[i / ITEMS][i % ITEMS] > 1) {
            fail_msg("%s: item %u of recorder %u came twice; %s", sweep->what, i % ITEMS, i / ITEMS,
                     sweep->diagnosed);
        }
    }
}

static void keep_diagnostic(void *user, haetae_diagnostic_level level, const char *text)
{
    struct sweep *sweep = user;
    size_t length = strlen(sweep->diagnosed);

    (void)level;
    snprintf(sweep->diagnosed + length, sizeof sweep->diagnosed - length, "%s\n", text);
}

/* ---- One run ---------------------------------------------------------------------------- */

/* What fails in it. */
struct failing {
    long first;
    bool all;
    unsigned error;
};

static unsigned descriptor_count(void)
{
    return witness_files("/proc/self/fd");
}

static void check_refused(struct sweep *sweep, haetae_status status, const char *text,
                          const char *key)
{
    if ((status != HAETAE_EVALUE && status != HAETAE_EIO && status != HAETAE_ENOMEM) ||
        strstr(text, key) == NULL || strstr(text, sweep->directory) == NULL) {
        fail_msg("%s: %s: %s", sweep->what, haetae_status_name(status), text);
    }
}

/* Whether it says that something is still to be recovered. */
static bool says_left(const haetae_sdk *sdk)
{
    const struct hae_recovery_counts *counts = &sdk->recovery->counts;

    /* One of those alive is its own. */
    return counts->files_put_off + counts->files_other != 0 || counts->files_alive > 1;
}

static void use(struct sweep *sweep, haetae_sdk *sdk)
{
    struct recording recording = recording_of(sdk);

    record(&recording, LIVING, 0, ITEMS);
    for (int i = 0; i < 200 && !hae_recovery_done(sdk->recovery); i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    if (!hae_recovery_done(sdk->recovery)) {
        fail_msg("%s: recovery does not come to an end", sweep->what);
    }
    assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_OK);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        assert_int_equal(sdk_numbers(sdk, (haetae_signal)signal).dropped_total, 0);
        assert_int_equal(sdk_numbers(sdk, (haetae_signal)signal).held, 0);
    }
    if (!all_seen(&sweep->seen, LIVING) || (!all_seen(&sweep->seen, VICTIM) && !says_left(sdk))) {
        fail_msg("%s: something is missing; %s", sweep->what, sweep->diagnosed);
    }
}

static void start_and_use(struct sweep *sweep, haetae_config *config)
{
    haetae_sdk *sdk = NULL;
    haetae_status status = haetae_sdk_start(config, &sdk);

    if (status != HAETAE_OK) {
        assert_null(sdk);
        check_refused(sweep, status, haetae_config_error(config), "HAETAE_RECORDER_DIR=");
        return;
    }
    use(sweep, sdk);
    haetae_sdk_free(sdk);
}

static void recover_offline(struct sweep *sweep, haetae_config *config)
{
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    haetae_status status = haetae_recover(config, sweep->directory, 60000, &recovery);

    if (status != HAETAE_OK) {
        check_refused(sweep, status, haetae_config_error(config), "");
    } else if (!all_seen(&sweep->seen, VICTIM) &&
               recovery.files_left + recovery.files_in_use + recovery.files_not_ours == 0) {
        fail_msg("%s: something is missing, and no file is left; %s", sweep->what,
                 sweep->diagnosed);
    }
}

/* Runs with these calls failing; returns how many have failed. */
static long run(struct sweep *sweep, const struct failing *failing,
                void (*body)(struct sweep *sweep, haetae_config *config), bool online)
{
    unsigned descriptors = descriptor_count();
    struct fake_exporter fake;
    haetae_config *config;
    long failed;

    fake_init(&fake, "fake", receive);
    fake.user = sweep;
    config = configure(online ? sweep->directory : NULL, &fake);
    assert_int_equal(haetae_config_set_diagnostics(config, keep_diagnostic, sweep), HAETAE_OK);
    file_calls_fail(failing->first, failing->all, failing->error);
    body(sweep, config);
    failed = file_calls_end();
    haetae_config_free(config);
    fake_done(&fake);
    if (descriptor_count() != descriptors) {
        fail_msg("%s (%s): %u descriptors are left open", sweep->what, file_calls_failed(),
                 descriptor_count() - descriptors);
    }
    return failed;
}

static const struct failing nothing = {-1, false, 0};

/* The same again, after which everything was recovered. */
static long run_twice(struct sweep *sweep, const struct failing *failing,
                      void (*body)(struct sweep *sweep, haetae_config *config), bool online)
{
    bool reported_twice;
    long failed;

    memset(&sweep->seen, 0, sizeof sweep->seen);
    sweep->diagnosed[0] = '\0';
    put_dead(sweep);
    snprintf(sweep->what, sizeof sweep->what, "%s: call %ld%s with error %u",
             online ? "a start" : "haetae_recover()", failing->first,
             failing->all ? " and all after it" : "", failing->error);
    failed = run(sweep, failing, body, online);
    check_at_most_once(sweep);
    /* Where neither a note nor the removal succeeds, it is told that it may come once more. */
    reported_twice = strstr(sweep->diagnosed, "may export it again") != NULL;
    assert_true(!reported_twice || (failing->all && all_seen(&sweep->seen, VICTIM)));
    /* This time another one lives. */
    memset(sweep->seen.span[LIVING], 0, sizeof sweep->seen.span[LIVING]);
    memset(sweep->seen.log[LIVING], 0, sizeof sweep->seen.log[LIVING]);
    (void)run(sweep, &nothing, body, online);
    if (!reported_twice) {
        check_at_most_once(sweep);
    }
    if (!all_seen(&sweep->seen, VICTIM)) {
        fail_msg("%s: something was lost; %s", sweep->what, sweep->diagnosed);
    }
    if (witness_files(sweep->directory) != 0) {
        fail_msg("%s: a file is left; %s", sweep->what, sweep->diagnosed);
    }
    return failed;
}

static void fail_each(struct sweep *sweep, void (*body)(struct sweep *sweep, haetae_config *config),
                      bool online)
{
    for (unsigned error = 0; error < FILE_CALL_ERRORS; error++) {
        for (int all = 0; all < 2; all++) {
            struct failing failing = {0, all != 0, error};

            while (run_twice(sweep, &failing, body, online) != 0) {
                failing.first++;
            }
            /* It did come to all of them. */
            assert_true(failing.first > 20);
        }
    }
}

static void no_failing_file_call_loses_or_doubles_anything(void **state)
{
    fail_each(*state, start_and_use, true);
}

static void nor_does_one_in_a_recovery_by_hand(void **state)
{
    fail_each(*state, recover_offline, false);
}

/* ---- Life ------------------------------------------------------------------------------- */

static int set_up(void **state)
{
    static struct sweep sweep;
    void *directory;

    if (witness_set_up(&directory) != 0) {
        return -1;
    }
    sweep.directory = directory;
    store_dead(&sweep);
    hae_set_clock_ms(passing_ms);
    *state = &sweep;
    return 0;
}

static int tear_down(void **state)
{
    struct sweep *sweep = *state;
    void *directory = (void *)(uintptr_t)sweep->directory;

    hae_set_clock_ms(NULL);
    free(sweep->dead);
    return witness_tear_down(&directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_failing_file_call_loses_or_doubles_anything, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nor_does_one_in_a_recovery_by_hand, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
