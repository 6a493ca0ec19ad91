/* SPDX-License-Identifier: Apache-2.0 */
/* The loop's callbacks, called as libcurl calls them, or as it should not. */
#include "otlp/loop.c"

#include "otlp_http/harness.h"

/* A connected pair; the first is writable at once. */
static void make_pair(int sockets[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
}

static uint32_t ready_events(struct hae_http_loop *loop, int *ret_socket)
{
    struct epoll_event event = {0};

    if (epoll_wait(loop->epoll_fd, &event, 1, 0) < 1) {
        return 0;
    }
    *ret_socket = event.data.fd;
    return event.events;
}

static void loop_watches_and_unwatches(void **state)
{
    struct hae_http_loop loop;
    int sockets[2];
    int ready = -1;

    (void)state;
    make_pair(sockets);
    assert_int_equal(hae_http_loop_init(&loop), HAETAE_OK);
    on_socket(NULL, sockets[0], CURL_POLL_IN, &loop, NULL);
    assert_int_equal(ready_events(&loop, &ready), 0);
    on_socket(NULL, sockets[0], CURL_POLL_INOUT, &loop, NULL);
    assert_int_equal(ready_events(&loop, &ready), EPOLLOUT);
    assert_int_equal(ready, sockets[0]);
    on_socket(NULL, sockets[0], CURL_POLL_REMOVE, &loop, NULL);
    assert_int_equal(ready_events(&loop, &ready), 0);
    on_socket(NULL, sockets[0], CURL_POLL_REMOVE, &loop, NULL);
    assert_int_equal(loop.watched_count, 0);
    assert_null(loop.broken);
    hae_http_loop_done(&loop);
    close(sockets[0]);
    close(sockets[1]);
}

static void loop_forgets_a_socket_that_was_closed_before_it_is_told(void **state)
{
    struct hae_http_loop loop;
    int sockets[2];
    int inherited;
    int ready = -1;

    (void)state;
    make_pair(sockets);
    assert_int_equal(hae_http_loop_init(&loop), HAETAE_OK);
    on_socket(NULL, sockets[0], CURL_POLL_OUT, &loop, NULL);
    /* As in a child that was forked. */
    inherited = dup(sockets[0]);
    close(sockets[0]);
    on_socket(NULL, sockets[0], CURL_POLL_REMOVE, &loop, NULL);
    assert_int_equal(ready_events(&loop, &ready), 0);
    assert_null(loop.broken);
    hae_http_loop_done(&loop);
    close(inherited);
    close(sockets[1]);
}

static void loop_watches_a_new_socket_under_an_old_number(void **state)
{
    struct curl_sockaddr address = {.family = AF_INET, .socktype = SOCK_DGRAM};
    struct hae_http_loop loop;
    int sockets[2];
    int ready = -1;

    (void)state;
    assert_int_equal(hae_http_loop_init(&loop), HAETAE_OK);
    make_pair(sockets);
    on_socket(NULL, sockets[0], CURL_POLL_IN, &loop, NULL);
    on_socket(NULL, sockets[1], CURL_POLL_OUT, &loop, NULL);
    close(sockets[1]);
    /* Only its closing shows, if the old one is still watched. */
    assert_int_equal(on_open(&loop, CURLSOCKTYPE_IPCXN, &address), sockets[1]);
    on_socket(NULL, sockets[0], CURL_POLL_REMOVE, &loop, NULL);
    close(sockets[0]);
    assert_int_equal(ready_events(&loop, &ready), EPOLLOUT);
    assert_int_equal(ready, sockets[1]);
    assert_int_equal(loop.watched_count, 1);
    close(sockets[1]);
    hae_http_loop_done(&loop);
}

static void loop_is_broken_by_what_it_cannot_watch_and_whole_after_a_reset(void **state)
{
    struct hae_http_loop loop;
    int sockets[HAE_HTTP_SOCKETS_MAX + 2];

    (void)state;
    assert_int_equal(hae_http_loop_init(&loop), HAETAE_OK);
    for (size_t i = 0; i < HAE_HTTP_SOCKETS_MAX + 2; i += 2) {
        make_pair(&sockets[i]);
    }
    for (size_t i = 0; i < HAE_HTTP_SOCKETS_MAX; i++) {
        on_socket(NULL, sockets[i], CURL_POLL_IN, &loop, NULL);
    }
    assert_null(loop.broken);
    on_socket(NULL, sockets[HAE_HTTP_SOCKETS_MAX], CURL_POLL_IN, &loop, NULL);
    assert_non_null(loop.broken);
    assert_int_equal(hae_http_loop_wait_ms(&loop), 0);

    hae_http_loop_reset(&loop);
    assert_int_equal(loop.watched_count, 0);
    assert_null(loop.broken);
    on_socket(NULL, 1023, CURL_POLL_IN, &loop, NULL);
    assert_non_null(loop.broken);
    hae_http_loop_done(&loop);
    for (size_t i = 0; i < HAE_HTTP_SOCKETS_MAX + 2; i++) {
        close(sockets[i]);
    }
}

static void loop_keeps_the_timer_it_is_given(void **state)
{
    struct hae_http_loop loop;

    (void)state;
    assert_int_equal(hae_http_loop_init(&loop), HAETAE_OK);
    assert_true(hae_http_loop_wait_ms(&loop) < 0);
    on_timer(loop.multi, 100000, &loop);
    assert_in_range(hae_http_loop_wait_ms(&loop), 1, 100000);
    on_timer(loop.multi, 0, &loop);
    assert_int_equal(hae_http_loop_wait_ms(&loop), 0);
    on_timer(loop.multi, -1, &loop);
    assert_true(hae_http_loop_wait_ms(&loop) < 0);
    hae_http_loop_done(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loop_watches_and_unwatches),
        cmocka_unit_test(loop_forgets_a_socket_that_was_closed_before_it_is_told),
        cmocka_unit_test(loop_watches_a_new_socket_under_an_old_number),
        cmocka_unit_test(loop_is_broken_by_what_it_cannot_watch_and_whole_after_a_reset),
        cmocka_unit_test(loop_keeps_the_timer_it_is_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
