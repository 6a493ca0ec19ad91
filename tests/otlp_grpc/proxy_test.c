/* SPDX-License-Identifier: Apache-2.0 */
/* Calls through a proxy that the environment names: it is asked for a tunnel. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "otlp_grpc/harness.h"
#include "support/http_server_raw.h"

static char asked[512]; /* the request for the tunnel, by the proxy's thread */
static _Atomic unsigned tunnel_count;

static int connect_to(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)},
                                  .sin_port = htons((uint16_t)port)};
    int upstream = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return connect(upstream, (struct sockaddr *)&address, sizeof address) == 0 ? upstream : -1;
}

static void read_question(int connection)
{
    size_t size = 0;

    while (size < sizeof asked - 1 && strstr(asked, "\r\n\r\n") == NULL) {
        struct pollfd waiting = {.fd = connection, .events = POLLIN};
        ssize_t count;

        (void)poll(&waiting, 1, -1);
        count = recv(connection, asked + size, sizeof asked - 1 - size, 0);
        if (count <= 0) {
            return;
        }
        size += (size_t)count;
        asked[size] = '\0';
    }
}

/* Passes bytes on in both directions until one side ends. */
static void relay(struct http_server_raw *server, int connection, int upstream)
{
    struct pollfd ends[] = {{.fd = connection, .events = POLLIN},
                            {.fd = upstream, .events = POLLIN}};

    for (;;) {
        (void)poll(ends, 2, -1);
        for (int i = 0; i < 2; i++) {
            char data[4096];
            ssize_t count =
                ends[i].revents != 0 ? recv(ends[i].fd, data, sizeof data, MSG_DONTWAIT) : 1;

            if (count <= 0) {
                return;
            }
            if (ends[i].revents != 0 &&
                !http_server_raw_write(server, ends[1 - i].fd, data, (size_t)count)) {
                return;
            }
        }
    }
}

static void open_tunnel(struct http_server_raw *server, int connection, unsigned number)
{
    const char *port;
    int upstream;

    (void)number;
    memset(asked, 0, sizeof asked);
    read_question(connection);
    port = strstr(asked, "127.0.0.1:");
    upstream = port != NULL ? connect_to((unsigned)atoi(port + strlen("127.0.0.1:"))) : -1;
    if (upstream < 0) {
        return;
    }
    atomic_fetch_add(&tunnel_count, 1);
    if (http_server_raw_write_text(server, connection, "HTTP/1.1 200 Connected\r\n\r\n")) {
        relay(server, connection, upstream);
    }
    close(upstream);
}

static void otlp_grpc_asks_a_proxy_for_a_tunnel(void **state)
{
    struct http_server_raw *proxy = http_server_raw_start(open_tunnel);
    struct grpc_pair pair = grpc_start(grpc_accept, KEY("HEADERS"), "");
    char url[96], expected[64];

    (void)state;
    snprintf(url, sizeof url, "http://user:hunter2@127.0.0.1:%u", http_server_raw_port(proxy));
    snprintf(expected, sizeof expected, "CONNECT 127.0.0.1:%u HTTP/1.1\r\n",
             http2_server_port(pair.server));
    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
    setenv("http_proxy", url, 1);
    for (int i = 0; i < 2; i++) {
        haetae_delivery delivery = a_delivery();

        fake_deliver(pair.exporter, &delivery);
        assert_string_equal(delivery.message, "");
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    }
    unsetenv("http_proxy");
    assert_int_equal(http2_server_request_count(pair.server), 2);
    grpc_stop(&pair);
    http_server_raw_stop(proxy);
    assert_int_equal(atomic_load(&tunnel_count), 1);
    assert_int_equal(strncmp(asked, expected, strlen(expected)), 0);
    assert_contains(asked, "Proxy-Authorization: Basic dXNlcjpodW50ZXIy\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_grpc_asks_a_proxy_for_a_tunnel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
