/* SPDX-License-Identifier: Apache-2.0 */
/* A process with a spool and a recorder file is killed at a random moment: while its receiver is
 * away, while the spool is sent, while it shuts down. The next one goes on, and so forth. What the
 * receiver has got in the end is compared with the calls that had returned.
 *
 * HAETAE_TEST_ROUNDS and HAETAE_TEST_SEED set how many times, and which. */
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "recovery/witness.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"

enum { ITEMS_MAX = 400000, ITEMS_PER_ROUND = 4000, BATCH = 10, IN_FLIGHT = 2 };

/* What a killed process may send once more: what was in flight to the receiver, the request of the
 * spool or of a former recorder file that was, and what was just being written to the spool, which
 * is in the recorder's file as well. See docs/spool.md. */
enum { SPOOL_WRITES = 4, AGAIN_PER_KILL = (IN_FLIGHT + 2 + SPOOL_WRITES) * BATCH };

/* What parent and children share: the receiver, and what became of the calls. */
struct ledger {
    _Atomic uint32_t next;    /* the number of the next call  */
    _Atomic uint32_t dropped; /* by processes that have ended */
    _Atomic uint32_t in_flight_at_end;
    _Atomic bool returned[ITEMS_MAX]; /* whether the call has */
    _Atomic uint8_t arrived[ITEMS_MAX];
};

static struct ledger *ledger;

/* How long a process lives, about: longer where that is too short for a spool to come into being.
 */
enum { LONG_LIFE_MS = 4000 };
static uint64_t life_ms = 80;

/* ---- The receiver ------------------------------------------------------------------------- */

struct receiver {
    _Atomic uint64_t drawn; /* by the thread that sends and the one that records */
    _Atomic bool is_away;
    _Atomic uint32_t in_flight;
};

static uint64_t draw(_Atomic uint64_t *drawn, uint64_t below)
{
    uint64_t state = atomic_fetch_add(drawn, 1);

    return hae_splitmix(&state) % below;
}

/* Each log record's body is "item:" and eight digits. */
static void arrive(const uint8_t *data, size_t size)
{
    static const char mark[] = "item:";
    const uint8_t *end = data + size;

    while (data < end) {
        const uint8_t *found = memmem(data, (size_t)(end - data), mark, sizeof mark - 1);
        char digits[9] = "";
        unsigned long number;

        if (found == NULL) {
            return;
        }
        assert_true(end - found >= 5 + 8);
        memcpy(digits, found + 5, 8);
        number = strtoul(digits, NULL, 10);
        assert_true(number < ITEMS_MAX);
        atomic_fetch_add(&ledger->arrived[number], 1);
        data = found + 13;
    }
}

/* It has got the request, and some time later it answers. */
static void receive(void *self, haetae_delivery *delivery)
{
    struct receiver *receiver = self;
    haetae_result result =
        HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_RETRY, .retry_after_ms = -1);

    atomic_fetch_add(&receiver->in_flight, 1);
    if (!atomic_load(&receiver->is_away)) {
        arrive(haetae_delivery_data(delivery), haetae_delivery_size(delivery));
        result.verdict = HAETAE_VERDICT_OK;
        if (draw(&receiver->drawn, 4) == 0) {
            (void)usleep((useconds_t)draw(&receiver->drawn, 2000));
        }
    }
    haetae_delivery_complete(delivery, &result);
    atomic_fetch_sub(&receiver->in_flight, 1);
}

/* ---- A process ---------------------------------------------------------------------------- */

static char directory[TEMPORARY_PATH_MAX];

