/* SPDX-License-Identifier: Apache-2.0 */
/* A server on 127.0.0.1 that lets the test control each byte of a connection, for
 * behaviour that a real server should not have. */
#ifndef HAETAE_TESTS_SUPPORT_HTTP_SERVER_RAW_H
#define HAETAE_TESTS_SUPPORT_HTTP_SERVER_RAW_H

#include <stdbool.h>
#include <stddef.h>

struct http_server_raw;

/* Handles one connection, numbered from 1. The server closes it afterwards. Runs in the
 * server's only thread. */
typedef void (*http_server_raw_handler)(struct http_server_raw *server, int connection,
                                        unsigned number);

struct http_server_raw *http_server_raw_start(http_server_raw_handler handler);

/* Ends the thread, even while the handler waits. */
void http_server_raw_stop(struct http_server_raw *server);
unsigned http_server_raw_port(const struct http_server_raw *server);
unsigned http_server_raw_connection_count(struct http_server_raw *server);

/* For handlers. Each returns false when the peer is gone or the server stops. */
bool http_server_raw_read_request(struct http_server_raw *server, int connection);
bool http_server_raw_write(struct http_server_raw *server, int connection, const void *data,
                           size_t size);
bool http_server_raw_write_text(struct http_server_raw *server, int connection, const char *text);

/* Reads until the peer closes. */
void http_server_raw_wait_close(struct http_server_raw *server, int connection);

/* Waits between two bytes; ends early like the functions above. */
bool http_server_raw_pause(struct http_server_raw *server, int connection, int pause_ms);

/* Makes close() reset the connection. */
void http_server_raw_will_reset(int connection);

#endif
