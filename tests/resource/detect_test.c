/* SPDX-License-Identifier: Apache-2.0 */
/* Which detectors run, what becomes of those that fail or hang, and of a program's own. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haetae/haetae.h"
#include "resource/detect.h"
#include "support/fake_root.h"
#include "support/live.h"

struct fixture {
    struct fake_root root;
    haetae_config *config;
    haetae_sdk *sdk;
    haetae_resource *resource;
    char lines[2048]; /* diagnostics */
};

static struct {
    _Atomic unsigned asked;
    _Atomic unsigned done;
    haetae_status status;
    const char *schema_url;
    const char *fifo; /* the detector reads it */
    pthread_t thread;
} own;

static haetae_status detect_own(void *user, haetae_resource *resource)
{
    const haetae_attribute attribute = HAETAE_ATTR("own", "found");
    int file;

    assert_ptr_equal(user, &own);
    atomic_fetch_add(&own.asked, 1);
    own.thread = pthread_self();
    if (own.fifo != NULL) {
        file = open(own.fifo, O_RDONLY | O_CLOEXEC); /* waits for a writer */
        if (file >= 0) {
            close(file);
        }
    }
    (void)haetae_resource_put(resource, &attribute);
    if (own.schema_url != NULL) {
        (void)haetae_resource_set_schema_url(resource, haetae_string_of(own.schema_url));
    }
    return own.status;
}

static void done_own(void *user)
{
    assert_ptr_equal(user, &own);
    atomic_fetch_add(&own.done, 1);
}

static void keep_line(void *user, haetae_diagnostic_level level, const char *text)
{
    struct fixture *fixture = user;
    size_t used = strlen(fixture->lines);

    (void)level;
    snprintf(fixture->lines + used, sizeof fixture->lines - used, "%s\n", text);
}

static int set_up(void **state)
{
    static struct fixture fixture;

    clearenv();
    memset(&fixture, 0, sizeof fixture);
    memset(&own, 0, sizeof own);
    (void)live_set_up(state);
    *state = &fixture;
    return fake_root_begin(&fixture.root) && haetae_config_new(&fixture.config) == HAETAE_OK &&
                   haetae_config_set_diagnostics(fixture.config, keep_line, &fixture) == HAETAE_OK
               ? 0
               : -1;
}

static void finish(struct fixture *fixture)
{
    haetae_resource_free(fixture->resource);
    haetae_sdk_free(fixture->sdk);
    haetae_config_free(fixture->config);
    fixture->resource = NULL;
    fixture->sdk = NULL;
    fixture->config = NULL;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    finish(fixture);
    fake_root_end(&fixture->root);
    /* A thread that was left behind frees what it had. */
    for (int i = 0; i < 10000 && hae_alloc_live_count() != live_before; i++) {
        usleep(1000);
    }
    return live_tear_down(state);
}

static void set(struct fixture *fixture, const char *key, const char *value)
{
    if (haetae_config_set(fixture->config, key, value) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(fixture->config));
    }
}

static haetae_status add_own(struct fixture *fixture, const char *name)
{
    haetae_resource_detector detector =
        HAETAE_OPTIONS(haetae_resource_detector, .name = name, .user = &own, .detect = detect_own,
                       .done = done_own);

    return haetae_config_add_resource_detector(fixture->config, &detector);
}

static void start(struct fixture *fixture)
{
    if (haetae_sdk_start(fixture->config, &fixture->sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(fixture->config));
    }
    assert_int_equal(haetae_sdk_resource(fixture->sdk, &fixture->resource), HAETAE_OK);
}

struct wanted {
    const char *key;
    bool found;
};

static bool compare(void *user, const haetae_attribute *attribute)
{
    struct wanted *wanted = user;

    wanted->found =
        wanted->found || (attribute->key.length == strlen(wanted->key) &&
                          memcmp(attribute->key.data, wanted->key, strlen(wanted->key)) == 0);
    return true;
}

static bool has(const struct fixture *fixture, const char *key)
{
    struct wanted wanted = {key, false};

    assert_int_equal(haetae_resource_visit(fixture->resource, compare, &wanted), HAETAE_OK);
    return wanted.found;
}

static size_t url_length(const struct fixture *fixture)
{
    return haetae_resource_schema_url(fixture->resource).length;
}

