/* SPDX-License-Identifier: Apache-2.0 */
/* Ten minutes without a receiver, at 25,000 spans a second. */
#include "faults/acts.h"
#include "faults/scenarios.h"
#include "support/core_cmocka.h"

/* With the settings of a program that keeps its data: 2 GiB of spool and nothing else but the
 * defaults. */
static void begin(struct scene *scene, const char *name)
{
    scene_begin(scene, name, SCENE_SPOOL);
    scene_set(scene, "HAETAE_SPOOL_BYTES", "2g");
    scene_set(scene, "HAETAE_SPOOL_AFTER_MS", "5000");
    scene_set(scene, "HAETAE_RETRY_INITIAL_MS", "1000");
    scene_set(scene, "HAETAE_RETRY_MAX_MS", "30000");
    scene_set(scene, "OTEL_BSP_SCHEDULE_DELAY", "5000");
    scene_set(scene, "OTEL_EXPORTER_OTLP_TIMEOUT", "10000");
    scene_board(scene)->spans_per_second = 25000;
    scene_board(scene)->others_per_span = 0;
    receiver_up(scene->receivers[0]);
    scene_start(scene);
    scene_last(scene, 10000);
    scene_fault(scene);
}

static void long_outage(const char *name)
{
    struct scene scene;

    begin(&scene, name);
    receiver_down(scene.receivers[0]);
    scene_last(&scene, scene_form.full ? 600000 : 5000);
    receiver_up(scene.receivers[0]);
    act_end(&scene, true);
}

/* It reads requests and never answers, which only timeouts of ten seconds show. */
static void long_silence(const char *name)
{
    struct scene scene;

    begin(&scene, name);
    receiver_behave(scene.receivers[0], SILENT);
    scene_last(&scene, scene_form.full ? 600000 : 30000);
    receiver_behave(scene.receivers[0], ACCEPT);
    act_end(&scene, true);
}

const struct scenario long_runs[] = {
    {"long_outage", long_outage, false},
    {"long_silence", long_silence, false},
    {NULL, NULL, false},
};
