/* SPDX-License-Identifier: Apache-2.0 */
/* What all loggers of an SDK have in common. */
#ifndef HAETAE_LOGS_LOGGER_H
#define HAETAE_LOGS_LOGGER_H

#include <pthread.h>

#include "base/atfork.h"
#include "haetae/logs.h"
#include "recorder/recorder.h"
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
};

struct haetae_logger {
    struct hae_logger_provider *provider;
    struct hae_recorder *recorder;
    struct haetae_logger *next;
    /* Records below it are left out. Written by any thread, relaxed: a change takes
     * effect soon. Above every severity when logs are off. */
    _Atomic int min_severity;
    uint16_t scope;
};

/* The caller fills enabled, min_severity and limits afterwards.
 * Errors: HAETAE_ENOMEM. */
haetae_status hae_logger_provider_init(struct hae_logger_provider *provider,
                                       struct hae_recorder *recorder);
void hae_logger_provider_done(struct hae_logger_provider *provider);

haetae_status hae_logger_get(struct hae_logger_provider *provider,
                             const haetae_scope_options *scope, haetae_logger **ret_logger);

#endif
