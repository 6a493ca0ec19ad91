/* SPDX-License-Identifier: Apache-2.0 */
/* The container that this process is in, by what the kernel says of its control groups and mounts.
 * Specification: semantic conventions, "Container". */
#include "resource/container.h"

#include "base/alloc.h"
#include "resource/file.h"

enum { ID_LENGTH = 64, FILE_BYTES = 128 * 1024 };

static size_t hex_length(const char *text)
{
    return strspn(text, "0123456789abcdef");
}

/* An id, alone or with the name of a runtime around it: docker-<id>.scope,
 * cri-containerd:<id>, <id>. */
static bool read_element(const char *element, size_t length, char ret_id[ID_LENGTH + 1])
{
    static const char scope[] = ".scope";

    if (length > sizeof scope - 1 &&
        memcmp(element + length - (sizeof scope - 1), scope, sizeof scope - 1) == 0) {
        length -= sizeof scope - 1;
    }
    if (length < ID_LENGTH ||
        (length > ID_LENGTH && strchr("-:", element[length - ID_LENGTH - 1]) == NULL)) {
        return false;
    }
    element += length - ID_LENGTH;
    if (hex_length(element) < ID_LENGTH) {
        return false;
    }
    memcpy(ret_id, element, ID_LENGTH);
    ret_id[ID_LENGTH] = '\0';
    return true;
}

/* A line of cgroup, version 1: 4:memory:/docker/<id>. The last element of the path that is one
 * counts: a container may have groups of its own below. */
static bool read_cgroup_line(const char *line, char ret_id[ID_LENGTH + 1])
{
    const char *path = strchr(line, '/');
    bool found = false;

    while (path != NULL && *path != '\0') {
        size_t length = strcspn(++path, "/");

        found = read_element(path, length, ret_id) || found;
        path += length;
    }
    return found;
}

/* A line of mountinfo: the runtime mounts files of its own from the container's folder, as
 * .../docker/containers/<id>/hostname on /etc/hostname. That of a pod's sandbox has another name.
 */
static bool read_mount_line(const char *line, char ret_id[ID_LENGTH + 1])
{
    static const char folder[] = "containers/";
    const char *at = line;

    if (strstr(line, " /etc/hostname ") == NULL && strstr(line, " /etc/hosts ") == NULL &&
        strstr(line, " /etc/resolv.conf ") == NULL) {
        return false;
    }
    while ((at = strstr(at, folder)) != NULL) {
        at += sizeof folder - 1;
        if (hex_length(at) == ID_LENGTH && at[ID_LENGTH] == '/') {
            memcpy(ret_id, at, ID_LENGTH);
            ret_id[ID_LENGTH] = '\0';
            return true;
        }
    }
    return false;
}

static bool read_file(const struct hae_detector_input *input, const char *path, char *buffer,
                      bool (*read_line)(const char *line, char *ret_id), char ret_id[ID_LENGTH + 1])
{
    char *rest = buffer;
    char *line;

    if (hae_small_file_read_at(input->root, path, buffer, FILE_BYTES) == 0) {
        return false;
    }
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (read_line(line, ret_id)) {
            return true;
        }
    }
    return false;
}

haetae_status hae_detect_container(const struct hae_detector_input *input,
                                   struct haetae_resource *resource)
{
    char *buffer = hae_malloc(FILE_BYTES);
    char id[ID_LENGTH + 1];
    haetae_status status = HAETAE_OK;

    if (buffer == NULL) {
        return HAETAE_ENOMEM;
    }
    /* With control groups of version 2 the container sees its own group as /. */
    if (read_file(input, "/proc/self/cgroup", buffer, read_cgroup_line, id) ||
        read_file(input, "/proc/self/mountinfo", buffer, read_mount_line, id)) {
        status = hae_resource_put_text(resource, "container.id", id);
    }
    hae_free(buffer);
    return status == HAETAE_OK ? hae_resource_follow_conventions(resource) : status;
}
