/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- Watching --------------------------------------------------------------------------- */

struct hae_http_watched *hae_http_sockets_find(struct hae_http_sockets *sockets, int socket)
{
    for (size_t i = 0; i < sockets->watched_count; i++) {
        if (sockets->watched[i].socket == socket) {
            return &sockets->watched[i];
        }
    }
    return NULL;
}

static struct hae_http_open *find_open(struct hae_http_sockets *sockets, int socket)
{
    for (size_t i = 0; i < sockets->open_count; i++) {
        if (sockets->open[i].descriptor.number == socket) {
            return &sockets->open[i];
        }
    }
    return NULL;
}

/* What is known of the one is known of the other: both are the same open file. */
static struct hae_descriptor duplicate_of(struct hae_http_sockets *sockets, int socket)
{
    const struct hae_http_open *open = find_open(sockets, socket);
    int number = fcntl(socket, F_DUPFD_CLOEXEC, HAE_DESCRIPTOR_MIN);
    struct hae_descriptor duplicate;

    if (open == NULL) {
        (void)fcntl(socket, F_SETFD, FD_CLOEXEC); /* libcurl's own, as for its resolver */
        return hae_descriptor_of(number);
    }
    duplicate = open->descriptor;
    duplicate.number = number;
    return duplicate;
}

static struct epoll_event event_of(const struct hae_http_watched *watched)
{
    /* Not more than libcurl asks for: it would leave the rest unread. */
    uint32_t masked = watched->paused ? (uint32_t)EPOLLOUT : 0u;

    return (struct epoll_event){.events = watched->events & ~masked, .data.fd = watched->socket};
}

static void enter(struct hae_http_sockets *sockets, struct hae_http_watched *watched)
{
    struct epoll_event event = event_of(watched);

    watched->duplicate = duplicate_of(sockets, watched->socket);
    watched->state =
        watched->duplicate.number >= 0 && epoll_ctl(sockets->epoll.number, EPOLL_CTL_ADD,
                                                    watched->duplicate.number, &event) == 0
            ? HAE_HTTP_WATCHED
            : HAE_HTTP_POLLED;
}

/* Takes it out of epoll. */
static void leave(struct hae_http_sockets *sockets, struct hae_http_watched *watched,
                  enum hae_http_watch state)
{
    struct epoll_event unused = {0};

    if (watched->state == HAE_HTTP_WATCHED) {
        (void)epoll_ctl(sockets->epoll.number, EPOLL_CTL_DEL, watched->duplicate.number, &unused);
    }
    hae_descriptor_close(&watched->duplicate);
    watched->state = state;
}

bool hae_http_sockets_rewatch(struct hae_http_sockets *sockets, struct hae_http_watched *watched)
{
    struct epoll_event event = event_of(watched);

    if (watched->state != HAE_HTTP_WATCHED) {
        return false;
    }
    if (epoll_ctl(sockets->epoll.number, EPOLL_CTL_MOD, watched->duplicate.number, &event) == 0) {
        return true;
    }
    leave(sockets, watched, HAE_HTTP_POLLED);
    return false;
}

void hae_http_sockets_watch(struct hae_http_sockets *sockets, CURL *easy, int socket,
                            uint32_t events)
{
    struct hae_http_watched *watched = hae_http_sockets_find(sockets, socket);

    if (watched != NULL && watched->state == HAE_HTTP_WATCHED) {
        watched->easy = easy;
        watched->events = events;
        if (hae_http_sockets_rewatch(sockets, watched)) {
            return;
        }
    }
    if (watched != NULL) {
        leave(sockets, watched, HAE_HTTP_POLLED);
    } else if (sockets->watched_count < HAE_HTTP_SOCKETS_MAX) {
        watched = &sockets->watched[sockets->watched_count++];
    } else {
        return; /* its transfer has others, or the loop looks at it without an event */
    }
    *watched = (struct hae_http_watched){
        .easy = easy, .socket = socket, .events = events, .duplicate = HAE_NO_DESCRIPTOR};
    enter(sockets, watched);
}

void hae_http_sockets_unwatch(struct hae_http_sockets *sockets, int socket)
{
    struct hae_http_watched *watched = hae_http_sockets_find(sockets, socket);

    if (watched != NULL) {
        leave(sockets, watched, HAE_HTTP_CLOSED);
        *watched = sockets->watched[--sockets->watched_count];
    }
}

static bool has_earlier(const struct hae_http_sockets *sockets, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (sockets->watched[i].state != HAE_HTTP_CLOSED &&
            sockets->watched[i].easy == sockets->watched[index].easy) {
            return true;
        }
    }
    return false;
}

int hae_http_sockets_transfers(const struct hae_http_sockets *sockets)
{
    int count = 0;

    for (size_t i = 0; i < sockets->watched_count; i++) {
        count += sockets->watched[i].state != HAE_HTTP_CLOSED && !has_earlier(sockets, i);
    }
    return count;
}

static bool has_live(const struct hae_http_sockets *sockets, const CURL *easy)
{
    for (size_t i = 0; i < sockets->watched_count; i++) {
        if (sockets->watched[i].easy == easy && sockets->watched[i].state != HAE_HTTP_CLOSED) {
            return true;
        }
    }
    return false;
}

bool hae_http_sockets_lack_one(const struct hae_http_sockets *sockets)
{
    for (size_t i = 0; i < sockets->watched_count; i++) {
        if (!has_live(sockets, sockets->watched[i].easy)) {
            return true;
        }
    }
    return sockets->watched_count == 0;
}

size_t hae_http_sockets_polled(const struct hae_http_sockets *sockets,
                               int ret_sockets[HAE_HTTP_SOCKETS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < sockets->watched_count; i++) {
        if (sockets->watched[i].state == HAE_HTTP_POLLED) {
            ret_sockets[count++] = sockets->watched[i].socket;
        }
    }
    return count;
}

