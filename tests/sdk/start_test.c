/* SPDX-License-Identifier: Apache-2.0 */
/* Starting, and failing starts: at each allocation and at each system call. A failed start
 * leaves nothing behind. Linked with --wrap. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "support/sdk_fixture.h"

/* ---- Calls that fail ---------------------------------------------------------------------- */

enum call { NO_CALL, CREATE_THREAD, MAP, EVENT, MUTEX, CONDITION, CALLS };

static enum call failing;
static int calls_until_failure;
/* Worker threads write these as well. */
static _Atomic int wait_ms;        /* the timeout of the last poll() */
static _Atomic bool poll_is_quick; /* poll() returns at once           */

/* The library uses 64-bit offsets, for which glibc has another name. */
#if !defined(__GLIBC__)
#define __real_mmap64 __real_mmap
#define __wrap_mmap64 __wrap_mmap
#define off64_t       off_t
#endif

static bool fails(enum call call)
{
    return failing == call && --calls_until_failure == 0;
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
void *__real_mmap64(void *at, size_t size, int protection, int flags, int file, off64_t offset);
int __real_eventfd(unsigned count, int flags);
int __real_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int __real_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __real_poll(struct pollfd *polled, nfds_t count, int timeout_ms);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int file, off64_t offset);
int __wrap_eventfd(unsigned count, int flags);
int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout_ms);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument)
{
    return fails(CREATE_THREAD) ? EAGAIN : __real_pthread_create(thread, attributes, run, argument);
}

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int file, off64_t offset)
{
    if (fails(MAP)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return __real_mmap64(at, size, protection, flags, file, offset);
}

int __wrap_eventfd(unsigned count, int flags)
{
    if (fails(EVENT)) {
        errno = EMFILE;
        return -1;
    }
    return __real_eventfd(count, flags);
}

int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    return fails(MUTEX) ? ENOMEM : __real_pthread_mutex_init(mutex, attributes);
}

int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    return fails(CONDITION) ? ENOMEM : __real_pthread_cond_init(condition, attributes);
}

int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout_ms)
{
    wait_ms = timeout_ms;
    return poll_is_quick ? 0 : __real_poll(polled, count, timeout_ms);
}

/* ---- Open descriptors --------------------------------------------------------------------------
 */

static int open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;

    assert_non_null(directory);
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count;
}

/* A start that may fail, with a new configuration and exporter. Checks that a failure leaves
 * nothing behind, and that the configuration still owns the exporter. */
static haetae_status try_start(enum call call, int number)
{
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk = (haetae_sdk *)&fake; /* must stay untouched on failure */
    haetae_status status;
    int descriptors;
    long live;

    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(SDK_SETTINGS({"OTEL_SERVICE_NAME", "test"}), SDK_FAKES(&fake));
    descriptors = open_descriptors();
    live = hae_alloc_live_count();
    failing = call;
    calls_until_failure = number;
    if (call == NO_CALL) {
        hae_alloc_fail_after(number);
    }
    status = haetae_sdk_start(config, &sdk);
    failing = NO_CALL;
    hae_alloc_fail_after(-1);
    if (status != HAETAE_OK) {
        assert_ptr_equal(sdk, &fake);
        assert_int_equal(hae_alloc_live_count(), live);
        assert_int_equal(open_descriptors(), descriptors);
        assert_int_equal(fake.free_count, 0);
        /* The same configuration can be started again. */
        assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    }
    haetae_config_free(config);
    assert_int_equal(fake.free_count, 0);
    sdk_logs(sdk, 1);
    assert_int_equal(haetae_sdk_shutdown(sdk, 60000), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 1);
    haetae_sdk_free(sdk);
    assert_int_equal(fake.free_count, 1);
    fake_done(&fake);
    return status;
}

/* ---- Tests --------------------------------------------------------------------------------- */

static void a_start_without_memory_leaves_nothing_behind(void **state)
{
    haetae_status status = HAETAE_ENOMEM;
    int number = 0;

    (void)state;
    while (status != HAETAE_OK) {
        assert_int_equal(status, HAETAE_ENOMEM);
        status = try_start(NO_CALL, number++);
    }
    assert_true(number > 5);
}

