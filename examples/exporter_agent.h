/* SPDX-License-Identifier: Apache-2.0 */
/* The other end of exporter.c: an agent that accepts OTLP requests from a Unix
 * socket and counts the items. Both ends run on one machine, so numbers have
 * its byte order. */
#ifndef HAETAE_EXAMPLES_EXPORTER_AGENT_H
#define HAETAE_EXAMPLES_EXPORTER_AGENT_H

#include <stdint.h>

#include <haetae/exporter.h>

/* A packet to the agent: this header, then the body. */
struct agent_request {
    uint32_t id;
    uint32_t signal; /* a haetae_signal */
    uint64_t item_count;
};

/* A packet from the agent. */
struct agent_answer {
    uint32_t id;
    uint32_t verdict;       /* a haetae_verdict              */
    int64_t retry_after_ms; /* with HAETAE_VERDICT_RETRY, or -1 */
};

struct agent;

/* Starts an agent in its own thread, on a socket in a new directory. The agent
 * is busy at first: it asks the exporter to send its first request again 20 ms later.
 * NULL on failure. */
struct agent *agent_start(void);
/* Stops and frees the agent, once no exporter is connected. NULL: does nothing. */
void agent_stop(struct agent *agent);

const char *agent_path(const struct agent *agent);
/* The number of a signal's items that the agent accepted. */
uint64_t agent_received(const struct agent *agent, haetae_signal signal);

#endif
