/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver that is away, or that does not do what a receiver does. */
#include "faults/acts.h"
#include "faults/scenarios.h"
#include "support/core_cmocka.h"

static void down_at_start(const char *name)
{
    struct scene scene;

    scene_begin(&scene, name, 0);
    scene_start(&scene);
    scene_fault(&scene);
    scene_last(&scene, act_ms(10000));
    act_await_retries(&scene, 2);
    receiver_up(scene.receivers[0]);
    act_end(&scene, true);
}

/* With so little memory that nearly all goes through the spool. */
static void down(const char *name)
{
    struct scene scene;

    scene_begin(&scene, name, SCENE_SPOOL);
    scene_set(&scene, "HAETAE_QUEUE_BYTES", "4m");
    receiver_up(scene.receivers[0]);
    scene_start(&scene);
    scene_record(&scene, 2000);
    receiver_down(scene.receivers[0]);
    scene_fault(&scene);
    scene_last(&scene, 2 * act_ms(60000));
    SCENE_AWAIT(&scene, scene_is_spooling, NULL);
    receiver_up(scene.receivers[0]);
    act_end(&scene, true);
}

static void flapping(const char *name)
{
    struct scene scene;
    unsigned rounds = scene_form.full ? 30 : 2;

    act_begin(&scene, name, 0);
    scene_fault(&scene);
    for (unsigned i = 0; i < rounds; i++) {
        receiver_down(scene.receivers[0]);
        scene_last(&scene, 1000);
        receiver_up(scene.receivers[0]);
        scene_last(&scene, 1000);
    }
    act_end(&scene, true);
}

/* It behaves so for a time. */
static void misbehave(const char *name, enum behaviour behaviour, unsigned options)
{
    struct scene scene;

    act_begin(&scene, name, options);
    scene_fault(&scene);
    receiver_behave(scene.receivers[0], behaviour);
    scene_last(&scene, act_ms(30000));
    act_await_retries(&scene, 2);
    receiver_behave(scene.receivers[0], ACCEPT);
    act_end(&scene, true);
}

static void unavailable(const char *name)
{
    misbehave(name, UNAVAILABLE, SCENE_SPOOL);
}

static void retry_after(const char *name)
{
    misbehave(name, RETRY_AFTER, 0);
}

static void retry_after_date(const char *name)
{
    misbehave(name, RETRY_AFTER_DATE, 0);
}

static void late(const char *name)
{
    misbehave(name, LATE, 0);
}

static void reset_in_request(const char *name)
{
    misbehave(name, RESET_IN_REQUEST, 0);
}

static void reset_in_answer(const char *name)
{
    misbehave(name, RESET_IN_ANSWER, 0);
}

/* Nothing has failed until the first timeout is over, and by the second one, when the receiver
 * counts as away, the memory would be full. */
static void silent(const char *name)
{
    struct scene scene;

    scene_begin(&scene, name, SCENE_SPOOL);
    scene_set(&scene, "HAETAE_QUEUE_BYTES", "3m");
    scene_set(&scene, "OTEL_EXPORTER_OTLP_TIMEOUT", "4000");
    receiver_up(scene.receivers[0]);
    scene_start(&scene);
    scene_record(&scene, 2000);
    scene_fault(&scene);
    receiver_behave(scene.receivers[0], SILENT);
    scene_last(&scene, act_ms(30000));
    act_await_retries(&scene, 1);
    receiver_behave(scene.receivers[0], ACCEPT);
    act_end(&scene, true);
}

/* Nothing is answered on connections that are open, and the program has to find that out. */
static void stuck(const char *name)
{
    struct scene scene;

    act_begin(&scene, name, SCENE_SPOOL);
    scene_fault(&scene);
    receiver_stick(scene.receivers[0]);
    act_await_retries(&scene, 1);
    act_end(&scene, true);
}

static void deaf(const char *name)
{
    struct scene scene;

    act_begin(&scene, name, 0);
    receiver_deaf(scene.receivers[0]);
    scene_fault(&scene);
    scene_last(&scene, act_ms(30000));
    act_await_retries(&scene, 2);
    receiver_up(scene.receivers[0]);
    act_end(&scene, true);
}

const struct scenario faults_of_receivers[] = {
    {"down_at_start", down_at_start, false},
    {"down", down, false},
    {"flapping", flapping, false},
    {"unavailable", unavailable, false},
    {"retry_after", retry_after, false},
    {"retry_after_date", retry_after_date, true},
    {"late", late, false},
    {"reset_in_request", reset_in_request, false},
    {"reset_in_answer", reset_in_answer, false},
    {"silent", silent, false},
    {"stuck", stuck, false},
    {"deaf", deaf, false},
    {NULL, NULL, false},
};
