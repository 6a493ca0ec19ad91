/* SPDX-License-Identifier: Apache-2.0 */
/* Starts and stops haetae: everything that a service must do once. */
#ifndef HAETAE_EXAMPLES_DISPATCH_TELEMETRY_H
#define HAETAE_EXAMPLES_DISPATCH_TELEMETRY_H

#include <haetae/haetae.h>

/* Starts an SDK that exports over OTLP/HTTP, configured by the OTEL_* environment.
 * A service must run without its telemetry: on failure this function prints the
 * reason on standard error and returns NULL. Every haetae call accepts NULL and
 * then does nothing. */
haetae_sdk *telemetry_start(const char *service_name);

/* Exports what is left, within five seconds, and frees the SDK. Writes the final
 * statistics as one line of JSON to `stats_file` (NULL: standard output). */
void telemetry_stop(haetae_sdk *sdk, const char *service_name, const char *stats_file);

/* Seconds on the monotonic clock, for durations. */
double telemetry_now_s(void);

#endif
