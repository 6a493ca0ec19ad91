/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls: parse and create. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply_exporter.h"
#include "apply_provider.h"
#include "base/descriptor.h"
#include "base/reference.h"
#include "check.h"
#include "lookup.h"
#include "parse.h"
#include "schema.h"

/* Begins the text of haetae_config_error() again, as each call on a configuration does. */
static void begin_errors(haetae_config *config)
{
    (void)haetae_config_set_from_file(config, "OTEL_CONFIG_FILE", NULL);
}

/* Checks a tree, and makes a model of it. Takes it over in any case. */
static haetae_config_model *make_model(struct haetae_config_node *root, struct hae_faults *faults)
{
    haetae_config_model *model = NULL;

    hae_check_object(root, &hae_root_type, faults);
    if (faults->status == HAETAE_OK) {
        model = calloc(1, sizeof *model);
        if (model != NULL && (model->name = strdup(faults->name)) == NULL) {
            free(model);
            model = NULL;
        }
        if (model == NULL) {
            hae_fault_at_line(faults, HAETAE_ENOMEM, 0, "out of memory");
        }
    }
    if (model == NULL) {
        hae_node_free(root);
        return NULL;
    }
    model->root = root;
    hae_reference_take(&model->references);
    return model;
}

haetae_status haetae_config_model_parse(haetae_config *config, const char *name, const char *text,
                                        size_t length, haetae_config_model **ret_model)
{
    struct haetae_config_node *root;
    haetae_config_model *model = NULL;
    struct hae_faults *faults;
    haetae_status status;

    if (config == NULL || (text == NULL && length != 0) || ret_model == NULL) {
        return HAETAE_EINVAL;
    }
    faults = calloc(1, sizeof *faults);
    if (faults == NULL) {
        return HAETAE_ENOMEM;
    }
    faults->name = name != NULL ? name : "configuration";
    begin_errors(config);
    root = hae_yaml_parse(text != NULL ? text : "", length, hae_env_lookup, faults);
    if (root != NULL) {
        model = make_model(root, faults);
    }
    status = hae_faults_report(faults, config);
    free(faults);
    if (model != NULL) {
        *ret_model = model;
    }
    return status;
}

/* ---- Files
 * ---------------------------------------------------------------------------------------- */

static haetae_status unreadable(haetae_config *config, const char *path, const char *why)
{
    struct hae_faults faults = {.name = path};

    begin_errors(config);
    hae_fault_at_line(&faults, HAETAE_EIO, 0, "the file cannot be read: %s", why);
    return hae_faults_report(&faults, config);
}

static bool read_all(int file, char *buffer, size_t room, size_t *ret_length)
{
    size_t length = 0;

    while (length < room) {
        ssize_t got = read(file, buffer + length, room - length);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return false;
        }
        if (got == 0) {
            break;
        }
        length += (size_t)got;
    }
    *ret_length = length;
    return true;
}

static haetae_status parse_open_file(haetae_config *config, const char *path, int file,
                                     haetae_config_model **ret_model)
{
    enum { ROOM = HAE_YAML_BYTES_MAX + 1 };
    struct stat found;
    haetae_status status;
    size_t length = 0;
    char *buffer;

    if (fstat(file, &found) != 0 || !S_ISREG(found.st_mode)) {
        return unreadable(config, path, "it is no regular file");
    }
    buffer = malloc(ROOM);
    if (buffer == NULL) {
        return HAETAE_ENOMEM;
    }
    status = read_all(file, buffer, ROOM, &length)
                 ? haetae_config_model_parse(config, path, buffer, length, ret_model)
                 : unreadable(config, path, strerror(errno));
    explicit_bzero(buffer, length); /* it may have headers */
    free(buffer);
    return status;
}

haetae_status haetae_config_model_load(haetae_config *config, const char *path,
                                       haetae_config_model **ret_model)
{
    haetae_status status;
    int file;

    if (config == NULL || path == NULL || ret_model == NULL) {
        return HAETAE_EINVAL;
    }
    /* The open of a FIFO would wait for a writer. */
    file = hae_descriptor_raise(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (file < 0) {
        return unreadable(config, path, strerror(errno));
    }
    status = parse_open_file(config, path, file, ret_model);
    close(file);
    return status;
}

/* ---- Create
 * ---------------------------------------------------------------------------------------- */

/* Applies the root, and then what can only be made when all of it is known. */
static void apply_root(struct hae_apply *apply, const haetae_config_node *root)
{
    apply->target = apply->config;
    hae_apply_defaults(apply, root);
    hae_apply_object(apply, root, &hae_root_type);
    if (apply->faults->status == HAETAE_OK) {
        hae_make_otlp_exporters(apply);
    }
    for (size_t i = 0; i < apply->otlp_count; i++) {
        haetae_config_free(apply->otlp[i].config);
    }
    hae_apply_unused_signals(apply, root);
}

haetae_status haetae_config_model_create(const haetae_config_model *model, haetae_config *config)
{
    struct hae_faults *faults;
    haetae_status status;

    if (model == NULL || config == NULL) {
        return HAETAE_EINVAL;
    }
    faults = calloc(1, sizeof *faults);
    if (faults == NULL) {
        return HAETAE_ENOMEM;
    }
    faults->name = model->name;
    begin_errors(config);
    /* A model that is shared changes in its count of references only. */
    struct hae_apply apply = {.config = config,
                              .model = (haetae_config_model *)model,
                              .faults = faults,
                              .failover_first = -1};
    apply_root(&apply, model->root);
    status = hae_faults_report(faults, config);
    free(faults);
    return status;
}

haetae_status haetae_config_file_load(haetae_config *config, const char *path)
{
    haetae_config_model *model = NULL;
    haetae_status status = haetae_config_model_load(config, path, &model);

    if (status == HAETAE_OK) {
        status = haetae_config_model_create(model, config);
    }
    haetae_config_model_free(model);
    return status;
}

haetae_status haetae_config_file_register(void)
{
    return haetae_config_register_file_reader(haetae_config_file_load);
}

/* Runs when the shared library is loaded, or when a program starts that this object is linked
 * into. */
__attribute__((constructor)) static void register_at_load(void)
{
    (void)haetae_config_file_register();
}
