/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets of libcurl's transfers: opened and closed for libcurl, and watched by one epoll
 * descriptor. None is inherited by a program that the host executes, and none is closed that the
 * host has opened in its place. */
#ifndef HAETAE_OTLP_SOCKETS_H
#define HAETAE_OTLP_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "base/descriptor.h"
#include "haetae/status.h"

enum {
    HAE_HTTP_CONNECTIONS_MAX = 8,
    /* A transfer that connects has up to two sockets (IPv6 and IPv4) and one to
     * wait for the resolver. */
    HAE_HTTP_SOCKETS_MAX = 4 * HAE_HTTP_CONNECTIONS_MAX,
    /* Connections that wait for the next transfer are open as well. */
    HAE_HTTP_OPEN_MAX = 2 * HAE_HTTP_SOCKETS_MAX
};

enum hae_http_watch {
    HAE_HTTP_WATCHED,
    HAE_HTTP_POLLED, /* epoll could not take it: it is looked at from time to time */
    HAE_HTTP_CLOSED  /* libcurl has closed it, but not said so yet                  */
};

/* A socket that libcurl wants watched. */
struct hae_http_watched {
    CURL *easy; /* whose socket it is */
    int socket;
    uint32_t events; /* that libcurl asks for */
    enum hae_http_watch state;
    /* As it can be written to while nothing moves (otlp/stall.h): */
    bool paused;           /* it is not watched for writing        */
    unsigned futile_count; /* events in a row by which nothing moved */
    unsigned pause_ms;     /* the last of the pauses; 0: none       */
    int64_t pause_due_ms;  /* monotonic: its end                    */
    /* What epoll watches: libcurl closes some sockets before it stops watching them. By then the
     * number may belong to another socket, and a child of the host may keep the closed socket in
     * epoll for ever. */
    struct hae_descriptor duplicate;
};

/* A socket of a connection, in use or not. */
struct hae_http_open {
    struct hae_descriptor descriptor;
    unsigned generation;
};

struct hae_http_sockets {
    struct hae_descriptor epoll;
    struct hae_http_watched watched[HAE_HTTP_SOCKETS_MAX];
    size_t watched_count;
    struct hae_http_open open[HAE_HTTP_OPEN_MAX]; /* those of all connections */
    size_t open_count;
    unsigned generation;           /* of the sockets that are opened now */
    struct hae_descriptor wake[2]; /* libcurl's own, by which threads wake each other */
};

/* Where a transfer opens its sockets. */
struct hae_http_opener {
    struct hae_http_sockets *sockets;
    int error;       /* errno of the last socket that could not be opened, or 0 */
    bool closed;     /* no socket may be opened                                 */
    bool was_closed; /* one would have been                                     */
};

/* Errors: HAETAE_ENOMEM, HAETAE_EIO (no descriptor is left). */
haetae_status hae_http_sockets_init(struct hae_http_sockets *sockets);

/* After libcurl has closed its sockets: stops watching. The second closes the epoll descriptor,
 * too.
 */
void hae_http_sockets_reset(struct hae_http_sockets *sockets);
void hae_http_sockets_done(struct hae_http_sockets *sockets);

/* Closes everything of it that is still ours, and nothing of what the host has opened in its place.
 * Async-signal-safe. */
void hae_http_sockets_close(struct hae_http_sockets *sockets);

/* Closes nothing. Async-signal-safe. */
void hae_http_sockets_forget(struct hae_http_sockets *sockets);

/* Whether libcurl may still be called: the host has closed none of our descriptors. The first looks
 * at the epoll descriptor only, the second also at those that libcurl closes without asking. */
bool hae_http_sockets_can_wait(const struct hae_http_sockets *sockets);
bool hae_http_sockets_are_intact(const struct hae_http_sockets *sockets);

/* Makes a transfer open and close its sockets here. */
CURLcode hae_http_sockets_serve(CURL *easy, struct hae_http_opener *opener);

/* Watches a socket for events, or no longer. */
void hae_http_sockets_watch(struct hae_http_sockets *sockets, CURL *easy, int socket,
                            uint32_t events);
void hae_http_sockets_unwatch(struct hae_http_sockets *sockets, int socket);

/* NULL when it is not watched. */
struct hae_http_watched *hae_http_sockets_find(struct hae_http_sockets *sockets, int socket);

/* Tells epoll after `events` or `paused` has changed. False: epoll does not take it, the socket is
 * polled from now on. */
bool hae_http_sockets_rewatch(struct hae_http_sockets *sockets, struct hae_http_watched *watched);

/* The number of transfers with a socket here. */
int hae_http_sockets_transfers(const struct hae_http_sockets *sockets);

/* Whether there is no socket to wait for, or a transfer has lost the only one that it had. */
bool hae_http_sockets_lack_one(const struct hae_http_sockets *sockets);

/* The sockets that epoll could not take; returns how many. */
size_t hae_http_sockets_polled(const struct hae_http_sockets *sockets,
                               int ret_sockets[HAE_HTTP_SOCKETS_MAX]);

/* Has libcurl find the connections of earlier generations closed, none of which may have a request
 * under way: it takes no connection on which something has come unasked, be it the end. */
void hae_http_sockets_end_old(struct hae_http_sockets *sockets);

/* Why no descriptor can be had now: EMFILE or ENFILE; 0: one can. */
int hae_http_sockets_shortage(void);

#endif
