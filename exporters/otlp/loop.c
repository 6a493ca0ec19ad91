/* SPDX-License-Identifier: Apache-2.0 */
#define CURL_DISABLE_DEPRECATION /* see wake_unwatched() */
#include "otlp/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

/* NULL when it is not watched. */
static struct hae_http_watched *find_watched(struct hae_http_loop *loop, int socket)
{
    for (size_t i = 0; i < loop->watched_count; i++) {
        if (loop->watched[i].socket == socket) {
            return &loop->watched[i];
        }
    }
    return NULL;
}

static void unwatch(struct hae_http_loop *loop, struct hae_http_watched *watched)
{
    struct epoll_event unused = {0};

    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watched->own_fd, &unused);
    close(watched->own_fd);
    *watched = loop->watched[--loop->watched_count];
}

static void break_down(struct hae_http_loop *loop, const char *why)
{
    if (loop->broken == NULL) {
        loop->broken = why;
    }
}

static void watch(struct hae_http_loop *loop, CURL *easy, int socket, uint32_t events)
{
    static const char unwatched[] = "a socket could not be watched";
    struct epoll_event event = {.events = events, .data.fd = socket};
    struct hae_http_watched *watched = find_watched(loop, socket);
    int own_fd;

    if (watched != NULL) {
        watched->easy = easy;
        watched->events = events;
        if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watched->own_fd, &event) != 0) {
            break_down(loop, unwatched);
        }
        return;
    }
    own_fd = loop->watched_count < HAE_HTTP_SOCKETS_MAX ? fcntl(socket, F_DUPFD_CLOEXEC, 0) : -1;
    if (own_fd < 0 || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, own_fd, &event) != 0) {
        break_down(loop, unwatched);
        if (own_fd >= 0) {
            close(own_fd);
        }
        return;
    }
    loop->watched[loop->watched_count++] = (struct hae_http_watched){
        .easy = easy, .socket = socket, .own_fd = own_fd, .events = events};
}

/* libcurl's callback: watch this socket for these events. A failure is never returned to libcurl,
 * which would then refuse every later call. */
static int on_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *socket_user)
{
    struct hae_http_loop *loop = user;

    (void)socket_user;
    if (what == CURL_POLL_REMOVE) {
        struct hae_http_watched *watched = find_watched(loop, socket);

        if (watched != NULL) {
            unwatch(loop, watched);
        }
    } else {
        watch(loop, easy, socket,
              ((what & CURL_POLL_IN) ? EPOLLIN : 0u) | ((what & CURL_POLL_OUT) ? EPOLLOUT : 0u));
    }
    return 0;
}

/* A forked child closes all of them, including those that libcurl keeps for later and does not
 * want watched. One that does not fit in the array stays open in the child. */
static void remember_open(struct hae_http_loop *loop, int fd)
{
    if (fd >= 0 && loop->open_count < HAE_HTTP_OPEN_MAX) {
        loop->open[loop->open_count++] = fd;
    }
}

static int on_close(void *user, curl_socket_t fd)
{
    struct hae_http_loop *loop = user;

    for (size_t i = 0; i < loop->open_count; i++) {
        if (loop->open[i] == fd) {
            loop->open[i] = loop->open[--loop->open_count];
            break;
        }
    }
    return close(fd);
}

/* Programs that the host executes must not inherit our connections. */
static curl_socket_t on_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct hae_http_loop *loop = user;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    struct hae_http_watched *watched = fd >= 0 ? find_watched(loop, fd) : NULL;

    (void)purpose;
    remember_open(loop, fd);
    if (watched != NULL) {
        /* libcurl tries the next address of a host, and the new socket has the number of the one
         * that failed: libcurl believes that it is watched already. */
        struct hae_http_watched old = *watched;

        unwatch(loop, watched);
        watch(loop, old.easy, fd, old.events);
    }
    return fd;
}

CURLcode hae_http_loop_set_sockets(struct hae_http_loop *loop, CURL *easy)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);

    code = code ? code : curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, loop);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    return code ? code : curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, loop);
}

static int on_timer(CURLM *multi, long timeout_ms, void *user)
{
    struct hae_http_loop *loop = user;

    (void)multi;
    loop->timer_due_ms = timeout_ms < 0 ? -1 : (int64_t)hae_monotonic_ms() + timeout_ms;
    return 0;
}

static CURLM *new_multi(struct hae_http_loop *loop)
{
    CURLM *multi = curl_multi_init();
    CURLMcode code;

    if (multi == NULL) {
        return NULL;
    }
    code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    code = code ? code : curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, loop);
    code = code ? code : curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    code = code ? code : curl_multi_setopt(multi, CURLMOPT_TIMERDATA, loop);
    code = code ? code
                : curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)HAE_HTTP_CONNECTIONS_MAX);
    if (code != CURLM_OK) {
        curl_multi_cleanup(multi);
        return NULL;
    }
    return multi;
}

static void forget_transfers(struct hae_http_loop *loop)
{
    loop->timer_due_ms = -1;
    loop->added_count = 0;
    loop->running_count = 0;
    loop->broken = NULL;
}

haetae_status hae_http_loop_init(struct hae_http_loop *loop)
{
    forget_transfers(loop);
    loop->watched_count = 0;
    loop->open_count = 0;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0) {
        return errno == ENOMEM ? HAETAE_ENOMEM : HAETAE_EIO;
    }
    loop->multi = new_multi(loop);
    if (loop->multi == NULL) {
        close(loop->epoll_fd);
        return HAETAE_ENOMEM;
    }
    return HAETAE_OK;
}

void hae_http_loop_reset(struct hae_http_loop *loop)
{
    if (loop->multi != NULL) {
        curl_multi_cleanup(loop->multi);
        loop->multi = NULL;
    }
    while (loop->watched_count > 0) {
        unwatch(loop, &loop->watched[0]);
    }
    forget_transfers(loop);
}

