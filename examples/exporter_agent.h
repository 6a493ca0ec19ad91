/* SPDX-License-Identifier: Apache-2.0 */
/* The other end of exporter.c: an agent that takes OTLP requests from a Unix
 * socket and counts what it got. Both ends run on one machine, so numbers are
 * in its own byte order. */
#ifndef HAETAE_EXAMPLES_EXPORTER_AGENT_H
#define HAETAE_EXAMPLES_EXPORTER_AGENT_H

#include <stdint.h>

#include <haetae/exporter.h>

/* A packet to the agent: this, and after it the body. */
struct agent_request {
    uint32_t id;
    uint32_t signal; /* a haetae_signal */
    uint64_t item_count;
};

/* A packet back. */
struct agent_answer {
    uint32_t id;
    uint32_t verdict;       /* a haetae_verdict              */
    int64_t retry_after_ms; /* with HAETAE_VERDICT_RETRY, or -1 */
};

struct agent;

/* Starts an agent in a thread of its own, on a socket in a fresh directory. It is
 * busy at first: it asks for its first request to be sent again 20 ms later.
 * NULL when it can't. */
struct agent *agent_start(void);
/* Stops it and frees it, once no exporter is connected any more. NULL: does
 * nothing. */
void agent_stop(struct agent *agent);

const char *agent_path(const struct agent *agent);
/* Items of a signal that it accepted. */
uint64_t agent_received(const struct agent *agent, haetae_signal signal);

#endif
