/* SPDX-License-Identifier: Apache-2.0 */
/* The pod that this process is in, by the downward API: variables of the environment, and files of
 * a volume. Nothing is asked of the cluster. Specification: semantic conventions, "Kubernetes". */
#include "resource/kubernetes.h"

#include <stdio.h>

#include "base/alloc.h"
#include "resource/file.h"

/* ---- The environment ------------------------------------------------------------------------ */

/* Each attribute has the names that charts and operators use; the first that is set counts. */
static const struct {
    const char *key;
    const char *names[4];
} variables[] = {
    {"k8s.cluster.name", {"K8S_CLUSTER_NAME", "CLUSTER_NAME", NULL, NULL}},
    {"k8s.node.name", {"K8S_NODE_NAME", "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "NODE_NAME", NULL}},
    {"k8s.namespace.name", {"K8S_NAMESPACE_NAME", "K8S_NAMESPACE", "POD_NAMESPACE", NULL}},
    {"k8s.pod.name", {"K8S_POD_NAME", "OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "POD_NAME", NULL}},
    {"k8s.pod.uid", {"K8S_POD_UID", "OTEL_RESOURCE_ATTRIBUTES_POD_UID", "POD_UID", NULL}},
    {"k8s.deployment.name", {"K8S_DEPLOYMENT_NAME", NULL, NULL, NULL}},
    {"k8s.statefulset.name", {"K8S_STATEFULSET_NAME", NULL, NULL, NULL}},
    {"k8s.daemonset.name", {"K8S_DAEMONSET_NAME", NULL, NULL, NULL}},
    {"k8s.container.name", {"K8S_CONTAINER_NAME", "CONTAINER_NAME", NULL, NULL}},
};

haetae_status hae_detect_kubernetes(const struct hae_detector_input *input,
                                    struct haetae_resource *resource)
{
    haetae_status status = HAETAE_OK;

    /* Elsewhere, names such as POD_NAME may mean anything. */
    if (hae_detector_env(input, "KUBERNETES_SERVICE_HOST")[0] == '\0') {
        return HAETAE_OK;
    }
    for (size_t i = 0; i < sizeof variables / sizeof variables[0] && status == HAETAE_OK; i++) {
        const char *value = "";

        for (int j = 0; j < 4 && variables[i].names[j] != NULL && value[0] == '\0'; j++) {
            value = hae_detector_env(input, variables[i].names[j]);
        }
        status = hae_resource_put_seen(resource, variables[i].key, value);
    }
    return status == HAETAE_OK ? hae_resource_follow_conventions(resource) : status;
}

/* ---- Files ---------------------------------------------------------------------------------- */

static haetae_status put_file(struct haetae_resource *resource, const char *key,
                              const char *directory, const char *name)
{
    enum { VALUE_BYTES = 512 };
    char path[HAE_SMALL_PATH_BYTES];
    char text[VALUE_BYTES];

    if (!hae_small_path(path, directory, name) ||
        hae_small_file_read(path, text, sizeof text) == 0) {
        return HAETAE_OK;
    }
    hae_cut_line(text);
    return hae_resource_put_seen(resource, key, text);
}

/* Takes the escapes of a value in quotes, as the downward API writes it, out of it in place. False:
 * it is no such value. */
static bool unquote(char *text)
{
    char *to = text;

    if (*text++ != '"') {
        return false;
    }
    while (*text != '\0' && *text != '"') {
        if (*text == '\\' && text[1] != '\0') {
            text++;
            *text = *text == 'n' ? '\n' : *text == 't' ? '\t' : *text;
        }
        *to++ = *text++;
    }
    if (*text != '"') {
        return false;
    }
    *to = '\0';
    return true;
}

/* A line of the file `labels`: key="value". */
static haetae_status put_label(struct haetae_resource *resource, char *line)
{
    enum { KEY_BYTES = 400 };
    size_t length = strcspn(line, "=");
    char key[KEY_BYTES];

    if (length == 0 || line[length] != '=' || length > KEY_BYTES - sizeof "k8s.pod.label." ||
        !unquote(line + length + 1)) {
        return HAETAE_OK;
    }
    snprintf(key, sizeof key, "k8s.pod.label.%.*s", (int)length, line);
    return hae_resource_put_text(resource, key, line + length + 1);
}

static haetae_status put_labels(struct haetae_resource *resource, const char *directory)
{
    enum { LABELS_BYTES = 64 * 1024 };
    char path[HAE_SMALL_PATH_BYTES];
    char *buffer = hae_malloc(LABELS_BYTES);
    haetae_status status = HAETAE_OK;
    char *rest = buffer;
    char *line;

    if (buffer == NULL) {
        return HAETAE_ENOMEM;
    }
    if (hae_small_path(path, directory, "labels") &&
        hae_small_file_read(path, buffer, LABELS_BYTES) != 0) {
        while (status == HAETAE_OK && (line = strsep(&rest, "\n")) != NULL) {
            status = put_label(resource, line);
        }
    }
    hae_free(buffer);
    return status;
}

haetae_status hae_detect_kubernetes_files(const struct hae_detector_input *input,
                                          struct haetae_resource *resource)
{
    static const char account[] = "/var/run/secrets/kubernetes.io/serviceaccount";
    char secrets[HAE_SMALL_PATH_BYTES];
    char directory[HAE_SMALL_PATH_BYTES];
    haetae_status status = HAETAE_OK;

    if (!hae_small_path(secrets, input->root, account) ||
        !hae_small_path(directory, input->root, input->pod_info)) {
        return HAETAE_OK;
    }
    const char *const files[][3] = {
        {"k8s.namespace.name", secrets, "namespace"},
        {"k8s.namespace.name", directory, "namespace"},
        {"k8s.pod.name", directory, "name"},
        {"k8s.pod.uid", directory, "uid"},
    };

    for (size_t i = 0; i < sizeof files / sizeof files[0] && status == HAETAE_OK; i++) {
        status = put_file(resource, files[i][0], files[i][1], files[i][2]);
    }
    if (status == HAETAE_OK) {
        status = put_labels(resource, directory);
    }
    return status == HAETAE_OK ? hae_resource_follow_conventions(resource) : status;
}
