/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's multi interface behind one descriptor and one timer. An epoll descriptor watches the
 * sockets of all transfers; nothing here waits. */
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

/* A socket that libcurl wants watched. The epoll descriptor holds a duplicate of it: libcurl
 * closes some sockets before it stops watching them. By then the number may belong to another
 * socket, and a child of the host may keep the closed socket in epoll for ever. */
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
    /* Why the loop is broken, or NULL. A socket could not be watched, or libcurl failed as a
     * whole: transfers may hang. The caller then removes all transfers and resets the loop. Easy
     * handles that were in it, or were to be added, can only be cleaned up. */
    const char *broken;
};

/* Ownership: the caller's, for hae_http_loop_done().
 * Errors: HAETAE_ENOMEM, HAETAE_EIO (no descriptor left). */
haetae_status hae_http_loop_init(struct hae_http_loop *loop);

/* The caller has removed all transfers. Reset closes all connections and makes a broken loop
 * usable again. */
void hae_http_loop_done(struct hae_http_loop *loop);
void hae_http_loop_reset(struct hae_http_loop *loop);

/* In a forked child: closes the child's copies of all descriptors if the loop was idle, and
 * touches nothing else. Async-signal-safe. */
void hae_http_loop_in_child(struct hae_http_loop *loop, bool idle);

/* Milliseconds until hae_http_loop_step() must be called though the epoll descriptor
 * is quiet; negative: no need. */
int64_t hae_http_loop_wait_ms(const struct hae_http_loop *loop);

/* Advances all transfers as far as possible without waiting. */
void hae_http_loop_step(struct hae_http_loop *loop);

/* Makes a transfer open and close its sockets through the loop. To be called before
 * hae_http_loop_add(). */
CURLcode hae_http_loop_set_sockets(struct hae_http_loop *loop, CURL *easy);

/* Adds a transfer; false: the loop is broken. Removing a transfer that has not ended breaks it
 * off. */
bool hae_http_loop_add(struct hae_http_loop *loop, CURL *easy);
void hae_http_loop_remove(struct hae_http_loop *loop, CURL *easy);

/* Removes a transfer that has ended from the loop and returns it, with how it ended. NULL: none
 * has. To be called after each step until it returns NULL. */
CURL *hae_http_loop_take_ended(struct hae_http_loop *loop, CURLcode *ret_code);

#endif
