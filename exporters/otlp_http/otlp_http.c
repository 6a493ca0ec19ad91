/* SPDX-License-Identifier: Apache-2.0 */
#include "haetae/otlp_http.h"

#include <pthread.h>
#include <stdlib.h>
#include <strings.h>

#include "error.h"
#include "exit.h"
#include "exporter.h"

enum {
    CURL_VERSION_MIN = 0x075700 /* 7.87, for CURLOPT_QUICK_EXIT */
};

/* libcurl counts its initialisations. Ours is never taken back: a program that
 * uses libcurl without one of its own would lose the ground under its feet. */
static haetae_status init_curl(struct hae_http_text *error)
{
    /* libcurl's own lock came with 7.84, and not on every platform. */
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool ready; /* under `lock` */
    CURLcode code = CURLE_OK;

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
    hae_http_text_add(error, "libcurl can't be initialised: %s", curl_easy_strerror(code));
    return code == CURLE_OUT_OF_MEMORY ? HAETAE_ENOMEM : HAETAE_EUNSUPPORTED;
}

static bool wants_gzip(const struct hae_http_options *options)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (options->targets[signal].gzip) {
            return true;
        }
    }
    return false;
}

static bool wants_tls(const struct hae_http_options *options)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (strncasecmp(options->targets[signal].url, "https:", 6) == 0) {
            return true;
        }
    }
    return false;
}

/* Makes what the ops work on. `options` become the exporter's on success. */
static haetae_status otlp_http_new(const struct hae_http_options *options,
                                   struct hae_http_exporter **ret_exporter)
{
    struct hae_http_exporter *exporter = calloc(1, sizeof *exporter);
    haetae_status status;

    if (exporter == NULL) {
        return HAETAE_ENOMEM;
    }
    status = hae_http_loop_init(&exporter->loop);
    if (status != HAETAE_OK) {
        goto free_exporter;
    }
    if (wants_gzip(options)) {
        status = hae_http_gzip_new(&exporter->gzip);
        if (status != HAETAE_OK) {
            goto done_loop;
        }
    }
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        exporter->transfers[i].gzip = exporter->gzip;
    }
    exporter->options = *options;
    exporter->tls = wants_tls(options);
    *ret_exporter = exporter;
    return HAETAE_OK;

done_loop:
    hae_http_loop_done(&exporter->loop);
free_exporter:
    free(exporter);
    return status;
}

static haetae_status make(const haetae_config *config, haetae_exporter **ret_exporter,
                          struct hae_http_text *error)
{
    struct hae_http_options options;
    struct hae_http_exporter *exporter;
    haetae_status status;

    /* The one at run time can be older than the one of the build. */
    if (curl_version_info(CURLVERSION_NOW)->version_num < CURL_VERSION_MIN) {
        hae_http_text_add(error, "libcurl %s is too old, 7.87 is needed",
                          curl_version_info(CURLVERSION_NOW)->version);
        return HAETAE_EUNSUPPORTED;
    }
    status = init_curl(error);
    if (status != HAETAE_OK) {
        return status;
    }
    status = hae_http_options_init(&options, config, error);
    if (status != HAETAE_OK) {
        return status;
    }
    status = otlp_http_new(&options, &exporter);
    if (status != HAETAE_OK) {
        hae_http_options_done(&options);
        return status;
    }
    status = haetae_exporter_new(&hae_http_exporter_ops, exporter, ret_exporter);
    if (status != HAETAE_OK) {
        hae_http_exporter_ops.free(exporter);
    }
    return status;
}

haetae_status haetae_otlp_http_new(const haetae_config *config, haetae_exporter **ret_exporter)
{
    char buffer[512];
    struct hae_http_text error;
    haetae_status status;

    hae_http_text_init(&error, buffer, sizeof buffer);
    status =
        config != NULL && ret_exporter != NULL ? make(config, ret_exporter, &error) : HAETAE_EINVAL;
    if (status != HAETAE_OK) {
        if (error.size_bytes == 0) {
            hae_http_text_add(&error, "%s", haetae_status_text(status));
        }
        hae_http_keep_error(buffer);
    }
    return status;
}
