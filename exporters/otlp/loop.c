/* SPDX-License-Identifier: Apache-2.0 */
#define CURL_DISABLE_DEPRECATION /* see wake_unwatched() */
#include "otlp/loop.h"

#include <sys/epoll.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "otlp/stall.h"
#include "otlp/wake.h"

/* Events that one step passes on: libcurl sends up to 64 KiB for each, and the caller has more to
 * do than to send. */
enum { ACTIONS_PER_STEP = 8 };

void hae_http_loop_break(struct hae_http_loop *loop, const char *why)
{
    if (loop->broken == NULL) {
        loop->broken = why;
    }
}

/* libcurl's callback: watch this socket for these events. A failure is never returned to libcurl,
 * which would then refuse every later call. */
static int on_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *socket_user)
{
    struct hae_http_loop *loop = user;

    (void)socket_user;
    if (what == CURL_POLL_REMOVE) {
        hae_http_sockets_unwatch(&loop->sockets, socket);
    } else {
        hae_http_sockets_watch(&loop->sockets, easy, socket,
                               ((what & CURL_POLL_IN) ? EPOLLIN : 0u) |
                                   ((what & CURL_POLL_OUT) ? EPOLLOUT : 0u));
    }
    return 0;
}

CURLcode hae_http_loop_set_sockets(struct hae_http_loop *loop, CURL *easy,
                                   struct hae_http_opener *opener)
{
    *opener = (struct hae_http_opener){.sockets = &loop->sockets};
    return hae_http_sockets_serve(easy, opener);
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
    struct hae_low_descriptors low;
    CURLMcode code;
    CURLM *multi;

    /* It opens descriptors of its own. */
    hae_low_descriptors_occupy(&low);
    multi = curl_multi_init();
    hae_low_descriptors_release(&low);

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
    hae_http_wake_find(&loop->sockets, multi);
    return multi;
}

static void forget_transfers(struct hae_http_loop *loop)
{
    loop->timer_due_ms = -1;
    loop->added_count = 0;
    loop->running_count = 0;
    loop->broken = NULL;
}

