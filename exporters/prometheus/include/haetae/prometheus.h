/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter for Prometheus: metrics on a page that a Prometheus server, or another program that
 * reads its formats, scrapes by HTTP. Link haetae::prometheus, or pkg-config haetae-prometheus;
 * haetae_start() then finds it by OTEL_METRICS_EXPORTER=prometheus. A program that calls no other
 * function of this header calls haetae_prometheus_register(), so that the linker keeps the library.
 *
 * The formats are the text format 0.0.4 and 1.0.0, OpenMetrics 1.0 with exemplars, and the protobuf
 * format with native histograms; the Accept header of a request chooses. docs/prometheus.md has the
 * rules for names, the configuration, and the cost of a page.
 * Specification: "Metrics Exporter - Prometheus", "Prometheus and OpenMetrics Compatibility". */
#ifndef HAETAE_PROMETHEUS_H
#define HAETAE_PROMETHEUS_H

#include "haetae/status.h"
#include "haetae/types.h"

HAETAE_BEGIN_DECLS

/* Registers the exporter "prometheus" with its configuration keys, OTEL_EXPORTER_PROMETHEUS_* and
 * HAETAE_PROMETHEUS_*. The shared library does this when it is loaded.
 * Threads: any. Errors: those of haetae_exporter_register(). */
HAETAE_API haetae_status haetae_prometheus_register(void);

/* Makes the exporter named "prometheus" with the keys of `config`, for metrics only, with its own
 * pull reader. Its server listens from now on, by default on localhost, port 9464, path /metrics,
 * in its own thread with all signals blocked; it answers 503 until the exporter's SDK has started.
 * haetae_start() does this itself.
 * A forked child serves nothing: the SDK closes its copies of the sockets, and the parent's server
 * goes on. haetae_prometheus_write() works in the child. If no SDK has the exporter, the child's
 * copies stay open and keep the port in use until it ends or calls exec().
 * Ownership: the caller owns the exporter until haetae_config_add_exporter(). Output untouched on
 * failure.
 * Errors: HAETAE_EVALUE (a host, path, certificate, or password that cannot be used), HAETAE_EIO
 * (the address cannot be listened on, for example because another process has the port),
 * HAETAE_EUNSUPPORTED (TLS with a libmicrohttpd that has none), HAETAE_ENOMEM, HAETAE_ETHREAD,
 * HAETAE_EINVAL; haetae_config_error() names the key. */
HAETAE_API haetae_status haetae_prometheus_new(haetae_config *config,
                                               haetae_exporter **ret_exporter);

/* The port that the server listens on; the system has picked it if the configuration says 0.
 * A NULL `exporter` stands for the one that was made last and still exists, such as that of
 * haetae_start(). 0: there is no such exporter, or it has no server. Threads: any. */
HAETAE_API uint32_t haetae_prometheus_port(const haetae_exporter *exporter);

/* Receives a page, with the Content-Type that it has. Both are valid during the call. */
typedef void (*haetae_prometheus_callback)(void *user, const char *content_type,
                                           const uint8_t *page, size_t size_bytes);

/* Collects, and passes the page to `callback`, once. For a program with its own HTTP server, which
 * sets HAETAE_PROMETHEUS_SERVER to false. `accept` is the value of the request's Accept header;
 * NULL stands for text 0.0.4. `exporter`: as above. A call waits for a collection of another thread
 * or scrape, and for its own, together no longer than `timeout_ms`.
 * Threads: any, but not within callbacks of the SDK, and not after the end of the exporter's SDK
 * has begun, unless `exporter` is NULL.
 * Errors: HAETAE_EINVAL (NULL for the callback, or there is no such exporter), HAETAE_ETIMEOUT,
 * HAETAE_ESHUTDOWN (no SDK that runs has the exporter), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_prometheus_write(const haetae_exporter *exporter,
                                                 const char *accept, uint32_t timeout_ms,
                                                 haetae_prometheus_callback callback, void *user);

HAETAE_END_DECLS

#endif
