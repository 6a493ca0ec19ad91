/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_http/raw.h"

haetae_exporter *raw_exporter(unsigned port, const char *timeout_ms)
{
    struct fake_endpoint endpoint = fake_endpoint("http", port);

    return make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("TIMEOUT"), timeout_ms},
                                 {KEY("HEADERS"), "authorization=hunter2"}));
}

haetae_delivery raw_deliver(http_server_raw_handler handler, const char *timeout_ms)
{
    struct http_server_raw *server = http_server_raw_start(handler);
    haetae_exporter *exporter = raw_exporter(http_server_raw_port(server), timeout_ms);
    haetae_delivery delivery = a_delivery();

    fake_deliver(exporter, &delivery);
    haetae_exporter_free(exporter);
    http_server_raw_stop(server);
    assert_lacks(delivery.message, "hunter2");
    delivery.result.message = NULL;
    return delivery;
}

void raw_promise_and_close(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_read_request(server, connection);
    http_server_raw_write_text(server, connection,
                               "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n"
                               "Content-Length: 0\r\n\r\n");
}

void raw_reset_in_headers(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_read_request(server, connection);
    http_server_raw_write_text(server, connection, "HTTP/1.1 200 OK\r\nContent-Le");
    http_server_raw_will_reset(connection);
}
