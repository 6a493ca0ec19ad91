/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/stall.h"

#include "base/clock.h"

enum {
    /* A handshake, or libcurl's own buffers, may need some events in which no body moves. */
    FUTILE_MAX = 8,
    PAUSE_MAX_MS = 50
};

static void watch_writing(struct hae_http_sockets *sockets, struct hae_http_watched *watched)
{
    if (watched->paused) {
        watched->paused = false;
        hae_http_sockets_rewatch(sockets, watched);
    }
}

static void end(struct hae_http_sockets *sockets, struct hae_http_watched *watched)
{
    watched->futile_count = 0;
    watched->pause_ms = 0;
    watch_writing(sockets, watched);
}

static void pause_writing(struct hae_http_sockets *sockets, struct hae_http_watched *watched)
{
    watched->pause_ms = watched->pause_ms == 0 ? 1 : 2 * watched->pause_ms;
    if (watched->pause_ms > PAUSE_MAX_MS) {
        watched->pause_ms = PAUSE_MAX_MS;
    }
    watched->pause_due_ms = (int64_t)hae_monotonic_ms() + watched->pause_ms;
    watched->paused = true;
    hae_http_sockets_rewatch(sockets, watched);
}

void hae_http_stall_note(struct hae_http_sockets *sockets, int socket, bool moved)
{
    struct hae_http_watched *watched = hae_http_sockets_find(sockets, socket);

    if (watched == NULL) {
        return;
    }
    if (moved) {
        end(sockets, watched);
    } else if (watched->futile_count < FUTILE_MAX - 1) {
        watched->futile_count++;
    } else {
        /* The count stays: one more such event after the pause, and the next one begins. */
        pause_writing(sockets, watched);
    }
}

void hae_http_stall_end(struct hae_http_sockets *sockets, int socket)
{
    struct hae_http_watched *watched = hae_http_sockets_find(sockets, socket);

    if (watched != NULL) {
        end(sockets, watched);
    }
}

void hae_http_stall_end_due(struct hae_http_sockets *sockets)
{
    for (size_t i = 0; i < sockets->watched_count; i++) {
        struct hae_http_watched *watched = &sockets->watched[i];

        if (watched->paused && watched->pause_due_ms <= (int64_t)hae_monotonic_ms()) {
            watch_writing(sockets, watched);
        }
    }
}

void hae_http_stall_end_all(struct hae_http_sockets *sockets)
{
    for (size_t i = 0; i < sockets->watched_count; i++) {
        end(sockets, &sockets->watched[i]);
    }
}

int64_t hae_http_stall_due_ms(const struct hae_http_sockets *sockets)
{
    int64_t due_ms = -1;

    for (size_t i = 0; i < sockets->watched_count; i++) {
        const struct hae_http_watched *watched = &sockets->watched[i];

        if (watched->paused && (due_ms < 0 || watched->pause_due_ms < due_ms)) {
            due_ms = watched->pause_due_ms;
        }
    }
    return due_ms;
}