haetae_status hae_http_loop_init(struct hae_http_loop *loop, bool shares)
{
    haetae_status status = hae_http_sockets_init(&loop->sockets);

    loop->shares = shares;
    forget_transfers(loop);
    if (status != HAETAE_OK) {
        return status;
    }
    loop->multi = new_multi(loop);
    if (loop->multi == NULL) {
        hae_http_sockets_done(&loop->sockets);
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
    hae_http_sockets_reset(&loop->sockets);
    forget_transfers(loop);
}

void hae_http_loop_done(struct hae_http_loop *loop)
{
    hae_http_loop_reset(loop);
    hae_http_sockets_done(&loop->sockets);
}

void hae_http_loop_close(struct hae_http_loop *loop)
{
    hae_http_sockets_close(&loop->sockets);
    forget_transfers(loop);
}

void hae_http_loop_forget(struct hae_http_loop *loop)
{
    hae_http_sockets_forget(&loop->sockets);
    forget_transfers(loop);
}

bool hae_http_loop_can_wait(const struct hae_http_loop *loop)
{
    return hae_http_sockets_can_wait(&loop->sockets);
}

bool hae_http_loop_is_intact(const struct hae_http_loop *loop)
{
    return hae_http_sockets_are_intact(&loop->sockets);
}

int hae_http_loop_descriptor(const struct hae_http_loop *loop)
{
    return loop->sockets.epoll.number;
}

int64_t hae_http_loop_wait_ms(const struct hae_http_loop *loop)
{
    int64_t due_ms = hae_http_stall_due_ms(&loop->sockets);
    int64_t left;

    if (loop->broken != NULL) {
        return 0;
    }
    if (loop->timer_due_ms >= 0 && (due_ms < 0 || loop->timer_due_ms < due_ms)) {
        due_ms = loop->timer_due_ms;
    }
    if (due_ms < 0) {
        return -1;
    }
    left = due_ms - (int64_t)hae_monotonic_ms();
    return left > 0 ? left : 0;
}

/* After a failure such as a lack of memory, only libcurl's clean-up functions can be called
 * safely. */
static void judge(struct hae_http_loop *loop, CURLMcode code)
{
    if (code != CURLM_OK) {
        hae_http_loop_break(loop, curl_multi_strerror(code));
    }
}

static void act(struct hae_http_loop *loop, curl_socket_t socket, int events)
{
    if (loop->broken == NULL) {
        judge(loop, curl_multi_socket_action(loop->multi, socket, events, &loop->running_count));
    }
}

/* How much of their bodies the transfers have sent together; negative: not known. */
static curl_off_t sent_bytes(const struct hae_http_loop *loop)
{
    curl_off_t sum = 0;

    for (int i = 0; i < loop->added_count && loop->broken == NULL; i++) {
        curl_off_t bytes;

        if (curl_easy_getinfo(loop->added[i], CURLINFO_SIZE_UPLOAD_T, &bytes) != CURLE_OK) {
            return -1;
        }
        sum += bytes;
    }
    return sum;
}

/* Has libcurl write to a socket, and notes whether it did. */
static void act_on_writable(struct hae_http_loop *loop, curl_socket_t socket)
{
    curl_off_t before = sent_bytes(loop);
    int running_count = loop->running_count;

    act(loop, socket, CURL_CSELECT_OUT);
    hae_http_stall_note(&loop->sockets, socket,
                        before < 0 || before != sent_bytes(loop) ||
                            running_count != loop->running_count);
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

/* Whether a transfer waits for something that no descriptor reports. Where transfers share
 * connections most have no socket of their own. */
static bool has_unwatched(const struct hae_http_loop *loop)
{
    if (loop->shares) {
        return loop->running_count > 0 && hae_http_sockets_lack_one(&loop->sockets);
    }
    return hae_http_sockets_transfers(&loop->sockets) < loop->running_count;
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

/* Has libcurl look at the sockets that epoll could not take. */
static void look_at_polled(struct hae_http_loop *loop)
{
    int polled[HAE_HTTP_SOCKETS_MAX];
    size_t count = hae_http_sockets_polled(&loop->sockets, polled);

    for (size_t i = 0; i < count && loop->multi != NULL; i++) {
        act(loop, polled[i], 0);
    }
    if (count != 0 && loop->broken == NULL) {
        come_back(loop);
    }
}

/* Hands what epoll reports to libcurl, at most `max` sockets. Returns how many there were. */
static int act_on_events(struct hae_http_loop *loop, int max)
{
    struct epoll_event events[ACTIONS_PER_STEP];
    int count = epoll_wait(loop->sockets.epoll.number, events, max, 0);

    for (int i = 0; i < count && loop->multi != NULL; i++) {
        int what = 0;

        what |= (events[i].events & EPOLLIN) ? CURL_CSELECT_IN : 0;
        what |= (events[i].events & EPOLLOUT) ? CURL_CSELECT_OUT : 0;
        what |= (events[i].events & (EPOLLERR | EPOLLHUP)) ? CURL_CSELECT_ERR : 0;
        if (what == CURL_CSELECT_OUT) {
            act_on_writable(loop, events[i].data.fd);
        } else {
            hae_http_stall_end(&loop->sockets, events[i].data.fd);
            act(loop, events[i].data.fd, what);
        }
    }
    return count;
}

void hae_http_loop_step(struct hae_http_loop *loop)
{
    int left = ACTIONS_PER_STEP;
    int count = 1;

    hae_http_stall_end_due(&loop->sockets);
    /* libcurl sends a piece of a request for each event. What is still ready after the last one
     * keeps the descriptor readable, for the next step. */
    while (loop->sockets.watched_count > 0 && left > 0 && count > 0) {
        count = act_on_events(loop, left);
        left -= count;
    }
    if (loop->timer_due_ms >= 0 && loop->timer_due_ms <= (int64_t)hae_monotonic_ms()) {
        /* It has fired. libcurl sets it again in the call if it needs to. */
        loop->timer_due_ms = -1;
        act(loop, CURL_SOCKET_TIMEOUT, 0);
    }
    look_at_polled(loop);
    wake_unwatched(loop);
}

bool hae_http_loop_add(struct hae_http_loop *loop, CURL *easy)
{
    if (loop->multi == NULL) {
        loop->multi = new_multi(loop);
    }
    if (loop->multi == NULL) {
        hae_http_loop_break(loop, "out of memory");
    }
    if (loop->added_count == HAE_HTTP_CONNECTIONS_MAX) {
        hae_http_loop_break(loop, "too many transfers");
    }
    if (loop->broken == NULL) {
        judge(loop, curl_multi_add_handle(loop->multi, easy));
    }
    if (loop->broken != NULL) {
        return false;
    }
    loop->added[loop->added_count++] = easy;
    /* It may be able to send where others are not. */
    hae_http_stall_end_all(&loop->sockets);
    return true;
}

static void remove_ended(struct hae_http_loop *loop, CURL *easy)
{
    int i = 0;

    judge(loop, curl_multi_remove_handle(loop->multi, easy));
    while (i < loop->added_count && loop->added[i] != easy) {
        i++;
    }
    if (i < loop->added_count) {
        loop->added[i] = loop->added[--loop->added_count];
    }
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