static void a_start_that_the_system_refuses_leaves_nothing_behind(void **state)
{
    static const haetae_status expected[CALLS] = {[CREATE_THREAD] = HAETAE_ETHREAD,
                                                  [MAP] = HAETAE_ENOMEM,
                                                  [EVENT] = HAETAE_EIO,
                                                  [MUTEX] = HAETAE_ENOMEM,
                                                  [CONDITION] = HAETAE_ENOMEM};

    (void)state;
    for (enum call call = CREATE_THREAD; call < CALLS; call++) {
        haetae_status status = try_start(call, 1);
        int number = 2;

        assert_int_equal(status, expected[call]);
        while (status != HAETAE_OK) {
            assert_int_equal(status, expected[call]);
            status = try_start(call, number++);
        }
    }
}

static void too_many_sdks_are_refused(void **state)
{
    haetae_sdk *sdks[64];
    haetae_status status = HAETAE_OK;
    int count = 0;

    (void)state;
    while (status == HAETAE_OK) {
        assert_true(count < 64);
        status = haetae_sdk_start(NULL, &sdks[count]);
        count += status == HAETAE_OK;
    }
    assert_int_equal(status, HAETAE_ELIMIT);
    assert_int_equal(count, 8);
    for (int i = 0; i < count; i++) {
        sdk_logs(sdks[i], (unsigned)i);
        assert_int_equal(sdk_numbers(sdks[i], HAETAE_SIGNAL_LOGS).recorded, i);
    }
    haetae_sdk_free(sdks[0]);
    assert_int_equal(haetae_sdk_start(NULL, &sdks[0]), HAETAE_OK);
    for (int i = 0; i < count; i++) {
        haetae_sdk_free(sdks[i]);
    }
}

static void a_disabled_sdk_starts_as_null(void **state)
{
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk = (haetae_sdk *)&fake;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(SDK_SETTINGS({"OTEL_SDK_DISABLED", "true"}), SDK_FAKES(&fake));
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    assert_null(sdk);
    haetae_config_free(config);
    assert_int_equal(fake.free_count, 1);
    fake_done(&fake);
}

static void refused(const struct sdk_setting *settings, const char *why)
{
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(settings, SDK_FAKES(&fake));
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_EVALUE);
    if (strstr(haetae_config_error(config), why) == NULL) {
        fail_msg("\"%s\" does not contain \"%s\"", haetae_config_error(config), why);
    }
    assert_null(sdk);
    haetae_config_free(config);
    fake_done(&fake);
}

static void contradictions_are_reported(void **state)
{
    char attributes[4096] = "key=";

    (void)state;
    memset(attributes + 4, 'x', 3000);
    refused(SDK_SETTINGS({"HAETAE_LANE_COUNT", "500"}, {"HAETAE_RECORDER_BYTES", "256k"}),
            "HAETAE_RECORDER_BYTES=\"262144\" has no room for HAETAE_LANE_COUNT=\"500\"");
    refused(
        SDK_SETTINGS({"HAETAE_MAX_REQUEST_BYTES", "4k"}, {"OTEL_RESOURCE_ATTRIBUTES", attributes}),
        "more than half of a request with traces");
    assert_int_equal(haetae_sdk_start(NULL, NULL), HAETAE_EINVAL);
}

/* ---- The recorder's memory --------------------------------------------------------- */

static void a_budget_too_small_is_refused_by_name(void **state)
{
    haetae_config *config = sdk_config(NULL, NULL);

    (void)state;
    assert_int_equal(haetae_config_set(config, "HAETAE_RECORDER_BYTES", "4"), HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(config), "HAETAE_RECORDER_BYTES=\"4\""));
    /* The configuration keeps the value. */
    assert_string_equal(haetae_config_get(config, "HAETAE_RECORDER_BYTES"), "16777216");
    haetae_config_free(config);
}

static long resident_pages(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long size = 0;
    long resident = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &size, &resident), 2);
    fclose(file);
    return resident;
}

