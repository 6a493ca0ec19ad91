/* SPDX-License-Identifier: Apache-2.0 */
#include "haetae/otlp_http.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "error.h"
#include "exit.h"
#include "exporter.h"

enum {
    CURL_VERSION_MIN = 0x075700 /* 7.87, for CURLOPT_QUICK_EXIT */
};

/* The transfer of a delivery; with NULL, an idle one. NULL: none. */
static struct hae_http_transfer *find(struct hae_http_exporter *exporter,
                                      const haetae_delivery *delivery)
{
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        if (exporter->transfers[i].delivery == delivery) {
            return &exporter->transfers[i];
        }
    }
    return NULL;
}

static void complete(haetae_delivery *delivery, haetae_verdict verdict, const char *message)
{
    haetae_result result = {.struct_size = sizeof result,
                            .verdict = (int32_t)verdict,
                            .retry_after_ms = -1,
                            .message = message};

    haetae_delivery_complete(delivery, &result);
}

static void begin(struct hae_http_exporter *exporter, haetae_delivery *delivery)
{
    haetae_signal signal = haetae_delivery_signal(delivery);
    struct hae_http_transfer *transfer;

    if (!hae_http_exporter_own(exporter)) {
        complete(delivery, HAETAE_VERDICT_RETRY, "out of memory after a fork");
        return;
    }
    transfer = find(exporter, NULL);

    if ((unsigned)signal >= HAETAE_SIGNAL_COUNT) {
        complete(delivery, HAETAE_VERDICT_DROP, "not a signal of OTLP");
        return;
    }
    if (haetae_delivery_size(delivery) > HAE_HTTP_REQUEST_MAX_BYTES) {
        complete(delivery, HAETAE_VERDICT_TOO_LARGE, "a request of more than 64 MiB");
        return;
    }
    if (transfer == NULL) {
        complete(delivery, HAETAE_VERDICT_RETRY, "too many requests under way");
        return;
    }
    if (hae_http_transfer_begin(transfer, delivery, &exporter->options.targets[signal],
                                &exporter->budget) != HAETAE_OK) {
        complete(delivery, HAETAE_VERDICT_RETRY, "out of memory");
        return;
    }
    if (hae_http_loop_set_sockets(&exporter->loop, transfer->easy) != CURLE_OK ||
        !hae_http_loop_add(&exporter->loop, transfer->easy)) {
        hae_http_transfer_end(transfer);
        complete(delivery, HAETAE_VERDICT_RETRY, "out of memory");
    }
}

static const char at_its_end[] = "the process is at its end, and TLS with it";

static void exporter_send(void *self, haetae_delivery *delivery)
{
    struct hae_http_exporter *exporter = self;

    if (!hae_http_enter(exporter)) {
        complete(delivery, HAETAE_VERDICT_DROP, at_its_end);
        return;
    }
    begin(exporter, delivery);
    hae_http_leave(exporter);
}

static int exporter_descriptor(void *self)
{
    struct hae_http_exporter *exporter = self;

    return hae_http_closed(exporter) ? -1 : exporter->loop.epoll_fd;
}

static int64_t exporter_wait_ms(void *self)
{
    struct hae_http_exporter *exporter = self;

    return hae_http_closed(exporter) ? -1 : hae_http_loop_wait_ms(&exporter->loop);
}

/* The transfer is idle before the pipeline hears of it, as that may send the
 * next delivery at once. */
static void finish(struct hae_http_transfer *transfer, CURLcode code)
{
    haetae_delivery *delivery = transfer->delivery;
    char buffer[768];
    struct hae_http_text message;
    haetae_result result;

    hae_http_text_init(&message, buffer, sizeof buffer);
    result = hae_http_transfer_result(transfer, code, &message);
    hae_http_transfer_end(transfer);
    haetae_delivery_complete(delivery, &result);
}

/* Ends all that is under way, and begins anew. A transfer that is told of may
 * change the others: the pipeline may cancel them, or send again. */
static void give_up_all(struct hae_http_exporter *exporter)
{
    haetae_delivery *deliveries[HAE_HTTP_CONNECTIONS_MAX];

    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        struct hae_http_transfer *transfer = &exporter->transfers[i];

        deliveries[i] = transfer->delivery;
        if (transfer->delivery != NULL) {
            hae_http_loop_remove(&exporter->loop, transfer->easy);
        }
    }
    hae_http_loop_reset(&exporter->loop);
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        struct hae_http_transfer *transfer = &exporter->transfers[i];

        if (deliveries[i] != NULL && transfer->delivery == deliveries[i]) {
            hae_http_transfer_end(transfer);
            complete(deliveries[i], HAETAE_VERDICT_RETRY, "out of memory");
        }
    }
}

