/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries to a server that does as a function says: support/http_server_raw.h. */
#ifndef HAETAE_TESTS_OTLP_HTTP_RAW_H
#define HAETAE_TESTS_OTLP_HTTP_RAW_H

#include "otlp_http/harness.h"
#include "support/http_server_raw.h"

/* Time enough for what ends by itself, and what must not be waited for. */
#define LONG_MS  "60000"
#define SHORT_MS "300"

haetae_exporter *raw_exporter(unsigned port, const char *timeout_ms);

/* Delivers once to a server with this behaviour. */
haetae_delivery raw_deliver(http_server_raw_handler handler, const char *timeout_ms);

/* Says that it keeps the connection, and closes it. */
void raw_promise_and_close(struct http_server_raw *server, int connection, unsigned number);

void raw_reset_in_headers(struct http_server_raw *server, int connection, unsigned number);

#endif
