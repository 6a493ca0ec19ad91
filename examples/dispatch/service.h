/* SPDX-License-Identifier: Apache-2.0 */
/* What the two services' main() have in common: options, the port file, and
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

/* False, with a word on standard error, when the arguments are not right. */
bool service_parse(int argc, char **argv, struct service_options *ret_options);

/* Keeps SIGTERM and SIGINT from every thread, for service_wait(). To be called
 * before the first thread starts. */
void service_block_signals(void);

/* Says where the service listens, then waits for SIGTERM or SIGINT. False when
 * the port file can't be written. */
bool service_wait(const char *name, const struct service_options *options, uint16_t port);

#endif
