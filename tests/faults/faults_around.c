/* SPDX-License-Identifier: Apache-2.0 */
/* What a receiver cannot help: disks, certificates, names, and other receivers. */
#include "faults/acts.h"
#include "faults/scenarios.h"
#include "support/core_cmocka.h"

/* ---- Disks ---------------------------------------------------------------------------------- */

/* The receiver is away, the disk is full, and so is the memory: what has no room is dropped and
 * counted, and everything else arrives. */
static void full_disk(const char *name)
{
    struct scene scene;

    scene_begin(&scene, name, SCENE_SPOOL | SCENE_SMALL_DISK);
    scene_set(&scene, "HAETAE_QUEUE_BYTES", "512k");
    scene_board(&scene)->spans_per_second *= 4;
    receiver_up(scene.receivers[0]);
    scene_start(&scene);
    scene_record(&scene, 2000);
    receiver_down(scene.receivers[0]);
    scene_fault(&scene);
    scene_disk(&scene, true);
    SCENE_AWAIT(&scene, scene_is_dropping, NULL);
    assert_true(scene.spooled_most != 0);
    scene_last(&scene, act_ms(30000) / 2);
    receiver_up(scene.receivers[0]);
    scene_last(&scene, act_ms(5000) / 2);
    scene_disk(&scene, false);
    act_end(&scene, false);
}

/* With a disk that is full from the beginning there is no start, and an error that says why. */
static void full_disk_at_start(const char *name)
{
    struct scene scene;

    scene_begin(&scene, name, SCENE_RECORDER | SCENE_SMALL_DISK);
    if (scene.mounted) {
        scene_set(&scene, "HAETAE_RECORDER_BYTES", "64m");
        assert_int_equal(scene_start_in_vain(&scene), 2);
        scene_disk(&scene, false);
    } else {
        puts("no small disk here: mounting takes the rights of root");
    }
    receiver_up(scene.receivers[0]);
    scene_start(&scene);
    scene_fault(&scene);
    act_end(&scene, true);
}

/* ---- Certificates and names ----------------------------------------------------------------- */

static void expired_certificate(const char *name)
{
    struct scene scene;

    if (!certificate_can_be_made()) {
        skip();
    }
    scene_begin(&scene, name, SCENE_TLS);
    receiver_up(scene.receivers[0]);
    scene_start(&scene);
    scene_record(&scene, 2000);
    receiver_down(scene.receivers[0]);
    receiver_expire(scene.receivers[0], true);
    receiver_up(scene.receivers[0]);
    scene_fault(&scene);
    scene_last(&scene, act_ms(30000));
    act_await_retries(&scene, 2);
    receiver_down(scene.receivers[0]);
    receiver_expire(scene.receivers[0], false);
    receiver_up(scene.receivers[0]);
    act_end(&scene, true);
}

/* The name of the receiver cannot be looked up, until it can. */
static void no_name(const char *name)
{
    char url[64];
    struct scene scene;

    scene_begin(&scene, name, 0);
    snprintf(url, sizeof url, "http://collector.invalid:%u", receiver_port(scene.receivers[0]));
    scene_set(&scene, "OTEL_EXPORTER_OTLP_ENDPOINT", url);
    receiver_up(scene.receivers[0]);
    scene_start(&scene);
    scene_fault(&scene);
    scene_last(&scene, act_ms(30000));
    act_await_retries(&scene, 2);
    assert_true(scene_board(&scene)->lookups_failed >= 2);
    assert_int_equal(receiver_taken(scene.receivers[0], HAETAE_SIGNAL_TRACES), 0);
    scene_board(&scene)->resolver_works = true;
    act_end(&scene, true);
}

/* It never can: the shutdown leaves everything in the spool, and the next program sends it. */
static void never_a_name(const char *name)
{
    char url[64];
    struct scene scene;

    scene_begin(&scene, name, SCENE_SPOOL);
    snprintf(url, sizeof url, "http://collector.invalid:%u", receiver_port(scene.receivers[0]));
    scene_set(&scene, "OTEL_EXPORTER_OTLP_ENDPOINT", url);
    receiver_up(scene.receivers[0]);
    scene_start(&scene);
    scene_fault(&scene);
    scene_last(&scene, act_ms(10000));
    scene_rest(&scene);
    scene_board(&scene)->shutdown_ms = 5000;
    scene_shut(&scene);
    assert_int_equal(scene_board(&scene)->stats[HAETAE_SIGNAL_TRACES].delivered, 0);
    assert_int_equal(scene_board(&scene)->stats[HAETAE_SIGNAL_TRACES].spooled,
                     scene_recorded(&scene, HAETAE_SIGNAL_TRACES));
    scene_next(&scene);
    scene_board(&scene)->resolver_works = true;
    scene_start(&scene);
    act_end(&scene, true);
}

/* ---- Several ------------------------------------------------------------------------------- */