/* Address space is not memory: only touched pages count. */
static void a_budget_of_four_gibibytes_takes_address_space_only(void **state)
{
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk = NULL;
    long before = resident_pages();
    haetae_status status;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(SDK_SETTINGS({"HAETAE_RECORDER_BYTES", "4g"}), SDK_FAKES(&fake));
    status = haetae_sdk_start(config, &sdk);
    haetae_config_free(config);
    if (sizeof(void *) < 8) {
        assert_int_equal(status,
                         HAETAE_ENOMEM); /* this process has no address space of that size */
    } else {
        assert_int_equal(status, HAETAE_OK);
        sdk_logs(sdk, 1000);
        assert_int_equal(haetae_sdk_shutdown(sdk, 600000), HAETAE_OK);
        sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 1000);
        assert_true((resident_pages() - before) * sysconf(_SC_PAGESIZE) < 256 << 20);
    }
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

/* ---- The worker ----------------------------------------------------------------------------- */

struct seen_by_hook {
    char name[32];
    bool all_blocked;
    uint64_t send_count;
    struct fake_exporter *fake;
};

static void note_thread(void *user)
{
    struct seen_by_hook *seen = user;
    sigset_t blocked;

    pthread_getname_np(pthread_self(), seen->name, sizeof seen->name);
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    seen->all_blocked = sigismember(&blocked, SIGINT) && sigismember(&blocked, SIGUSR1) &&
                        sigismember(&blocked, SIGALRM) && sigismember(&blocked, SIGCHLD);
    seen->send_count = fake_count(seen->fake, &seen->fake->step_count);
}

static void the_worker_calls_the_hook_first_and_handles_no_signals(void **state)
{
    struct fake_exporter fake;
    struct seen_by_hook seen = {.fake = &fake};
    haetae_config *config;
    haetae_sdk *sdk = NULL;
    sigset_t before, after;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(NULL, SDK_FAKES(&fake));
    haetae_config_set_worker_start(config, note_thread, &seen);
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_int_equal(sigismember(&before, SIGINT), sigismember(&after, SIGINT));
    haetae_config_free(config);
    haetae_sdk_free(sdk);
    assert_string_equal(seen.name, "haetae");
    assert_true(seen.all_blocked);
    assert_int_equal(seen.send_count, 0);
    fake_done(&fake);
}

static int longest_wait(const struct sdk_setting *settings)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    int longest;

    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start(settings, SDK_FAKES(&fake));
    poll_is_quick = true;
    assert_int_equal(haetae_sdk_step(sdk, UINT32_MAX), HAETAE_OK);
    poll_is_quick = false;
    longest = wait_ms;
    haetae_sdk_free(sdk);
    fake_done(&fake);
    return longest;
}

/* Checks how long an idle worker sleeps. */
static void an_idle_worker_wakes_as_often_as_the_shortest_delay(void **state)
{
    (void)state;
    assert_int_equal(longest_wait(SDK_SETTINGS({"HAETAE_WORKER", "manual"})), 1000);
    assert_int_equal(longest_wait(SDK_SETTINGS({"HAETAE_WORKER", "manual"},
                                               {"OTEL_BLRP_SCHEDULE_DELAY", "20000"})),
                     5000);
    /* A delay of 0 must not stop the worker from sleeping. */
    assert_int_equal(
        longest_wait(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"OTEL_BLRP_SCHEDULE_DELAY", "0"})),
        10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_without_memory_leaves_nothing_behind),
        cmocka_unit_test(a_start_that_the_system_refuses_leaves_nothing_behind),
        cmocka_unit_test(too_many_sdks_are_refused),
        cmocka_unit_test(a_disabled_sdk_starts_as_null),
        cmocka_unit_test(contradictions_are_reported),
        cmocka_unit_test(a_budget_too_small_is_refused_by_name),
        cmocka_unit_test(a_budget_of_four_gibibytes_takes_address_space_only),
        cmocka_unit_test(the_worker_calls_the_hook_first_and_handles_no_signals),
        cmocka_unit_test(an_idle_worker_wakes_as_often_as_the_shortest_delay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
