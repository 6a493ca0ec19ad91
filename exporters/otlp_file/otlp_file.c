/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter, and its factories. */
#include "haetae/otlp_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cancel.h"
#include "haetae/exporter.h"
#include "haetae/reader.h"
#include "otlp/metric_reader.h"
#include "otlp_file/keys.h"
#include "otlp_file/output.h"
#include "otlp_lines/request_line.h"

struct otlp_file {
    bool has_output[HAETAE_SIGNAL_COUNT];
    struct hae_output outputs[HAETAE_SIGNAL_COUNT];
    haetae_metric_reader *reader; /* NULL: the SDK's */
};

/* ---- The exporter ------------------------------------------------------------------------ */

static haetae_verdict append(struct hae_output *output, const haetae_delivery *delivery,
                             const char **ret_why)
{
    struct hae_buffer line = HAE_BUFFER_INIT;
    haetae_verdict verdict = hae_request_line(delivery, &line, ret_why);

    if (verdict == HAETAE_VERDICT_OK) {
        bool done = hae_output_append(output, line.data, line.length);

        verdict = done ? HAETAE_VERDICT_OK : HAETAE_VERDICT_RETRY;
        *ret_why = output->error;
    }
    hae_buffer_done(&line);
    return verdict;
}

static void send(void *self, haetae_delivery *delivery)
{
    struct otlp_file *exporter = self;
    haetae_signal signal = haetae_delivery_signal(delivery);
    haetae_verdict verdict = HAETAE_VERDICT_DROP;
    const char *why = "not a signal of this exporter";
    char message[400];

    if ((unsigned)signal < HAETAE_SIGNAL_COUNT && exporter->has_output[signal]) {
        struct hae_output *output = &exporter->outputs[signal];
        const char *path = output->path != NULL ? output->path : "standard output";

        verdict = append(output, delivery, &why);
        if (why != NULL && why[0] != '\0') {
            snprintf(message, sizeof message, "%.200s: %.190s", path, why);
            why = message;
        }
    }
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = (int32_t)verdict,
                                          .retry_after_ms = -1, .message = why);
    haetae_delivery_complete(delivery, &result);
}

static void after_fork(void *self, bool idle)
{
    struct otlp_file *exporter = self;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (exporter->has_output[signal]) {
            hae_output_in_child(&exporter->outputs[signal], idle);
        }
    }
}

static void free_self(void *self)
{
    struct otlp_file *exporter = self;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (exporter->has_output[signal]) {
            hae_output_done(&exporter->outputs[signal]);
        }
    }
    haetae_metric_reader_free(exporter->reader);
    hae_free(exporter);
}

/* ---- Making it --------------------------------------------------------------------------- */

static haetae_status open_output(struct otlp_file *exporter, haetae_config *config,
                                 haetae_signal signal, bool to_stdout)
{
    struct hae_output *output = &exporter->outputs[signal];
    const char *key = NULL;
    haetae_status status = hae_otlp_file_rules(config, &output->rules);
    char why[160];

    if (status == HAETAE_OK && !to_stdout) {
        status = hae_otlp_file_path(config, signal, &output->path, &key);
    }
    if (status != HAETAE_OK) {
        return status;
    }
    exporter->has_output[signal] = true;
    if (hae_output_open(output)) {
        return HAETAE_OK;
    }
    snprintf(why, sizeof why, "it cannot be written to: %s", strerror(errno));
    haetae_config_add_error(config, key, why);
    return HAETAE_EIO;
}

static haetae_status open_all(struct otlp_file *exporter, haetae_config *config, uint32_t signals,
                              bool to_stdout)
{
    haetae_status status = HAETAE_OK;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT && status == HAETAE_OK; signal++) {
        if ((signals >> signal & 1) != 0) {
            status = open_output(exporter, config, (haetae_signal)signal, to_stdout);
        }
    }
    if (status == HAETAE_OK) {
        status = hae_otlp_metric_reader_new(config, signals, &exporter->reader);
    }
    return status;
}

static haetae_status create(const haetae_exporter_ops *given, haetae_config *config,
                            uint32_t signals, bool to_stdout, haetae_exporter **ret_exporter)
{
    haetae_exporter_ops ops = *given;
    struct otlp_file *exporter = hae_calloc(1, sizeof *exporter);
    haetae_status status = HAETAE_ENOMEM;

    if (exporter != NULL) {
        status = open_all(exporter, config, signals, to_stdout);
    }
    if (status == HAETAE_OK) {
        ops.signals = signals;
        ops.reader = exporter->reader;
        status = haetae_exporter_new(&ops, exporter, ret_exporter);
    }
    if (status == HAETAE_ENOMEM) {
        haetae_config_add_error(config, NULL, "out of memory");
    }
    if (status != HAETAE_OK && exporter != NULL) {
        free_self(exporter);
    }
    return status;
}

#define OPERATIONS(text)                                                                           \
    HAETAE_OPTIONS(haetae_exporter_ops, .name = (text), .component_type = "otlp_file",             \
                   .send = send, .after_fork = after_fork, .free = free_self, .blocks = 1)

static haetae_status create_file(void *user, haetae_config *config, uint32_t signals,
                                 haetae_exporter **ret_exporter)
{
    static const haetae_exporter_ops ops = OPERATIONS("otlp_file");

    (void)user;
    return create(&ops, config, signals, false, ret_exporter);
}

static haetae_status create_stdout(void *user, haetae_config *config, uint32_t signals,
                                   haetae_exporter **ret_exporter)
{
    static const haetae_exporter_ops ops = OPERATIONS("otlp/stdout");

    (void)user;
    return create(&ops, config, signals, true, ret_exporter);
}

static const haetae_exporter_factory file_factory =
    HAETAE_OPTIONS(haetae_exporter_factory, .name = "otlp_file", .keys = hae_otlp_file_keys,
                   .key_count = HAE_OTLP_FILE_KEY_COUNT, .create = create_file);
static const haetae_exporter_factory stdout_factory =
    HAETAE_OPTIONS(haetae_exporter_factory, .name = "otlp/stdout", .keys = hae_otlp_file_keys,
                   .key_count = HAE_OTLP_FILE_KEY_COUNT, .create = create_stdout);

haetae_status haetae_otlp_file_register(void)
{
    HAE_HOLD_CANCELLATION();
    haetae_status status = haetae_exporter_register(&file_factory);

    return status == HAETAE_OK ? haetae_exporter_register(&stdout_factory) : status;
}

/* Runs when the shared library is loaded, or when a program starts that this object is linked
 * into. */
__attribute__((constructor)) static void register_at_load(void)
{
    (void)haetae_otlp_file_register();
}

haetae_status haetae_otlp_file_new(haetae_config *config, haetae_exporter **ret_exporter)
{
    HAE_HOLD_CANCELLATION();
    haetae_status status = haetae_otlp_file_register();

    return status == HAETAE_OK
               ? haetae_exporter_create(config, file_factory.name, NULL, ret_exporter)
               : status;
}