/* ---- Which ones ---------------------------------------------------------------------------------
 */

static void service_process_and_host_run_by_default(void **state)
{
    struct fixture *fixture = *state;

    start(fixture);
    assert_true(has(fixture, "service.instance.id"));
    assert_true(has(fixture, "process.pid"));
    assert_true(has(fixture, "process.creation.time"));
    assert_true(has(fixture, "host.name"));
    assert_true(has(fixture, "os.type"));
    assert_false(has(fixture, "process.command_args"));
    assert_int_equal(url_length(fixture), strlen(HAE_SEMCONV_SCHEMA_URL));
    assert_string_equal(fixture->lines, "");
}

static void only_named_detectors_run(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(add_own(fixture, "own"), HAETAE_OK);
    set(fixture, "HAETAE_RESOURCE_DETECTORS", "OS,process_arguments");
    start(fixture);
    assert_true(has(fixture, "os.type"));
    assert_true(has(fixture, "process.command_args"));
    assert_false(has(fixture, "host.name"));
    assert_false(has(fixture, "process.pid"));
    assert_false(has(fixture, "service.instance.id"));
    assert_int_equal(own.asked, 0);
}

static void none_leaves_what_every_resource_has(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(add_own(fixture, "own"), HAETAE_OK);
    set(fixture, "HAETAE_RESOURCE_DETECTORS", "none");
    start(fixture);
    assert_int_equal(haetae_resource_count(fixture->resource), 4);
    assert_true(has(fixture, "service.name"));
    assert_true(has(fixture, "telemetry.sdk.name"));
    assert_int_equal(own.asked, 0);
}

static void all_runs_all_but_the_arguments(void **state)
{
    struct fixture *fixture = *state;

    setenv("HEROKU_APP_ID", "h", 1);
    assert_int_equal(add_own(fixture, "own"), HAETAE_OK);
    set(fixture, "HAETAE_RESOURCE_DETECTORS", "all");
    start(fixture);
    assert_true(has(fixture, "heroku.app.id"));
    assert_true(has(fixture, "process.pid"));
    assert_true(has(fixture, "own"));
    assert_false(has(fixture, "process.command_args"));
}

/* Specification: "Enum". */
static void unknown_names_are_ignored_with_a_warning(void **state)
{
    struct fixture *fixture = *state;

    set(fixture, "HAETAE_RESOURCE_DETECTORS", "os,moon");
    start(fixture);
    assert_string_equal(fixture->lines, "resource detector \"moon\" is not known; it is ignored\n");
    assert_true(has(fixture, "os.type"));
    assert_false(has(fixture, "process.pid"));
}

static void unknown_names_alone_count_as_unset(void **state)
{
    struct fixture *fixture = *state;

    set(fixture, "HAETAE_RESOURCE_DETECTORS", "moon");
    start(fixture);
    assert_true(has(fixture, "process.pid"));
}

static void patterns_choose_among_what_was_detected(void **state)
{
    struct fixture *fixture = *state;

    set(fixture, "HAETAE_RESOURCE_INCLUDED", "process.*,os.typ?,host");
    set(fixture, "HAETAE_RESOURCE_EXCLUDED", "*.executable.*,*.runtime.version");
    start(fixture);
    assert_true(has(fixture, "process.pid"));
    assert_true(has(fixture, "os.type"));
    assert_true(has(fixture, "telemetry.sdk.name")); /* not detected */
    assert_false(has(fixture, "host.name"));
    assert_false(has(fixture, "process.executable.name"));
    assert_false(has(fixture, "process.runtime.version"));
    assert_false(has(fixture, "service.instance.id"));
}

/* ---- A program's own
 * ------------------------------------------------------------------------------ */

static void own_detector_is_asked_in_another_thread(void **state)
{
    struct fixture *fixture = *state;

    own.schema_url = HAE_SEMCONV_SCHEMA_URL;
    assert_int_equal(add_own(fixture, "own"), HAETAE_OK);
    start(fixture);
    assert_true(has(fixture, "own"));
    assert_int_equal(own.asked, 1);
    assert_false(pthread_equal(own.thread, pthread_self()));
    assert_int_equal(url_length(fixture), strlen(HAE_SEMCONV_SCHEMA_URL));
    assert_string_equal(fixture->lines, "");
    finish(fixture);
    assert_int_equal(own.done, 1);
}

