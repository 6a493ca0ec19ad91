/* SPDX-License-Identifier: Apache-2.0 */
/* The SDK: start, flush, shut down.
 *
 * No function of haetae is a cancellation point. pthread_cancel() takes effect after the call that
 * the thread is in; asynchronous cancellation (PTHREAD_CANCEL_ASYNCHRONOUS) is not supported.
 * None of these functions is for signal handlers: they wait and take locks. */
#ifndef HAETAE_SDK_H
#define HAETAE_SDK_H

#include "resource.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* Starts recording and exporting: maps the recorder's memory, describes the resource, and starts
 * the worker thread. A NULL `config` stands for the defaults, with no exporter.
 * With OTEL_SDK_DISABLED=true it sets *ret_sdk to NULL and returns HAETAE_OK; every call takes the
 * NULL and records nothing.
 * At most 8 SDKs run in one process. Each has its own file descriptors, so a program that closes
 * all descriptors must do so before the start. After a later closefrom() the SDK does not touch
 * what the program opens in their place, but reacts more slowly, and requests under way may be sent
 * twice. A child made by fork() goes on with the same handles, as a separate process and service
 * instance. With HAETAE_RECORDER_DIR it has its own file: docs/fork.md.
 * Ownership: the caller frees the SDK with haetae_sdk_free(). `config` stays the caller's and may
 * be freed at once; on success the SDK owns the exporters that were added to it, on failure the
 * configuration still does. Output untouched on failure.
 * The configuration may serve again for another SDK, once other exporters were added.
 * Threads: any. Errors: HAETAE_EINVAL (also when another SDK has the exporters that were added),
 * HAETAE_EVALUE (values that contradict each other, a HAETAE_RECORDER_DIR that cannot be used;
 * haetae_config_error() says which), HAETAE_ENOMEM, HAETAE_EIO, HAETAE_ETHREAD, HAETAE_ELIMIT. */
HAETAE_API haetae_status haetae_sdk_start(haetae_config *config, haetae_sdk **ret_sdk);

/* Makes the exporters that OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER and OTEL_LOGS_EXPORTER name,
 * and starts an SDK with them. The default is "otlp", with the protocol of
 * OTEL_EXPORTER_OTLP_PROTOCOL. The library of an exporter must be linked: haetae-otlp-http has
 * "otlp" for http/protobuf and http/json, haetae-console has "console", haetae-otlp-file
 * "otlp_file" and "otlp/stdout". A name that no linked library has is ignored, with a warning; if a
 * key has no other name, it counts as not set. With a NULL `config` the environment configures the
 * SDK: the call leaves out variables that cannot be used, and writes each error or warning as one
 * line to standard error. If a destination, header, certificate, key or protocol that was set
 * cannot be used, the call fails instead of using another one. With a configuration,
 * haetae_config_error() has the error; exporters that were added to it are used too, and a signal
 * whose key is not set goes to them instead of "otlp". Ownership, threads and OTEL_SDK_DISABLED as
 * for haetae_sdk_start(). On failure the call frees the exporters that it made. Output untouched on
 * failure, so a NULL in it still means "record nothing". Errors: those of haetae_sdk_start() and of
 * the exporters; HAETAE_EVALUE also if "otlp" is not linked for the protocol that is set, and if an
 * exporter does not take the signal whose key names it. */
HAETAE_API haetae_status haetae_start(haetae_config *config, haetae_sdk **ret_sdk);

/* Checks whether haetae_start() would start with this configuration, as far as possible without
 * starting: makes the exporters and frees them again, and checks values that belong together, and
 * the resource's size. haetae_config_error() and haetae_config_warnings() have the reasons. For
 * programs with an option that checks their configuration, such as `-t`.
 * The configuration stays the caller's and unchanged. Exporters that were added to it stay there.
 * Threads: any. Errors: those of haetae_start() except HAETAE_ETHREAD; HAETAE_EINVAL for NULL. */
HAETAE_API haetae_status haetae_config_check(haetae_config *config);