/* What had been recorded at some moment has arrived. */
struct moment {
    struct receiver *receiver;
    uint64_t recorded[HAETAE_SIGNAL_COUNT];
};

static bool has_arrived(struct scene *scene, void *user)
{
    const struct moment *moment = user;
    struct ledger *ledger = receiver_ledger(moment->receiver);

    (void)scene;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (signal != HAETAE_SIGNAL_METRICS &&
            ledger_sums(ledger, (haetae_signal)signal).received < moment->recorded[signal]) {
            return false;
        }
    }
    return true;
}

/* Spans fail. Log records and data points go on as if nothing were. */
static void one_signal(const char *name)
{
    struct scene scene;
    struct moment moment = {0};
    uint64_t points;

    act_begin(&scene, name, 0);
    moment.receiver = scene.receivers[0];
    scene_fault(&scene);
    receiver_behave_for(scene.receivers[0], HAETAE_SIGNAL_TRACES, UNAVAILABLE);
    points = receiver_taken(scene.receivers[0], HAETAE_SIGNAL_METRICS);
    scene_last(&scene, act_ms(30000));
    act_await_retries(&scene, 2);
    moment.recorded[HAETAE_SIGNAL_LOGS] = scene_recorded(&scene, HAETAE_SIGNAL_LOGS);
    SCENE_AWAIT(&scene, has_arrived, &moment);
    assert_true(receiver_taken(scene.receivers[0], HAETAE_SIGNAL_METRICS) > points);
    assert_int_equal(scene_board(&scene)->stats[HAETAE_SIGNAL_LOGS].retries, 0);
    assert_int_equal(scene_board(&scene)->stats[HAETAE_SIGNAL_METRICS].retries, 0);
    receiver_behave(scene.receivers[0], ACCEPT);
    act_end(&scene, true);
}

static void begin_two(struct scene *scene, const char *name, unsigned options, const char *list)
{
    scene_begin(scene, name, SCENE_TWO | options);
    scene_set(scene, "OTEL_TRACES_EXPORTER", list);
    scene_set(scene, "OTEL_LOGS_EXPORTER", list);
    scene_set(scene, "OTEL_METRICS_EXPORTER", list);
    receiver_up(scene->receivers[0]);
    receiver_up(scene->receivers[1]);
}

static struct moment moment_now(const struct scene *scene, struct receiver *receiver)
{
    struct moment moment = {.receiver = receiver};

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        moment.recorded[signal] = scene_recorded(scene, (haetae_signal)signal);
    }
    return moment;
}

/* One of two receivers fails: the other one has everything meanwhile, and in the end both have. */
static void one_of_two(const char *name)
{
    struct scene scene;
    struct moment moment;

    begin_two(&scene, name, SCENE_SPOOL, "otlp/a,otlp/b");
    scene_start(&scene);
    scene_record(&scene, 2000);
    scene_fault(&scene);
    receiver_down(scene.receivers[0]);
    scene_last(&scene, act_ms(30000));
    act_await_retries(&scene, 2);
    moment = moment_now(&scene, scene.receivers[1]);
    SCENE_AWAIT(&scene, has_arrived, &moment);
    receiver_up(scene.receivers[0]);
    act_end(&scene, true);
}

static bool has_taken(struct scene *scene, void *user)
{
    return receiver_taken(scene->receivers[0], HAETAE_SIGNAL_TRACES) > *(const uint64_t *)user;
}

/* The backup gets everything while the first receiver fails, which then gets everything again. */
static void failover(const char *name)
{
    struct scene scene;
    struct moment moment;
    uint64_t taken;

    begin_two(&scene, name, SCENE_ONE_BOOK, "otlp/a");
    scene_set(&scene, "HAETAE_FAILOVER", "otlp/a,otlp/b");
    scene_start(&scene);
    scene_record(&scene, 2000);
    assert_int_equal(receiver_taken(scene.receivers[1], HAETAE_SIGNAL_TRACES), 0);
    scene_fault(&scene);
    receiver_down(scene.receivers[0]);
    scene_last(&scene, act_ms(30000));
    moment = moment_now(&scene, scene.receivers[1]);
    SCENE_AWAIT(&scene, has_arrived, &moment);
    assert_true(receiver_taken(scene.receivers[1], HAETAE_SIGNAL_TRACES) != 0);
    receiver_up(scene.receivers[0]);
    taken = receiver_taken(scene.receivers[0], HAETAE_SIGNAL_TRACES);
    SCENE_AWAIT(&scene, has_taken, &taken);
    act_end(&scene, true);
}

const struct scenario faults_around[] = {
    {"full_disk", full_disk, true},
    {"full_disk_at_start", full_disk_at_start, true},
    {"expired_certificate", expired_certificate, false},
    {"no_name", no_name, false},
    {"never_a_name", never_a_name, true},
    {"one_signal", one_signal, false},
    {"one_of_two", one_of_two, false},
    {"failover", failover, false},
    {NULL, NULL, false},
};
