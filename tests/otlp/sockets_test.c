/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that are watched, and closed at the wrong moment. */
#include "otlp/sockets.c"

#include "otlp_http/harness.h"

/* A connected pair; the first is writable at once. */
static void make_pair(int pair[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
}

static uint32_t ready_events(const struct hae_http_sockets *sockets, int *ret_socket)
{
    struct epoll_event event = {0};

    if (epoll_wait(sockets->epoll.number, &event, 1, 0) < 1) {
        return 0;
    }
    *ret_socket = event.data.fd;
    return event.events;
}

static void sockets_forget_one_that_was_closed_before_it_is_told(void **state)
{
    struct hae_http_sockets sockets;
    int pair[2];
    int inherited;
    int ready = -1;

    (void)state;
    make_pair(pair);
    assert_int_equal(hae_http_sockets_init(&sockets), HAETAE_OK);
    hae_http_sockets_watch(&sockets, NULL, pair[0], EPOLLOUT);
    /* As in a child that was forked. */
    inherited = dup(pair[0]);
    close(pair[0]);
    hae_http_sockets_unwatch(&sockets, pair[0]);
    assert_int_equal(ready_events(&sockets, &ready), 0);
    hae_http_sockets_done(&sockets);
    close(inherited);
    close(pair[1]);
}

static void sockets_watch_a_new_one_under_an_old_number(void **state)
{
    struct curl_sockaddr address = {.family = AF_INET, .socktype = SOCK_DGRAM};
    struct hae_http_sockets sockets;
    struct hae_http_opener opener = {.sockets = &sockets};
    int pair[2];
    int ready = -1;

    (void)state;
    assert_int_equal(hae_http_sockets_init(&sockets), HAETAE_OK);
    make_pair(pair);
    hae_http_sockets_watch(&sockets, NULL, pair[0], EPOLLIN);
    hae_http_sockets_watch(&sockets, NULL, pair[1], EPOLLIN);
    hae_http_sockets_watch(&sockets, NULL, pair[1], EPOLLOUT); /* this is what counts */
    close(pair[1]);
    /* Only its closing shows, if the old one is still watched. */
    assert_int_equal(on_open(&opener, CURLSOCKTYPE_IPCXN, &address), pair[1]);
    assert_int_equal(opener.error, 0);
    hae_http_sockets_unwatch(&sockets, pair[0]);
    close(pair[0]);
    assert_int_equal(ready_events(&sockets, &ready), EPOLLOUT);
    assert_int_equal(ready, pair[1]);
    assert_int_equal(sockets.watched_count, 1);
    assert_int_equal(on_close(&sockets, pair[1]), 0);
    assert_int_equal(ready_events(&sockets, &ready), 0);
    assert_int_equal(sockets.open_count, 0);
    hae_http_sockets_unwatch(&sockets, pair[1]);
    hae_http_sockets_done(&sockets);
}

/* libcurl opens sockets by our callback, but closes some without it. */
static void sockets_keep_no_trace_of_one_that_libcurl_closed(void **state)
{
    struct curl_sockaddr address = {.family = AF_INET, .socktype = SOCK_DGRAM};
    struct hae_http_sockets sockets;
    struct hae_http_opener opener = {.sockets = &sockets};
    int number;

    (void)state;
    assert_int_equal(hae_http_sockets_init(&sockets), HAETAE_OK);
    for (int i = 0; i < 2 * HAE_HTTP_OPEN_MAX; i++) {
        number = on_open(&opener, CURLSOCKTYPE_IPCXN, &address);
        assert_true(number >= 0);
        close(number);
    }
    assert_int_equal(sockets.open_count, 1);
    assert_true(hae_http_sockets_are_intact(&sockets));
    hae_http_sockets_close(&sockets);
    assert_false(hae_http_sockets_can_wait(&sockets));
}

static void sockets_count_transfers_with_one_that_is_open(void **state)
{
    struct hae_http_sockets sockets;
    char transfers[2];
    int polled[HAE_HTTP_SOCKETS_MAX];
    int pairs[2][2];

    (void)state;
    assert_int_equal(hae_http_sockets_init(&sockets), HAETAE_OK);
    make_pair(pairs[0]);
    make_pair(pairs[1]);
    hae_http_sockets_watch(&sockets, &transfers[0], pairs[0][0], EPOLLIN);
    hae_http_sockets_watch(&sockets, &transfers[0], pairs[0][1], EPOLLIN);
    assert_int_equal(hae_http_sockets_transfers(&sockets), 1);
    /* One that goes to another transfer, and back. */
    hae_http_sockets_watch(&sockets, &transfers[1], pairs[0][1], EPOLLIN);
    assert_int_equal(hae_http_sockets_transfers(&sockets), 2);
    hae_http_sockets_watch(&sockets, &transfers[0], pairs[0][1], EPOLLIN);
    assert_int_equal(hae_http_sockets_transfers(&sockets), 1);
    hae_http_sockets_watch(&sockets, &transfers[1], pairs[1][0], EPOLLIN);
    assert_int_equal(hae_http_sockets_transfers(&sockets), 2);
    assert_int_equal(on_close(&sockets, pairs[1][0]), 0);
    assert_int_equal(hae_http_sockets_transfers(&sockets), 1);
    assert_int_equal(hae_http_sockets_polled(&sockets, polled), 0);
    hae_http_sockets_watch(&sockets, &transfers[1], 1023, EPOLLIN); /* not open */
    assert_int_equal(hae_http_sockets_polled(&sockets, polled), 1);
    assert_int_equal(polled[0], 1023);
    hae_http_sockets_done(&sockets);
    close(pairs[0][0]);
    close(pairs[0][1]);
    close(pairs[1][1]);
}

/* More than there are places for. */
static void sockets_beyond_the_last_place_change_nothing(void **state)
{
    struct hae_http_sockets sockets;
    int numbers[HAE_HTTP_SOCKETS_MAX + 1];
    int polled[HAE_HTTP_SOCKETS_MAX];
    int ready = -1;
    int pair[2];

    (void)state;
    assert_int_equal(hae_http_sockets_init(&sockets), HAETAE_OK);
    make_pair(pair);
    for (int i = 0; i <= HAE_HTTP_SOCKETS_MAX; i++) {
        numbers[i] = fcntl(pair[0], F_DUPFD_CLOEXEC, HAE_DESCRIPTOR_MIN);
        assert_true(numbers[i] >= 0);
        /* Only the last two could be written to. */
        hae_http_sockets_watch(&sockets, NULL, numbers[i],
                               i >= HAE_HTTP_SOCKETS_MAX - 1 ? EPOLLOUT : EPOLLIN);
    }
    assert_int_equal(sockets.watched_count, HAE_HTTP_SOCKETS_MAX);
    assert_int_equal(sockets.open_count, 0);
    assert_int_equal(hae_http_sockets_polled(&sockets, polled), 0);
    assert_int_equal(ready_events(&sockets, &ready), EPOLLOUT);
    assert_int_equal(ready, numbers[HAE_HTTP_SOCKETS_MAX - 1]);
    /* One that is watched already may change, and a place that is given up goes to the next. */
    hae_http_sockets_watch(&sockets, NULL, numbers[HAE_HTTP_SOCKETS_MAX - 1], EPOLLIN);
    assert_int_equal(ready_events(&sockets, &ready), 0);
    hae_http_sockets_unwatch(&sockets, numbers[0]);
    hae_http_sockets_watch(&sockets, NULL, numbers[HAE_HTTP_SOCKETS_MAX], EPOLLOUT);
    assert_int_equal(ready_events(&sockets, &ready), EPOLLOUT);
    assert_int_equal(ready, numbers[HAE_HTTP_SOCKETS_MAX]);
    for (int i = 0; i <= HAE_HTTP_SOCKETS_MAX; i++) {
        hae_http_sockets_unwatch(&sockets, numbers[i]);
        close(numbers[i]);
    }
    assert_int_equal(sockets.watched_count, 0);
    hae_http_sockets_done(&sockets);
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sockets_forget_one_that_was_closed_before_it_is_told),
        cmocka_unit_test(sockets_watch_a_new_one_under_an_old_number),
        cmocka_unit_test(sockets_keep_no_trace_of_one_that_libcurl_closed),
        cmocka_unit_test(sockets_count_transfers_with_one_that_is_open),
        cmocka_unit_test(sockets_beyond_the_last_place_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
