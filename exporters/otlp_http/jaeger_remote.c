/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_http/jaeger_remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "haetae/version.h"
#include "otlp/create.h"
#include "otlp/dial.h"
#include "otlp/exit.h"
#include "otlp/loop.h"
#include "otlp/setopt.h"
#include "otlp/tls.h"
#include "otlp_http/jaeger_options.h"
#include "otlp_http/strategy.h"

enum { ANSWER_MAX_BYTES = 1024 * 1024, TIMEOUT_MAX_MS = 10000 };

/* All but `strategies` is the worker's. */
struct remote {
    haetae_sampler *sampler;
    struct hae_jaeger_options options;
    struct hae_http_loop loop;
    struct hae_http_opener opener;
    bool tls;
    bool asking;
    bool inherited; /* in a forked child: libcurl's part is the parent's */
    CURL *easy;     /* NULL: none yet */
    int64_t due_ms; /* when to ask next */
    char *answer;
    size_t size_bytes;
    size_t room_bytes;
    char *last; /* the last answer that was taken; NULL: none */
    size_t last_bytes;
    const char *refused; /* why the answer was broken off; NULL: it was not */
    char error[CURL_ERROR_SIZE];
    struct hae_strategies strategies;
};

/* ---- Deciding ------------------------------------------------------------------------------ */

static int32_t decide(void *self, const haetae_sampling_input *input, haetae_sampling *sampling)
{
    struct remote *remote = self;

    haetae_sampling_remove_threshold(sampling);
    return hae_strategies_decide(&remote->strategies, input->name.data, input->name.length,
                                 input->trace_id)
               ? HAETAE_SAMPLING_RECORD_AND_SAMPLE
               : HAETAE_SAMPLING_DROP;
}

/* ---- Asking -------------------------------------------------------------------------------- */

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct remote *remote = user;
    size_t size_bytes = size * count;

    /* 0: libcurl breaks the transfer off. */
    if (size_bytes > ANSWER_MAX_BYTES - remote->size_bytes) {
        remote->refused = "the answer is too large";
        return 0;
    }
    if (size_bytes > remote->room_bytes - remote->size_bytes) {
        size_t room = 2 * (remote->size_bytes + size_bytes);
        char *larger = realloc(remote->answer, room);

        if (larger == NULL) {
            remote->refused = "out of memory";
            return 0;
        }
        remote->answer = larger;
        remote->room_bytes = room;
    }
    memcpy(remote->answer + remote->size_bytes, data, size_bytes);
    remote->size_bytes += size_bytes;
    return size_bytes;
}

