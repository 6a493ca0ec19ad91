/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's multi interface behind one descriptor and one timer. An epoll descriptor watches the
 * sockets of all transfers; nothing here waits. */
#ifndef HAETAE_OTLP_LOOP_H
#define HAETAE_OTLP_LOOP_H

#include "otlp/sockets.h"

struct hae_http_loop {
    CURLM *multi; /* NULL after a reset, until the next transfer */
    struct hae_http_sockets sockets;
    int64_t timer_due_ms;                  /* monotonic; negative: no timer runs         */
    CURL *added[HAE_HTTP_CONNECTIONS_MAX]; /* transfers that libcurl has */
    int added_count;
    int running_count; /* those of them that have not ended          */
    bool shares;       /* several of them may use one socket         */
    /* Why the loop is broken, or NULL: libcurl failed as a whole. The caller then removes all
     * transfers and resets the loop. Easy handles that were in it, or were to be added, can only be
     * cleaned up. */
    const char *broken;
};

/* `shares`: transfers may share a connection, as with HTTP/2.
 * Ownership: the caller's, for hae_http_loop_done().
 * Errors: HAETAE_ENOMEM, HAETAE_EIO (no descriptor left). */
haetae_status hae_http_loop_init(struct hae_http_loop *loop, bool shares);

/* The caller has removed all transfers. Reset closes all connections and makes a broken loop
 * usable again. */
void hae_http_loop_done(struct hae_http_loop *loop);
void hae_http_loop_reset(struct hae_http_loop *loop);

/* Closes all descriptors that are still ours, and touches nothing else: in a forked child the
 * copies of its parent's, or when the host has closed some. libcurl must not be called for what the
 * loop had before. Async-signal-safe. */
void hae_http_loop_close(struct hae_http_loop *loop);

/* In a forked child whose parent was changing the loop: forgets its descriptors. Async-signal-safe.
 */
void hae_http_loop_forget(struct hae_http_loop *loop);

/* Whether libcurl may be called: the host has not closed our descriptors. The first looks at one of
 * them only. */
bool hae_http_loop_can_wait(const struct hae_http_loop *loop);
bool hae_http_loop_is_intact(const struct hae_http_loop *loop);

/* The descriptor to wait for. */
int hae_http_loop_descriptor(const struct hae_http_loop *loop);

/* Milliseconds until hae_http_loop_step() must be called though the epoll descriptor
 * is quiet; negative: no need. */
int64_t hae_http_loop_wait_ms(const struct hae_http_loop *loop);

/* Advances all transfers as far as possible without waiting. */
void hae_http_loop_step(struct hae_http_loop *loop);

/* Makes a transfer open and close its sockets through the loop. To be called before
 * hae_http_loop_add(). `opener` lives as long as the transfer. */
CURLcode hae_http_loop_set_sockets(struct hae_http_loop *loop, CURL *easy,
                                   struct hae_http_opener *opener);

/* Breaks the loop, which its caller finds to be of no more use. */
void hae_http_loop_break(struct hae_http_loop *loop, const char *why);

/* Adds a transfer, at most HAE_HTTP_CONNECTIONS_MAX at once; false: the loop is broken. Removing a
 * transfer that has not ended breaks it off. */
bool hae_http_loop_add(struct hae_http_loop *loop, CURL *easy);
void hae_http_loop_remove(struct hae_http_loop *loop, CURL *easy);

/* Removes a transfer that has ended from the loop and returns it, with how it ended. NULL: none
 * has. To be called after each step until it returns NULL. */
CURL *hae_http_loop_take_ended(struct hae_http_loop *loop, CURLcode *ret_code);

#endif
