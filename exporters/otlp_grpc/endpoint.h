/* SPDX-License-Identifier: Apache-2.0 */
/* From an endpoint option to a URL without a path.
 * Specification: "OpenTelemetry Protocol Exporter", "Configuration Options". */
#ifndef HAETAE_OTLP_GRPC_ENDPOINT_H
#define HAETAE_OTLP_GRPC_ENDPOINT_H

#include <stdbool.h>

#include "haetae/status.h"

/* Takes "http://host:port", "https://host:port" and "host:port", which uses TLS unless it is
 * `insecure`.
 * Ownership: *ret_url is the caller's, for free().
 * Errors: HAETAE_EVALUE, with *ret_why saying what is wrong; HAETAE_ENOMEM. */
haetae_status hae_grpc_endpoint(const char *endpoint, bool insecure, char **ret_url,
                                const char **ret_why);

#endif
