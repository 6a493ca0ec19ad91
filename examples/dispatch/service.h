/* SPDX-License-Identifier: Apache-2.0 */
/* The common part of the two services' main(): options, the port file, and
 * waiting for SIGTERM. */
#ifndef HAETAE_EXAMPLES_DISPATCH_SERVICE_H
#define HAETAE_EXAMPLES_DISPATCH_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

struct service_options {
    uint16_t port;          /* --port: 0, the kernel's choice, if not given */
    const char *port_file;  /* --port-file: where to write the port once it listens */
    const char *stats_file; /* --stats-file: where telemetry_stop() writes */
    const char *maps_url;   /* --maps URL, e.g. http://127.0.0.1:8081 */
};

/* Returns false, and prints the reason on standard error, when the arguments are invalid. */
bool service_parse(int argc, char **argv, struct service_options *ret_options);

/* Blocks SIGTERM and SIGINT in every thread, for service_wait(). Call it before
 * the first thread starts. */
void service_block_signals(void);

/* Prints where the service listens, then waits for SIGTERM or SIGINT. Returns false
 * when it cannot write the port file. */
bool service_wait(const char *name, const struct service_options *options, uint16_t port);

#endif
