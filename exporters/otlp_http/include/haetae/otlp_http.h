/* SPDX-License-Identifier: Apache-2.0 */
/* The OTLP/HTTP exporter: binary protobuf over HTTP, on libcurl.
 * Link haetae::otlp_http, or pkg-config haetae-otlp-http.
 * Specification: "OTLP/HTTP", "OTLP Exporter". */
#ifndef HAETAE_OTLP_HTTP_H
#define HAETAE_OTLP_HTTP_H

#include "haetae/exporter.h"

HAETAE_BEGIN_DECLS

/* Makes the exporter named "otlp", from the OTEL_EXPORTER_OTLP_* keys of `config`
 * (endpoints, headers, timeouts, compression, certificates; general and for each
 * signal), which is only read here.
 * Ownership: the exporter is the caller's until haetae_config_add_exporter().
 * Errors: HAETAE_EVALUE (an endpoint, header, compression, protocol or certificate
 * that can't be used; haetae_otlp_http_error() names the key and the value),
 * HAETAE_ENOMEM, HAETAE_EINVAL, HAETAE_EIO (no descriptor left), HAETAE_EUNSUPPORTED
 * (libcurl older than 7.87 at run time). Output untouched on failure. */
HAETAE_API haetae_status haetae_otlp_http_new(const haetae_config *config,
                                              haetae_exporter **ret_exporter);

/* Text about the calling thread's last haetae_otlp_http_new() that failed; "" when
 * there was none. Valid until the thread's next such call. */
HAETAE_API const char *haetae_otlp_http_error(void);

HAETAE_END_DECLS

#endif