/* Ends all that is under way without a word to libcurl. */
static void drop_all(struct hae_http_exporter *exporter)
{
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        haetae_delivery *delivery = exporter->transfers[i].delivery;

        exporter->transfers[i].delivery = NULL;
        if (delivery != NULL) {
            complete(delivery, HAETAE_VERDICT_DROP, at_its_end);
        }
    }
}

static void move_on(struct hae_http_exporter *exporter)
{
    CURLcode code;
    CURL *easy;

    hae_http_loop_step(&exporter->loop);
    while ((easy = hae_http_loop_take_ended(&exporter->loop, &code)) != NULL) {
        struct hae_http_transfer *transfer = NULL;

        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
        finish(transfer, code);
    }
    if (exporter->loop.broken) {
        give_up_all(exporter);
    }
}

static void exporter_step(void *self)
{
    struct hae_http_exporter *exporter = self;

    if (exporter->inherited) {
        return;
    }
    if (!hae_http_enter(exporter)) {
        drop_all(exporter);
        return;
    }
    move_on(exporter);
    hae_http_leave(exporter);
}

static void exporter_cancel(void *self, haetae_delivery *delivery)
{
    struct hae_http_exporter *exporter = self;
    struct hae_http_transfer *transfer = delivery != NULL ? find(exporter, delivery) : NULL;

    if (transfer == NULL || exporter->inherited) {
        return;
    }
    if (!hae_http_enter(exporter)) {
        transfer->delivery = NULL;
        return;
    }
    hae_http_loop_remove(&exporter->loop, transfer->easy);
    hae_http_transfer_end(transfer);
    hae_http_leave(exporter);
}

static void exporter_free(void *self)
{
    struct hae_http_exporter *exporter = self;

    if (exporter->inherited) {
        hae_http_exporter_leave(exporter);
    } else if (!hae_http_enter(exporter)) {
        exporter->inherited_idle = true; /* all but libcurl's part is whole */
        hae_http_exporter_leave(exporter);
    } else {
        for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
            exporter_cancel(exporter, exporter->transfers[i].delivery);
            hae_http_transfer_done(&exporter->transfers[i]);
        }
        hae_http_loop_done(&exporter->loop);
        hae_http_gzip_free(exporter->gzip);
        hae_http_leave(exporter);
    }
    hae_http_options_done(&exporter->options);
    free(exporter);
}

/* libcurl counts its initialisations. Ours is never taken back: a program that
 * uses libcurl without one of its own would lose the ground under its feet. */
static haetae_status init_curl(void)
{
    /* libcurl's own lock came with 7.84, and not on every platform. */
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool ready; /* under `lock` */
    haetae_status status;

    pthread_mutex_lock(&lock);
    if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
        ready = true;
        hae_http_exit_watch();
    }
    status = ready ? HAETAE_OK : HAETAE_ENOMEM;
    pthread_mutex_unlock(&lock);
    return status;
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
    static const haetae_exporter_ops ops = {
        .struct_size = sizeof ops,
        .name = "otlp",
        .send = exporter_send,
        .descriptor = exporter_descriptor,
        .wait_ms = exporter_wait_ms,
        .step = exporter_step,
        .cancel = exporter_cancel,
        .free = exporter_free,
        .max_in_flight = HAE_HTTP_CONNECTIONS_MAX,
        .after_fork = hae_http_exporter_in_child,
    };
    struct hae_http_options options;
    struct hae_http_exporter *exporter;
    haetae_status status;

    /* The one at run time can be older than the one of the build. */
    if (curl_version_info(CURLVERSION_NOW)->version_num < CURL_VERSION_MIN) {
        hae_http_text_add(error, "libcurl %s is too old, 7.87 is needed",
                          curl_version_info(CURLVERSION_NOW)->version);
        return HAETAE_EUNSUPPORTED;
    }
    status = init_curl();
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
    status = haetae_exporter_new(&ops, exporter, ret_exporter);
    if (status != HAETAE_OK) {
        exporter_free(exporter);
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
