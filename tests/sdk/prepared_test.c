/* SPDX-License-Identifier: Apache-2.0 */
/* What is prepared once belongs to no SDK: sites of spans and logs, and lists of keys, are of use
 * with several, before a start, after a shutdown and in a forked child, and may be gone when the
 * worker takes the records. */
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/sdk_fixture.h"

/* A module with a site of each kind, in memory that can be unloaded. */
struct module {
    haetae_span_site span;
    haetae_log_site log;
    haetae_keys keys;
    haetae_string names[2];
    uint64_t rooms[3][64];
    char texts[32];
};

static struct module *load(void)
{
    struct module *module =
        mmap(NULL, sizeof *module, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(module != MAP_FAILED);
    memcpy(module->texts, "namebodyfirst.keysecond", 23);
    module->names[0] = (haetae_string){module->texts + 8, 9};
    module->names[1] = (haetae_string){module->texts + 17, 6};
    module->span = (haetae_span_site){.kind = HAETAE_SPAN_KIND_SERVER,
                                      .name = {module->texts, 4},
                                      .keys = module->names,
                                      .key_count = 2,
                                      .room = module->rooms[0],
                                      .room_bytes = sizeof module->rooms[0]};
    module->log = (haetae_log_site){.severity = HAETAE_SEVERITY_INFO,
                                    .body = {module->texts + 4, 4},
                                    .keys = module->names,
                                    .key_count = 2,
                                    .room = module->rooms[1],
                                    .room_bytes = sizeof module->rooms[1]};
    module->keys = (haetae_keys){module->names, 2, module->rooms[2], sizeof module->rooms[2]};
    return module;
}

static void unload(struct module *module)
{
    munmap(module, sizeof *module);
}

struct handles {
    haetae_tracer *tracer;
    haetae_logger *logger;
    haetae_counter *counter;
};

static struct handles handles_of(haetae_sdk *sdk)
{
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = {"counter", 7});
    struct handles handles = {haetae_tracer_named(sdk, "prepared"),
                              haetae_logger_named(sdk, "prepared"), NULL};

    (void)haetae_counter_create(haetae_meter_named(sdk, "prepared"), &options, &handles.counter);
    return handles;
}

/* Makes `count` records of each kind. Without an SDK: nothing. */
static void record_by(struct handles handles, const struct module *module, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        haetae_span span = haetae_span_start_site(handles.tracer, &module->span);

        haetae_span_end_site(span, &module->span, HAETAE_VALUES(1, "second"));
        haetae_log_emit_site(handles.logger, &module->log, HAETAE_VALUES(1, "second"), NULL, 0);
        haetae_counter_add_keyed(handles.counter, 1, &module->keys, HAETAE_VALUES(1, "second"));
    }
}

static void record(haetae_sdk *sdk, const struct module *module, unsigned count)
{
    record_by(handles_of(sdk), module, count);
}

static bool delivers(haetae_sdk *sdk, uint64_t count)
{
    haetae_stats *stats = NULL;
    bool right = haetae_sdk_force_flush(sdk, 20000) == HAETAE_OK &&
                 haetae_stats_take(sdk, &stats) == HAETAE_OK;

    for (int signal = 0; right && signal < HAETAE_SIGNAL_COUNT; signal++) {
        uint64_t expected = signal == HAETAE_SIGNAL_METRICS ? count != 0 : count;

        right = haetae_stats_delivered(stats, (haetae_signal)signal) == expected &&
                haetae_stats_dropped_total(stats, (haetae_signal)signal) == 0;
    }
    haetae_stats_free(stats);
    return right;
}

static void they_serve_several_sdks_and_none(void **state)
{
    struct module *module = load();
    struct fake_exporter fakes[2];
    haetae_sdk *sdks[2];

    (void)state;
    record(NULL, module, 3);
    for (int i = 0; i < 2; i++) {
        fake_init(&fakes[i], "fake", fake_accept);
        sdks[i] = sdk_start_manual(&fakes[i]);
    }
    for (int round = 0; round < 5; round++) {
        record(sdks[round % 2], module, 10);
    }
    assert_true(delivers(sdks[0], 30));
    assert_true(delivers(sdks[1], 20));
    unload(module);
    for (int i = 0; i < 2; i++) {
        haetae_sdk_free(sdks[i]);
        fake_done(&fakes[i]);
    }
}

static void after_the_shutdown_each_record_is_counted(void **state)
{
    struct module *module = load();
    struct fake_exporter fake;
    struct handles handles;
    haetae_sdk *sdk;
    haetae_span open;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_for_flushes(&fake, "manual");
    handles = handles_of(sdk);
    record_by(handles, module, 1);
    assert_int_equal(haetae_sdk_shutdown(sdk, 20000), HAETAE_OK);
    record_by(handles, module, 7);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).dropped[HAETAE_DROP_SHUTDOWN], 7);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_SHUTDOWN], 7);
    haetae_sdk_free(sdk);
    fake_done(&fake);

    /* A span of an SDK that was freed leads nowhere. */
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_manual(&fake);
    open = haetae_span_start_site(haetae_tracer_named(sdk, "prepared"), &module->span);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    haetae_span_end_site(open, &module->span, HAETAE_VALUES(1, "second"));
    unload(module);
}

/* What the worker sends does not lie in the module. */
static void a_module_can_be_unloaded_before_its_records_are_sent(void **state)
{
    struct fake_exporter fake;
    struct module *module;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_manual(&fake);
    for (int i = 0; i < 3; i++) {
        module = load();
        record(sdk, module, 10);
        unload(module);
    }
    assert_true(delivers(sdk, 30));
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

/* The child's end of a test: 0 if it delivers what it records. */
static int record_in_child(haetae_sdk *sdk, const struct module *module)
{
    pid_t child = fork();
    int status = -1;

    if (child == 0) {
        record(sdk, module, 10);
        _exit(delivers(sdk, 10) ? 0 : 1);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_child_uses_what_its_parent_has_prepared_or_not(void **state)
{
    struct module *module = load();
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_manual(&fake);
    assert_int_equal(record_in_child(sdk, module), 0); /* prepared by the child */
    record(sdk, module, 10);
    assert_int_equal(record_in_child(sdk, module), 0); /* by the parent */
    assert_true(delivers(sdk, 10));
    unload(module);

    /* The fork came while a thread of the parent, which the child has not, prepared each. */
    module = load();
    for (int i = 0; i < 3; i++) {
        module->rooms[i][0] = 1;
    }
    assert_int_equal(record_in_child(sdk, module), 0);
    unload(module);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_serve_several_sdks_and_none),
        cmocka_unit_test(after_the_shutdown_each_record_is_counted),
        cmocka_unit_test(a_module_can_be_unloaded_before_its_records_are_sent),
        cmocka_unit_test(a_child_uses_what_its_parent_has_prepared_or_not)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
