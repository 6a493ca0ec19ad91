/* SPDX-License-Identifier: Apache-2.0 */
/* What all loggers of an SDK have in common. */
#ifndef HAETAE_LOGS_LOGGER_H
#define HAETAE_LOGS_LOGGER_H

#include <pthread.h>

#include "base/atfork.h"
#include "context/current.h"
#include "haetae/logs.h"
#include "logs/processor.h"
#include "recorder/recorder.h"
#include "recorder/scope_rules.h"
#include "wire/value.h"

struct hae_logger_provider {
    struct hae_recorder *recorder;
    bool enabled;
    bool without_exporter; /* records are recorded, and counted as dropped */
    int min_severity;      /* that new loggers begin with */
    struct hae_limits limits;
    pthread_mutex_t lock;     /* of the list */
    struct hae_atfork atfork; /* of the lock */
    struct haetae_logger *loggers;
    struct hae_scope_rules scopes; /* what holds for loggers; guarded by `lock` */
    /* Complete before the first record. */
    struct hae_log_processors processors;
    const uint8_t *resource; /* the Resource message, for processors; the caller's */
    size_t resource_size_bytes;
};

struct haetae_logger {
    struct hae_logger_provider *provider;
    struct hae_recorder *recorder;
    struct haetae_logger *next;
    /* Records below it are left out. Written by any thread, relaxed: a change takes
     * effect soon. Above every severity when logs are off. */
    _Atomic int min_severity;
    /* The usual ways of records are for severities from 1 to `usual_severities`, for those below
     * `usual_end`, and within `usual_limits`. Nothing is usual to a logger whose records have to
     * be looked at first. Written as min_severity, so that a call may see some of them changed. */
    _Atomic uint32_t usual_severities;
    _Atomic uint32_t usual_end;
    _Atomic(const struct hae_limits *) usual_limits;
    _Atomic bool trace_based; /* leaves out records of spans that are not sampled */
    uint16_t scope;
};

/* The caller fills enabled, min_severity and limits afterwards.
 * Errors: HAETAE_ENOMEM. */
haetae_status hae_logger_provider_init(struct hae_logger_provider *provider,
                                       struct hae_recorder *recorder);
void hae_logger_provider_done(struct hae_logger_provider *provider);

/* The scope and the resource of a logger's records. */
haetae_item_origin hae_logger_origin(const haetae_logger *logger);

/* Has all loggers follow the rules for their scopes. */
void hae_logger_provider_configure(struct hae_logger_provider *provider);

haetae_status hae_logger_get(struct hae_logger_provider *provider,
                             const haetae_scope_options *scope, haetae_logger **ret_logger);

/* False: the logger leaves out records of this context, which is not sampled.
 * Specification: "LoggerConfig", trace_based. */
static inline bool hae_log_sampled(const haetae_logger *logger, const struct hae_current *current)
{
    return HAE_LIKELY(!atomic_load_explicit(&logger->trace_based, memory_order_relaxed)) ||
           !current->valid || (current->trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0;
}

#endif
