/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/logger.h"

#include <limits.h>

#include "base/alloc.h"
#include "context/context.h"
#include "recorder/call.h"
#include "recorder/origin.h"
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
    memset(&provider->scopes, 0, sizeof provider->scopes);
    provider->processors.count = 0;
    provider->resource = NULL;
    provider->resource_size_bytes = 0;
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
    hae_log_processors_done(&provider->processors);
    hae_scope_rules_done(&provider->scopes);
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

/* Nothing is within them. */
static const struct hae_limits no_limits;

/* Has a logger follow the rules for its scope. The caller holds the lock. */
static void configure(struct haetae_logger *logger)
{
    const struct hae_logger_provider *provider = logger->provider;
    haetae_scope_config config = hae_scope_rules_find(&provider->scopes, HAETAE_SIGNAL_LOGS,
                                                      provider->recorder, logger->scope);
    bool usual = config.trace_based == 0 && provider->processors.count == 0;
    int minimum = config.min_severity > 0 ? config.min_severity : provider->min_severity;

    if (!provider->enabled || config.disabled != 0) {
        minimum = INT_MAX;
    }
    /* Relaxed throughout: see logger.h. */
    atomic_store_explicit(&logger->trace_based, config.trace_based != 0, memory_order_relaxed);
    atomic_store_explicit(&logger->usual_severities, usual ? HAETAE_SEVERITY_FATAL4 : 0,
                          memory_order_relaxed);
    atomic_store_explicit(&logger->usual_end, usual ? HAETAE_SEVERITY_FATAL4 + 1 : 0,
                          memory_order_relaxed);
    atomic_store_explicit(&logger->usual_limits, usual ? &provider->limits : &no_limits,
                          memory_order_relaxed);
    atomic_store_explicit(&logger->min_severity, minimum, memory_order_relaxed);
}

void hae_logger_provider_configure(struct hae_logger_provider *provider)
{
    pthread_mutex_lock(&provider->lock);
    for (struct haetae_logger *logger = provider->loggers; logger != NULL; logger = logger->next) {
        configure(logger);
    }
    pthread_mutex_unlock(&provider->lock);
}

static struct haetae_logger *make(struct hae_logger_provider *provider, uint16_t scope)
{
    struct haetae_logger *logger = hae_calloc(1, sizeof *logger);

    if (logger != NULL) {
        logger->provider = provider;
        logger->recorder = provider->recorder;
        logger->scope = scope;
        configure(logger);
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
    int before;

    if (logger == NULL) {
        return;
    }
    /* One that is off stays so. Relaxed: the number alone matters. */
    before = atomic_load_explicit(&logger->min_severity, memory_order_relaxed);
    while (before != INT_MAX &&
           !atomic_compare_exchange_weak_explicit(&logger->min_severity, &before, (int)minimum,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
}

haetae_item_origin hae_logger_origin(const haetae_logger *logger)
{
    return hae_origin_of(logger->recorder, logger->scope, logger->provider->resource,
                         logger->provider->resource_size_bytes);
}

static bool is_enabled(const haetae_logger *logger, haetae_severity severity,
                       const haetae_context *context, haetae_string event_name)
{
    haetae_item_origin origin;
    int minimum;

    if (logger == NULL ||
        (logger->provider->without_exporter && logger->provider->processors.count == 0) ||
        !hae_will_admit(logger->recorder)) {
        return false;
    }
    if (!hae_log_sampled(logger, hae_context_current_of(context))) {
        return false;
    }
    minimum = atomic_load_explicit(&logger->min_severity, memory_order_relaxed);
    if ((int)severity < minimum &&
        (severity != HAETAE_SEVERITY_UNSPECIFIED || minimum == INT_MAX)) {
        return false;
    }
    if (logger->provider->processors.count == 0) {
        return true;
    }
    /* A forked child describes itself before processors are shown its resource. */
    if (!hae_admits(logger->recorder)) {
        return false;
    }
    origin = hae_logger_origin(logger);
    return hae_log_processors_enabled(&logger->provider->processors, &origin, context, severity,
                                      event_name);
}

bool haetae_logger_enabled(const haetae_logger *logger, haetae_severity severity)
{
    return is_enabled(logger, severity, NULL, (haetae_string){NULL, 0});
}

bool haetae_logger_enabled_with(const haetae_logger *logger, haetae_severity severity,
                                const haetae_context *context, const char *event_name,
                                size_t event_name_length)
{
    haetae_string name = {event_name, event_name != NULL ? event_name_length : 0};

    return is_enabled(logger, severity, context, name);
}
