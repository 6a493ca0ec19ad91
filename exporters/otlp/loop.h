/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's multi interface behind one descriptor and one timer: the sockets of
 * all transfers are watched by an epoll descriptor, and nothing here waits. */
#ifndef HAETAE_OTLP_LOOP_H
#define HAETAE_OTLP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "haetae/status.h"

enum {
    HAE_HTTP_CONNECTIONS_MAX = 8,
    /* A transfer that connects has up to two sockets (IPv6 and IPv4) and one to
     * wait for the resolver. */
    HAE_HTTP_SOCKETS_MAX = 4 * HAE_HTTP_CONNECTIONS_MAX,
    /* Connections that wait for the next transfer are open as well. */
    HAE_HTTP_OPEN_MAX = 2 * HAE_HTTP_SOCKETS_MAX
};

/* A socket that libcurl wants watched. A duplicate of our own is what is in
 * epoll: libcurl closes some sockets before it says that they are not to be
 * watched any more, and by then the number may be another's, and a child of the
 * host may keep the closed socket in epoll for ever. */
struct hae_http_watched {
    CURL *easy; /* whose socket it is */
    int socket;
    int own_fd;
    uint32_t events;
};

struct hae_http_loop {
    CURLM *multi; /* NULL after a reset, until the next transfer */
    int epoll_fd;
    int64_t timer_due_ms; /* monotonic; negative: no timer runs         */
    int added_count;      /* transfers that libcurl has                 */
    int running_count;    /* those of them that have not ended          */
    struct hae_http_watched watched[HAE_HTTP_SOCKETS_MAX];
    size_t watched_count;
    int open[HAE_HTTP_OPEN_MAX]; /* the sockets of all connections */
    size_t open_count;
    /* Not NULL: why. A socket could not be watched, or libcurl failed as a whole:
     * transfers may hang. Whoever sees it removes them all and resets the loop; easy
     * handles that were in it, or were to be, are only good to be cleaned up. */
    const char *broken;
};

/* Ownership: the caller's, for hae_http_loop_done().
 * Errors: HAETAE_ENOMEM, HAETAE_EIO (no descriptor left). */
haetae_status hae_http_loop_init(struct hae_http_loop *loop);

/* For both, the transfers have been removed. Reset closes all connections and
 * makes a broken loop a new one. */
void hae_http_loop_done(struct hae_http_loop *loop);
void hae_http_loop_reset(struct hae_http_loop *loop);

/* In a forked child: closes the child's copies of all descriptors, if the loop was idle, and
 * leaves the rest to itself. Async-signal-safe. */
void hae_http_loop_in_child(struct hae_http_loop *loop, bool idle);

/* Milliseconds until hae_http_loop_step() must be called though the epoll descriptor
 * is quiet; negative: no need. */
int64_t hae_http_loop_wait_ms(const struct hae_http_loop *loop);

/* Moves all transfers on as far as they go without waiting. */
void hae_http_loop_step(struct hae_http_loop *loop);

/* Makes a transfer open its sockets as this loop needs it; to be done before it
 * is added. */
CURLcode hae_http_loop_set_sockets(struct hae_http_loop *loop, CURL *easy);

/* Adds a transfer; false: the loop is broken. Removing breaks it off. */
bool hae_http_loop_add(struct hae_http_loop *loop, CURL *easy);
void hae_http_loop_remove(struct hae_http_loop *loop, CURL *easy);

/* Takes a transfer that has ended, removed from the loop, with how it ended; NULL
 * when there is none. To be called after each step until then. */
CURL *hae_http_loop_take_ended(struct hae_http_loop *loop, CURLcode *ret_code);

#endif