static haetae_sdk *start(struct receiver *receiver)
{
    static const char *const afters[] = {"0", "3", "20"};
    char recorder[TEMPORARY_PATH_MAX + 16];
    char spool[TEMPORARY_PATH_MAX + 16];
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "receiver", .send = receive,
                       .blocks = (int32_t)draw(&receiver->drawn, 2), .max_in_flight = IN_FLIGHT);
    haetae_exporter *exporter = NULL;
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    snprintf(recorder, sizeof recorder, "%s/recorder", directory);
    snprintf(spool, sizeof spool, "%s/spool", directory);
    config = sdk_config(SDK_SETTINGS({"HAETAE_RECORDER_DIR", recorder}, {"HAETAE_SPOOL_DIR", spool},
                                     {"HAETAE_SPOOL_AFTER_MS", afters[draw(&receiver->drawn, 3)]},
                                     {"HAETAE_RETRY_INITIAL_MS", "1"}, {"HAETAE_RETRY_MAX_MS", "4"},
                                     {"HAETAE_RECORDER_BYTES", "4m"}, {"HAETAE_QUEUE_BYTES", "8m"},
                                     {"OTEL_BLRP_SCHEDULE_DELAY", "1"},
                                     {"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "10"}),
                        SDK_FAKES(NULL));
    assert_int_equal(haetae_exporter_new(&ops, receiver, &exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

static void record_one(haetae_logger *logger)
{
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    uint32_t number = atomic_fetch_add(&ledger->next, 1);
    char body[16];

    snprintf(body, sizeof body, "item:%08" PRIu32, number);
    record.severity = HAETAE_SEVERITY_INFO;
    record.body = haetae_value_string(body);
    haetae_log_emit(logger, &record);
    atomic_store(&ledger->returned[number], true);
}

/* Records for a while, in which the receiver is away or not. */
static void record_for(haetae_logger *logger, struct receiver *receiver, uint64_t ms)
{
    uint64_t end = hae_monotonic_ms() + ms;
    uint32_t most = atomic_load(&ledger->next) + ITEMS_PER_ROUND / 8;

    while (hae_monotonic_ms() < end && atomic_load(&ledger->next) < most) {
        record_one(logger);
        if (draw(&receiver->drawn, 8) == 0) {
            (void)usleep((useconds_t)draw(&receiver->drawn, 300));
        }
    }
}

static uint64_t dropped_by(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;
    uint64_t dropped;

    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    dropped = haetae_stats_dropped_total(stats, HAETAE_SIGNAL_LOGS);
    haetae_stats_free(stats);
    return dropped;
}

/* Lives through outages and the ends of them, and shuts down, unless it is killed. */
static void live(uint64_t seed)
{
    struct receiver receiver = {.drawn = seed << 32};
    haetae_logger *logger;
    haetae_sdk *sdk = start(&receiver);

    logger = haetae_logger_named(sdk, "kill");
    for (uint64_t phase = draw(&receiver.drawn, 2); phase < 7; phase++) {
        atomic_store(&receiver.is_away, phase % 2 == 0);
        record_for(logger, &receiver, 1 + draw(&receiver.drawn, life_ms / 4));
    }
    atomic_store(&receiver.is_away, draw(&receiver.drawn, 2) == 0);
    (void)haetae_sdk_shutdown(sdk, (uint32_t)draw(&receiver.drawn, 40));
    /* What was in flight then is spooled as well, and may have arrived. */
    atomic_fetch_add(&ledger->in_flight_at_end, IN_FLIGHT * BATCH);
    atomic_fetch_add(&ledger->dropped, (uint32_t)dropped_by(sdk));
    _exit(0);
}

/* Files below a directory whose names end in this. */
static unsigned count_files(const char *path, const char *suffix)
{
    DIR *stream = opendir(path);
    const struct dirent *entry;
    unsigned count = 0;

    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        size_t length = strlen(entry->d_name);
        char inner[1024];

        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        count += count_files(inner, suffix);
        count +=
            length > strlen(suffix) && strcmp(entry->d_name + length - strlen(suffix), suffix) == 0;
    }
    if (stream != NULL) {
        closedir(stream);
    }
    return count;
}

/* The last process: its receiver is there, and it ends when nothing is left. */
static void finish(void)
{
    struct receiver receiver = {.drawn = 1};
    haetae_sdk *sdk = start(&receiver);

    /* Its own recorder file is the one that stays. */
    while (count_files(directory, ".haetae") > 1 || count_files(directory, ".spool") != 0) {
        (void)usleep(2000);
    }
    assert_int_equal(haetae_sdk_shutdown(sdk, 60000), HAETAE_OK);
    atomic_fetch_add(&ledger->dropped, (uint32_t)dropped_by(sdk));
    _exit(0);
}

/* ---- Rounds ------------------------------------------------------------------------------- */

/* Returns whether the process was killed before it had ended. */
static bool run_round(uint64_t seed)
{
    _Atomic uint64_t drawn = (seed << 32) - 1; /* never a number of the child's */
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        live(seed);
    }
    (void)usleep((useconds_t)draw(&drawn, 1000 * life_ms * 5 / 4));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status)) {
        assert_int_equal(WEXITSTATUS(status), 0);
        return false;
    }
    assert_int_equal(WTERMSIG(status), SIGKILL);
    return true;
}