static void own_detector_is_asked_by_the_caller_where_there_are_no_threads(void **state)
{
    struct fixture *fixture = *state;

    set(fixture, "HAETAE_WORKER", "manual");
    assert_int_equal(add_own(fixture, "own"), HAETAE_OK);
    start(fixture);
    assert_true(has(fixture, "own"));
    assert_true(pthread_equal(own.thread, pthread_self()));
}

static void own_detector_that_fails_is_left_out_with_a_warning(void **state)
{
    struct fixture *fixture = *state;

    own.status = HAETAE_EIO;
    assert_int_equal(add_own(fixture, "own"), HAETAE_OK);
    start(fixture);
    assert_false(has(fixture, "own"));
    assert_true(has(fixture, "process.pid"));
    assert_string_equal(fixture->lines, "resource detector \"own\" failed; it is left out\n");
}

/* Specification: different schema URLs of detectors are an error. */
static void schema_urls_that_differ_leave_none_and_warn(void **state)
{
    struct fixture *fixture = *state;

    own.schema_url = "https://example.org/schemas/1";
    assert_int_equal(add_own(fixture, "own"), HAETAE_OK);
    start(fixture);
    assert_true(has(fixture, "own"));
    assert_true(has(fixture, "process.pid"));
    assert_int_equal(url_length(fixture), 0);
    assert_non_null(strstr(fixture->lines, "\"own\" has another schema URL"));
}

static void detector_that_hangs_does_not_stop_the_start(void **state)
{
    struct fixture *fixture = *state;
    static char fifo[512];
    int writer;

    snprintf(fifo, sizeof fifo, "%s", fake_root_path(&fixture->root, "/fifo"));
    assert_int_equal(mkfifo(fifo, 0600), 0);
    own.fifo = fifo;
    assert_int_equal(add_own(fixture, "own"), HAETAE_OK);
    set(fixture, "HAETAE_RESOURCE_TIMEOUT_MS", "20");
    start(fixture);
    assert_false(has(fixture, "own"));
    assert_true(has(fixture, "process.pid"));
    assert_non_null(strstr(fixture->lines, "\"own\" took longer than HAETAE_RESOURCE_TIMEOUT_MS"));
    finish(fixture);
    assert_int_equal(own.done, 0); /* it may still be asked */

    while (atomic_load(&own.asked) == 0) {
        usleep(1000);
    }
    writer = open(fifo, O_WRONLY | O_CLOEXEC); /* when the detector reads it */
    assert_true(writer >= 0);
    close(writer);
    for (int i = 0; i < 10000 && atomic_load(&own.done) == 0; i++) {
        usleep(1000);
    }
    assert_int_equal(own.done, 1);
}

static void names_of_own_detectors_are_checked(void **state)
{
    static const char *const names[] = {"",     "Upper", "with-dash",         "all",
                                        "none", "host",  "process_arguments", "a b"};
    struct fixture *fixture = *state;
    haetae_resource_detector detector = HAETAE_OPTIONS(haetae_resource_detector, .name = "x");
    char longer[65];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(add_own(fixture, names[i]), HAETAE_EINVAL);
    }
    memset(longer, 'a', sizeof longer);
    longer[64] = '\0';
    assert_int_equal(add_own(fixture, longer), HAETAE_EINVAL);
    longer[63] = '\0';
    assert_int_equal(add_own(fixture, longer), HAETAE_OK);
    assert_int_equal(haetae_config_add_resource_detector(fixture->config, &detector),
                     HAETAE_EINVAL);
    detector.struct_size = 8;
    assert_int_equal(haetae_config_add_resource_detector(fixture->config, &detector),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_resource_detector(fixture->config, NULL), HAETAE_EINVAL);
    assert_int_equal(own.done, 0);
}

static void own_detectors_are_limited_and_have_different_names(void **state)
{
    struct fixture *fixture = *state;
    char name[] = "a";

    for (; name[0] <= 'h'; name[0]++) {
        assert_int_equal(add_own(fixture, name), HAETAE_OK);
    }
    assert_int_equal(add_own(fixture, "i"), HAETAE_ELIMIT);
    assert_int_equal(add_own(fixture, "a"), HAETAE_ECONFLICT);
    assert_int_equal(own.done, 0);
    finish(fixture);
    assert_int_equal(own.done, 8);
}

