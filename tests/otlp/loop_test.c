/* SPDX-License-Identifier: Apache-2.0 */
/* The loop's callbacks, called as libcurl calls them, or as it should not. */
#include "otlp/loop.c"

#include <unistd.h>

#include <sys/socket.h>

#include "otlp_http/harness.h"

static uint32_t ready_events(struct hae_http_loop *loop, int *ret_socket)
{
    struct epoll_event event = {0};

    if (epoll_wait(hae_http_loop_descriptor(loop), &event, 1, 0) < 1) {
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
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    assert_int_equal(hae_http_loop_init(&loop, false), HAETAE_OK);
    on_socket(NULL, sockets[0], CURL_POLL_IN, &loop, NULL);
    assert_int_equal(ready_events(&loop, &ready), 0);
    on_socket(NULL, sockets[0], CURL_POLL_INOUT, &loop, NULL);
    assert_int_equal(ready_events(&loop, &ready), EPOLLOUT);
    assert_int_equal(ready, sockets[0]);
    on_socket(NULL, sockets[0], CURL_POLL_REMOVE, &loop, NULL);
    assert_int_equal(ready_events(&loop, &ready), 0);
    on_socket(NULL, sockets[0], CURL_POLL_REMOVE, &loop, NULL);
    assert_int_equal(loop.sockets.watched_count, 0);
    assert_null(loop.broken);
    hae_http_loop_done(&loop);
    close(sockets[0]);
    close(sockets[1]);
}

/* The caller is asked to come back soon. */
static void loop_is_whole_with_a_socket_that_it_cannot_watch(void **state)
{
    struct hae_http_loop loop;

    (void)state;
    assert_int_equal(hae_http_loop_init(&loop, false), HAETAE_OK);
    assert_true(hae_http_loop_wait_ms(&loop) < 0);
    on_socket(NULL, 1023, CURL_POLL_IN, &loop, NULL);
    hae_http_loop_step(&loop);
    assert_null(loop.broken);
    assert_in_range(hae_http_loop_wait_ms(&loop), 0, 10);
    hae_http_loop_reset(&loop);
    assert_int_equal(loop.sockets.watched_count, 0);
    assert_true(hae_http_loop_wait_ms(&loop) < 0);
    hae_http_loop_done(&loop);
}

/* Nobody writes to it. */
static void loop_pauses_for_a_socket_that_is_only_writable(void **state)
{
    struct hae_http_loop loop;
    int sockets[2];
    int ready = -1;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    assert_int_equal(hae_http_loop_init(&loop, false), HAETAE_OK);
    on_socket(NULL, sockets[0], CURL_POLL_INOUT, &loop, NULL);
    assert_int_equal(ready_events(&loop, &ready), EPOLLOUT);
    hae_http_loop_step(&loop);
    assert_int_equal(ready_events(&loop, &ready), 0);
    assert_in_range(hae_http_loop_wait_ms(&loop), 0, 1);
    on_socket(NULL, sockets[0], CURL_POLL_INOUT, &loop, NULL);
    assert_int_equal(ready_events(&loop, &ready), 0);
    for (int i = 0; i < 8; i++) {
        loop.sockets.watched[0].pause_due_ms = 0;
        assert_int_equal(hae_http_loop_wait_ms(&loop), 0);
        hae_http_loop_step(&loop);
    }
    assert_in_range(hae_http_loop_wait_ms(&loop), 0, 50);
    assert_int_equal(loop.sockets.watched[0].pause_ms, 50);

    assert_int_equal(write(sockets[1], "x", 1), 1);
    assert_int_equal(ready_events(&loop, &ready), EPOLLIN);
    hae_http_loop_step(&loop);
    assert_int_equal(ready_events(&loop, &ready), EPOLLIN | EPOLLOUT);
    assert_true(hae_http_loop_wait_ms(&loop) < 0);
    hae_http_loop_done(&loop);
    close(sockets[0]);
    close(sockets[1]);
}

static void loop_keeps_the_timer_it_is_given(void **state)
{
    struct hae_http_loop loop;

    (void)state;
    assert_int_equal(hae_http_loop_init(&loop, false), HAETAE_OK);
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
        cmocka_unit_test(loop_is_whole_with_a_socket_that_it_cannot_watch),
        cmocka_unit_test(loop_pauses_for_a_socket_that_is_only_writable),
        cmocka_unit_test(loop_keeps_the_timer_it_is_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
