/* SPDX-License-Identifier: Apache-2.0 */
/* SIGKILL in the middle of a fault. With recorder and spool in files the next program sends what
 * the killed one had recorded: all of which the call had returned, and hardly anything twice. */
#include <dirent.h>

#include "faults/acts.h"
#include "faults/scenarios.h"
#include "support/core_cmocka.h"

static bool has_files(const struct scene *scene, const char *name)
{
    char path[SCENE_PATH_MAX];
    DIR *directory;
    unsigned count = 0;

    snprintf(path, sizeof path, "%s/%s", scene->directory, name);
    directory = opendir(path);
    assert_non_null(directory);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(directory);
    return count != 0;
}

/* All that the killed ones had recorded has arrived. */
static bool all_recovered(struct scene *scene, void *user)
{
    struct ledger *ledger = receiver_ledger(scene->receivers[0]);

    (void)user;
    for (unsigned run = 0; run < scene->run; run++) {
        for (unsigned i = 0; i < BOARD_THREADS; i++) {
            const struct board_numbers *numbers = scene->boards[run]->of[i].numbers;
            uint64_t spans = numbers[HAETAE_SIGNAL_TRACES].recorded;
            uint64_t logs = numbers[HAETAE_SIGNAL_LOGS].recorded;

            if (ledger_missing(ledger, HAETAE_SIGNAL_TRACES, run, i, spans) != 0 ||
                ledger_missing(ledger, HAETAE_SIGNAL_LOGS, run, i, logs) != 0 ||
                ledger_value(ledger, run, i) < numbers[HAETAE_SIGNAL_METRICS].recorded) {
                return false;
            }
        }
    }
    return true;
}

static void begin(struct scene *scene, const char *name, unsigned options)
{
    scene_begin(scene, name, SCENE_SPOOL | SCENE_RECORDER | options);
    if ((options & SCENE_SMALL_DISK) != 0) {
        scene_set(scene, "HAETAE_RECORDER_BYTES", "2m");
        scene_set(scene, "HAETAE_QUEUE_BYTES", "1m");
        scene_board(scene)->spans_per_second /= 2;
    }
    receiver_up(scene->receivers[0]);
    scene_start(scene);
    scene_record(scene, 2000);
    scene_fault(scene);
}

/* The next program starts, beside whose own telemetry all that was left is sent. */
static void next(struct scene *scene)
{
    receiver_behave(scene->receivers[0], ACCEPT);
    receiver_up(scene->receivers[0]);
    scene_next(scene);
    scene_start(scene);
    SCENE_AWAIT(scene, all_recovered, NULL);
    act_rest(scene);
    assert_true(scene_board(scene)->stats[HAETAE_SIGNAL_TRACES].recovered != 0);
    assert_false(has_files(scene, "recorder"));
    scene_account(scene, true);
    scene_end(scene);
}

static void killed_while_down(const char *name)
{
    struct scene scene;

    begin(&scene, name, 0);
    receiver_down(scene.receivers[0]);
    scene_last(&scene, act_ms(30000));
    SCENE_AWAIT(&scene, scene_is_spooling, NULL);
    scene_kill(&scene);
    next(&scene);
}

/* Three times, the second time while what the first one had left is being sent. */
static void killed_again(const char *name)
{
    struct scene scene;

    begin(&scene, name, 0);
    receiver_down(scene.receivers[0]);
    scene_last(&scene, act_ms(30000));
    SCENE_AWAIT(&scene, scene_is_spooling, NULL);
    scene_kill(&scene);
    for (int i = 0; i < 2; i++) {
        receiver_up(scene.receivers[0]);
        scene_next(&scene);
        scene_start(&scene);
        scene_record(&scene, 200);
        scene_kill(&scene);
    }
    next(&scene);
}

static void killed_while(const char *name, enum behaviour behaviour)
{
    struct scene scene;

    begin(&scene, name, 0);
    receiver_behave(scene.receivers[0], behaviour);
    scene_last(&scene, act_ms(30000));
    act_await_retries(&scene, 2);
    scene_kill(&scene);
    next(&scene);
}

static void killed_while_unavailable(const char *name)
{
    killed_while(name, UNAVAILABLE);
}

static void killed_while_late(const char *name)
{
    killed_while(name, LATE);
}

static void killed_while_silent(const char *name)
{
    killed_while(name, SILENT);
}

static void killed_while_flapping(const char *name)
{
    struct scene scene;

    begin(&scene, name, 0);
    for (unsigned i = 0; i < (scene_form.full ? 20 : 2); i++) {
        receiver_down(scene.receivers[0]);
        scene_last(&scene, 1000);
        receiver_up(scene.receivers[0]);
        scene_last(&scene, i == 0 ? 1000 : 50);
    }
    scene_kill(&scene);
    next(&scene);
}

/* In the middle of nothing but load. */
static void killed(const char *name)
{
    struct scene scene;

    begin(&scene, name, 0);
    scene_record(&scene, 1000);
    scene_kill(&scene);
    next(&scene);
}

/* The disk has filled up, and the memory has not: all that is not in the spool is in the recorder's
 * file. */
static void killed_with_a_full_disk(const char *name)
{
    struct scene scene;
    uint64_t spooled;

    begin(&scene, name, SCENE_SMALL_DISK);
    receiver_down(scene.receivers[0]);
    scene_disk(&scene, true);
    SCENE_AWAIT(&scene, scene_is_spooling, NULL);
    do {
        spooled = scene.spooled_most;
        scene_last(&scene, 200);
    } while (scene.spooled_most != spooled);
    scene_kill(&scene);
    scene_disk(&scene, false);
    next(&scene);
}

const struct scenario kills[] = {
    {"killed", killed, false},
    {"killed_while_down", killed_while_down, false},
    {"killed_while_unavailable", killed_while_unavailable, false},
    {"killed_while_late", killed_while_late, false},
    {"killed_while_silent", killed_while_silent, false},
    {"killed_while_flapping", killed_while_flapping, false},
    {"killed_with_a_full_disk", killed_with_a_full_disk, true},
    {"killed_again", killed_again, false},
    {NULL, NULL, false},
};
