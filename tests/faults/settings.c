/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of the program under load. */
#include <errno.h>
#include <sys/stat.h>

#include "faults/scene.h"
#include "support/core_cmocka.h"

void scene_set(struct scene *scene, const char *key, const char *value)
{
    size_t length = strlen(key);
    unsigned at = 0;

    while (at < scene->setting_count &&
           (strncmp(scene->settings[at], key, length) != 0 || scene->settings[at][length] != '=')) {
        at++;
    }
    assert_true(at + 1 < SCENE_SETTINGS_MAX); /* a NULL ends the list */
    free(scene->settings[at]);
    assert_true(asprintf(&scene->settings[at], "%s=%s", key, value) > 0);
    scene->setting_count += at == scene->setting_count;
}

static void set_endpoint(struct scene *scene, const char *key, const struct receiver *receiver)
{
    char url[64];

    snprintf(url, sizeof url, "http%s://127.0.0.1:%u", scene->certificate != NULL ? "s" : "",
             receiver_port(receiver));
    scene_set(scene, key, url);
}

static void set_directory(struct scene *scene, const char *key, const char *name)
{
    char path[SCENE_PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", scene->directory, name);
    assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
    scene_set(scene, key, path);
}

void scene_set_all(struct scene *scene, unsigned options)
{
    static const char *const always[][2] = {{"OTEL_EXPORTER_OTLP_COMPRESSION", "none"},
                                            {"OTEL_BSP_SCHEDULE_DELAY", "100"},
                                            {"OTEL_BLRP_SCHEDULE_DELAY", "100"},
                                            {"OTEL_METRIC_EXPORT_INTERVAL", "500"},
                                            {"OTEL_EXPORTER_OTLP_TIMEOUT", "1000"},
                                            {"HAETAE_RETRY_INITIAL_MS", "100"},
                                            {"OTEL_SERVICE_NAME", "load"},
                                            {"TSAN_OPTIONS", "die_after_fork=0"}};

    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
        scene_set(scene, always[i][0], always[i][1]);
    }
    scene_set(scene, "HAETAE_RETRY_MAX_MS", scene_form.full ? "5000" : "400");
    scene_set(scene, "HAETAE_SPOOL_AFTER_MS", scene_form.full ? "5000" : "300");
    scene_set(scene, "OTEL_EXPORTER_OTLP_PROTOCOL", scene_form.grpc ? "grpc" : "http/protobuf");
    if (scene->certificate != NULL) {
        scene_set(scene, "OTEL_EXPORTER_OTLP_CERTIFICATE", scene->certificate->path);
    }
    if ((options & SCENE_TWO) == 0) {
        set_endpoint(scene, "OTEL_EXPORTER_OTLP_ENDPOINT", scene->receivers[0]);
    } else {
        set_endpoint(scene, "OTEL_EXPORTER_OTLP_ENDPOINT__A", scene->receivers[0]);
        set_endpoint(scene, "OTEL_EXPORTER_OTLP_ENDPOINT__B", scene->receivers[1]);
    }
    if ((options & SCENE_SPOOL) != 0) {
        set_directory(scene, "HAETAE_SPOOL_DIR", "spool");
    }
    if ((options & SCENE_RECORDER) != 0) {
        set_directory(scene, "HAETAE_RECORDER_DIR", "recorder");
    }
}
