/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and stopping haetae: all that a service has to do about it, once. */
#ifndef HAETAE_EXAMPLES_DISPATCH_TELEMETRY_H
#define HAETAE_EXAMPLES_DISPATCH_TELEMETRY_H

#include <haetae/haetae.h>

/* Starts an SDK that ships over OTLP/HTTP as the OTEL_* environment says. A
 * service must run without its telemetry: on failure this says why on standard
 * error and returns NULL, with which every haetae call is a no-op. */
haetae_sdk *telemetry_start(const char *service_name);

/* Ships what is left, within five seconds, and frees the SDK. Writes the final
 * statistics as one line of JSON to `stats_file` (NULL: standard output). */
void telemetry_stop(haetae_sdk *sdk, const char *service_name, const char *stats_file);

/* Seconds on the monotonic clock, for durations. */
double telemetry_now_s(void);

#endif
