/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline's configuration keys: batches, queues, retries, the worker. The columns are
 * explained in sdk/config_registry.h. */
#ifndef HAETAE_PIPELINE_KEYS_H
#define HAETAE_PIPELINE_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define HAE_PIPELINE_KEYS(X)                                                                       \
    X(HAETAE_LOGS_PROCESSOR, CHOICE, "batch", 0, 0, "batch|simple",                                \
      "simple: each log record is exported as soon as it is emitted, in a request of its own")     \
    X(HAETAE_MAX_REQUEST_BYTES, BYTES, "4194304", 4096, 67108864, NULL,                            \
      "The largest body of a request, before compression; never more than HAETAE_QUEUE_BYTES "     \
      "lets it be, nor than a quarter of HAETAE_SPOOL_BYTES with a spool")                         \
    X(HAETAE_QUEUE_BYTES, BYTES, "16777216", 262144, INT64_C(4294967296), NULL,                    \
      "Memory for everything that waits for export, as in an outage")                              \
    X(HAETAE_QUEUE_FULL, CHOICE, "drop_newest", 0, 0, "drop_newest|drop_oldest",                   \
      "Which spans and log records are dropped when there is no room for more")                    \
    X(HAETAE_RETRY_ELAPSED_MS, TIMEOUT, "300000", 0, INT32_MAX, NULL,                              \
      "How long a failing request is tried again before it is dropped; counted from its first "    \
      "try")                                                                                       \
    X(HAETAE_RETRY_INITIAL_MS, DURATION, "1000", 1, INT32_MAX, NULL,                               \
      "The first pause after a failed export, at most; each further one is twice as long")         \
    X(HAETAE_RETRY_MAX_MS, DURATION, "30000", 1, INT32_MAX, NULL,                                  \
      "The longest pause between two tries, unless the receiver asks for a longer one")            \
    X(HAETAE_SPOOL_AFTER_MS, DURATION, "5000", 0, INT32_MAX, NULL,                                 \
      "How long an exporter and its backups have to be away before what waits for them is "        \
      "written to HAETAE_SPOOL_DIR; sooner when they fail and hold half of their share of the "    \
      "memory, or hold three quarters of it")                                                      \
    X(HAETAE_SPOOL_BYTES, BYTES, "536870912", 1048576, INT64_C(1099511627776), NULL,               \
      "The most disk space of the spool of one exporter and signal; the oldest data go first")     \
    X(HAETAE_SPOOL_DIR, PATH, "", 0, 0, NULL,                                                      \
      "Directory for data that cannot be delivered; it is sent when a receiver is back, also by "  \
      "the next start; unset: it waits only in memory")                                            \
    X(HAETAE_SPOOL_MAX_AGE_MS, DURATION, "86400000", 1000, INT32_MAX, NULL,                        \
      "How long data stay in HAETAE_SPOOL_DIR before they are dropped")                            \
    X(HAETAE_TRACES_PROCESSOR, CHOICE, "batch", 0, 0, "batch|simple",                              \
      "simple: each span is exported as soon as it ends, in a request of its own")                 \
    X(HAETAE_WORKER, CHOICE, "thread", 0, 0, "thread|manual",                                      \
      "manual: no thread is started, the caller drives the SDK by haetae_sdk_step()")              \
    X(OTEL_BLRP_EXPORT_TIMEOUT, TIMEOUT, "30000", 0, INT32_MAX, NULL,                              \
      "The longest that one try to export a batch of log records may take")                        \
    X(OTEL_BLRP_MAX_EXPORT_BATCH_SIZE, COUNT, "", 1, INT32_MAX, NULL,                              \
      "The most log records in one request; unset: 8192, or the queue size if that is less")       \
    X(OTEL_BLRP_MAX_QUEUE_SIZE, COUNT, "", 1, INT32_MAX, NULL,                                     \
      "The most log records that may wait for export; unset: as many as HAETAE_QUEUE_BYTES holds") \
    X(OTEL_BLRP_SCHEDULE_DELAY, DURATION, "1000", 0, INT32_MAX, NULL,                              \
      "The longest that log records wait for their batch to fill")                                 \
    X(OTEL_BSP_EXPORT_TIMEOUT, TIMEOUT, "30000", 0, INT32_MAX, NULL,                               \
      "The longest that one try to export a batch of spans may take")                              \
    X(OTEL_BSP_MAX_EXPORT_BATCH_SIZE, COUNT, "", 1, INT32_MAX, NULL,                               \
      "The most spans in one request; unset: 8192, or the queue size if that is less")             \
    X(OTEL_BSP_MAX_QUEUE_SIZE, COUNT, "", 1, INT32_MAX, NULL,                                      \
      "The most spans that may wait for export; unset: as many as HAETAE_QUEUE_BYTES holds")       \
    X(OTEL_BSP_SCHEDULE_DELAY, DURATION, "5000", 0, INT32_MAX, NULL,                               \
      "The longest that spans wait for their batch to fill")                                       \
    X(OTEL_METRIC_EXPORT_TIMEOUT, TIMEOUT, "30000", 0, INT32_MAX, NULL,                            \
      "The longest that one try to export metrics may take")

#endif
