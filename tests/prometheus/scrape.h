/* SPDX-License-Identifier: Apache-2.0 */
/* A client of the exporter, over a socket of its own, and an SDK to scrape. */
#ifndef HAETAE_TESTS_PROMETHEUS_SCRAPE_H
#define HAETAE_TESTS_PROMETHEUS_SCRAPE_H

#include <stddef.h>
#include <stdint.h>

#include "haetae/haetae.h"

struct scraped {
    int status;
    char *headers; /* the whole head, NUL-terminated */
    char *body;    /* NUL-terminated */
    size_t body_size;
};

struct scrape_sdk {
    haetae_sdk *sdk;
    haetae_exporter *exporter;
    uint32_t port;
    char diagnostics[4096];
};

/* Starts an SDK that is scraped on a port that the system picks. `pairs`: more keys and values,
 * that end with NULL. */
void scrape_sdk_start(struct scrape_sdk *fixture, const char *const *pairs);
void scrape_sdk_stop(struct scrape_sdk *fixture);

/* A connection; -1: refused. */
int scrape_connect(uint32_t port);
void scrape_send(int connection, const char *text);

/* Reads an answer. `has_body`: false for one to HEAD. */
void scrape_read(int connection, bool has_body, struct scraped *ret_answer);

/* One request: `method` and target, such as "GET /metrics", and header lines that end with \r\n. */
void scrape(uint32_t port, const char *request, const char *headers, struct scraped *ret_answer);
void scraped_done(struct scraped *answer);

/* Reads to the end of the connection. Returns the count of bytes. */
size_t scrape_drain(int connection);

#endif