/* ---- Opening and closing ---------------------------------------------------------------- */

static void note_open(struct hae_http_sockets *sockets, int number)
{
    /* libcurl closes some sockets without our callback: it may be here already. */
    struct hae_http_open *open = find_open(sockets, number);

    if (open == NULL && sockets->open_count < HAE_HTTP_OPEN_MAX) {
        open = &sockets->open[sockets->open_count++];
    }
    if (open != NULL) {
        *open = (struct hae_http_open){hae_descriptor_of(number), sockets->generation};
    }
}

/* Programs that the host executes must not inherit our connections. */
static curl_socket_t on_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct hae_http_opener *opener = user;
    struct hae_http_sockets *sockets = opener->sockets;
    struct hae_http_watched *watched;
    int number;

    (void)purpose;
    if (opener->closed) {
        opener->was_closed = true;
        return CURL_SOCKET_BAD;
    }
    number = hae_descriptor_raise(
        socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol));
    if (number < 0) {
        opener->error = errno;
        return CURL_SOCKET_BAD;
    }
    note_open(sockets, number);
    watched = hae_http_sockets_find(sockets, number);
    if (watched != NULL) {
        /* libcurl tries the next address of a host, and the new socket has the number of the one
         * that failed: libcurl believes that it is watched already. */
        leave(sockets, watched, HAE_HTTP_CLOSED);
        hae_http_sockets_watch(sockets, watched->easy, number, watched->events);
    }
    return number;
}

static int on_close(void *user, curl_socket_t number)
{
    struct hae_http_sockets *sockets = user;
    struct hae_http_watched *watched = hae_http_sockets_find(sockets, number);
    struct hae_http_open *open = find_open(sockets, number);

    if (watched != NULL) {
        leave(sockets, watched, HAE_HTTP_CLOSED);
    }
    if (open == NULL) {
        return close(number);
    }
    hae_descriptor_close(&open->descriptor);
    *open = sockets->open[--sockets->open_count];
    return 0;
}

CURLcode hae_http_sockets_serve(CURL *easy, struct hae_http_opener *opener)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);

    code = code ? code : curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, opener);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    /* Not the opener: connections outlive the transfer that opened them. */
    return code ? code : curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, opener->sockets);
}

/* What has come and was not read would make the connection look alive. Bounded, as more may come.
 */
static void discard(int number)
{
    char unread[4096];

    for (int i = 0; i < 256 && recv(number, unread, sizeof unread, MSG_DONTWAIT) > 0; i++) {
    }
}

void hae_http_sockets_end_old(struct hae_http_sockets *sockets)
{
    for (size_t i = 0; i < sockets->open_count; i++) {
        struct hae_http_open *open = &sockets->open[i];

        if (open->generation != sockets->generation && hae_descriptor_is_ours(&open->descriptor)) {
            discard(open->descriptor.number);
            /* Not for writing: libcurl may say goodbye. */
            (void)shutdown(open->descriptor.number, SHUT_RD);
        }
        open->generation = sockets->generation;
    }
}

int hae_http_sockets_shortage(void)
{
    int number = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int error = errno;

    if (number >= 0) {
        close(number);
        return 0;
    }
    return error == EMFILE || error == ENFILE ? error : 0;
}

/* ---- Life ------------------------------------------------------------------------------- */

void hae_http_sockets_forget(struct hae_http_sockets *sockets)
{
    sockets->watched_count = 0;
    sockets->open_count = 0;
    sockets->wake[0] = sockets->wake[1] = HAE_NO_DESCRIPTOR;
    sockets->epoll = HAE_NO_DESCRIPTOR;
}

haetae_status hae_http_sockets_init(struct hae_http_sockets *sockets)
{
    hae_http_sockets_forget(sockets);
    sockets->generation = 0;
    sockets->epoll = hae_descriptor_of(epoll_create1(EPOLL_CLOEXEC));
    if (sockets->epoll.number < 0) {
        return errno == ENOMEM ? HAETAE_ENOMEM : HAETAE_EIO;
    }
    return HAETAE_OK;
}

void hae_http_sockets_reset(struct hae_http_sockets *sockets)
{
    while (sockets->watched_count > 0) {
        hae_http_sockets_unwatch(sockets, sockets->watched[0].socket);
    }
    sockets->wake[0] = sockets->wake[1] = HAE_NO_DESCRIPTOR;
}

void hae_http_sockets_done(struct hae_http_sockets *sockets)
{
    hae_http_sockets_reset(sockets);
    hae_descriptor_close(&sockets->epoll);
}

void hae_http_sockets_close(struct hae_http_sockets *sockets)
{
    for (size_t i = 0; i < sockets->watched_count; i++) {
        hae_descriptor_close(&sockets->watched[i].duplicate);
    }
    for (size_t i = 0; i < sockets->open_count; i++) {
        hae_descriptor_close(&sockets->open[i].descriptor);
    }
    for (int i = 0; i < 2; i++) {
        hae_descriptor_close(&sockets->wake[i]);
    }
    hae_descriptor_close(&sockets->epoll);
    hae_http_sockets_forget(sockets);
}

bool hae_http_sockets_can_wait(const struct hae_http_sockets *sockets)
{
    return hae_descriptor_is_ours(&sockets->epoll);
}

bool hae_http_sockets_are_intact(const struct hae_http_sockets *sockets)
{
    bool intact = hae_http_sockets_can_wait(sockets);

    for (int i = 0; i < 2 && intact; i++) {
        intact = sockets->wake[i].number < 0 || hae_descriptor_is_ours(&sockets->wake[i]);
    }
    return intact;
}