/* ---- The instance -------------------------------------------------------------------------------
 */

static bool copy_id(void *user, const haetae_attribute *attribute)
{
    if (attribute->key.length == strlen("service.instance.id") &&
        memcmp(attribute->key.data, "service.instance.id", attribute->key.length) == 0) {
        snprintf(user, 64, "%.*s", (int)attribute->value.as.string.length,
                 attribute->value.as.string.data);
    }
    return true;
}

static void id_of(struct fixture *fixture, char id[64])
{
    id[0] = '\0';
    start(fixture);
    assert_int_equal(haetae_resource_visit(fixture->resource, copy_id, id), HAETAE_OK);
    haetae_resource_free(fixture->resource);
    fixture->resource = NULL;
    haetae_sdk_free(fixture->sdk);
    fixture->sdk = NULL;
}

static void id_of_the_instance_is_stable_where_there_is_a_seed(void **state)
{
    struct fixture *fixture = *state;
    char first[64], second[64];

    id_of(fixture, first);
    id_of(fixture, second);
    assert_string_not_equal(first, second);

    set(fixture, "HAETAE_SERVICE_INSTANCE_SEED", "worker-1");
    id_of(fixture, first);
    id_of(fixture, second);
    assert_string_equal(first, second);
    assert_int_equal(first[14], '5');

    set(fixture, "HAETAE_SERVICE_INSTANCE_SEED", "worker-2");
    id_of(fixture, second);
    assert_string_not_equal(first, second);

    set(fixture, "HAETAE_SERVICE_INSTANCE_SEED", "worker-1");
    set(fixture, "OTEL_SERVICE_NAME", "another");
    id_of(fixture, second);
    assert_string_not_equal(first, second);

    set(fixture, "OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=mine");
    id_of(fixture, second);
    assert_string_equal(second, "mine");
}

/* ---- Out of memory
 * ------------------------------------------------------------------------------- */

static void ignore(void *user, const char *name, const char *what)
{
    (void)user;
    (void)name;
    (void)what;
}

static void detection_survives_every_lack_of_memory(void **state)
{
    struct fixture *fixture = *state;
    struct hae_resource_system system;
    struct hae_own_detector *detector = NULL;
    haetae_resource_detector description =
        HAETAE_OPTIONS(haetae_resource_detector, .name = "own", .user = &own, .detect = detect_own);
    haetae_status status = HAETAE_ENOMEM;
    long tries = 0;

    hae_resource_read_system("", &system);
    assert_int_equal(hae_own_detector_new(&description, &detector), HAETAE_OK);
    for (; status == HAETAE_ENOMEM; tries++) {
        struct haetae_resource resource = {.count = 0};
        const struct hae_detect_options options = {
            .input = {&system, fixture->root.path, "/etc/podinfo", true},
            .names = "all",
            .timeout_ms = 0,
            .own = &detector,
            .own_count = 1,
            .warn = ignore};
        long live = hae_alloc_live_count();

        hae_alloc_fail_after(tries);
        status = hae_detect(&options, &resource);
        hae_alloc_fail_after(-1);
        hae_resource_done(&resource);
        assert_int_equal(hae_alloc_live_count(), live);
    }
    assert_int_equal(status, HAETAE_OK);
    assert_true(tries > 10);
    hae_own_detector_unref(detector);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(service_process_and_host_run_by_default),
        TEST(only_named_detectors_run),
        TEST(none_leaves_what_every_resource_has),
        TEST(all_runs_all_but_the_arguments),
        TEST(unknown_names_are_ignored_with_a_warning),
        TEST(unknown_names_alone_count_as_unset),
        TEST(patterns_choose_among_what_was_detected),
        TEST(own_detector_is_asked_in_another_thread),
        TEST(own_detector_is_asked_by_the_caller_where_there_are_no_threads),
        TEST(own_detector_that_fails_is_left_out_with_a_warning),
        TEST(schema_urls_that_differ_leave_none_and_warn),
        TEST(detector_that_hangs_does_not_stop_the_start),
        TEST(names_of_own_detectors_are_checked),
        TEST(own_detectors_are_limited_and_have_different_names),
        TEST(id_of_the_instance_is_stable_where_there_is_a_seed),
        TEST(detection_survives_every_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
