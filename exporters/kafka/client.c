/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/lock.h"
#include "base/thread.h"

/* ---- Making one -------------------------------------------------------------------------- */

/* The topic's own timeout. */
static rd_kafka_topic_t *new_topic(const struct hae_kafka_client *client,
                                   const struct hae_kafka_topic *topic)
{
    rd_kafka_topic_conf_t *conf = rd_kafka_default_topic_conf_dup(client->handle);
    char timeout[24];
    char ignored[128];
    rd_kafka_topic_t *made = NULL;

    if (conf == NULL) {
        return NULL;
    }
    snprintf(timeout, sizeof timeout, "%d", topic->timeout_ms);
    if (rd_kafka_topic_conf_set(conf, "message.timeout.ms", timeout, ignored, sizeof ignored) ==
        RD_KAFKA_CONF_OK) {
        made = rd_kafka_topic_new(client->handle, topic->name, conf);
    }
    if (made == NULL) {
        rd_kafka_topic_conf_destroy(conf);
    }
    return made;
}

static bool make_topics(struct hae_kafka_client *client, const struct hae_kafka_settings *settings)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (settings->topics[signal].name != NULL) {
            client->topics[signal] = new_topic(client, &settings->topics[signal]);
            if (client->topics[signal] == NULL) {
                return false;
            }
        }
    }
    return true;
}

static void make_queue(struct hae_kafka_client *client)
{
    static const uint64_t one = 1;

    client->queue = rd_kafka_queue_get_main(client->handle);
    rd_kafka_set_log_queue(client->handle, client->queue);
    rd_kafka_queue_io_event_enable(client->queue, client->wake.number, &one, sizeof one);
}

static haetae_status make_handle(struct hae_kafka_client *client,
                                 const struct hae_kafka_settings *settings, char *ret_why,
                                 size_t why_bytes)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(settings->conf);
    char why[512] = "";
    struct hae_low_descriptors low;

    if (conf == NULL) {
        return HAETAE_ENOMEM;
    }
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
    (void)rd_kafka_conf_set(conf, "log.queue", "true", NULL, 0);
    hae_kafka_sockets_watch(conf, &client->sockets);
    hae_low_descriptors_occupy(&low);
    client->handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    hae_low_descriptors_release(&low);
    if (client->handle == NULL) {
        rd_kafka_conf_destroy(conf);
        hae_kafka_secrets_hide(&settings->secrets, why, ret_why, why_bytes);
        return HAETAE_EVALUE;
    }
    return HAETAE_OK;
}

static void release(struct hae_kafka_client *client)
{
    pthread_cond_destroy(&client->ended);
    pthread_mutex_destroy(&client->lock);
    hae_free(client);
}

haetae_status hae_kafka_client_new(const struct hae_kafka_settings *settings,
                                   struct hae_kafka_client **ret_client, char *ret_why,
                                   size_t why_bytes)
{
    struct hae_kafka_client *client = hae_calloc(1, sizeof *client);
    haetae_status status;

    if (client == NULL) {
        return HAETAE_ENOMEM;
    }
    if (!hae_condition_init(&client->ended)) {
        hae_free(client);
        return HAETAE_ENOMEM;
    }
    pthread_mutex_init(&client->lock, NULL);
    client->process = getpid();
    /* Readable at first: what is in the queue before it knows the descriptor is not announced. */
    client->wake = hae_descriptor_of(eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
    if (client->wake.number < 0) {
        snprintf(ret_why, why_bytes, "no descriptor for the exporter: %s", strerror(errno));
        release(client);
        return HAETAE_EIO;
    }
    status = make_handle(client, settings, ret_why, why_bytes);
    if (status != HAETAE_OK) {
        hae_descriptor_close(&client->wake);
        release(client);
        return status;
    }
    make_queue(client);
    if (!make_topics(client, settings)) {
        hae_kafka_client_free(client, 0);
        return HAETAE_ENOMEM;
    }
    *ret_client = client;
    return HAETAE_OK;
}

/* ---- Ending it --------------------------------------------------------------------------- */

static void destroy(struct hae_kafka_client *client)
{
    rd_kafka_queue_io_event_enable(client->queue, -1, NULL, 0);
    rd_kafka_queue_destroy(client->queue);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (client->topics[signal] != NULL) {
            rd_kafka_topic_destroy(client->topics[signal]);
        }
    }
    rd_kafka_destroy(client->handle);
    hae_descriptor_close(&client->wake);
}

static void *end(void *argument)
{
    struct hae_kafka_client *client = argument;
    bool is_left;

    destroy(client);
    pthread_mutex_lock(&client->lock);
    client->has_ended = true;
    is_left = client->is_left;
    pthread_cond_signal(&client->ended);
    pthread_mutex_unlock(&client->lock);
    if (is_left) {
        release(client);
    }
    return NULL;
}

void hae_kafka_client_end(struct hae_kafka_client *client)
{
    if (!client->has_ender) {
        client->has_ender = hae_thread_start(&client->ender, end, client) == HAETAE_OK;
    }
}

static bool wait_for_end(struct hae_kafka_client *client, unsigned wait_ms)
{
    struct timespec until;
    bool ended;
    int result = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    until.tv_sec += (time_t)(wait_ms / 1000) + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&client->lock);
    while (!client->has_ended && result == 0 && wait_ms > 0) {
        result = pthread_cond_timedwait(&client->ended, &client->lock, &until);
    }
    ended = client->has_ended;
    client->is_left = !ended;
    pthread_mutex_unlock(&client->lock);
    return ended;
}

/* Clients that cannot be ended, reachable for leak checkers. */
static _Atomic(struct hae_kafka_client *) all_forgotten;

void hae_kafka_client_forget(struct hae_kafka_client *client)
{
    client->next = atomic_load_explicit(&all_forgotten, memory_order_relaxed);
    /* Relaxed: no thread reads the list. */
    while (!atomic_compare_exchange_weak_explicit(&all_forgotten, &client->next, client,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
}

void hae_kafka_client_free(struct hae_kafka_client *client, unsigned wait_ms)
{
    pthread_t ender;

    if (client == NULL) {
        return;
    }
    hae_kafka_client_end(client);
    ender = client->ender;    /* which may free the client */
    if (!client->has_ender) { /* without a thread it could take as long as it likes */
        hae_kafka_client_forget(client);
    } else if (wait_for_end(client, wait_ms)) {
        pthread_join(ender, NULL);
        release(client);
    } else {
        pthread_detach(ender);
    }
}

/* ---- Fork -------------------------------------------------------------------------------- */

void hae_kafka_client_in_child(struct hae_kafka_client *client)
{
    hae_kafka_sockets_close(&client->sockets);
    hae_descriptor_close(&client->wake);
}
