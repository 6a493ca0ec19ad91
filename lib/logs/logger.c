/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/logger.h"

#include <limits.h>

#include "base/alloc.h"
#include "recorder/call.h"
#include "recorder/scope.h"

/* A forked child finds the provider's lists whole. */
static const struct hae_atfork_hooks fork_hooks = {.name = "logs",
                                                   .order = HAE_ATFORK_SIGNALS,
                                                   .prepare = hae_atfork_lock,
                                                   .parent = hae_atfork_unlock,
                                                   .child = hae_atfork_reset_lock};

haetae_status hae_logger_provider_init(struct hae_logger_provider *provider,
                                       struct hae_recorder *recorder)
{
    provider->recorder = recorder;
    provider->without_exporter = false;
    provider->loggers = NULL;
    if (pthread_mutex_init(&provider->lock, NULL) != 0) {
        return HAETAE_ENOMEM;
    }
    hae_atfork_add(&provider->atfork, &fork_hooks, &provider->lock);
    return HAETAE_OK;
}

void hae_logger_provider_done(struct hae_logger_provider *provider)
{
    while (provider->loggers != NULL) {
        struct haetae_logger *next = provider->loggers->next;

        hae_free(provider->loggers);
        provider->loggers = next;
    }
    hae_atfork_remove(&provider->atfork);
    pthread_mutex_destroy(&provider->lock);
}

static struct haetae_logger *find(struct hae_logger_provider *provider, uint16_t scope)
{
    struct haetae_logger *logger = provider->loggers;

    while (logger != NULL && logger->scope != scope) {
        logger = logger->next;
    }
    return logger;
}

static struct haetae_logger *make(struct hae_logger_provider *provider, uint16_t scope)
{
    struct haetae_logger *logger = hae_calloc(1, sizeof *logger);

    if (logger != NULL) {
        logger->provider = provider;
        logger->recorder = provider->recorder;
        logger->scope = scope;
        atomic_store_explicit(&logger->min_severity,
                              provider->enabled ? provider->min_severity : INT_MAX,
                              memory_order_relaxed);
        logger->next = provider->loggers;
        provider->loggers = logger;
    }
    return logger;
}

haetae_status hae_logger_get(struct hae_logger_provider *provider,
                             const haetae_scope_options *scope, haetae_logger **ret_logger)
{
    struct haetae_logger *logger;
    uint16_t number;
    haetae_status status = hae_scope_intern(provider->recorder, scope, &number);

    if (status != HAETAE_OK) {
        return status;
    }
    pthread_mutex_lock(&provider->lock);
    logger = find(provider, number);
    if (logger == NULL) {
        logger = make(provider, number);
    }
    pthread_mutex_unlock(&provider->lock);
    if (logger == NULL) {
        return HAETAE_ENOMEM;
    }
    *ret_logger = logger;
    return HAETAE_OK;
}

void haetae_logger_set_min_severity(haetae_logger *logger, haetae_severity minimum)
{
    if (logger != NULL && logger->provider->enabled) {
        atomic_store_explicit(&logger->min_severity, (int)minimum, memory_order_relaxed);
    }
}

bool haetae_logger_enabled(const haetae_logger *logger, haetae_severity severity)
{
    int minimum;

    if (logger == NULL || logger->provider->without_exporter || !hae_will_admit(logger->recorder)) {
        return false;
    }
    minimum = atomic_load_explicit(&logger->min_severity, memory_order_relaxed);
    return (int)severity >= minimum ||
           (severity == HAETAE_SEVERITY_UNSPECIFIED && minimum != INT_MAX);
}
