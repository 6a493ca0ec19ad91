/* SPDX-License-Identifier: Apache-2.0 */
/* The OTLP/gRPC exporter, over libcurl's HTTP/2.
 * Link haetae::otlp_grpc, or pkg-config haetae-otlp-grpc; haetae_start() then finds it if
 * OTEL_EXPORTER_OTLP_PROTOCOL, or the key of a signal, is "grpc". A program that calls no other
 * function of this header calls haetae_otlp_grpc_register(), so that the linker keeps the library.
 * Specification: "OTLP/gRPC", "OTLP Exporter". */
#ifndef HAETAE_OTLP_GRPC_H
#define HAETAE_OTLP_GRPC_H

#include "haetae/status.h"
#include "haetae/types.h"

HAETAE_BEGIN_DECLS

/* Registers the exporter "otlp" for grpc with its configuration keys, OTEL_EXPORTER_OTLP_*. The
 * shared library does this when it is loaded.
 * Threads: any. Errors: those of haetae_exporter_register(). */
HAETAE_API haetae_status haetae_otlp_grpc_register(void);

/* Makes the exporter named "otlp" with the OTEL_EXPORTER_OTLP_* keys of `config`, as
 * haetae_otlp_http_new() does (haetae/otlp_http.h): timeouts, certificates and the end of the
 * process are as there. haetae_start() does this itself. Of the endpoint it takes
 * "http://host:port", "https://host:port", "unix:///path", "unix:path", "unix-abstract:name" and
 * "host:port", which uses TLS unless OTEL_EXPORTER_OTLP_INSECURE is true; unset, it is
 * http://localhost:4317.
 * Ownership: the caller owns the exporter until haetae_config_add_exporter(). Output untouched
 * on failure.
 * Errors: HAETAE_EVALUE (an endpoint, header, protocol, compression or certificate that cannot be
 * used), HAETAE_ENOMEM, HAETAE_EINVAL, HAETAE_EIO (no descriptor left), HAETAE_EUNSUPPORTED
 * (libcurl older than 7.74 at run time, one without HTTP/2, or one that cannot be initialized);
 * haetae_config_error() says which. */
HAETAE_API haetae_status haetae_otlp_grpc_new(haetae_config *config,
                                              haetae_exporter **ret_exporter);

HAETAE_END_DECLS

#endif
