/* SPDX-License-Identifier: Apache-2.0 */
#include "resource/detectors.h"

#include "resource/cloud.h"
#include "resource/container.h"
#include "resource/file.h"
#include "resource/kubernetes.h"

/* Puts the texts that are not empty. */
struct text {
    const char *key;
    const char *value;
};

static haetae_status put_texts(struct haetae_resource *resource, const struct text *texts,
                               size_t count)
{
    haetae_status status = HAETAE_OK;

    for (size_t i = 0; i < count && status == HAETAE_OK; i++) {
        status = hae_resource_put_seen(resource, texts[i].key, texts[i].value);
    }
    return status == HAETAE_OK ? hae_resource_follow_conventions(resource) : status;
}

/* ---- The process ---------------------------------------------------------------------------- */

static haetae_status detect_service(const struct hae_detector_input *input,
                                    struct haetae_resource *resource)
{
    const struct text texts[] = {{"service.instance.id", input->system->instance_id}};

    return put_texts(resource, texts, sizeof texts / sizeof texts[0]);
}

static haetae_status detect_process(const struct hae_detector_input *input,
                                    struct haetae_resource *resource)
{
    const struct hae_resource_system *system = input->system;
    const haetae_attribute pid =
        haetae_attribute_of("process.pid", haetae_value_int64(system->pid));
    const struct text texts[] = {
        {"process.executable.name", system->executable_name},
        {"process.executable.path", system->executable_path},
        {"process.command", system->command},
        {"process.owner", system->owner},
        {"process.creation.time", system->creation_time},
        {"process.runtime.name", system->runtime_name},
        {"process.runtime.version", system->runtime_version},
    };
    haetae_status status = hae_resource_put(resource, &pid);

    return status == HAETAE_OK ? put_texts(resource, texts, sizeof texts / sizeof texts[0])
                               : status;
}

/* Only where it is asked for: arguments may hold secrets. */
static haetae_status detect_arguments(const struct hae_detector_input *input,
                                      struct haetae_resource *resource)
{
    enum { COUNT_MAX = 128, TEXT_BYTES = 4096 };
    haetae_value items[COUNT_MAX];
    char text[TEXT_BYTES];
    size_t length = hae_small_file_read_at(input->root, "/proc/self/cmdline", text, sizeof text);
    haetae_attribute attribute;
    haetae_status status;
    size_t count = 0;

    for (size_t at = 0; at < length && count < COUNT_MAX; at += strlen(text + at) + 1) {
        items[count++] = haetae_value_string(text + at);
    }
    if (count == 0) {
        return HAETAE_OK;
    }
    attribute = haetae_attribute_of("process.command_args", haetae_value_array(items, count));
    status = hae_resource_put(resource, &attribute);
    return status == HAETAE_OK ? hae_resource_follow_conventions(resource) : status;
}

/* ---- The host ------------------------------------------------------------------------------- */

/* The conventions' names for what uname() calls otherwise. */
static const char *host_arch(const char *machine)
{
    static const char *const names[][2] = {
        {"x86_64", "amd64"}, {"aarch64", "arm64"}, {"aarch64_be", "arm64"}, {"ppc64le", "ppc64"},
        {"ppc", "ppc32"},    {"ppcle", "ppc32"},   {"i386", "x86"},         {"i486", "x86"},
        {"i586", "x86"},     {"i686", "x86"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(machine, names[i][0]) == 0) {
            return names[i][1];
        }
    }
    /* armv6l, armv7l and so on; s390x, ppc64, ia64 and riscv64 are fine as they are. */
    return strncmp(machine, "arm", 3) == 0 ? "arm32" : machine;
}

static haetae_status detect_os(const struct hae_detector_input *input,
                               struct haetae_resource *resource)
{
    const struct text texts[] = {
        {"os.type", "linux"},
        {"os.name", input->system->os_name},
        {"os.version", input->system->os_version},
        {"os.description", input->system->os_description},
    };

    return put_texts(resource, texts, sizeof texts / sizeof texts[0]);
}

/* Specification: "Resource detector name": this one has the attributes of the operating system,
 * too. */
static haetae_status detect_host(const struct hae_detector_input *input,
                                 struct haetae_resource *resource)
{
    const struct text texts[] = {
        {"host.name", input->system->host_name},
        {"host.arch", host_arch(input->system->machine)},
        {"host.id", input->system->machine_id},
    };
    haetae_status status = detect_os(input, resource);

    return status == HAETAE_OK ? put_texts(resource, texts, sizeof texts / sizeof texts[0])
                               : status;
}

/* ---- The table ------------------------------------------------------------------------------ */

/* In the order in which they run where no names are given, or "all". */
const struct hae_detector hae_detectors[] = {
    {"service", true, detect_service, NULL},
    {"process", true, detect_process, NULL},
    {"process_arguments", false, detect_arguments, NULL},
    {"host", true, detect_host, NULL},
    {"os", false, detect_os, NULL},
    {"container", false, hae_detect_container, NULL},
    {"kubernetes", false, hae_detect_kubernetes, hae_detect_kubernetes_files},
    {"cloud", false, hae_detect_cloud, NULL},
    {NULL, false, NULL, NULL},
};

const struct hae_detector *hae_detector_find(haetae_string name)
{
    for (const struct hae_detector *detector = hae_detectors; detector->name != NULL; detector++) {
        if (strlen(detector->name) == name.length &&
            memcmp(detector->name, name.data, name.length) == 0) {
            return detector;
        }
    }
    return NULL;
}
