/* SPDX-License-Identifier: Apache-2.0 */
#include "collect.h"

#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/lock.h"

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

bool hae_prom_collector_init(struct hae_prom_collector *collector)
{
    if (pthread_mutex_init(&collector->lock, NULL) != 0) {
        return false;
    }
    if (!hae_condition_init(&collector->ended)) {
        pthread_mutex_destroy(&collector->lock);
        return false;
    }
    return true;
}

void hae_prom_collector_done(struct hae_prom_collector *collector)
{
    pthread_cond_destroy(&collector->ended);
    pthread_mutex_destroy(&collector->lock);
}

void hae_prom_collector_in_child(struct hae_prom_collector *collector)
{
    pthread_mutex_init(&collector->lock, NULL);
    (void)hae_condition_init(&collector->ended);
    collector->collects = false;
}

/* The pieces of a collection, copied one behind the other. */
struct pieces {
    struct hae_buffer bytes;
    size_t *ends;
    size_t count;
    size_t capacity;
    bool failed;
};

static bool take(void *user, const uint8_t *request, size_t size_bytes)
{
    struct pieces *pieces = user;

    if (pieces->count == pieces->capacity) {
        size_t capacity = pieces->capacity < 16 ? 16 : pieces->capacity * 2;
        size_t *ends = hae_realloc(pieces->ends, capacity * sizeof *ends);

        if (ends == NULL) {
            pieces->failed = true;
            return false;
        }
        pieces->ends = ends;
        pieces->capacity = capacity;
    }
    hae_buffer_add(&pieces->bytes, request, size_bytes);
    pieces->ends[pieces->count++] = pieces->bytes.length;
    pieces->failed = pieces->bytes.failed;
    return !pieces->failed;
}

static haetae_status write_page(const struct hae_prom_collector *collector,
                                const struct hae_prom_choice *choice, const struct pieces *pieces,
                                struct hae_buffer *out)
{
    struct hae_prom_style style = {choice->format, choice->escaping, &collector->options};
    struct hae_prom_request *requests =
        hae_calloc(pieces->count > 0 ? pieces->count : 1, sizeof *requests);
    haetae_status status;
    size_t from = 0;

    if (requests == NULL) {
        return HAETAE_ENOMEM;
    }
    for (size_t i = 0; i < pieces->count; i++) {
        requests[i] = (struct hae_prom_request){(const uint8_t *)pieces->bytes.data + from,
                                                pieces->ends[i] - from};
        from = pieces->ends[i];
    }
    status =
        hae_prom_page(&style, requests, pieces->count, out, collector->report, collector->user);
    hae_free(requests);
    return status;
}

static haetae_status collect(struct hae_prom_collector *collector,
                             const struct hae_prom_choice *choice, uint32_t timeout_ms,
                             struct hae_buffer *out)
{
    struct pieces pieces = {.bytes = HAE_BUFFER_INIT};
    haetae_status status =
        haetae_metric_reader_collect(collector->reader, timeout_ms, take, &pieces);

    if (status == HAETAE_OK && pieces.failed) {
        status = HAETAE_ENOMEM;
    }
    if (status == HAETAE_OK) {
        status = write_page(collector, choice, &pieces, out);
    }
    hae_buffer_done(&pieces.bytes);
    hae_free(pieces.ends);
    return status;
}

/* Waits until nobody collects. False: the deadline has passed before. */
static bool begin(struct hae_prom_collector *collector, uint64_t deadline_ns)
{
    struct timespec until = {.tv_sec = (time_t)(deadline_ns / NS_PER_S),
                             .tv_nsec = (long)(deadline_ns % NS_PER_S)};
    bool mine;
    int error = 0;

    pthread_mutex_lock(&collector->lock);
    while (collector->collects && error == 0) {
        error = pthread_cond_timedwait(&collector->ended, &collector->lock, &until);
    }
    mine = !collector->collects;
    collector->collects = true;
    pthread_mutex_unlock(&collector->lock);
    return mine;
}

static void end(struct hae_prom_collector *collector)
{
    pthread_mutex_lock(&collector->lock);
    collector->collects = false;
    pthread_cond_signal(&collector->ended);
    pthread_mutex_unlock(&collector->lock);
}

haetae_status hae_prom_collect(struct hae_prom_collector *collector,
                               const struct hae_prom_choice *choice, uint32_t timeout_ms,
                               struct hae_buffer *out)
{
    uint64_t deadline_ns = hae_time_ns(CLOCK_MONOTONIC) + timeout_ms * NS_PER_MS;
    haetae_status status;
    uint64_t now_ns;

    if (!begin(collector, deadline_ns)) {
        return HAETAE_ETIMEOUT;
    }
    now_ns = hae_time_ns(CLOCK_MONOTONIC);
    status =
        collect(collector, choice,
                deadline_ns > now_ns ? (uint32_t)((deadline_ns - now_ns) / NS_PER_MS) : 0, out);
    end(collector);
    return status;
}
