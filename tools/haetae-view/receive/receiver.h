/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server: one thread of libmicrohttpd takes all requests, so that what they share
 * needs no lock. Another thread answers questions and writes pages, which are the caller's. */
#ifndef HAETAE_VIEW_RECEIVE_RECEIVER_H
#define HAETAE_VIEW_RECEIVE_RECEIVER_H

#include "receive/listen.h"
#include "receive/request.h"

struct hae_view_receiver_options {
    size_t max_body_bytes;
    unsigned delay_ms; /* answers are held back for so long; 0: not */
    unsigned fail_per_million;
    unsigned fail_status;
    unsigned retry_after_s;
    bool loopback;                     /* the socket is reached from this machine only */
    struct hae_view_alerts *alerts;    /* NULL: none; must outlive the receiver */
    const struct hae_view_page *pages; /* must outlive the receiver */
    size_t page_count;
    const struct hae_view_asset *assets; /* likewise */
    size_t asset_count;
};

struct hae_view_receiver;

/* Serves a listening socket, which it takes over, also on failure. NULL: no memory or no
 * thread. The store must outlive the receiver. */
struct hae_view_receiver *hae_view_receiver_start(const struct hae_view_receiver_options *options,
                                                  struct hae_view_store *store, int listen_fd);

/* Accepts no new connections, waits up to a second for requests that are under way, sends
 * the answers that are held back, and frees everything. */
void hae_view_receiver_stop(struct hae_view_receiver *receiver);

#endif