struct sums {
    uint64_t kills;
    uint64_t with_spool; /* ends that left segments */
    uint64_t returned;
    uint64_t again; /* items came so often more than once */
};

static void check_arrivals(uint64_t first_seed, struct sums *sums)
{
    for (uint32_t i = 0; i < atomic_load(&ledger->next); i++) {
        uint8_t count = atomic_load(&ledger->arrived[i]);
        bool returned = atomic_load(&ledger->returned[i]);

        if (count == 0 && returned && atomic_load(&ledger->dropped) == 0) {
            fail_msg("HAETAE_TEST_SEED=%" PRIu64 ": item %u is lost, whose call had returned",
                     first_seed, i);
        }
        sums->returned += returned;
        sums->again += count > 1 ? count - 1U : 0;
    }
}

static void make_directories(void)
{
    char path[TEMPORARY_PATH_MAX + 16];

    assert_true(temporary_directory(directory));
    snprintf(path, sizeof path, "%s/recorder", directory);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/spool", directory);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void remove_all(const char *path)
{
    DIR *stream = opendir(path);
    const struct dirent *entry;

    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        char inner[1024];

        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
            if (unlink(inner) != 0) {
                remove_all(inner);
            }
        }
    }
    if (stream != NULL) {
        closedir(stream);
    }
    (void)rmdir(path);
}

/* Rounds in one pair of directories, and what became of all that they recorded. */
static void run_rounds(uint64_t *seed, unsigned count, struct sums *sums)
{
    uint64_t first_seed = *seed;
    uint64_t killed = 0;
    uint64_t again = sums->again;
    int status;
    pid_t child;

    memset(ledger, 0, sizeof *ledger);
    make_directories();
    for (unsigned i = 0; i < count; i++) {
        killed += run_round((*seed)++);
        sums->with_spool += count_files(directory, ".spool") != 0;
    }
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        finish();
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    check_arrivals(first_seed, sums);
    assert_int_equal(atomic_load(&ledger->dropped), 0);
    assert_true(sums->again - again <=
                killed * AGAIN_PER_KILL + atomic_load(&ledger->in_flight_at_end));
    sums->kills += killed;
    remove_all(directory);
}

static void what_returned_arrives_whenever_processes_are_killed(void **state)
{
    enum { TOGETHER = 5, MORE_AT_MOST = 40 };
    uint64_t seed = witness_first_seed();
    unsigned count = witness_rounds(30);
    struct sums sums = {.kills = 0};
    unsigned rounds = 0;

    (void)state;
    for (unsigned i = 0; i < count || (sums.with_spool == 0 && i < count + MORE_AT_MOST);
         i += TOGETHER) {
        run_rounds(&seed, TOGETHER, &sums);
        rounds += TOGETHER;
        life_ms *= sums.with_spool == 0 && life_ms < LONG_LIFE_MS ? 2 : 1;
    }
    printf("%u rounds, %" PRIu64 " kills, %" PRIu64 " ends with a spool, %" PRIu64
           " calls returned, %" PRIu64 " came again\n",
           rounds, sums.kills, sums.with_spool, sums.returned, sums.again);
    assert_true(sums.with_spool != 0); /* however long the processes lived */
}

static int begin(void **state)
{
    (void)state;
    ledger = mmap(NULL, sizeof *ledger, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return ledger != MAP_FAILED ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    return munmap(ledger, sizeof *ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_returned_arrives_whenever_processes_are_killed, begin,
                                        end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