/* Returns a copy of the SDK's resource, which is sent with everything that it records.
 * In a child made by fork(), process.pid, process.creation.time and service.instance.id in it are
 * those of the process that started the SDK, though the child sends its own.
 * Ownership: the caller frees it with haetae_resource_free(). Output untouched on failure.
 * Threads: any. Errors: HAETAE_EINVAL (also a NULL `sdk`), HAETAE_ENOMEM. Specification: "Retrieve
 * attributes". */
HAETAE_API haetae_status haetae_sdk_resource(haetae_sdk *sdk, haetae_resource **ret_resource);

/* The time that the SDK gives to its records: Unix time in nanoseconds. Between two calls it
 * advances like a monotonic clock, whatever happens to the wall clock. For times that the host
 * sets, such as haetae_span_options.start_time_unix_ns. NULL `sdk`: the wall clock. Never blocks.
 * Threads: any, also signal handlers. */
HAETAE_API uint64_t haetae_now_unix_ns(const haetae_sdk *sdk);

/* Exports all that was recorded before the call, metrics included, and waits until each exporter
 * has an answer or `timeout_ms` has passed. It tries each request that waits once, without regard
 * to the pause after a failure, but respects a pause that the receiver asked for.
 * HAETAE_ELOST: everything has an answer or was given up, and some of it was lost meanwhile: a
 * receiver refused it for good, a request or an item is too large, its retries are over, or the
 * export queue had no room. haetae_stats_take() has how many, by reason. The call does not count
 * what was lost before it, items that no exporter takes, or data points that newer ones replaced.
 * Threads: any but the worker's. Errors: HAETAE_ELOST, HAETAE_ETIMEOUT (some of it has no answer
 * yet, whatever became of the rest; the SDK goes on trying), HAETAE_ESHUTDOWN. NULL `sdk`:
 * HAETAE_OK. Specification: "ForceFlush". */
HAETAE_API haetae_status haetae_sdk_force_flush(haetae_sdk *sdk, uint32_t timeout_ms);

/* Stops recording, exports what is left, as a flush does, and stops the worker. Metrics that were
 * delivered and have not changed since are not sent again. It returns within `timeout_ms`, whatever
 * the receivers do, or 200 ms later if an exporter or a callback blocks the worker. What could not
 * be delivered by then is dropped and counted as HAETAE_DROP_SHUTDOWN; with HAETAE_RECORDER_DIR it
 * stays in its file for the next start, and still counts as held. Handles stay valid: recording
 * with them does nothing and is counted.
 * Threads: any. The second of two calls waits for the first, within its own timeout: it returns
 * HAETAE_ESHUTDOWN when the first has ended by then, else HAETAE_ETIMEOUT, and the first goes on.
 * Errors: HAETAE_ELOST as for a flush, HAETAE_ETIMEOUT, HAETAE_ESHUTDOWN. NULL `sdk`: HAETAE_OK.
 * Specification: "Shutdown". */
HAETAE_API haetae_status haetae_sdk_shutdown(haetae_sdk *sdk, uint32_t timeout_ms);

/* Frees the SDK with its tracers, meters, loggers and instruments. If it was not shut down, it
 * first does so, with a timeout of 0. No other thread may be using a handle of this SDK; calls with
 * its span handles do nothing from then on. When an exporter blocks the worker for ever, what the
 * worker uses is not freed.
 * If it is the default SDK (library.h), there is no default from then on.
 * If a loaded module started an SDK, or contains its exporters or callbacks, free the SDK before
 * dlclose() unloads the module; a resource detector of the module that a start left behind must
 * have returned by then. At the end of a process nothing has to be freed. NULL: does nothing. */
HAETAE_API void haetae_sdk_free(haetae_sdk *sdk);

/* Drives an SDK with HAETAE_WORKER=manual: does the work that is due, and waits up to
 * `timeout_ms` for more.
 * Threads: one at a time. Errors: HAETAE_EINVAL (the SDK has a worker), HAETAE_ESHUTDOWN. NULL
 * `sdk`: HAETAE_OK. */
HAETAE_API haetae_status haetae_sdk_step(haetae_sdk *sdk, uint32_t timeout_ms);

HAETAE_END_DECLS

#endif