void hae_http_loop_done(struct hae_http_loop *loop)
{
    hae_http_loop_reset(loop);
    close(loop->epoll_fd);
}

void hae_http_loop_in_child(struct hae_http_loop *loop, bool idle)
{
    for (size_t i = 0; idle && i < loop->watched_count; i++) {
        close(loop->watched[i].own_fd);
    }
    for (size_t i = 0; idle && i < loop->open_count; i++) {
        close(loop->open[i]);
    }
    if (idle && loop->epoll_fd >= 0) {
        close(loop->epoll_fd);
    }
    loop->epoll_fd = -1;
    loop->watched_count = 0;
    loop->open_count = 0;
    forget_transfers(loop);
}

int64_t hae_http_loop_wait_ms(const struct hae_http_loop *loop)
{
    int64_t left;

    if (loop->broken != NULL) {
        return 0;
    }
    if (loop->timer_due_ms < 0) {
        return -1;
    }
    left = loop->timer_due_ms - (int64_t)hae_monotonic_ms();
    return left > 0 ? left : 0;
}

/* After a failure such as a lack of memory, only libcurl's clean-up functions can be called
 * safely. */
static void judge(struct hae_http_loop *loop, CURLMcode code)
{
    if (code != CURLM_OK) {
        break_down(loop, curl_multi_strerror(code));
    }
}

static void act(struct hae_http_loop *loop, curl_socket_t socket, int events)
{
    if (loop->broken == NULL) {
        judge(loop, curl_multi_socket_action(loop->multi, socket, events, &loop->running_count));
    }
}

/* Sets the timer for what no descriptor reports and libcurl sets no timer for. */
static void come_back(struct hae_http_loop *loop)
{
    enum { LATER_MS = 10 };
    int64_t later_ms = (int64_t)hae_monotonic_ms() + LATER_MS;

    if (loop->timer_due_ms < 0 || loop->timer_due_ms > later_ms) {
        loop->timer_due_ms = later_ms;
    }
}

static bool has_earlier(const struct hae_http_loop *loop, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (loop->watched[i].easy == loop->watched[index].easy) {
            return true;
        }
    }
    return false;
}

/* Whether a transfer waits for something that no descriptor reports. */
static bool has_unwatched(const struct hae_http_loop *loop)
{
    int easy_count = 0;

    for (size_t i = 0; i < loop->watched_count; i++) {
        easy_count += !has_earlier(loop, i);
    }
    return easy_count < loop->running_count;
}

/* When an address of a host fails, libcurl 7.88 opens the socket for the next address only in its
 * next call, and asks for no such call: the transfer would wait until its timeout. So this calls
 * libcurl until each transfer has a socket again. libcurl's documentation advises against
 * curl_multi_socket_all(), but no other function makes it look at a transfer without an event. */
static void wake_unwatched(struct hae_http_loop *loop)
{
    enum { TRIES = 8 };

    for (int i = 0; i < TRIES && loop->broken == NULL && has_unwatched(loop); i++) {
        judge(loop, curl_multi_socket_all(loop->multi, &loop->running_count));
    }
    if (loop->broken == NULL && has_unwatched(loop)) {
        come_back(loop);
    }
}

void hae_http_loop_step(struct hae_http_loop *loop)
{
    struct epoll_event events[16];
    int count = epoll_wait(loop->epoll_fd, events, sizeof events / sizeof events[0], 0);

    /* What is still ready keeps the descriptor readable, for the next step. */
    for (int i = 0; i < count && loop->multi != NULL; i++) {
        int what = 0;

        what |= (events[i].events & EPOLLIN) ? CURL_CSELECT_IN : 0;
        what |= (events[i].events & EPOLLOUT) ? CURL_CSELECT_OUT : 0;
        what |= (events[i].events & (EPOLLERR | EPOLLHUP)) ? CURL_CSELECT_ERR : 0;
        act(loop, events[i].data.fd, what);
    }
    if (loop->timer_due_ms >= 0 && loop->timer_due_ms <= (int64_t)hae_monotonic_ms()) {
        /* It has fired. libcurl sets it again in the call if it needs to. */
        loop->timer_due_ms = -1;
        act(loop, CURL_SOCKET_TIMEOUT, 0);
    }
    wake_unwatched(loop);
}

bool hae_http_loop_add(struct hae_http_loop *loop, CURL *easy)
{
    if (loop->multi == NULL) {
        loop->multi = new_multi(loop);
    }
    if (loop->multi == NULL) {
        break_down(loop, "out of memory");
    }
    if (loop->broken == NULL) {
        judge(loop, curl_multi_add_handle(loop->multi, easy));
    }
    loop->added_count += loop->broken == NULL;
    return loop->broken == NULL;
}

static void remove_ended(struct hae_http_loop *loop, CURL *easy)
{
    judge(loop, curl_multi_remove_handle(loop->multi, easy));
    loop->added_count--;
}

void hae_http_loop_remove(struct hae_http_loop *loop, CURL *easy)
{
    loop->running_count -= loop->running_count > 0;
    remove_ended(loop, easy);
}

CURL *hae_http_loop_take_ended(struct hae_http_loop *loop, CURLcode *ret_code)
{
    const CURLMsg *message;
    int left;

    if (loop->multi == NULL) {
        return NULL;
    }
    while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            CURL *easy = message->easy_handle;

            /* Removing the transfer frees the message. */
            *ret_code = message->data.result;
            remove_ended(loop, easy);
            return easy;
        }
    }
    if (loop->added_count > loop->running_count) {
        /* libcurl did not report a transfer that ended, as when memory is short. */
        come_back(loop);
    }
    return NULL;
}
