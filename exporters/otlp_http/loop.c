/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* libcurl says which socket to watch for what. It is never told of a failure
 * here: it would refuse every later call. */
static int on_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *socket_user)
{
    struct hae_http_loop *loop = user;
    struct epoll_event event = {.data.fd = socket};

    (void)easy;
    (void)socket_user;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, socket, &event);
        return 0;
    }
    event.events =
        ((what & CURL_POLL_IN) ? EPOLLIN : 0u) | ((what & CURL_POLL_OUT) ? EPOLLOUT : 0u);
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, socket, &event) != 0 &&
        (errno != ENOENT || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, socket, &event) != 0)) {
        loop->broken = true;
    }
    return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *user)
{
    struct hae_http_loop *loop = user;

    (void)multi;
    loop->timer_due_ms = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
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

haetae_status hae_http_loop_init(struct hae_http_loop *loop)
{
    loop->timer_due_ms = -1;
    loop->broken = false;
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
    /* It takes its sockets out of epoll. */
    if (loop->multi != NULL) {
        curl_multi_cleanup(loop->multi);
        loop->multi = NULL;
    }
    loop->timer_due_ms = -1;
    loop->broken = false;
}

void hae_http_loop_done(struct hae_http_loop *loop)
{
    hae_http_loop_reset(loop);
    close(loop->epoll_fd);
}

int64_t hae_http_loop_wait_ms(const struct hae_http_loop *loop)
{
    int64_t left;

    if (loop->broken) {
        return 0;
    }
    if (loop->timer_due_ms < 0) {
        return -1;
    }
    left = loop->timer_due_ms - now_ms();
    return left > 0 ? left : 0;
}

static void act(struct hae_http_loop *loop, curl_socket_t socket, int events)
{
    int running;

    /* Once it has failed for want of memory, libcurl is not to be trusted with
     * another call but those that clean up. */
    if (!loop->broken &&
        curl_multi_socket_action(loop->multi, socket, events, &running) != CURLM_OK) {
        loop->broken = true;
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
    if (loop->timer_due_ms >= 0 && loop->timer_due_ms <= now_ms()) {
        /* It has fired; libcurl sets it anew in the call if it needs to. */
        loop->timer_due_ms = -1;
        act(loop, CURL_SOCKET_TIMEOUT, 0);
    }
}

bool hae_http_loop_add(struct hae_http_loop *loop, CURL *easy)
{
    if (loop->multi == NULL) {
        loop->multi = new_multi(loop);
    }
    return loop->multi != NULL && curl_multi_add_handle(loop->multi, easy) == CURLM_OK;
}

void hae_http_loop_remove(struct hae_http_loop *loop, CURL *easy)
{
    if (loop->multi != NULL) {
        curl_multi_remove_handle(loop->multi, easy);
    }
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

            /* The message is gone with the transfer's removal. */
            *ret_code = message->data.result;
            curl_multi_remove_handle(loop->multi, easy);
            return easy;
        }
    }
    return NULL;
}
