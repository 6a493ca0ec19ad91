/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/create.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "otlp/exit.h"
#include "otlp/exporter.h"
#include "otlp/metric_reader.h"
#include "otlp/state.h"

enum {
    CURL_VERSION_MIN = 0x074a00 /* 7.74, the oldest that is tested */
};

/* libcurl counts its initialisations. This one is never undone: a program that uses
 * libcurl without an initialisation of its own depends on it. */
haetae_status hae_http_init_curl(haetae_config *config)
{
    /* libcurl has a lock of its own since 7.84, but not on every platform. */
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool ready; /* under `lock` */
    CURLcode code = CURLE_OK;
    char why[160];

    pthread_mutex_lock(&lock);
    if (!ready) {
        code = curl_global_init(CURL_GLOBAL_DEFAULT);
        ready = code == CURLE_OK;
        if (ready) {
            hae_http_exit_watch();
        }
    }
    pthread_mutex_unlock(&lock);
    if (code == CURLE_OK) {
        return HAETAE_OK;
    }
    snprintf(why, sizeof why, "libcurl cannot be initialised: %s", curl_easy_strerror(code));
    haetae_config_add_error(config, NULL, why);
    return code == CURLE_OUT_OF_MEMORY ? HAETAE_ENOMEM : HAETAE_EUNSUPPORTED;
}

/* A bit set of 1 << hae_http_codec. Where zstd is refused, gzip takes its place. */
static unsigned wanted_codecs(const struct hae_http_options *options)
{
    unsigned codecs = 0;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        enum hae_http_codec codec = options->targets[signal].codec;

        codecs |= codec != HAE_HTTP_PLAIN ? 1U << codec | 1U << HAE_HTTP_GZIP : 0;
    }
    return codecs;
}

static bool wants_tls(const struct hae_http_options *options)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        const char *url = options->targets[signal].url;

        if (url != NULL && hae_http_tls_needed(url)) {
            return true;
        }
    }
    return false;
}

/* What the status does not tell. */
static void explain(haetae_config *config, haetae_status status)
{
    int shortage = status == HAETAE_EIO ? hae_http_sockets_shortage() : 0;
    char why[80];

    if (shortage != 0) {
        snprintf(why, sizeof why, "no descriptor for the exporter: %s", strerror(shortage));
        haetae_config_add_error(config, NULL, why);
    }
}

/* Makes what the operations work on. `options` become the exporter's on success. */
static haetae_status new_state(const struct hae_http_protocol *protocol,
                               const struct hae_http_options *options,
                               struct hae_http_exporter **ret_exporter)
{
    struct hae_http_exporter *exporter = calloc(1, sizeof *exporter);
    unsigned codecs;
    haetae_status status;

    if (exporter == NULL) {
        return HAETAE_ENOMEM;
    }
    status = hae_http_loop_init(&exporter->loop, protocol->binding->http2);
    if (status != HAETAE_OK) {
        goto free_exporter;
    }
    codecs = wanted_codecs(options);
    if (codecs != 0) {
        status = hae_http_compressor_new(codecs, &exporter->compressor);
        if (status != HAETAE_OK) {
            goto done_loop;
        }
    }
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        exporter->transfers[i].compressor = exporter->compressor;
    }
    exporter->protocol = protocol;
    exporter->options = *options;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        exporter->budgets[signal].max_bytes = options->targets[signal].response_max_bytes;
    }
    exporter->tls = wants_tls(options);
    hae_http_renewal_init(&exporter->renewal, exporter->options.targets);
    *ret_exporter = exporter;
    return HAETAE_OK;

done_loop:
    hae_http_loop_done(&exporter->loop);
free_exporter:
    free(exporter);
    return status;
}

/* The library at run time can be older than the headers of the build, or have less in it. */
static haetae_status check_libcurl(const struct hae_http_protocol *protocol, haetae_config *config)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    char why[120];

    if (info->version_num < CURL_VERSION_MIN) {
        snprintf(why, sizeof why, "libcurl %s is too old, 7.74 is needed", info->version);
    } else if (protocol->binding->http2 && (info->features & CURL_VERSION_HTTP2) == 0) {
        snprintf(why, sizeof why, "libcurl %s was built without HTTP/2, which %s needs",
                 info->version, protocol->name);
    } else {
        return HAETAE_OK;
    }
    haetae_config_add_error(config, NULL, why);
    return HAETAE_EUNSUPPORTED;
}

haetae_status hae_http_exporter_create(const struct hae_http_protocol *protocol,
                                       haetae_config *config, uint32_t signals,
                                       haetae_exporter **ret_exporter)
{
    haetae_exporter_ops ops = hae_http_exporter_ops;
    struct hae_http_options options;
    haetae_metric_reader *reader = NULL;
    struct hae_http_exporter *exporter;
    haetae_status status;

    ops.component_type = protocol->component;
    status = check_libcurl(protocol, config);
    if (status == HAETAE_OK) {
        status = hae_http_init_curl(config);
    }
    if (status == HAETAE_OK) {
        status = hae_http_options_init(&options, protocol, config, signals);
    }
    if (status != HAETAE_OK) {
        return status;
    }
    status = hae_otlp_metric_reader_new(config, signals, &reader);
    if (status == HAETAE_OK) {
        status = new_state(protocol, &options, &exporter);
    }
    if (status != HAETAE_OK) {
        explain(config, status);
        haetae_metric_reader_free(reader);
        hae_http_options_done(&options);
        return status;
    }
    exporter->reader = reader;
    ops.reader = reader;
    ops.signals = signals;
    exporter->fresh_source.callback =
        haetae_config_get_request_headers(config, &exporter->fresh_source.user);
    status = haetae_exporter_new(&ops, exporter, ret_exporter);
    if (status != HAETAE_OK) {
        ops.free(exporter);
        return status;
    }
    exporter->fresh_source.exporter = *ret_exporter;
    return HAETAE_OK;
}
