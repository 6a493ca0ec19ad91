/* SPDX-License-Identifier: Apache-2.0 */
/* The OTLP/HTTP exporter: binary protobuf over HTTP, on libcurl.
 * Link haetae::otlp_http, or pkg-config haetae-otlp-http.
 * Specification: "OTLP/HTTP", "OTLP Exporter". */
#ifndef HAETAE_OTLP_HTTP_H
#define HAETAE_OTLP_HTTP_H

#include "haetae/exporter.h"
#include "haetae/sdk.h"

HAETAE_BEGIN_DECLS

/* Makes the exporter named "otlp", from the OTEL_EXPORTER_OTLP_* keys of `config`
 * (endpoints, headers, timeouts, compression, certificates; general and for each
 * signal), which is only read here.
 * With an https endpoint it ends with the process's exit handlers, before the TLS library
 * does: handlers that are to shut down an SDK are registered with atexit() after this
 * call. What it is sent later is dropped.
 * Ownership: the exporter is the caller's until haetae_config_add_exporter().
 * Errors: HAETAE_EVALUE (an endpoint, header, compression, protocol or certificate
 * that can't be used; haetae_otlp_http_error() names the key and the value),
 * HAETAE_ENOMEM, HAETAE_EINVAL, HAETAE_EIO (no descriptor left), HAETAE_EUNSUPPORTED
 * (libcurl older than 7.87 at run time, or one that can't be initialised). Output untouched
 * on failure. */
HAETAE_API haetae_status haetae_otlp_http_new(const haetae_config *config,
                                              haetae_exporter **ret_exporter);

/* Starts an SDK that exports by OTLP over HTTP, configured by the environment alone:
 * what most programs want. The same by several calls, for those who set or add more, is
 * haetae_config_new(), haetae_config_load_env(), haetae_otlp_http_new(),
 * haetae_config_add_exporter(), haetae_sdk_start().
 * Variables that can't be used are left out, and told of on standard error, but
 * what the exporter needs (as above) and what contradicts itself fails the start.
 * Ownership: the caller's, for haetae_sdk_free(). With OTEL_SDK_DISABLED=true *ret_sdk is
 * NULL and the status HAETAE_OK.
 * Errors: those of the calls above; haetae_otlp_http_error() tells. Output untouched on
 * failure, so that a NULL from before goes on meaning "record nothing". */
HAETAE_API haetae_status haetae_otlp_http_start(haetae_sdk **ret_sdk);

/* Text about the calling thread's last haetae_otlp_http_new() or _start() that failed; ""
 * when there was none. Valid until the thread's next such call. */
HAETAE_API const char *haetae_otlp_http_error(void);

HAETAE_END_DECLS

#endif
