/* SPDX-License-Identifier: Apache-2.0 */
/* The SDK: start, flush, shut down. */
#ifndef HAETAE_SDK_H
#define HAETAE_SDK_H

#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* Starts recording and exporting: maps the recorder's memory, describes the
 * resource, starts the worker thread last.
 * `config` is read and stays the caller's, who may free it right away; the
 * exporters added to it become the SDK's on success, and stay the
 * configuration's on failure. NULL: the defaults, with no exporter.
 * With OTEL_SDK_DISABLED=true *ret_sdk is set to NULL, which every call takes
 * as "record nothing", and the status is HAETAE_OK.
 * Several SDKs may run in one process (at most 8). Each has descriptors of its own: a program
 * that closes all it finds does so before the start.
 * A child made by fork() goes on with the same handles, as a process and instance of
 * its own, and with HAETAE_RECORDER_DIR in a file of its own: docs/fork.md.
 * Threads: any. Errors: HAETAE_EINVAL, HAETAE_EVALUE (values that contradict each
 * other, an exporter name that was not added, a HAETAE_RECORDER_DIR that can't serve;
 * haetae_config_error() says which),
 * HAETAE_ENOMEM, HAETAE_EIO, HAETAE_ETHREAD, HAETAE_ELIMIT. Output untouched on failure. */
HAETAE_API haetae_status haetae_sdk_start(haetae_config *config, haetae_sdk **ret_sdk);

/* Starts what is configured and linked: makes the exporters that OTEL_TRACES_EXPORTER,
 * OTEL_METRICS_EXPORTER and OTEL_LOGS_EXPORTER name, and starts an SDK with them. The default
 * is "otlp", spoken as OTEL_EXPORTER_OTLP_PROTOCOL says. An exporter is there when its library
 * is linked: haetae-otlp-http has "otlp" for http/protobuf, haetae-console has "console".
 * With NULL as `config` the environment configures it: variables that cannot be used are
 * left out, and an error or warning is one line on standard error. With a configuration,
 * haetae_config_error() has the error, and exporters that were added to it are used too:
 * a signal whose key is not set gets these instead of "otlp".
 * Ownership, threads and OTEL_SDK_DISABLED as for haetae_sdk_start(); exporters that this call
 * made are gone again when it fails.
 * Errors: those of haetae_sdk_start() and of the exporters; HAETAE_EVALUE also for an exporter
 * that is not linked. Output untouched on failure, so that a NULL from before goes on meaning
 * "record nothing". */
HAETAE_API haetae_status haetae_start(haetae_config *config, haetae_sdk **ret_sdk);

/* Exports all that was recorded before the call, metrics included, and waits
 * until every exporter has an answer or `timeout_ms` has passed. Everything that
 * waits is tried once, whatever the pause after a failure; only a pause that the
 * receiver asked for is respected.
 * Threads: any but the worker's. Errors: HAETAE_ETIMEOUT (what is left goes on being
 * tried), HAETAE_ESHUTDOWN. NULL `sdk`: HAETAE_OK. Specification: "ForceFlush". */
HAETAE_API haetae_status haetae_sdk_force_flush(haetae_sdk *sdk, uint32_t timeout_ms);

/* Stops recording, exports what is left, as a flush does, and stops the worker. Returns by
 * `timeout_ms` whatever the receivers do, or 200 ms later when an exporter or a callback
 * blocks the worker; what could not be delivered by then is dropped and counted
 * (HAETAE_DROP_SHUTDOWN), or, with HAETAE_RECORDER_DIR, stays in its file for the next start and
 * goes on counting as held. Handles stay valid: recording with them does nothing and is counted.
 * Threads: any; the second of two calls waits for the first and returns
 * HAETAE_ESHUTDOWN. Errors: HAETAE_ETIMEOUT, HAETAE_ESHUTDOWN. NULL `sdk`: HAETAE_OK.
 * Specification: "Shutdown". */
HAETAE_API haetae_status haetae_sdk_shutdown(haetae_sdk *sdk, uint32_t timeout_ms);

/* Frees the SDK with its tracers, meters, loggers and instruments; shuts it down
 * with a timeout of 0 first if that was not done. No other thread may be using a
 * handle of this SDK, but span handles that are left become harmless. When an
 * exporter blocks the worker for ever, what the worker uses is not freed.
 * An SDK with exporters or callbacks in a module, or started by it, has to be freed
 * before dlclose() unloads the module. At the end of a process nothing has to be freed.
 * NULL: does nothing. */
HAETAE_API void haetae_sdk_free(haetae_sdk *sdk);

/* Drives an SDK that was configured with HAETAE_WORKER=manual: does what is due and
 * waits up to `timeout_ms` for more to do. One thread at a time.
 * Errors: HAETAE_EINVAL (the SDK has a worker), HAETAE_ESHUTDOWN. NULL `sdk`: HAETAE_OK. */
HAETAE_API haetae_status haetae_sdk_step(haetae_sdk *sdk, uint32_t timeout_ms);

HAETAE_END_DECLS

#endif