static CURLcode set_request(struct remote *remote)
{
    int64_t interval = remote->options.interval_ms;
    CURL *easy = remote->easy;
    CURLcode code = CURLE_OK;

    SETOPT(CURLOPT_URL, remote->options.url);
    code = code ? code : hae_http_set_schemes(easy);
    SETOPT(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    /* Redirects are not followed: only the configuration says who decides. */
    SETOPT(CURLOPT_FOLLOWLOCATION, 0L);
    SETOPT(CURLOPT_TIMEOUT_MS, (long)(interval < TIMEOUT_MAX_MS ? interval : TIMEOUT_MAX_MS));
    SETOPT(CURLOPT_NOSIGNAL, 1L);
    SETOPT_7_87(CURLOPT_QUICK_EXIT, 1L);
    SETOPT(CURLOPT_USERAGENT, "haetae/" HAETAE_VERSION);
    SETOPT(CURLOPT_WRITEFUNCTION, on_body);
    SETOPT(CURLOPT_WRITEDATA, remote);
    SETOPT(CURLOPT_ERRORBUFFER, remote->error);
    return code ? code : hae_http_loop_set_sockets(&remote->loop, easy, &remote->opener);
}

/* Forgets a transfer that is not in the loop any more. */
static void end_asking(struct remote *remote)
{
    remote->asking = false;
    remote->due_ms = (int64_t)hae_monotonic_ms() + remote->options.interval_ms;
}

static void give_up(struct remote *remote, const char *why)
{
    end_asking(remote);
    haetae_sampler_warn(remote->sampler, why);
}

static void ask(struct remote *remote)
{
    CURLcode code;

    if (remote->easy == NULL) {
        remote->easy = curl_easy_init();
    }
    if (remote->easy == NULL) {
        give_up(remote, "out of memory");
        return;
    }
    remote->size_bytes = 0;
    remote->refused = NULL;
    remote->error[0] = '\0';
    code = set_request(remote);
    if (code != CURLE_OK) {
        give_up(remote, curl_easy_strerror(code));
    } else if (hae_http_loop_add(&remote->loop, remote->easy)) {
        remote->asking = true;
    }
}

/* ---- Answers ------------------------------------------------------------------------------- */

/* A strategy starts its rates from zero, so the same answer again is not taken. */
static void take_answer(struct remote *remote)
{
    const char *why;
    char *swapped = remote->last;

    if (remote->size_bytes == 0) {
        haetae_sampler_warn(remote->sampler, "the answer is empty");
        return;
    }
    if (remote->last != NULL && remote->last_bytes == remote->size_bytes &&
        memcmp(remote->last, remote->answer, remote->size_bytes) == 0) {
        return;
    }
    why = hae_strategies_take(&remote->strategies, remote->answer, remote->size_bytes);
    if (why != NULL) {
        haetae_sampler_warn(remote->sampler, why);
        return;
    }
    remote->last = remote->answer;
    remote->last_bytes = remote->size_bytes;
    free(swapped);
    remote->answer = NULL;
    remote->room_bytes = 0;
    remote->size_bytes = 0;
}

static void finish(struct remote *remote, CURLcode code)
{
    long status = 0;
    char why[64];

    end_asking(remote);
    if (code != CURLE_OK) {
        haetae_sampler_warn(remote->sampler, remote->refused != NULL    ? remote->refused
                                             : remote->error[0] != '\0' ? remote->error
                                                                        : curl_easy_strerror(code));
    } else if (curl_easy_getinfo(remote->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
               status == 200) {
        take_answer(remote);
    } else {
        snprintf(why, sizeof why, "the service answered with status %ld", status);
        haetae_sampler_warn(remote->sampler, why);
    }
}

/* ---- The worker ---------------------------------------------------------------------------- */

/* What libcurl made before a fork, or before the host closed its descriptors, is kept: libcurl
 * would close what is another's. Reachable for leak checkers. */
struct left {
    struct left *next;
    CURLM *multi;
    CURL *easy;
};
static _Atomic(struct left *) all_left;

/* Keeps what libcurl made. False: no memory for that. */
static bool leave(struct remote *remote)
{
    struct left *left;

    if (remote->loop.multi == NULL && remote->easy == NULL) {
        return true;
    }
    left = calloc(1, sizeof *left);
    if (left == NULL) {
        return false;
    }
    *left = (struct left){NULL, remote->loop.multi, remote->easy};
    left->next = atomic_load_explicit(&all_left, memory_order_relaxed);
    /* Relaxed: no thread reads the list. */
    while (!atomic_compare_exchange_weak_explicit(&all_left, &left->next, left,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
    remote->easy = NULL;
    remote->loop.multi = NULL;
    return true;
}

/* Replaces what of libcurl cannot be used any more. False: not now, but when the service is
 * to be asked next. */
static bool renew(struct remote *remote)
{
    remote->asking = false;
    if (!leave(remote) || hae_http_loop_init(&remote->loop, false) != HAETAE_OK) {
        give_up(remote, "libcurl could not be started again: no memory or descriptors");
        return false;
    }
    remote->inherited = false;
    remote->due_ms = 0;
    return true;
}

/* When libcurl failed as a whole. */
static void break_off(struct remote *remote)
{
    const char *why = remote->loop.broken;

    if (remote->asking) {
        hae_http_loop_remove(&remote->loop, remote->easy);
    }
    curl_easy_cleanup(remote->easy);
    remote->easy = NULL;
    hae_http_loop_reset(&remote->loop);
    give_up(remote, why);
}

static void move_on(struct remote *remote)
{
    CURLcode code;

    hae_http_loop_step(&remote->loop);
    while (hae_http_loop_take_ended(&remote->loop, &code) != NULL) {
        finish(remote, code);
    }
    if (!remote->asking && remote->due_ms <= (int64_t)hae_monotonic_ms()) {
        ask(remote);
    }
    if (remote->loop.broken != NULL) {
        break_off(remote);
    }
}

static void step(void *self)
{
    struct remote *remote = self;

    if (!hae_http_enter(remote->tls)) {
        return;
    }
    if (!remote->inherited && !hae_http_loop_can_wait(&remote->loop)) {
        hae_http_loop_close(&remote->loop);
        remote->inherited = true;
    }
    if (!remote->inherited || renew(remote)) {
        move_on(remote);
    }
    hae_http_leave(remote->tls);
}

static int descriptor(void *self)
{
    struct remote *remote = self;

    return remote->inherited || hae_http_closed(remote->tls)
               ? -1
               : hae_http_loop_descriptor(&remote->loop);
}

static int64_t wait_ms(void *self)
{
    struct remote *remote = self;
    int64_t left = remote->due_ms - (int64_t)hae_monotonic_ms();

    if (hae_http_closed(remote->tls)) {
        return -1;
    }
    if (remote->asking) {
        return hae_http_loop_wait_ms(&remote->loop);
    }
    return left > 0 ? left : 0;
}

static void after_fork(void *self, bool idle)
{
    struct remote *remote = self;

    hae_http_exit_in_child();
    if (idle) {
        hae_http_loop_close(&remote->loop);
    } else {
        hae_http_loop_forget(&remote->loop);
        remote->answer = remote->last = NULL; /* realloc() may have been under way */
        remote->room_bytes = remote->size_bytes = 0;
    }
    remote->inherited = true;
}

/* ---- Life ---------------------------------------------------------------------------------- */

static void free_remote(void *self)
{
    struct remote *remote = self;

    if (!remote->inherited && hae_http_loop_is_intact(&remote->loop) &&
        hae_http_enter(remote->tls)) {
        if (remote->asking) {
            hae_http_loop_remove(&remote->loop, remote->easy);
        }
        curl_easy_cleanup(remote->easy);
        hae_http_loop_done(&remote->loop);
        hae_http_leave(remote->tls);
    }
    free(remote->answer);
    free(remote->last);
    free(remote->options.url);
    free(remote);
}

static haetae_status make_sampler(struct remote *remote, haetae_sampler **ret_sampler)
{
    static const haetae_exporter_ops work =
        HAETAE_OPTIONS(haetae_exporter_ops, .descriptor = descriptor, .wait_ms = wait_ms,
                       .step = step, .after_fork = after_fork);
    char description[256];
    haetae_sampler_ops ops = HAETAE_OPTIONS(haetae_sampler_ops, .description = description,
                                            .decide = decide, .free = free_remote);
    haetae_status status;

    snprintf(description, sizeof description, "JaegerRemoteSampler{%.200s}", remote->options.url);
    status = haetae_sampler_new(&ops, remote, ret_sampler);
    if (status != HAETAE_OK) {
        free_remote(remote);
        return status;
    }
    remote->sampler = *ret_sampler;
    return haetae_sampler_set_work(*ret_sampler, &work);
}

haetae_status hae_jaeger_remote_create(void *user, haetae_config *config,
                                       haetae_string service_name, haetae_sampler **ret_sampler)
{
    static const char key[] = "OTEL_TRACES_SAMPLER_ARG";
    struct remote *remote;
    const char *why = NULL;
    haetae_status status = hae_http_init_curl(config);

    (void)user;
    if (status != HAETAE_OK) {
        return status;
    }
    remote = calloc(1, sizeof *remote);
    if (remote == NULL) {
        return HAETAE_ENOMEM;
    }
    status = hae_jaeger_options_read(haetae_config_get(config, key), service_name, &remote->options,
                                     &why);
    if (status == HAETAE_OK) {
        status = hae_http_loop_init(&remote->loop, false);
    }
    if (status != HAETAE_OK) {
        if (why != NULL) {
            haetae_config_add_error(config, key, why);
        }
        free(remote->options.url);
        free(remote);
        return status;
    }
    remote->tls = hae_http_tls_needed(remote->options.url);
    hae_strategies_begin(&remote->strategies, remote->options.probability);
    return make_sampler(remote, ret_sampler);
}
