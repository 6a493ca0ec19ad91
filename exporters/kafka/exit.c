/* SPDX-License-Identifier: Apache-2.0 */
#include "exit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "state.h"

enum {
    /* How long the exit handler waits for threads inside. They never wait themselves: it takes so
     * long only when a thread is not scheduled, or called exit() from inside. */
    WAIT_MS = 2000,
    /* And for librdkafka's threads. */
    END_MS = 1000
};

static _Atomic bool closed;           /* written by end_all() */
static _Atomic unsigned inside_count; /* threads between enter and leave */

/* The exporters with TLS. */
static struct {
    pthread_mutex_t lock;
    struct hae_kafka_exporter *first;
    bool is_watched;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void end_all(void)
{
    static const struct timespec pause = {0, 1000000};

    pthread_mutex_lock(&all.lock);
    /* Sequentially consistent, like the increment and the load in hae_kafka_enter(): either this
     * thread sees the one that enters, or that one sees `closed`. */
    atomic_store_explicit(&closed, true, memory_order_seq_cst);
    for (int i = 0; i < WAIT_MS && atomic_load_explicit(&inside_count, memory_order_seq_cst) != 0;
         i++) {
        (void)nanosleep(&pause, NULL);
    }
    if (atomic_load_explicit(&inside_count, memory_order_seq_cst) == 0) {
        for (struct hae_kafka_exporter *at = all.first; at != NULL; at = at->next_with_tls) {
            hae_kafka_exporter_end(at);
        }
        for (struct hae_kafka_exporter *at = all.first; at != NULL; at = at->next_with_tls) {
            hae_kafka_exporter_drop_client(at, END_MS);
        }
    }
    pthread_mutex_unlock(&all.lock);
}

void hae_kafka_exit_watch(struct hae_kafka_exporter *exporter)
{
    if (!exporter->settings.tls) {
        return;
    }
    pthread_mutex_lock(&all.lock);
    if (!all.is_watched) {
        all.is_watched = atexit(end_all) == 0;
    }
    exporter->next_with_tls = all.first;
    all.first = exporter;
    pthread_mutex_unlock(&all.lock);
}

void hae_kafka_exit_forget(struct hae_kafka_exporter *exporter)
{
    if (!exporter->settings.tls) {
        return;
    }
    pthread_mutex_lock(&all.lock);
    for (struct hae_kafka_exporter **at = &all.first; *at != NULL; at = &(*at)->next_with_tls) {
        if (*at == exporter) {
            *at = exporter->next_with_tls;
            break;
        }
    }
    pthread_mutex_unlock(&all.lock);
}

bool hae_kafka_enter(const struct hae_kafka_exporter *exporter)
{
    if (!exporter->settings.tls) {
        return true;
    }
    /* Sequentially consistent: see end_all(). */
    atomic_fetch_add_explicit(&inside_count, 1, memory_order_seq_cst);
    if (!atomic_load_explicit(&closed, memory_order_seq_cst)) {
        return true;
    }
    hae_kafka_leave(exporter);
    return false;
}

void hae_kafka_leave(const struct hae_kafka_exporter *exporter)
{
    if (exporter->settings.tls) {
        /* Release pairs with the load in end_all(): the exit handler sees everything done inside as
         * over. */
        atomic_fetch_sub_explicit(&inside_count, 1, memory_order_release);
    }
}

void hae_kafka_exit_in_child(void)
{
    pthread_mutex_init(&all.lock, NULL);
    /* Relaxed: the child has one thread. */
    atomic_store_explicit(&inside_count, 0, memory_order_relaxed);
}
