/* SPDX-License-Identifier: Apache-2.0 */
/* The OTLP/HTTP exporter: binary protobuf or JSON over HTTP, on libcurl.
 * Link haetae::otlp_http, or pkg-config haetae-otlp-http; haetae_start() then finds it. A program
 * that calls no other function of this header calls haetae_otlp_http_register(), so that the linker
 * keeps the library.
 *
 * JSON is for receivers that take nothing else. It takes several times the bytes before
 * compression, and the worker's time: it is made from the SDK's protobuf when a request is sent,
 * and, if not compressed, held until the answer has arrived. A body has at most 64 MiB in either
 * form; the SDK splits a request that would be larger. Specification: "OTLP/HTTP", "OTLP Exporter".
 */
#ifndef HAETAE_OTLP_HTTP_H
#define HAETAE_OTLP_HTTP_H

#include "haetae/status.h"
#include "haetae/types.h"

HAETAE_BEGIN_DECLS

/* Registers the exporter "otlp" for http/protobuf and http/json with its configuration keys,
 * OTEL_EXPORTER_OTLP_*. The shared library does this when it is loaded.
 * Threads: any. Errors: those of haetae_exporter_register(). */
HAETAE_API haetae_status haetae_otlp_http_register(void);

/* Makes the exporter named "otlp" with the OTEL_EXPORTER_OTLP_* keys of `config`:
 * endpoints, headers, timeouts, compression and certificates, in general and for each signal. It
 * speaks http/json for all signals if OTEL_EXPORTER_OTLP_PROTOCOL says so. haetae_start() does this
 * itself.
 * A try ends with the shorter of two timeouts: OTEL_EXPORTER_OTLP_TIMEOUT, and the export timeout
 * of the signal (OTEL_BSP_EXPORT_TIMEOUT and others). A timeout is a failure that is tried again,
 * and so is a certificate that either side refuses: HAETAE_RETRY_ELAPSED_MS limits all tries.
 * Replaced files of certificates and keys count from the next request on. An endpoint may be a Unix
 * socket, "unix:///run/collector.sock". HAETAE_OTLP_* keys set how long connections live and other
 * extensions. docs/config.md has the details.
 * With an https endpoint the exporter stops in the process's exit handlers, before the TLS library
 * does, and drops what it gets afterwards. So a program that shuts its SDK down in an exit handler
 * calls atexit() after this call.
 * Ownership: the caller owns the exporter until haetae_config_add_exporter(). Output untouched on
 * failure.
 * Errors: HAETAE_EVALUE (an endpoint, header, protocol or certificate that cannot be used),
 * HAETAE_ENOMEM, HAETAE_EINVAL, HAETAE_EIO (no descriptor left), HAETAE_EUNSUPPORTED (libcurl older
 * than 7.74 at run time, or one that cannot be initialized); haetae_config_error() says which. */
HAETAE_API haetae_status haetae_otlp_http_new(haetae_config *config,
                                              haetae_exporter **ret_exporter);

HAETAE_END_DECLS

#endif
