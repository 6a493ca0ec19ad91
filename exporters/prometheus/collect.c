/* SPDX-License-Identifier: Apache-2.0 */
#include "collect.h"

#include <time.h>

#include "base/alloc.h"

bool hae_prom_collector_init(struct hae_prom_collector *collector)
{
    return pthread_mutex_init(&collector->lock, NULL) == 0;
}

void hae_prom_collector_done(struct hae_prom_collector *collector)
{
    pthread_mutex_destroy(&collector->lock);
}

void hae_prom_collector_in_child(struct hae_prom_collector *collector)
{
    /* Its owner may be a thread of the parent, which the child does not have. */
    pthread_mutex_init(&collector->lock, NULL);
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

haetae_status hae_prom_collect(struct hae_prom_collector *collector,
                               const struct hae_prom_choice *choice, uint32_t timeout_ms,
                               struct hae_buffer *out)
{
    struct timespec until;
    haetae_status status;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    if (pthread_mutex_timedlock(&collector->lock, &until) != 0) {
        return HAETAE_ETIMEOUT;
    }
    status = collect(collector, choice, timeout_ms, out);
    pthread_mutex_unlock(&collector->lock);
    return status;
}
